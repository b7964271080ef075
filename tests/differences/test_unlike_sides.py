"""Sides that differ in more than rules: what is said of them holds, and no more is said than is known."""

from itertools import permutations
from typing import Any

import pytest
from corner_changed import MEMBERS, NOW, authored, compared, entry, moves, snapshot, trial

from cms.differences.telling import DifferenceTeller


def test_an_example_says_as_whom_experiments_draw_it() -> None:
    path, three = "content/experiments/members.json", entry(("new", None), ("default", None))
    paused = {**trial(4999), "state": "paused"}
    found = compared({MEMBERS: three, path: trial(4999)}, "cart", before={MEMBERS: three, path: paused})
    [change] = found.changes

    assert change.visitor.key
    said = DifferenceTeller(snapshot(), "en", now=NOW).who(change)
    assert f"a visitor of whom nothing is known; drawn by experiments as {change.visitor.key}" == said


RAIL, SETTINGS, FACTS = "content/rails/favorites.json", "content/workspace.json", "segments/facts.json"


@pytest.mark.parametrize(("path", "edit"), [(SETTINGS, {"holdout": 20}), (RAIL, {"min_items": 2})])
def test_what_personas_cannot_tell_of_is_never_said_to_change_nothing(path: str, edit: dict[str, Any]) -> None:
    found = compared({path: {**authored(path), **edit}}, "cart")

    assert (("cart",), ()) == (found.open, found.changes)


def test_another_rail_for_the_same_words_is_never_said_to_change_nothing() -> None:
    path, rail = "content/entries/favorites.json", authored(RAIL)
    edited = authored(path)
    edited["variants"][0]["content"]["en"]["rail"] = "others"
    found = compared({path: edited, "content/rails/others.json": rail}, "cart")

    assert ("cart",) == found.open
    assert ["rail: favorites → others"] == [
        f"{one.field}: {one.before} → {one.after}" for reworded in found.reworded for one in reworded.wordings
    ]


def ranked(when: object, **fact: object) -> dict[str, Any]:
    """Write a fact of the workspace's own, and members who are told apart by it and greeted with it."""
    members = entry(("high", when), ("default", None))
    members["variants"][0]["content"]["en"]["headline"] = "Of rank {member.rank}"
    return {MEMBERS: members, FACTS: {**authored(FACTS), "member.rank": fact}}


def test_a_fact_that_a_channel_is_not_told_any_more_empties_its_gaps() -> None:
    before, after = (ranked({"visitor.is_new": True}, type="text", **more) for more in ({}, {"channels": ["email"]}))
    found = compared(after, "cart", before=before)

    assert {("cart/side", ("members:high",), ("members:default",))} == moves(found)
    assert () == found.reworded


def test_a_fact_by_another_title_is_no_difference() -> None:
    before, after = (
        ranked({"visitor.is_new": True}, type="text", title={"en": title}) for title in ("rank", "standing")
    )
    found = compared(after, before=before)

    assert ((), (), True, 0) == (found.changes, found.reworded, found.is_complete, found.tried)


RULES = {"text": "gold", "number": {"at_least": 3}, "money": {"at_least": "3.00"}, "date": {"days_ago_at_most": 3}}


@pytest.mark.parametrize(("old", "new"), list(permutations(RULES, 2)))
def test_a_fact_of_another_type_is_told_to_the_side_that_it_fits(old: str, new: str) -> None:
    before, after = (ranked({"member.rank": RULES[kind]}, type=kind) for kind in (old, new))
    found = compared(after, "cart", before=before)

    assert ("cart",) == found.open
    gained, lost = ("members:high",), ("members:default",)
    assert {("cart/side", gained, lost), ("cart/side", lost, gained)} == moves(found)


def test_nobody_pays_in_a_currency_that_one_side_does_not_sell_in() -> None:
    settings = authored(SETTINGS)
    settings["markets"].pop("tw")
    found = compared(
        {SETTINGS: settings}, "cart", before={MEMBERS: entry(("gold", {"currency": "TWD"}), ("default", None))}
    )

    assert ["USD"] * len(found.changes) == [change.visitor.currency for change in found.changes]
    assert ("cart/side", ("members:gold",), ("members:default",)) not in moves(found)
