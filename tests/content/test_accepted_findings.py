"""Accepted findings do not count until a day; then they do again, and what accepts nothing is told."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import pytest
from corner import corner_files

from cms.content.accepting import day_of, with_acceptances
from cms.problems import Acceptance, Problem, Severity, errors
from cms.proofs.checking import ProofOptions
from cms.runtime.verification import Verified, verify
from cms.workspace import read_workspace

NOON = datetime(2026, 12, 2, 12, tzinfo=UTC)
WRONG = {"facts": {"cart.count": 3}, "expect": {"cart/rail": "none", "cart/top": "free-shipping:reached"}}
BASE = {**corner_files(), "content/personas/wrong.json": json.dumps(WRONG).encode()}


def _verified(*rows: Mapping[str, Any], now: datetime = NOON, files: Mapping[str, bytes] = BASE) -> Verified:
    return verify({**files, "content/accepted.json": json.dumps({"findings": rows}).encode()}, now=now)


def _at_top(verified: Verified) -> Problem:
    (found,) = [found for found in verified.problems if found.subject == "wrong at cart/top"]
    return found


FOUND = _at_top(_verified())
ROW = {"id": FOUND.id, "reason": "Mended on Monday", "until": "2026-12-07"}


def _told(*rows: Mapping[str, Any]) -> list[tuple[str, str]]:
    raw = json.dumps({"findings": rows}).encode()
    verified = verify({**BASE, "content/accepted.json": raw}, now=NOON, proofs=ProofOptions())
    return [(found.code, found.message) for found in verified.problems if found.file == "content/accepted.json"]


def test_an_accepted_error_stays_visible_and_does_not_count() -> None:
    other = {**ROW, "id": next(found.id for found in errors(_verified().problems) if found.id != FOUND.id)}

    assert Acceptance("Mended on Monday", date(2026, 12, 7)) == _at_top(_verified(ROW)).accepted
    assert not _verified(ROW).is_fit
    assert _verified(ROW, other).is_fit


def test_what_is_for_people_may_be_given_and_has_to_fit() -> None:
    assert [] == _told({**ROW, "code": "expectation", "about": "wrong at cart/top"})
    assert [("unused-acceptance", f"The finding {FOUND.id} is expectation, about wrong at cart/top.")] == _told(
        {**ROW, "code": "unreachable"}
    )
    assert _at_top(_verified({**ROW, "about": "wrong at cart/rail"})).accepted is None


def test_from_its_day_on_in_the_shops_time_zone_a_finding_counts_again_and_says_why() -> None:
    eve = datetime(2026, 12, 7, 7, 59, tzinfo=UTC)  # 23:59 of the 6th in Los Angeles
    market = {"default_market": "us", "markets": {"us": {"currency": "USD", "time_zone": "America/Los_Angeles"}}}
    root = {**json.loads(BASE["content/workspace.json"]), **market}
    files = {**BASE, "content/workspace.json": json.dumps(root).encode()}
    last, first = (_at_top(_verified(ROW, now=now, files=files)) for now in (eve, eve.replace(hour=8, minute=0)))

    assert last.accepted is not None
    assert first.accepted is None
    assert first.id == FOUND.id
    assert first.suggestion.endswith('It was accepted until 2026-12-07 ("Mended on Monday"), which has run out.')


def test_an_acceptance_that_fits_nothing_is_a_warning_and_a_second_one_too() -> None:
    assert [("unused-acceptance", "Nothing has the id 0123456789 any more.")] == _told({**ROW, "id": "0123456789"})
    assert [("unused-acceptance", f"{FOUND.id} is accepted above.")] == _told(ROW, ROW)


def test_what_was_not_proved_leaves_open_whether_an_acceptance_is_of_use() -> None:
    raw = json.dumps({"findings": [ROW]}).encode()
    workspace = read_workspace({"content/accepted.json": raw})
    left = Problem("not-proved", "Time is up.", severity=Severity.INFO)

    def told(*problems: Problem, is_whole: bool) -> list[str]:
        found = with_acceptances(problems, workspace, today=NOON.date(), is_whole=is_whole)
        return [problem.code for problem in found]

    assert ["unused-acceptance"] == told(is_whole=True)
    assert [] == told(is_whole=False)
    assert ["not-proved"] == told(left, is_whole=True)


def test_an_acceptance_lasts_a_year_at_most() -> None:
    assert [] == _told({**ROW, "until": "2027-12-03"})
    ((code, message),) = _told({**ROW, "until": "2027-12-04"})
    assert ("long-acceptance", "2027-12-04 is more than a year ahead: by then nobody remembers why.") == (code, message)


def test_an_error_that_keeps_a_release_from_working_cannot_be_accepted() -> None:
    files = {**BASE, "components/banner/web.html": b"{% if %}"}
    broken = next(found for found in _verified(files=files).problems if found.file == "components/banner/web.html")
    verified = _verified({**ROW, "id": broken.id}, files=files)
    told = [found.message for found in verified.problems if found.code == "unused-acceptance"]

    assert verified.snapshot is not None
    assert broken in errors(verified.problems)
    assert [
        f"The error {broken.code} in components/banner/web.html cannot be accepted: it keeps a release from working."
    ] == told


@pytest.mark.parametrize(
    ("row", "code", "pointer"),
    [
        ({**ROW, "until": "2027-02-30"}, "bad-date", "/findings/0/until"),
        ({**ROW, "until": "2027-03-01T00:00+00:00"}, "bad-date", "/findings/0/until"),
        ({**ROW, "reason": " \n"}, "wrong-type", "/findings/0/reason"),
        ({**ROW, "id": "unreachable"}, "wrong-type", "/findings/0/id"),
        ({**ROW, "unitl": "2027-03-01"}, "unknown-key", "/findings/0/unitl"),
        ({key: ROW[key] for key in ("id", "until")}, "missing-key", "/findings/0"),
        ({key: ROW[key] for key in ("id", "reason")}, "missing-key", "/findings/0"),
    ],
)
def test_the_file_is_strict(row: Mapping[str, Any], code: str, pointer: str) -> None:
    verified = _verified(row)
    found = [found for found in verified.problems if found.file == "content/accepted.json"]

    assert verified.snapshot is None
    assert [(code, pointer)] == [(problem.code, problem.pointer) for problem in found]
    assert all(problem.suggestion and problem.line for problem in found)


def test_a_day_is_written_in_one_way() -> None:
    assert date(2027, 3, 1) == day_of("2027-03-01")
    for odd in ("2027-3-1", "20270301", "2027-W09-1", "tomorrow", "2027-03-01\n", "2027-02-29"):
        with pytest.raises(ValueError, match="is not a da"):
            day_of(odd)


@pytest.mark.parametrize(("code", "is_told"), [("unused", True), ("unknown-product", False), ("", False)])
def test_without_the_shop_only_what_it_would_tell_is_left_open(code: str, is_told: bool) -> None:  # noqa: FBT001
    row = {**ROW, "id": "0123456789", "code": code}
    workspace = read_workspace({"content/accepted.json": json.dumps({"findings": [row]}).encode()})
    left = Problem("catalogue-not-checked", "No shop is configured.", severity=Severity.INFO)
    found = with_acceptances([left], workspace, today=NOON.date(), is_whole=True)

    assert is_told is ("unused-acceptance" in [problem.code for problem in found])
