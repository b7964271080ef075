"""What was proved is kept: read again where nothing changed, proved anew where something did, and never trusted beyond that."""

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import cms
from cms.content.compiling import compile_workspace
from cms.problems import Problem
from cms.proofs.checking import ProofOptions, check_proofs
from cms.proofs.keeping import ProofFolder, software
from cms.proofs.places import places
from cms.proofs.proving import Proving
from cms.runtime.known import KnownFindings
from cms.workspace import FolderFiles, read_workspace

NOW = datetime(2026, 12, 2, tzinfo=UTC)
ZONES = {"USD": "America/New_York", "INR": "Asia/Kolkata"}
NOTE = {"fields": {"text": {"type": "text", "required": True}}}


def variant(key: str, **more: Any) -> dict[str, Any]:
    return {"key": key, **more, "content": {"en": {"text": "Hello"}}}


def entry(*variants: dict[str, Any]) -> dict[str, Any]:
    return {"component": "note", "variants": [*variants, variant("default")]}


def page(entry: str) -> dict[str, Any]:
    return {"route": f"/{entry}", "stage": "cart", "slots": {"top": {"accepts": ["note"], "entries": [entry]}}}


WORKSPACE: Mapping[str, Any] = {
    "content/workspace.json": {},
    "components/note/model.json": NOTE,
    "segments/new.json": {"when": {"visitor.is_new": True}},
    "content/entries/one.json": entry(
        variant("new", when={"segment": "new"}), variant("late", when={"segment": "new"})
    ),
    "content/entries/two.json": entry(variant("all", when={"visitor.is_new": {"known": True}})),
    "content/pages/one.json": page("one"),
    "content/pages/two.json": page("two"),
    "content/entries/tried.json": {
        "component": "note",
        "variants": [variant("other"), variant("default")],
    },
    "content/experiments/trial.json": {
        "entry": "tried",
        "arms": [
            {"key": "control", "variant": "default", "buckets": [0, 4999]},
            {"key": "other", "variant": "other", "buckets": [5000, 9999]},
        ],
    },
    "content/pages/tried.json": page("tried"),
    "content/entries/apart/entry.json": {"component": "note", "variants": [{"key": "default"}]},
    "content/entries/apart/default.en.md": "---\ntext: Hello\n---\n",
    "content/pages/apart.json": page("apart"),
}
ALL = {"one.web.json", "two.web.json", "tried.web.json", "apart.web.json"}


def files_of(workspace: Mapping[str, Any]) -> dict[str, bytes]:
    return {path: (data if isinstance(data, str) else json.dumps(data)).encode() for path, data in workspace.items()}


def checked(workspace: Mapping[str, Any], folder: Path, *, now: datetime = NOW, language: str = "en") -> list[Problem]:
    read = read_workspace(files_of(workspace))
    snapshot, problems = compile_workspace(read)
    assert snapshot is not None, problems
    return check_proofs(snapshot, read, now=now, options=ProofOptions(language=language, cache_dir=folder))


def stamps(folder: Path) -> dict[str, int]:
    return {file.name: file.stat().st_mtime_ns for file in folder.glob("*.json")}


def rewritten(folder: Path, workspace: Mapping[str, Any], **options: Any) -> set[str]:
    """Check again, and name the places that were proved again."""
    before = stamps(folder)
    checked(workspace, folder, **options)
    return {name for name, stamp in stamps(folder).items() if stamp != before.get(name)}


def test_a_second_check_reads_what_the_first_found(tmp_path: Path) -> None:
    first = checked(WORKSPACE, tmp_path / "kept")

    assert ["unreachable"] == [problem.code for problem in first]
    assert first == checked(WORKSPACE, tmp_path / "kept")
    assert {*ALL, "segments.all.json"} == stamps(tmp_path / "kept").keys()
    assert set() == rewritten(tmp_path / "kept", WORKSPACE)


@pytest.mark.parametrize(
    ("path", "data", "proved_again"),
    [
        ("content/entries/two.json", entry(), {"two.web.json"}),
        ("content/pages/two.json", {**page("two"), "max_offers": 1}, {"two.web.json"}),
        ("segments/new.json", {"when": {"visitor.is_new": False}}, {"one.web.json", "segments.all.json"}),
        ("content/workspace.json", {"holdout": 5}, {*ALL, "segments.all.json"}),
        ("components/note/model.json", {**NOTE, "title": "Note"}, ALL),
        ("content/entries/apart/default.en.md", "---\ntext: Good day\n---\n", {"apart.web.json"}),
        (
            "content/experiments/trial.json",
            {**WORKSPACE["content/experiments/trial.json"], "state": "paused"},
            {"tried.web.json"},
        ),
        ("content/pages/three.json", page("two"), {"three.web.json"}),
    ],
)
def test_only_what_hangs_on_a_change_is_proved_again(
    path: str, data: Any, proved_again: set[str], tmp_path: Path
) -> None:
    checked(WORKSPACE, tmp_path)

    assert proved_again == rewritten(tmp_path, {**WORKSPACE, path: data})


