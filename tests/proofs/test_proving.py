"""What is claimed of all visitors is so of those whom a live shop knows, too, and is found within the time there is."""

from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest

from cms.content.snapshot import Snapshot
from cms.decisions.plans import PagePlan
from cms.proofs.finding import Finding
from cms.proofs.outcomes import Outcomes
from cms.proofs.proving import Proving, prove
from cms.proofs.solving import Deadline, Solver, UndecidedError
from tests.proofs.small_worlds import COMPONENTS, compiled

NOW = datetime(2026, 12, 2, 9, tzinfo=UTC)
SETTINGS = {"channels": ["web", "email", "app"]}
CHEAP, DEAR = {"threshold": {"club": "10.00"}}, {"threshold": {"club": "20.00"}}
Json = Any


def variant(key: str = "default", text: str = "Hello", **more: Json) -> Json:
    return {"key": key, "content": {"en": {"text": text}}, **more}


def entry(*variants: Json, **more: Json) -> Json:
    return {"component": "note", "variants": variants, **more}


def experiment(compared: str, **more: Json) -> Json:
    arms = [
        {"key": "control", "variant": "default", "buckets": [0, 4999]},
        {"key": "other", "variant": "arm", "buckets": [5000, 9999]},
    ]
    return {"entry": compared, "arms": arms, "unit": "customer", "state": "running", **more}


def workspace(entries: Mapping[str, Json], slots: Mapping[str, Json], **more: Json) -> Snapshot:
    """Write a page, and beside it what `more` holds by path."""
    page = {key: {"accepts": ["note"], **slot} for key, slot in slots.items()}
    return compiled(
        {
            **COMPONENTS,
            "content/workspace.json": SETTINGS,
            **{f"content/entries/{key}.json": made for key, made in entries.items()},
            "content/pages/cart.json": {"route": "/cart", "stage": "cart", "slots": page},
            **more,
        }
    )


def found(snapshot: Snapshot) -> list[tuple[str, str, str]]:
    return [(one.code, one.place or one.key, one.variant) for one in prove(snapshot, now=NOW)]


def in_segments(**rules: Json) -> list[Finding]:
    files = {f"segments/{key}.json": {"when": when} for key, when in rules.items()}
    return list(prove(compiled({**COMPONENTS, "content/workspace.json": SETTINGS, **files}), now=NOW))


def test_who_gets_to_a_slot_above_is_somebody_who_can_exist() -> None:
    """The slot above is for empty carts, of which the subtotal is nothing."""
    small = {"any": [{"cart.subtotal": {"at_most": "5.00"}}, {"cart.subtotal": {"known": False}}]}
    entries = {
        "above": entry(variant(claims=CHEAP)),
        "below": entry(variant("small", when=small), variant(claims=DEAR)),
    }
    slots = {"top": {"entries": ["above"], "audience": {"cart.count": 0}}, "side": {"entries": ["below"]}}
    assert [] == found(workspace(entries, slots))


@pytest.mark.parametrize(
    "when",
    [
        {"orders.last": {"since": "2030-01-01"}},
        {"bought[fern]": {"since": "2030-06-01", "days_ago_at_least": 10}},
        {"orders.last": {"since": "2020-01-01", "days_ago_at_least": 5000}},
    ],
)
def test_what_can_be_bought_in_years_to_come_is_not_impossible(when: Json) -> None:
    assert [] == in_segments(later=when)


def test_a_stage_is_possible_before_there_is_any_page() -> None:
    assert [] == in_segments(cart={"page.stage": "cart"})


def test_a_set_of_a_billion_is_nobodys() -> None:
    assert ["never-matches"] == [one.code for one in in_segments(many={"cart.skus": {"count": {"at_least": 10**9}}})]


def test_nobody_is_told_half_an_order() -> None:
    """Who has ordered nothing is told so, although half an order would show the same."""
    none = {"orders.count": {"less_than": 1}}
    findings = in_segments(none=none, newcomers={**none, "visitor.is_new": True})
    assert [("contained", {"orders.count": 0})] == [
        (one.code, one.visitor and dict(one.visitor.facts)) for one in findings
    ]


