"""Printing findings for people and for machines, and what they mean for the exit code."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click

from cms.problems import Problem, Severity

_SARIF_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_SARIF_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_GITHUB_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_IN_MESSAGES = "%\r\n"  # what a workflow command takes as %25, %0D, %0A
_IN_PROPERTIES = "%\r\n:,"
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e]")  # from names: would break the line or command the terminal


def report(problems: Sequence[Problem], form: str, root: Path | None = None) -> None:
    """Print findings; with a machine format nothing else may go to stdout.

    Args:
        problems: What was found.
        form: One of `FORMS`.
        root: Folder of the workspace; GitHub and SARIF want paths from where the command runs, which may be above it.
    """
    click.echo(FORMS[form](problems, _below(root)), nl=False)
    if form in ("github", "sarif"):
        click.echo(summary(problems), err=True)


def _below(root: Path | None) -> str:
    """Give what stands before a file's path, seen from the current folder."""
    here, root = Path.cwd(), root and root.resolve()
    if root is None or root == here or not root.is_relative_to(here):
        return ""
    return f"{root.relative_to(here).as_posix()}/"


def _text(problems: Sequence[Problem], below: str) -> str:
    return "".join(f"{_UNSEEN.sub(_spelled, line)}\n" for line in (*map(str, problems), summary(problems)))


def _spelled(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode()


def _json(problems: Sequence[Problem], below: str) -> str:
    return json.dumps(as_json(problems), ensure_ascii=False, indent=2) + "\n"


def as_json(problems: Sequence[Problem]) -> dict[str, Any]:
    """Give the shape that tools read."""
    return {
        "errors": _count(problems, Severity.ERROR),
        "warnings": _count(problems, Severity.WARNING),
        "findings": [
            {
                "code": problem.code,
                "severity": str(problem.severity),
                "file": problem.file,
                "line": problem.line,
                "column": problem.column,
                "pointer": problem.pointer,
                "message": problem.remark,
                "suggestion": problem.suggestion,
            }
            for problem in problems
        ],
    }


def _github(problems: Sequence[Problem], below: str) -> str:
    """Give one workflow command for each finding, which GitHub shows beside the line of a pull request."""
    return "".join(f"{_workflow_command(problem, below)}\n" for problem in problems)


def _workflow_command(problem: Problem, below: str) -> str:
    properties = {
        "file": below + problem.file,
        "line": str(problem.line),
        "col": str(problem.column),
        "title": problem.code,
    }
    said = ",".join(f"{name}={_escaped(value, _IN_PROPERTIES)}" for name, value in properties.items())
    return f"::{_GITHUB_LEVELS[problem.severity]} {said}::{_escaped(_sentence(problem), _IN_MESSAGES)}"


def _escaped(text: str, signs: str) -> str:
    return "".join(f"%{ord(sign):02X}" if sign in signs else sign for sign in text)


def _sentence(problem: Problem) -> str:
    message = problem.message[:1].upper() + problem.message[1:]
    return f"{message} {problem.suggestion}".rstrip()


def _sarif(problems: Sequence[Problem], below: str) -> str:
    codes = sorted({problem.code for problem in problems})
    run = {
        "tool": {"driver": {"name": "Vitrine", "rules": [_rule(code) for code in codes]}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(problem, codes.index(problem.code), below) for problem in problems],
    }
    log = {"$schema": _SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, ensure_ascii=False, indent=2) + "\n"


def _rule(code: str) -> dict[str, Any]:
    title = {"text": code.replace("-", " ").capitalize()}
    help_text = {"text": f"docs/findings.md says what {code} means and how to mend it."}
    return {"id": code, "shortDescription": title, "fullDescription": title, "help": help_text}


def _result(problem: Problem, rule: int, below: str) -> dict[str, Any]:
    place: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": {"uri": quote(below + problem.file), "uriBaseId": "%SRCROOT%"},
            "region": {"startLine": problem.line, "startColumn": problem.column},
        }
    }
    if problem.pointer:
        place["logicalLocations"] = [{"fullyQualifiedName": problem.pointer, "kind": "value"}]
    # SARIF 2.1.0 §3.11.5: braces are doubled, because {0} would be filled in.
    text = _sentence(problem).replace("{", "{{").replace("}", "}}")
    level = _SARIF_LEVELS[problem.severity]
    return {
        "ruleId": problem.code,
        "ruleIndex": rule,
        "level": level,
        "message": {"text": text},
        "locations": [place],
    }


FORMS: Mapping[str, Callable[[Sequence[Problem], str], str]] = {
    "text": _text,
    "json": _json,
    "github": _github,
    "sarif": _sarif,
}


def summary(problems: Sequence[Problem]) -> str:
    counts = [(_count(problems, severity), str(severity)) for severity in (Severity.ERROR, Severity.WARNING)]
    return ", ".join(f"{count} {word}{'' if count == 1 else 's'}" for count, word in counts)


def _count(problems: Sequence[Problem], severity: Severity) -> int:
    return sum(problem.severity is severity for problem in problems)


def exit_code(problems: Sequence[Problem], *, strict: bool = False) -> int:
    """Give 1 for errors (with `strict` for warnings too), else 0."""
    return int(_count(problems, Severity.ERROR) > 0 or (strict and _count(problems, Severity.WARNING) > 0))
