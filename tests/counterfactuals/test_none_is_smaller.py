"""No smaller change flips the decision: every change of one and of two facts is tried in worlds of six facts."""

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import combinations
from typing import Any

from cms.content.snapshot import Page, Snapshot
from cms.counterfactuals import Change, applied, smallest_change
from cms.counterfactuals.changes import distance
from cms.decisions.decide import decide
from cms.decisions.decision import Step
from cms.facts.context import DecisionContext
from cms.facts.values import NEVER, Value
from tests.decisions.conftest import NOW
from tests.decisions.worlds import Dice

CANDIDATES = int(os.environ.get("SMALLEST_CANDIDATES", "120"))
TODAY = NOW.date()
VALUES: dict[str, tuple[Value, ...]] = {
    "visitor.is_new": (True, False),
    "visitor.device": ("desktop", "mobile", "tablet", "app", "mini-program"),
    "visitor.visits": tuple(range(18)),  # 17: the first of which 8 in the cart are less than half
    "cart.count": tuple(range(9)),
    "customer.is_member": (True, False),
    "orders.last": (NEVER, *(TODAY - timedelta(days=days) for days in range(9))),
}
KEPT_OUT: dict[str, tuple[Value, ...]] = {f"dismissed[e{number}]": (TODAY,) for number in range(4)}
TESTS: tuple[dict[str, Any], ...] = (
    {"visitor.is_new": True},
    {"visitor.is_new": {"known": False}},
    {"visitor.device": ["mobile", "app"]},
    {"visitor.device": {"is_not": "desktop"}},
    {"visitor.visits": {"at_least": 2, "less_than": 5}},
    {"visitor.visits": {"more_than": 3}},
    {"cart.count": {"between": [1, 2]}},
    {"cart.count": {"at_least": 4}},
    {"cart.count": {"less_than": {"percent": 50, "of": "visitor.visits"}}},
    {"customer.is_member": False},
    {"customer.is_member": True},
    {"orders.last": {"ever": True}},
    {"orders.last": {"days_ago_at_most": 5}},
    {"orders.last": {"days_ago_at_least": 3}},
)
Found = tuple[int, float]


def _condition(dice: Dice) -> dict[str, Any]:
    parts = [dice.one(*TESTS) for _ in range(dice.randint(2, 3))]
    return dice.one(*parts, *parts, {"any": parts}, {"all": parts}, {"not": {"any": parts}}, {"not": parts[0]})  # type: ignore[no-any-return]


def _entry(dice: Dice) -> dict[str, Any]:
    content = {"content": {"en": {"headline": "Hello"}}}
    variants = [{"key": f"v{number}", "when": _condition(dice), **content} for number in range(dice.randint(1, 3))]
    made = {"component": "banner", "variants": [*variants, {"key": "default", **content}]}
    made |= dice.some(30, audience=lambda: _condition(dice))
    if dice.likely(50):
        claims = dice.some(50, claims=lambda: dice.one({"push": ["sku-1"]}, {"sold_out": ["sku-1"]}))
        made["offer"] = {"kind": "deal", **claims, **dice.some(50, exclusive=lambda: "club")}
    return made


def _world(dice: Dice) -> dict[str, Any]:
    entries = {f"e{number}": _entry(dice) for number in range(dice.randint(2, 4))}
    slots = {
        f"s{number}": {
            "accepts": ["banner"], "entries": dice.few(tuple(entries), least=1, most=4), "may_be_empty": True,
            "count": dice.one(1, 1, 2), **dice.some(20, audience=lambda: _condition(dice)),
        }
        for number in range(dice.randint(1, 3))
    }  # fmt: skip
    page = {"route": "/cart", "stage": "cart", "slots": slots, **dice.some(30, max_offers=lambda: dice.randint(1, 2))}
    return {
        **{f"content/entries/{key}.json": entry for key, entry in entries.items()},
        "content/pages/cart.json": page,
    }


def _singles(snapshot: Snapshot, context: DecisionContext) -> Iterator[Change]:
    for name, values in (VALUES | KEPT_OUT).items():
        seen, ref = context.values.get(name), snapshot.schema.find(name)
        assert ref is not None
        for value in (*values, *([None] if seen is not None else [])):
            if value != seen:
                yield Change(ref, "fact", seen, value)


def _size(changes: tuple[Change, ...], context: DecisionContext) -> Found:
    return len(changes), sum(distance(change, context) for change in changes)


def _by_trying_all(snapshot: Snapshot, page: Page, context: DecisionContext, step: Step) -> Found | None:
    """Find the size of the smallest change of one or two facts by trying them all, nearest first."""
    singles = list(_singles(snapshot, context))
    for count in (1, 2):
        told = [pair for pair in combinations(singles, count) if len({change.name for change in pair}) == count]
        for changes in sorted(told, key=lambda changes: _size(changes, context)):
            shown = decide(snapshot, page, applied(context, changes)).slots[step.slot]
            if any(step.entry in {"", one.entry} and step.variant in {"", one.variant} for one in shown):
                return _size(changes, context)
    return None


def test_trying_every_change_of_one_and_two_facts_finds_none_smaller(
    snapshot_of: Callable[[Any], Snapshot], context_of: Callable[..., DecisionContext]
) -> None:
    dice, sizes = Dice(14), []
    while len(sizes) < CANDIDATES:
        files = _world(dice)
        snapshot = snapshot_of(files)
        page = snapshot.pages["cart"]
        bare = context_of(snapshot, page, {})
        values = dice.some(
            75, **{name: lambda choices=choices: dice.choice(choices) for name, choices in VALUES.items()}
        )
        context = replace(bare, values={**bare.values, **values})
        losers = [step for step in decide(snapshot, page, context, trace=True).trace if step.outcome != "chosen"]
        for step in dice.sample(losers, min(3, len(losers))):
            changes = smallest_change(snapshot, page, context, step)
            tried = _by_trying_all(snapshot, page, context, step)
            size = _size(changes, context) if changes is not None else None
            sizes.append(size)
            named = [change.key for change in changes or ()]
            if tried is None:
                assert size is None or size[0] > 2, (step, named, values, files)
            else:
                assert size is not None, (step, tried, values, files)
                assert (size[0], round(size[1], 9)) == (tried[0], round(tried[1], 9)), (
                    step,
                    named,
                    tried,
                    values,
                    files,
                )
    assert {size[0] for size in sizes if size} >= {1, 2}
