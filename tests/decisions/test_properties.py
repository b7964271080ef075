"""What no workspace and no visitor can break: exclusion, the number of offers, products shown once, a clear payment."""

import os
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cms.content.snapshot import Page, Snapshot
from cms.decisions.decide import decide
from cms.facts.context import DecisionContext

ROOT = Path(__file__).parents[2]
CONDITIONS = (
    {"visitor.is_new": True},
    {"visitor.device": ["mobile", "app"]},
    {"cart.count": {"at_least": 2}},
    {"cart.skus": {"has_any": ["sku-1"]}},
    {"not": {"customer.is_member": True}},
    {"any": [{"visitor.visits": {"more_than": 3}}, {"bought[sku-2]": {"ever": True}}]},
)
CLAIMS = ({"push": ["sku-1"]}, {"sold_out": ["sku-1"]}, {"discount": {"sku-1": 10}}, {"discount": {"sku-1": 20}})
RAILS = {
    f"rail-{n}": {"strategy": kind, "limit": n} for n, kind in ((1, "best-sellers"), (2, "related"), (3, "trending"))
}


def _variant(key: str, component: str, rail: str, **more: Any) -> dict[str, Any]:
    content = {"rail": rail} if component == "shelf" else {"headline": "Hello {{ there"}
    return {"key": key, "content": {"en": content}} | more


@st.composite
def _entry(draw: st.DrawFn) -> dict[str, Any]:
    component = draw(st.sampled_from(["banner", "shelf", "overlay"]))
    rail = draw(st.sampled_from(sorted(RAILS)))
    conditions = draw(st.lists(st.sampled_from(CONDITIONS), max_size=2))
    variants = [_variant(f"v{n}", component, rail, when=when) for n, when in enumerate(conditions)]
    entry: dict[str, Any] = {"component": component, "variants": [*variants, _variant("default", component, rail)]}
    if draw(st.booleans()):
        entry["offer"] = {"kind": "deal", "claims": draw(st.sampled_from(CLAIMS))}
        if draw(st.booleans()):
            entry["offer"]["exclusive"] = draw(st.sampled_from(["shipping", "club"]))
    return entry


@st.composite
def _world(draw: st.DrawFn) -> dict[str, Any]:
    entries = draw(st.lists(_entry(), min_size=2, max_size=5))
    keys = [f"e{number}" for number in range(len(entries))]
    stage = draw(st.sampled_from(["cart", "payment"]))
    accepts = ["banner", "shelf"] + ["overlay"] * (stage != "payment")
    inline = [key for key, entry in zip(keys, entries, strict=True) if entry["component"] in accepts]
    slots = {
        f"s{number}": {
            "accepts": accepts,
            "entries": draw(st.lists(st.sampled_from(inline), unique=True, max_size=4)) if inline else [],
            "count": draw(st.integers(1, 3)),
            "may_be_empty": True,
        }
        for number in range(draw(st.integers(1, 3)))
    }
    page = {"route": "/p", "stage": stage, "slots": slots}
    if draw(st.booleans()):
        page["max_offers"] = draw(st.integers(0, 2))
    files: dict[str, Any] = {f"content/rails/{key}.json": rail for key, rail in RAILS.items()}
    files |= {f"content/entries/{key}.json": entry for key, entry in zip(keys, entries, strict=True)}
    return files | {"content/pages/cart.json": page}


def _product(number: int, parent: str | None) -> dict[str, Any]:
    skus = [f"sku-{other}" for other in range(5)]
    return {
        "sku": f"sku-{number}", "parent": parent, "title": {"en": "P"}, "url": "/p", "stock": number,
        "price": {"amount": f"{number + 1}.00", "currency": "USD"}, "popularity": number,
        "links": {"related": skus, "trending": skus[::-1]},
    }  # fmt: skip


