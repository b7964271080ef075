"""Differences: who is shown what instead of what, all of it, and nothing that is not so."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from itertools import product
from random import Random
from typing import Any

import pytest
from corner_changed import HELLO, MEMBERS, NOW, authored, compared, entry, moves, snapshot, trial

from cms.content.edits import Part
from cms.differences.comparing import Comparing, Moved
from cms.differences.differences import differences
from cms.facts.values import Value
from cms.visitors.visitor import Visitor


def test_a_wider_rule_changes_those_who_were_left_out_and_nobody_else() -> None:
    wider = entry(("gold", {"customer.loyalty_tier": {"one_of": ["gold", "green"]}}), ("default", None))
    found = compared({MEMBERS: wider})

    assert {
        ("cart/side", ("members:default",), ("members:gold",)),
        ("emails/abandoned-cart/side", ("members:default",), ("members:gold",)),
    } == moves(found)
    assert found.is_complete
    assert [{"customer.loyalty_tier": "green"}] * 2 == [change.visitor.facts for change in found.changes]


def test_other_words_are_told_without_asking_anybody() -> None:
    edited = authored(HELLO)
    edited["variants"][2]["content"]["en"]["headline"] = "Welcome"
    edited["variants"][2]["content"]["en"].pop("body")
    found = compared({HELLO: edited})

    assert ((), True, 0) == (found.changes, found.is_complete, found.tried)
    [reworded] = found.reworded
    assert ("hello:default", "en") == (reworded.name, reworded.locale)
    assert {"headline": ("Hello", "Welcome"), "body": ("Come **in**.", None)} == {
        wording.field: (wording.before, wording.after) for wording in reworded.wordings
    }


def test_a_gap_in_the_words_decides_who_can_be_shown_them() -> None:
    edited = authored(HELLO)
    edited["variants"][1]["content"]["en"]["headline"] = "Plants in your pocket, {visitor.country}"
    found = compared({HELLO: edited}, "home")

    assert {("home/hero", ("hello:on-a-phone",), ("hello:default",))} == moves(found)
    assert found.is_complete
    assert found.moved("hello:on-a-phone")


def test_a_segment_is_compared_with_what_it_was() -> None:
    path = "segments/near-free-shipping.json"
    edited = authored(path)
    edited["when"]["cart.subtotal"]["at_least"]["percent"] = 50
    found = compared({path: edited}, "cart")

    assert {("cart/top", ("free-shipping:default",), ("free-shipping:near",))} == moves(found)
    assert found.is_complete


def test_another_order_of_variants_changes_those_who_meet_both() -> None:
    edited = authored(HELLO)
    edited["variants"][:2] = reversed(edited["variants"][:2])
    found = compared({HELLO: edited}, "home")

    assert {("home/hero", ("hello:from-search",), ("hello:on-a-phone",))} == moves(found)
    assert [{"source.kind", "visitor.device"}] == [{*change.visitor.facts} for change in found.changes]


def test_a_schedule_shows_the_moment_from_which_it_is_otherwise() -> None:
    edited = authored(MEMBERS)
    edited["variants"][0]["schedule"] = {"until": "2026-12-24T00:00:00+00:00"}
    found = compared({MEMBERS: edited}, "cart")

    assert {("cart/side", ("members:gold",), ("members:default",))} == moves(found)
    assert found.changes[0].visitor.now >= datetime(2026, 12, 24, tzinfo=UTC)
    assert found.is_complete


def test_who_is_drawn_for_another_arm_is_found_but_not_said_to_be_all() -> None:
    path, three = "content/experiments/members.json", entry(("new", None), ("default", None))
    found = compared({MEMBERS: three, path: trial(999)}, "cart", before={MEMBERS: three, path: trial(4999)})

    assert ("cart",) == found.open
    assert ("cart/side", ("members:default",), ("members:new",)) in moves(found)


def test_without_time_for_the_solver_what_was_found_is_not_said_to_be_all() -> None:
    wider = entry(("gold", {"customer.loyalty_tier": {"one_of": ["gold", "green"]}}), ("default", None))
    found = differences(snapshot(), snapshot({MEMBERS: wider}), ["cart", "home"], now=NOW, budget_s=0)

    assert ("cart",) == found.open
    assert {("cart/side", ("members:default",), ("members:gold",))} == moves(found)


def test_what_only_one_has_is_listed_by_kind() -> None:
    cart = authored("content/pages/cart.json")
    cart["slots"]["foot"] = {"accepts": ["banner"], "entries": ["news"]}
    cart["slots"]["side"]["entries"] = ["news", "members"]
    news = entry(("default", None))
    hello = authored(HELLO)
    del hello["variants"][0]
    hello["variants"][0]["content"]["zh-Hant"] = {"headline": "口袋裡的植物"}
    edits = {"content/pages/cart.json": cart, "content/entries/news.json": news, HELLO: hello}
    found = compared({**edits, "content/pages/about.json": None})

    assert {
        Part("page", "about", added=False),
        Part("slot", "cart/foot", added=True),
        Part("place", "news in cart/side", added=True),
        Part("entry", "news", added=True),
        Part("variant", "hello:from-search", added=False),
        Part("translation", "hello:on-a-phone zh-Hant", added=True),
    } == set(found.parts)


def test_one_page_is_told_of_alone() -> None:
    edited = authored(HELLO)
    edited["variants"][1]["when"] = {"visitor.device": "tablet"}
    edited["variants"][2]["content"]["en"]["headline"] = "Welcome"
    elsewhere = compared({HELLO: edited, "content/pages/about.json": None}, "cart")

    assert ((), (), ()) == (elsewhere.changes, elsewhere.reworded, elsewhere.parts)


def test_examples_are_people_who_could_come_and_see_just_that() -> None:
    edited = authored("content/entries/free-shipping.json")
    edited["variants"][1]["when"] = {"cart.gap[free-shipping]": {"between": ["0.01", "10.00"]}}
    old, new = snapshot(), snapshot({"content/entries/free-shipping.json": edited})
    found = differences(old, new, ["cart"], now=NOW)

    assert found.changes
    for change in found.changes:
        shown = [change.visitor.decision(side, side.surfaces["cart"]).slots[change.moved.slot] for side in (old, new)]
        assert [change.moved.before, change.moved.after] == [
            tuple(f"{one.entry}:{one.variant}" for one in choices) for choices in shown
        ]
        assert Comparing(old, new, "cart", "web", now=NOW).can_exist(change.visitor)


WORLD: Mapping[str, tuple[Value | None, ...]] = {
    "visitor.device": ("desktop", "mobile", "tablet", "app", "mini-program", None),
    "visitor.is_new": (True, False, None),
    "visitor.logged_in": (True, False, None),
}


def rule(random: Random, depth: int = 2) -> dict[str, Any]:
    pick = random.randrange(6 if depth else 3)
    deeper = partial(rule, random, depth - 1)
    if pick == 0:
        devices = random.sample(["desktop", "mobile", "tablet", "app"], 2)
        return {"visitor.device": {random.choice(["one_of", "none_of"]): devices}}
    if pick == 1:
        return {"visitor.is_new": random.random() < 0.5}
    if pick == 2:
        return {"visitor.logged_in": {"known": False} if random.random() < 0.3 else random.random() < 0.5}
    if pick == 3:
        return {"not": deeper()}
    if pick == 4:
        return {"segment": random.choice(["one", "two"])} if depth == 2 else deeper()
    return {random.choice(["all", "any"]): [deeper(), deeper()]}


def world(random: Random) -> dict[str, Any]:
    """Write a page of two slots, the lower one for two entries, with rules and segments at random."""
    entries = {
        f"content/entries/{key}.json": entry(*((f"v{n}", rule(random)) for n in range(random.randrange(1, 3))), ("default", None))
        for key in "abc"
    }  # fmt: skip
    exclusive = {"offer": {"kind": "deal", "exclusive": "one"}}
    for key in "bc":
        entries[f"content/entries/{key}.json"] |= exclusive if random.random() < 0.5 else {}
    slots = {
        "top": {"accepts": ["banner"], "entries": random.sample(["a", "b"], 2)},
        "low": {"accepts": ["banner"], "entries": ["b", "c"], "count": random.choice([1, 2]), "may_be_empty": True},
    }
    segments = {f"segments/{key}.json": {"title": key, "when": rule(random, 1)} for key in ("one", "two")}
    return {**entries, **segments, "content/pages/small.json": {"route": "/small", "stage": "landing", "slots": slots}}


def everybody() -> Iterator[Visitor]:
    """Give all whom the rules can tell apart, of whom each may have closed either offer."""
    for told, closed in product(product(*WORLD.values()), ((), ("b",), ("c",), ("b", "c"))):
        dismissed = {f"dismissed[{entry}]": NOW.date() for entry in closed}
        yield Visitor(NOW, "en", "USD", "web", {**dict(zip(WORLD, told, strict=True)), **dismissed})


@pytest.mark.parametrize("seed", range(40))
def test_what_is_said_to_be_all_is_what_trying_everybody_finds(seed: int) -> None:
    random = Random(seed)
    before = world(random)
    after = {**before, **{path: data for path, data in world(random).items() if random.random() < 0.4}}
    old, new = snapshot(before), snapshot(after)
    comparing = Comparing(old, new, "small", "web", now=NOW)
    expected: set[Moved] = {moved for visitor in everybody() for moved in comparing.moved(visitor)}
    found = differences(old, new, ["small"], now=NOW)

    assert found.is_complete
    assert expected == {change.moved for change in found.changes}