def test_a_moment_that_a_schedule_names_ends_what_was_proved(tmp_path: Path) -> None:
    late = variant("late", when={"segment": "new"}, schedule={"from": "2026-12-10T00:00+00:00"})
    workspace = {**WORKSPACE, "content/entries/one.json": entry(late)}
    checked(workspace, tmp_path)

    assert set() == rewritten(tmp_path, workspace, now=NOW + timedelta(days=7))
    assert "one.web.json" in rewritten(tmp_path, workspace, now=NOW + timedelta(days=9))


def test_findings_are_kept_in_the_language_they_were_told_in(tmp_path: Path) -> None:
    english, chinese = (checked(WORKSPACE, tmp_path, language=language)[0].message for language in ("en", "zh-Hans"))

    assert "never shown" in english
    assert "永远不会展示" in chinese


def timed(when: Any, **more: Any) -> dict[str, Any]:
    """Give a workspace with one rule, on a page and of a segment."""
    return {
        "content/workspace.json": {},
        "components/note/model.json": NOTE,
        "segments/rule.json": {"when": when},
        "content/entries/one.json": entry(variant("rule", when={"segment": "rule"}, **more)),
        "content/pages/one.json": page("one"),
    }


@pytest.mark.parametrize(
    ("workspace", "later"),
    [
        (timed({"orders.last": {"before": "2026-11-30", "days_ago_at_most": 5}}), timedelta(days=8)),
        (timed({"now.date": {"is": "2026-12-02"}}), timedelta(days=2)),
        (timed({"now.date": {"is": "2026-12-02"}, "now.hour": {"less_than": 3}}), timedelta(hours=4)),
        (timed({"now.weekday": "thursday"}, schedule={"until": "2026-12-08T00:00+00:00"}), timedelta(days=3)),
    ],
    ids=["days after a day", "a day that is over", "an hour of a day", "a weekday before the end"],
)
def test_what_time_has_made_impossible_is_found_as_if_nothing_were_kept(
    workspace: dict[str, Any], later: timedelta, tmp_path: Path
) -> None:
    assert [] == [found.code for found in checked(workspace, tmp_path / "kept") if found.code != "contained"]
    again = checked(workspace, tmp_path / "kept", now=NOW + later)

    assert "unreachable" in [found.code for found in again]
    assert [found.id for found in again] == [
        found.id for found in checked(workspace, tmp_path / "fresh", now=NOW + later)
    ]


def test_rules_without_a_day_or_an_end_stay_proved(tmp_path: Path) -> None:
    workspace = timed({"now.weekday": "monday", "orders.last": {"days_ago_at_most": 5}})
    checked(workspace, tmp_path)

    assert set() == rewritten(tmp_path, workspace, now=NOW + timedelta(days=30))


def test_what_was_only_sampled_is_proved_once_the_solver_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = timed({"all": [{"visitor.is_new": True}, {"visitor.is_new": False}]})
    with monkeypatch.context() as without:
        without.setitem(sys.modules, "z3", None)
        assert ["not-proved"] == [found.code for found in checked(workspace, tmp_path)]

    assert {"unreachable", "never-matches"} == {found.code for found in checked(workspace, tmp_path)}


@pytest.mark.parametrize("text", [b"", b"{}", b"[1]", b"\xff", b'{"key": 1}'])
def test_a_file_that_cannot_be_read_is_proved_anew(text: bytes, tmp_path: Path) -> None:
    first = checked(WORKSPACE, tmp_path)
    (tmp_path / "one.web.json").write_bytes(text)

    assert first == checked(WORKSPACE, tmp_path)


def test_what_was_cut_short_is_tried_again(tmp_path: Path) -> None:
    read = read_workspace(files_of(WORKSPACE))
    snapshot, _ = compile_workspace(read)
    assert snapshot is not None
    kept = ProofFolder(tmp_path, snapshot, read, now=NOW, language="en")

    list(Proving(snapshot, lambda finding: Problem(finding.code, ""), now=NOW, budget_s=-1, kept=kept).run())

    assert [None] == [kept.get(place.surface, place) for place in places(snapshot) if place.surface == "one"]


