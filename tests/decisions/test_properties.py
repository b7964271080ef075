"""What no workspace and no visitor can break: exclusion, limits, products shown once, a clear payment, one same answer."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cms.components.body import ProductRef, RailName, fills, nodes, placeholders
from cms.content.snapshot import Entry, Page, Snapshot, Variant
from cms.decisions.decide import decide
from cms.decisions.decision import Choice, Decision
from cms.experiments.experiment import is_held_out
from cms.facts.builtin import builtin
from cms.facts.context import DecisionContext, View
from cms.offers.promises import unconfirmed
from cms.rails.filling import REMINDERS, in_cart
from cms.segments.evaluate import Evaluator
from tests.decisions.printing import printed
from tests.decisions.visitors import visitor
from tests.decisions.worlds import Dice, claims, condition, workspace

ROOT = Path(__file__).parents[2]
VISITORS = 6
RIVALS = frozenset(
    {"outranked", "max-offers", "exclusive", "claims"}
)  # the outcomes that name to whom a candidate lost
Situation = tuple[Snapshot, Page, DecisionContext]
Situations = Callable[..., Iterator[Situation]]
seeds = st.integers(0, 2**32 - 1)
quick = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)


@pytest.fixture(scope="session")
def situations(
    snapshot_of: Callable[[Any], Snapshot],
    surface_of: Callable[[Snapshot, str], tuple[Page, str]],
    context_of: Callable[..., DecisionContext],
) -> Situations:
    """Draw a workspace and some visitors of its page and its mail; `alone`: each has a snapshot of its own."""

    def drawn(seed: int, *, alone: bool = False) -> Iterator[Situation]:
        dice = Dice(seed)
        files = workspace(dice)
        snapshot = snapshot_of(files)
        for told in [visitor(dice) for _ in range(VISITORS)]:
            snapshot = snapshot_of(files) if alone else snapshot
            for name in snapshot.surfaces:
                page, channel = surface_of(snapshot, name)
                yield snapshot, page, context_of(snapshot, page, told, channel)

    return drawn


def _shown(snapshot: Snapshot, decision: Decision) -> list[tuple[Choice, Entry, Variant]]:
    choices = [choice for chosen in decision.slots.values() for choice in chosen]
    entries = [snapshot.entries[choice.entry] for choice in choices]
    return [(one, entry, entry.variant(one.variant)) for one, entry in zip(choices, entries, strict=True)]


@quick
@given(seed=seeds)
def test_no_page_breaks_its_own_limits(situations: Situations, seed: int) -> None:
    for snapshot, page, context in situations(seed):
        decision = decide(snapshot, page, context)
        shown = _shown(snapshot, decision)
        offers = [entry.offer for _, entry, _ in shown if entry.offer is not None]
        groups = [offer.exclusive for offer in offers if offer.exclusive is not None]
        claims = [variant.claims for _, _, variant in shown]
        view = View(context)
        truth = Evaluator(snapshot.segments, view).truth

        assert [slot.key for slot in page.slots] == list(decision.slots)
        for slot in page.slots:
            chosen = [choice.entry for choice in decision.slots[slot.key]]
            assert len(set(chosen)) == len(chosen) <= slot.count
            assert set(chosen) <= {entry.key for entry in slot.entries}
            assert slot.audience is None or not chosen or truth(slot.audience) is True
        assert page.max_offers is None or len(offers) <= page.max_offers
        assert len(set(groups)) == len(groups)
        assert not any(late.clashes_with(early) for number, late in enumerate(claims) for early in claims[:number])


@quick
@given(seed=seeds)
def test_a_page_on_which_everything_claims_something_contradicts_nothing(
    snapshot_of: Callable[[Any], Snapshot], context_of: Callable[..., DecisionContext], seed: int
) -> None:
    dice = Dice(seed)
    hello = {"headline": "Hello"}
    entries = {
        f"content/entries/claim{number}.json": {
            "component": "banner",
            "variants": [
                {"key": "v", "when": condition(dice), "content": {"en": hello}, "claims": claims(dice)},
                {"key": "default", "content": {"en": hello}, "claims": claims(dice)},
            ],
        }
        for number in range(8)
    }
    keys = [path.removeprefix("content/entries/").removesuffix(".json") for path in entries]
    slots = {f"s{n}": {"accepts": ["banner"], "entries": keys[n:], "may_be_empty": True} for n in range(5)}
    page = {"content/pages/cart.json": {"route": "/cart", "stage": "cart", "slots": slots}}
    snapshot = snapshot_of({**workspace(dice), **entries, **page})
    for told in [visitor(dice) for _ in range(VISITORS)]:
        context = context_of(snapshot, snapshot.pages["cart"], told, "web")
        made = [variant.claims for _, _, variant in _shown(snapshot, decide(snapshot, snapshot.pages["cart"], context))]
        assert not any(late.clashes_with(early) for number, late in enumerate(made) for early in made[:number])


@quick
@given(seed=seeds)
def test_nobody_sees_what_is_not_for_them_now(situations: Situations, seed: int) -> None:
    """Audience, rule, schedule, cap, dismissal, stage, channel, locale, gaps and promise of all that is shown hold."""
    for snapshot, page, context in situations(seed):
        view = View(context)
        truth = Evaluator(snapshot.segments, view).truth
        held_out = is_held_out(context.units, snapshot.settings.holdout)
        for choice, entry, variant in _shown(snapshot, decide(snapshot, page, context)):
            conditions = [one for one in (entry.audience, variant.when) if one is not None]
            count = view.value(builtin(f"shown[{entry.key}].last_7_days"))
            closed = view.value(builtin(f"dismissed[{entry.key}]"))
            days = (view.today - closed).days if hasattr(closed, "year") else None

            assert all(truth(condition) is True for condition in conditions)
            assert entry.schedule.holds(context.now)
            assert variant.schedule.holds(context.now)
            assert all(isinstance(count, int) and count < cap.max for cap in entry.caps)
            assert entry.dismiss_for is None or days is None or days >= entry.dismiss_for.days
            assert page.stage not in entry.component.never
            assert page.stage != "payment" or choice.display == "inline"
            assert context.channel in entry.component.channels
            assert choice.locale in snapshot.settings.locales[context.locale]
            assert choice.body == variant.content[choice.locale]
            assert all(fills(view.value(gap.ref)) for gap in placeholders(choice.body))
            assert variant.promise is None or "" == unconfirmed(variant.promise, view)
            assert not held_out or entry.service or variant.default
            assert (choice.reason == "SPLIT") or not variant.arm


@quick
@given(seed=seeds)
def test_no_product_is_sold_twice_nor_again(situations: Situations, seed: int) -> None:
    """Over all rails a product and its sizes stand once; a rail that is told so shows nothing of the cart or just bought."""
    for snapshot, page, context in situations(seed):
        view, seen = View(context), set[str]()
        cart = in_cart(view, context.catalogue or {})
        for choice, _, _ in _shown(snapshot, decide(snapshot, page, context)):
            for node in nodes(choice.body):
                rail = snapshot.rails[node.key] if isinstance(node, RailName) else None
                for product in choice.rails[rail.key] if rail is not None else ():
                    bought = view.value(builtin(f"bought[{product.sku}]"))
                    days = (view.today - bought).days if hasattr(bought, "year") else None
                    assert not (rail.filters.not_in_cart and product.family in cart)
                    assert not (rail.filters.not_bought_within and days is not None and days < 5)
                    assert product.sku != view.value(builtin("page.product"))
                    assert product.price.currency == context.currency
            families = _families(snapshot, choice, cart)
            assert not families & seen
            offered = families | {
                choice.items[node.sku].family for node in nodes(choice.body) if _is_offered(node, choice)
            }
            assert not offered or not offered <= seen | cart | _just_bought(view, context)
            assert len(families) == len(set(families))
            seen |= offered


def _is_offered(node: object, choice: Choice) -> bool:
    """Say whether a product is named to be sold, not because a fact, such as the product viewed, names it."""
    return isinstance(node, ProductRef) and node.gap is None and node.sku in choice.items


def _just_bought(view: View, context: DecisionContext) -> set[str]:
    days = {sku: view.value(builtin(f"bought[{sku}]")) for sku in context.catalogue or {}}
    lately = {sku for sku, day in days.items() if hasattr(day, "year") and (view.today - day).days <= 1}
    return {product.family for sku, product in (context.catalogue or {}).items() if sku in lately}


def _families(snapshot: Snapshot, choice: Choice, cart: frozenset[str]) -> set[str]:
    """Name the products that the rails of a choice sell; a reminder may repeat what is in the cart."""
    rails = [(snapshot.rails[key], products) for key, products in choice.rails.items()]
    sold = [p.family for rail, told in rails for p in told if rail.strategy not in REMINDERS or p.family not in cart]
    assert len(sold) == len(set(sold))
    return set(sold)


@quick
@given(seed=seeds)
def test_an_earlier_slot_never_heeds_a_later_one(situations: Situations, seed: int) -> None:
    """So the page is the lexicographically first: whatever follows, the slots above stay as they are."""
    for snapshot, page, context in situations(seed):
        whole = decide(snapshot, page, context).slots
        for end in range(1, len(page.slots)):
            part = decide(snapshot, replace(page, slots=page.slots[:end]), context).slots
            assert part == {slot.key: whole[slot.key] for slot in page.slots[:end]}


@quick
@given(seed=seeds)
def test_the_same_input_gives_the_same_answer_whatever_was_decided_before(situations: Situations, seed: int) -> None:
    """Nothing that is kept of one decision speaks for another, and a trace changes nothing."""
    together = list(situations(seed))
    among_others = [decide(*situation, trace=True) for situation in together]
    alone = [decide(*situation, trace=True) for situation in situations(seed, alone=True)]
    plain = [decide(*situation) for situation in together]

    assert list(map(printed, alone)) == list(map(printed, among_others))
    assert list(map(printed, plain)) == [printed(replace(traced, trace=())) for traced in among_others]


@quick
@given(seed=seeds)
def test_a_trace_names_every_candidate_once_and_those_it_lost_to_are_shown(situations: Situations, seed: int) -> None:
    for snapshot, page, context in situations(seed):
        decision = decide(snapshot, page, context, trace=True)
        above: set[str] = set()
        for slot in page.slots:
            steps = [step for step in decision.trace if step.slot == slot.key]
            chosen = [(choice.entry, choice.variant) for choice in decision.slots[slot.key]]
            above |= {entry for entry, _ in chosen}
            if [("", "")] == [(step.entry, step.variant) for step in steps]:
                assert "audience" == steps[0].outcome
                assert [] == chosen
                continue
            whole = {step.entry for step in steps if not step.variant}
            every = [
                (entry.key, variant)
                for entry in slot.entries
                for variant in ([""] if entry.key in whole else [variant.key for variant in entry.variants])
            ]
            assert every == [(step.entry, step.variant) for step in steps]
            assert sorted(chosen) == sorted((step.entry, step.variant) for step in steps if step.outcome == "chosen")
            for step in steps:
                rivals = step.rival.split(", ") if step.rival else []
                assert set(rivals) <= above, step
                assert not rivals or step.outcome in RIVALS, step
                assert rivals or step.outcome not in RIVALS or page.max_offers == 0, step


def test_processes_with_other_hash_seeds_decide_the_same_to_the_last_byte() -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.decisions.printing", "12"],
            cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"},
            stdout=subprocess.PIPE,
        )
        for seed in ("0", "1", "2", "4242")
    ]  # fmt: skip

    answers = [process.communicate(timeout=120)[0] for process in processes]

    assert [0] * len(processes) == [process.returncode for process in processes]
    assert len(answers[0]) > 100_000
    assert json.loads(answers[0].splitlines()[0])["slots"]
    assert [answers[0]] * len(answers) == answers
