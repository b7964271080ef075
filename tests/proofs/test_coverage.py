"""Which segments get offers at which stage: seen of visitors made for it, and proved of those who never do."""

import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cms.content.compiling import compile_workspace
from cms.content.snapshot import Snapshot
from cms.problems import Problem, Severity
from cms.proofs.coverage import Coverage, Effort, Standing, check_coverage, coverage_of
from cms.proofs.solving import Deadline
from cms.visitors.visitor import Visitor
from cms.workspace import read_folder, read_workspace
from cms.workspace.documents import Workspace

PLAIN = read_folder(Path(__file__).parents[1] / "workspaces" / "plain")
NOW = datetime(2026, 12, 2, 12, tzinfo=UTC)
WORDS = {"en": {"headline": "Hello"}}
DEFAULT = {"key": "default", "content": WORDS}
MEMBER, GUEST = {"customer.is_member": True}, {"customer.is_member": False}


def _offer(**more: Any) -> dict[str, Any]:
    return {"component": "banner", "offer": {"kind": "gift"}, "variants": [DEFAULT], **more}


def _page(stage: str, *entries: str, **more: Any) -> dict[str, Any]:
    top = {"accepts": ["banner"], "entries": list(entries), "may_be_empty": True}
    return {"route": "/", "stage": stage, "slots": {"top": top}, **more}


def _compiled(files: Mapping[str, Any]) -> tuple[Snapshot, Workspace]:
    segments = {"segments/member.json": {"when": MEMBER}, "segments/guest.json": {"when": GUEST}}
    laid = {"content/workspace.json": {}, **segments, **files}
    workspace = read_workspace({**PLAIN, **{path: json.dumps(data).encode() for path, data in laid.items()}})
    snapshot, problems = compile_workspace(workspace)
    assert snapshot is not None, problems
    return snapshot, workspace


def _deadline() -> Deadline:
    return Deadline(time.monotonic, time.monotonic() + 30)


def _coverage(files: Mapping[str, Any], *, is_thorough: bool = True) -> Coverage:
    return coverage_of(_compiled(files)[0], now=NOW, effort=Effort(_deadline(), is_thorough=is_thorough))


def _checked(files: Mapping[str, Any]) -> list[Problem]:
    return check_coverage(*_compiled(files), now=NOW, deadline=_deadline())


FOR_MEMBERS = {
    "content/entries/club.json": _offer(audience={"segment": "member"}),
    "content/entries/gift.json": _offer(),
    "content/pages/cart.json": _page("cart", "club"),
    "content/pages/home.json": _page("landing", "gift"),
}


def test_who_gets_an_offer_is_seen_and_who_never_does_is_proved() -> None:
    cart, landing = _coverage(FOR_MEMBERS).stages

    assert ("cart", {Standing("cart/top", "club")}, ["guest"]) == (cart.stage, cart.offers, cart.gaps)
    assert {Standing("cart/top", "club")} == cart.reached["member"]
    assert ("landing", []) == (landing.stage, landing.gaps)


def test_a_stage_with_offers_that_some_never_get_is_one_note() -> None:
    found = _checked({**FOR_MEMBERS, "segments/absent.json": {"when": {"not": {"segment": "member"}}}})

    assert [("no-offer", Severity.INFO, "content/pages/cart.json", "/stage", "cart")] == [
        (problem.code, problem.severity, problem.file, problem.pointer, problem.subject) for problem in found
    ]
    assert found[0].message.endswith("nobody of these segments ever gets it: absent, guest.")


def test_when_time_is_up_it_is_said_that_something_was_not_looked_at() -> None:
    found = check_coverage(*_compiled(FOR_MEMBERS), now=NOW, deadline=Deadline(time.monotonic, time.monotonic() - 1))

    assert ["coverage-not-checked"] == [problem.code for problem in found]
    assert "not found out in time" in found[0].message


def test_its_visitor_is_in_the_segment_and_gets_nothing() -> None:
    snapshot, workspace = _compiled(FOR_MEMBERS)
    found = check_coverage(snapshot, workspace, now=NOW, deadline=_deadline())[0]

    assert found.visitor is not None
    assert found.visitor["facts"]["customer.is_member"] is False
    assert "cart/top" == found.place


def test_one_offer_at_another_page_of_the_stage_is_enough() -> None:
    assert [] == _checked({**FOR_MEMBERS, "content/pages/mini.json": _page("cart", "gift")})


def test_a_stage_without_any_offer_has_no_gap() -> None:
    plain = {**_offer()}
    del plain["offer"]

    assert [] == _checked({"content/entries/hello.json": plain, "content/pages/cart.json": _page("cart", "hello")})


def test_who_cannot_come_there_misses_nothing() -> None:
    """Nobody's device is known in a mail."""
    files = {
        "segments/phone.json": {"when": {"visitor.device": "mobile"}},
        "content/entries/club.json": _offer(),
        "content/emails/left.json": {"subject": {"en": "Left"}, "slots": _page("cart", "club")["slots"]},
    }
    stage = _coverage(files).stages[0]

    assert [] == _checked(files)
    assert {"guest", "member"} == stage.visitors.keys()


def test_what_stands_above_may_take_an_offers_place_from_a_segment() -> None:
    notice = {"component": "banner", "variants": [{"key": "guest", "when": GUEST, "content": WORDS}, DEFAULT]}
    files = {
        "content/entries/notice.json": notice,
        "content/entries/gift.json": _offer(),
        "content/pages/cart.json": _page("cart", "gift", "notice"),
    }

    assert [["guest"]] == [stage.gaps for stage in _coverage(files).stages]


def test_of_a_brief_search_the_gaps_are_the_same() -> None:
    assert [["guest"], []] == [stage.gaps for stage in _coverage(FOR_MEMBERS, is_thorough=False).stages]


@pytest.mark.parametrize("deadline", [None, Deadline(lambda: 1.0, 0.0)])
def test_without_an_answer_of_the_solver_nobody_is_said_to_get_nothing(deadline: Deadline | None) -> None:
    cart = coverage_of(_compiled(FOR_MEMBERS)[0], now=NOW, effort=Effort(deadline, is_thorough=True)).stages[0]

    assert ([], set(), True) == (cart.gaps, cart.reached["guest"], "guest" in cart.visitors)
    assert isinstance(cart.visitors["guest"], Visitor)


def test_everybody_in_the_sample_workspace_who_comes_to_offers_can_get_one() -> None:
    root = Path(__file__).parents[2]
    workspace = read_workspace(read_folder(root))
    snapshot, _ = compile_workspace(workspace)
    assert snapshot is not None

    assert [] == check_coverage(snapshot, workspace, now=NOW, deadline=_deadline())
