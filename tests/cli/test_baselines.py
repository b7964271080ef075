"""`cms check --baseline`: of a workspace with old debt only what is new counts."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cms.cli import cli


def _check(folder: Path, *options: str) -> Result:
    return CliRunner().invoke(cli, ["check", "--workspace", str(folder), *options])


@pytest.fixture
def baseline(peopled: Path, tmp_path: Path) -> Path:
    path = tmp_path / "old.json"
    run = _check(peopled, "--write-baseline", str(path))
    assert (0, "", f"{path} holds 15 findings.\n") == (run.exit_code, run.stdout, run.stderr)
    return path


def test_what_was_there_is_counted_and_neither_printed_nor_a_failure(peopled: Path, baseline: Path) -> None:
    run = _check(peopled, "--strict", "--baseline", str(baseline))

    assert (0, "0 errors, 0 warnings, 15 known from the baseline\n") == (run.exit_code, run.stdout)
    assert 1 == _check(peopled).exit_code


def test_what_is_new_counts_and_only_that(peopled: Path, baseline: Path) -> None:
    (peopled / "segments/lonely.json").write_text('{"when": {"visitor.is_new": true}}', encoding="utf-8")
    text, machine = (_check(peopled, "--baseline", str(baseline), "--format", form) for form in ("text", "json"))
    strict = _check(peopled, "--strict", "--baseline", str(baseline))

    assert (0, 1) == (text.exit_code, strict.exit_code)
    line, counted = text.stdout.splitlines()
    assert line.startswith("segments/lonely.json:1:1: warning[unused]")
    assert "0 errors, 1 warning, 15 known from the baseline" == counted
    found = json.loads(machine.stdout)
    assert (0, 1, 15) == (found["errors"], found["warnings"], found["known"])
    assert ["segments/lonely.json"] == [each["file"] for each in found["findings"] if not each["baseline"]]


def test_a_baseline_tells_people_what_it_holds(baseline: Path) -> None:
    rows = json.loads(baseline.read_text("utf-8"))["findings"]

    row = next(row for row in rows if row["code"] == "expectation")
    assert {"id": row["id"], "code": "expectation", "about": "gold at cart/rail"} == row
    assert rows == sorted(rows, key=lambda row: (row["code"], row["about"], row["id"]))


def test_what_is_accepted_stays_out_since_it_has_its_own_end(peopled: Path, tmp_path: Path) -> None:
    found = json.loads(_check(peopled, "--format", "json").stdout)["findings"]
    accepted = {"id": found[-1]["id"], "reason": "x", "until": "2999-01-01"}
    (peopled / "content/accepted.json").write_text(json.dumps({"findings": [accepted]}), encoding="utf-8")
    _check(peopled, "--write-baseline", str(tmp_path / "old.json"))
    kept = json.loads((tmp_path / "old.json").read_text("utf-8"))["findings"]

    assert accepted["id"] not in [row["id"] for row in kept]


def test_an_error_that_keeps_a_release_from_working_is_never_old(peopled: Path, tmp_path: Path) -> None:
    (peopled / "components/banner/web.html").write_text("{% if %}", encoding="utf-8")
    old = tmp_path / "old.json"
    _check(peopled, "--write-baseline", str(old))

    assert 1 == _check(peopled, "--baseline", str(old)).exit_code
    assert "components/banner/web.html" not in old.read_text("utf-8")


@pytest.mark.parametrize("content", ["", "[]", '{"findings": [1]}', "\ufffe"])
def test_a_file_that_is_no_baseline_is_wrong_usage(peopled: Path, tmp_path: Path, content: str) -> None:
    (tmp_path / "odd.json").write_text(content, encoding="utf-16")
    run = _check(peopled, "--baseline", str(tmp_path / "odd.json"))

    assert (2, "") == (run.exit_code, run.stdout)
    assert "is no baseline: write one with --write-baseline." in run.stderr


def test_no_such_file_and_a_place_among_content_are_wrong_usage(peopled: Path, tmp_path: Path) -> None:
    missing = _check(peopled, "--baseline", str(tmp_path / "none.json"))
    inside = _check(peopled, "--write-baseline", str(peopled / "content/old.json"))
    twice = _check(peopled, "--write-baseline", str(tmp_path / "a.json"), "--baseline", str(tmp_path / "b.json"))

    assert (2, 2, 2) == (missing.exit_code, inside.exit_code, twice.exit_code)
    assert "take one at a time" in twice.stderr
    assert "none.json cannot be read: No such file" in missing.stderr
    assert "Authored folders hold content only" in inside.stderr