visitors = st.fixed_dictionaries(
    {
        "request": st.fixed_dictionaries(
            {"visitor": st.sampled_from(["a", "b"])},
            optional={
                "facts": st.fixed_dictionaries(
                    {},
                    optional={
                        "visitor.is_new": st.booleans(),
                        "visitor.device": st.sampled_from(["mobile", "desktop"]),
                        "visitor.visits": st.integers(0, 5),
                    },
                )
            },
        ),
        "shop": st.fixed_dictionaries(
            {},
            optional={
                "cart": st.builds(
                    lambda skus: {
                        "currency": "USD",
                        "lines": [
                            {"sku": sku, "quantity": 1, "unit_price": {"amount": "5.00", "currency": "USD"}}
                            for sku in skus
                        ],
                    },
                    st.lists(st.sampled_from(["sku-1", "sku-2", "sku-3"]), unique=True),
                ),
                "catalogue": st.builds(
                    lambda parents: {"products": [_product(n, parent) for n, parent in enumerate(parents)]},
                    st.lists(st.sampled_from([None, "pots"]), min_size=1, max_size=5),
                ),
                "customer": st.builds(lambda member: {"key": "c", "is_member": member}, st.booleans()),
            },
        ),
    }
)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(files=_world(), visitor=visitors)
def test_no_page_breaks_its_rules(
    snapshot_of: Callable[[Any], Snapshot],
    surface_of: Callable[[Snapshot, str], tuple[Page, str]],
    context_of: Callable[..., DecisionContext],
    files: Any,
    visitor: Any,
) -> None:
    snapshot = snapshot_of(files)
    page, _ = surface_of(snapshot, "cart")
    context = context_of(snapshot, page, visitor)

    decision = decide(snapshot, page, context)

    choices = [choice for chosen in decision.slots.values() for choice in chosen]
    entries = [snapshot.entries[choice.entry] for choice in choices]
    offers = [entry.offer for entry in entries if entry.offer is not None]
    groups = [offer.exclusive for offer in offers if offer.exclusive is not None]
    claims = [snapshot.entries[choice.entry].variant(choice.variant).claims for choice in choices]
    shown = [
        product.parent or product.sku
        for choice in choices
        for products in choice.rails.values()
        for product in products
    ]
    assert [slot.key for slot in page.slots] == list(decision.slots)
    assert all(len(decision.slots[slot.key]) <= slot.count for slot in page.slots)
    assert all(len({choice.entry for choice in shown}) == len(shown) for shown in decision.slots.values())
    assert page.max_offers is None or len(offers) <= page.max_offers
    assert len(set(groups)) == len(groups)
    assert not any(late.clashes_with(early) for number, late in enumerate(claims) for early in claims[:number])
    assert len(set(shown)) == len(shown)
    assert page.stage != "payment" or all(choice.display == "inline" for choice in choices)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(files=_world(), visitor=visitors)
def test_the_same_input_gives_the_same_answer_and_a_trace_changes_nothing(
    snapshot_of: Callable[[Any], Snapshot],
    surface_of: Callable[[Snapshot, str], tuple[Page, str]],
    context_of: Callable[..., DecisionContext],
    files: Any,
    visitor: Any,
) -> None:
    snapshot = snapshot_of(files)
    page, _ = surface_of(snapshot, "cart")
    context = context_of(snapshot, page, visitor)

    plain, again, traced = (decide(snapshot, page, context, trace=trace) for trace in (False, False, True))

    assert plain == again
    assert (plain.slots, plain.private, plain.reads) == (traced.slots, traced.private, traced.reads)
    assert [step.outcome for step in traced.trace].count("chosen") == sum(map(len, plain.slots.values()))
    for slot in page.slots:
        tried = [step.entry for step in traced.trace if step.slot == slot.key]
        assert {entry.key for entry in slot.entries} == set(tried)
        assert list(dict.fromkeys(tried)) == [entry.key for entry in slot.entries]


_EVERY_PERSONA = """
from datetime import UTC, datetime
from cms.decisions.rehearsal import Rehearsal
from cms.runtime.verification import verify
from cms.workspace import find_root, read_folder
from pathlib import Path

now = datetime(2026, 12, 2, tzinfo=UTC)
snapshot = verify(read_folder(find_root(Path("."))), now=now).snapshot
for persona in snapshot.personas.values():
    rehearsal = Rehearsal(snapshot, persona, now=now)
    for page in snapshot.pages.values():
        print(rehearsal.decide(page, trace=True))
    for email in snapshot.emails.values():
        print(rehearsal.decide(email.page, email=True, trace=True))
"""


def test_two_processes_with_other_hash_seeds_decide_the_same() -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", _EVERY_PERSONA],
            cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True,
        )
        for seed in ("1", "2")
    ]  # fmt: skip

    answers = [_sorted_sets(process.communicate(timeout=60)[0]) for process in processes]

    assert len(answers[0]) > 10_000
    assert all(first == second for first, second in pairwise(answers))


def _sorted_sets(printed: str) -> str:
    """Print of sets alone may differ: their order is no part of an answer."""
    import re

    return re.sub(r"frozenset\(\{([^}]*)\}\)", lambda found: ", ".join(sorted(found[1].split(", "))), printed)
