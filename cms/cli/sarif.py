"""Findings as SARIF 2.1.0, which code scanning reads."""

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from cms.problems import Problem, Severity

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def as_sarif(problems: Sequence[Problem], below: str) -> str:
    """Write a log of one run; `below` stands before the path of every file."""
    codes = sorted({problem.code for problem in problems})
    run = {
        "tool": {"driver": {"name": "Vitrine", "rules": [_rule(code) for code in codes]}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(problem, codes.index(problem.code), below) for problem in problems],
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, ensure_ascii=False, indent=2) + "\n"


def _rule(code: str) -> dict[str, Any]:
    title = {"text": code.replace("-", " ").capitalize()}
    help_text = {"text": f"docs/findings.md says what {code} means and how to mend it."}
    return {"id": code, "shortDescription": title, "fullDescription": title, "help": help_text}


def _result(problem: Problem, rule: int, below: str) -> dict[str, Any]:
    # SARIF 2.1.0 §3.11.5: braces are doubled, because {0} would be filled in.
    text = problem.sentence.replace("{", "{{").replace("}", "}}")
    result = {
        "ruleId": problem.code,
        "ruleIndex": rule,
        "level": _LEVELS[problem.severity],
        "message": {"text": text},
        "locations": [_place(problem, below)],
        "partialFingerprints": {"vitrineFinding/v1": problem.id},
        "suppressions": _suppressions(problem),
    }
    if problem.known is not None:
        result["baselineState"] = "unchanged" if problem.known else "new"
    properties = {"subject": problem.subject, "visitor": problem.visitor}
    if told := {name: value for name, value in properties.items() if value}:
        result["properties"] = told
    return result


def _place(problem: Problem, below: str) -> dict[str, Any]:
    place: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": {"uri": quote(below + problem.file), "uriBaseId": "%SRCROOT%"},
            "region": {"startLine": problem.line, "startColumn": problem.column},
        }
    }
    if problem.pointer:
        place["logicalLocations"] = [{"fullyQualifiedName": problem.pointer, "kind": "value"}]
    return place


def _suppressions(problem: Problem) -> list[dict[str, Any]]:
    """Give why a finding is accepted; none is an empty list, for §3.27.23 wants all results to say it or none."""
    if problem.accepted is None:
        return []
    until = {"until": problem.accepted.until.isoformat()}
    return [{"kind": "external", "justification": problem.accepted.reason, "properties": until}]