def test_an_amount_known_in_the_app_alone_is_missed_on_the_web_alone() -> None:
    facts = {"own.word": {"type": "text", "origin": "request", "channels": ["app"]}}
    entries = {
        "above": entry(variant("named", "Hello {own.word}", when={"cart.count": 1}, claims=CHEAP), variant()),
        "below": entry(variant(claims=DEAR)),
    }
    slots = {"top": {"entries": ["above"]}, "side": {"entries": ["below"]}}
    snapshot = workspace(entries, slots, **{"segments/facts.json": facts})
    assert ("contradiction", "cart/side", "default") in found(snapshot)


def test_a_price_that_a_catalogue_may_confirm_is_not_refuted() -> None:
    member = {"customer.is_member": True}
    promised = {"promise": {"price": {"fern": "10.00"}}}
    letter = {"subject": {"en": "Left"}, "slots": {"top": {"accepts": ["note"], "entries": ["fern"]}}}
    mailed = {"fern": entry(variant("cheap", when=member, **promised), variant())}
    assert [] == found(workspace(mailed, {}, **{"content/emails/left.json": letter}))
    hidden = {"fern": entry(variant("any", when=member), variant("cheap", when=member, **promised), variant())}
    assert [("unreachable", "emails/left/top", "cheap")] == found(
        workspace(hidden, {}, **{"content/emails/left.json": letter})
    )


def test_experiments_on_a_page_are_drawn_together() -> None:
    """Two of them draw every customer: that one of them drew nobody would be no answer."""
    entries = {
        "one": entry(variant("arm", claims=CHEAP), variant()),
        "two": entry(variant("arm"), variant()),
        "three": entry(variant("few", when={"cart.count": {"known": False}}), variant(claims=DEAR)),
    }
    slots = {key: {"entries": [key]} for key in entries}
    files = {f"content/experiments/{key}.json": experiment(key) for key in ("one", "two")}
    assert [("contradiction", "cart/three", "default")] == found(workspace(entries, slots, **files))


def test_an_experiment_that_takes_everybody_leaves_nobody_to_the_next() -> None:
    entries = {"one": entry(variant("arm"), variant("late"), variant())}
    late = experiment("one")
    late["arms"] = [late["arms"][0], {**late["arms"][1], "variant": "late"}]
    files = {"content/experiments/a.json": experiment("one"), "content/experiments/b.json": late}
    slots = {"top": {"entries": ["one"]}}
    assert [("unreachable", "cart/top", "late")] == found(workspace(entries, slots, **files))
    shared = {
        "content/experiments/a.json": {**experiment("one"), "layer": "half", "layer_buckets": [0, 4999]},
        "content/experiments/b.json": {**late, "layer": "half", "layer_buckets": [5000, 9999]},
    }
    assert [] == found(workspace(entries, slots, **shared))


def test_no_formula_is_made_when_time_is_up() -> None:
    snapshot = workspace({"one": entry(variant())}, {"top": {"entries": ["one"]}})
    over = Deadline(lambda: 1.0, 0.0)
    solver = Solver(snapshot, "web", stage="cart", start=NOW, end=NOW, relations=(), deadline=over)
    with pytest.raises(UndecidedError, match="time"):
        Outcomes(PagePlan.of(snapshot, snapshot.surfaces["cart"], "web"), solver)


def test_segments_are_not_compared_when_time_is_up() -> None:
    rules = {f"more-{number}": {"cart.count": {"at_least": number}} for number in range(200)}
    files = {f"segments/{key}.json": {"when": when} for key, when in rules.items()}
    snapshot = compiled({**COMPONENTS, "content/workspace.json": SETTINGS, **files})
    looks = count()
    told = Proving(snapshot, lambda finding: finding, now=NOW, budget_s=0, clock=lambda: float(next(looks))).run()
    assert {("not-proved", "time")} == {(one.code, one.detail) for one in told}
    assert next(looks) < 3 * len(rules)  # not once for each pair of them