def test_the_same_software_installed_anew_knows_what_it_proved(tmp_path: Path) -> None:
    copied = shutil.copytree(Path(cms.__file__).parent, tmp_path / "cms", copy_function=shutil.copyfile)
    asked = [sys.executable, "-c", "from cms.proofs import keeping; print(keeping.__file__, keeping.software())"]
    told = subprocess.run(asked, cwd=tmp_path, env={}, capture_output=True, text=True, check=True).stdout.split()

    assert [str(copied / "proofs/keeping.py"), software()] == told


def test_the_folder_is_not_for_version_control(tmp_path: Path) -> None:
    checked(WORKSPACE, tmp_path / "new")

    assert "*\n" == (tmp_path / "new" / ".gitignore").read_text()


def test_a_folder_that_cannot_be_made_costs_only_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    assert ["unreachable"] == [problem.code for problem in checked(WORKSPACE, tmp_path / "file")]


PERSONA = {"request": {}, "expect": {"one/top": "one:default"}}


def known(workspace: Mapping[str, Any], folder: Path, *, language: str = "en") -> KnownFindings:
    return KnownFindings(folder, files_of(workspace), language=language)


def keep(workspace: Mapping[str, Any], folder: Path, *problems: Problem) -> None:
    snapshot, found = compile_workspace(read_workspace(files_of(workspace)))
    assert snapshot is not None, found
    known(workspace, folder).keep(problems, snapshot, now=NOW)


def test_findings_of_the_same_files_are_known_for_the_hour(tmp_path: Path) -> None:
    found = Problem("unused", "Nothing refers to it.", visitor={"facts": {"cart.count": 1}})
    keep(WORKSPACE, tmp_path, found)

    assert (found,) == known(WORKSPACE, tmp_path).at(NOW + timedelta(minutes=59))
    assert {"facts": {"cart.count": 1}} == known(WORKSPACE, tmp_path).at(NOW)[0].visitor  # type: ignore[index]
    assert known(WORKSPACE, tmp_path).at(NOW + timedelta(hours=1)) is None
    assert known(WORKSPACE, tmp_path).at(NOW - timedelta(seconds=1)) is None


def test_an_hour_ends_in_each_market_when_it_does_there(tmp_path: Path) -> None:
    markets = {zone: {"currency": zone, "time_zone": name} for zone, name in ZONES.items()}
    workspace = {**WORKSPACE, "content/workspace.json": {"markets": markets, "default_market": "USD"}}
    keep(workspace, tmp_path)

    assert () == known(workspace, tmp_path).at(NOW + timedelta(minutes=29))
    assert known(workspace, tmp_path).at(NOW + timedelta(minutes=30)) is None  # 6:00 in Kolkata


def test_what_is_no_file_to_be_read_is_another_state_of_the_files(tmp_path: Path) -> None:
    keep(WORKSPACE, tmp_path)
    link = Problem("not-a-file", "It is a symbolic link.", file="content/pages/three.json")
    files = FolderFiles(files_of(WORKSPACE), (link,))

    assert KnownFindings(tmp_path, files, language="en").at(NOW) is None


@pytest.mark.parametrize("until", ["2099-01-01T00:00:00", "soon"])
def test_known_findings_that_cannot_be_read_are_none(until: str, tmp_path: Path) -> None:
    keep(WORKSPACE, tmp_path)
    file = tmp_path / "check.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "since": "2020-01-01T00:00:00", "until": until}))

    assert known(WORKSPACE, tmp_path).at(NOW) is None


def test_known_findings_nested_without_end_are_none(tmp_path: Path) -> None:
    keep(WORKSPACE, tmp_path, Problem("unused", "", visitor={"facts": "deep"}))
    file = tmp_path / "check.json"
    file.write_text(file.read_text().replace('"deep"', '{"a":' * 100_000 + "1" + "}" * 100_000))

    assert known(WORKSPACE, tmp_path).at(NOW) is None


def test_other_files_or_another_language_are_not_known(tmp_path: Path) -> None:
    keep(WORKSPACE, tmp_path)

    assert known({**WORKSPACE, "content/workspace.json": {"holdout": 1}}, tmp_path).at(NOW) is None
    assert known(WORKSPACE, tmp_path, language="zh-Hans").at(NOW) is None


def test_an_expectation_without_a_clock_is_asked_every_time(tmp_path: Path) -> None:
    timed = {**PERSONA, "now": "2026-12-02T10:00:00+00:00"}
    keep({**WORKSPACE, "content/personas/p.json": PERSONA}, tmp_path / "untimed")
    keep({**WORKSPACE, "content/personas/p.json": timed}, tmp_path / "timed")

    assert not (tmp_path / "untimed").exists()
    assert (tmp_path / "timed" / "check.json").exists()


def test_what_was_not_proved_is_not_known(tmp_path: Path) -> None:
    keep(WORKSPACE, tmp_path / "kept", Problem("not-proved", "Time was up."))

    assert not (tmp_path / "kept").exists()
