"""Printing findings for people and for machines, and what they mean for the exit code."""

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from cms.cli.sarif import as_sarif
from cms.problems import Problem, Severity, errors, pressing

_GITHUB_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_IN_MESSAGES = "%\r\n"  # what a workflow command takes as %25, %0D, %0A
_IN_PROPERTIES = "%\r\n:,"
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e]")  # from names: would break the line or command the terminal


def report(
    problems: Sequence[Problem], form: str, root: Path | None = None, *, notes: bool = False, ids: bool = False
) -> None:
    """Print findings; with a machine format nothing else may go to stdout.

    Args:
        problems: What was found.
        form: One of `FORMS`.
        root: Folder of the workspace; GitHub and SARIF want paths from where the command runs, which may be above it.
        notes: In text, print infos and accepted findings too, which are only counted otherwise.
        ids: In text, begin each line with the id of the finding.
    """
    if form == "text":
        click.echo(_text(problems, notes=notes, ids=ids), nl=False)
    else:
        click.echo(FORMS[form](problems, _below(root)), nl=False)
    if form in ("github", "sarif"):
        click.echo(summary(problems), err=True)


def _below(root: Path | None) -> str:
    """Give what stands before a file's path, seen from the current folder."""
    here, root = Path.cwd(), root and root.resolve()
    if root is None or root == here or not root.is_relative_to(here):
        return ""
    return f"{root.relative_to(here).as_posix()}/"


def _text(problems: Sequence[Problem], below: str = "", *, notes: bool = False, ids: bool = False) -> str:
    shown = [problem for problem in problems if not problem.known] if notes else pressing(problems)
    lines = (f"{problem.id} {_line(problem)}" if ids else _line(problem) for problem in shown)
    return "".join(f"{_UNSEEN.sub(_spelled, line)}\n" for line in (*lines, summary(problems)))


def _line(problem: Problem) -> str:
    accepted = problem.accepted
    return f"{problem} Accepted until {accepted.until}: {accepted.reason}" if accepted else str(problem)


def _spelled(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode()


def _json(problems: Sequence[Problem], below: str) -> str:
    """Give the shape that tools read."""
    told = {**_counts(problems), "findings": [_as_json(problem) for problem in problems]}
    return json.dumps(told, ensure_ascii=False, indent=2) + "\n"


def _as_json(problem: Problem) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": problem.id,
        "code": problem.code,
        "severity": str(problem.severity),
        "subject": problem.subject,
        "file": problem.file,
        "line": problem.line,
        "column": problem.column,
        "pointer": problem.pointer,
        "message": problem.remark,
        "suggestion": problem.suggestion,
    }
    if problem.visitor is not None:
        told["visitor"] = problem.visitor
    if problem.accepted is not None:
        told["accepted"] = {"reason": problem.accepted.reason, "until": problem.accepted.until.isoformat()}
    if problem.known is not None:
        told["baseline"] = problem.known
    return told


def _github(problems: Sequence[Problem], below: str) -> str:
    """Give one workflow command for each finding that counts, which GitHub shows beside the line of a pull request."""
    return "".join(f"{_workflow_command(problem, below)}\n" for problem in problems if problem.counts)


def _workflow_command(problem: Problem, below: str) -> str:
    properties = {
        "file": below + problem.file,
        "line": str(problem.line),
        "col": str(problem.column),
        "title": problem.code,
    }
    said = ",".join(f"{name}={_escaped(value, _IN_PROPERTIES)}" for name, value in properties.items())
    return f"::{_GITHUB_LEVELS[problem.severity]} {said}::{_escaped(problem.sentence, _IN_MESSAGES)}"


def _escaped(text: str, signs: str) -> str:
    return "".join(f"%{ord(sign):02X}" if sign in signs else sign for sign in text)


FORMS: Mapping[str, Callable[[Sequence[Problem], str], str]] = {
    "text": _text,
    "json": _json,
    "github": _github,
    "sarif": as_sarif,
}


def summary(problems: Sequence[Problem]) -> str:
    """Count in words: errors and warnings always, all else where there is any."""
    counts = _counts(problems)
    always = [f"{counts[word]} {word[:-1] if counts[word] == 1 else word}" for word in ("errors", "warnings")]
    notes = [f"{counts['notes']} note{'s' if counts['notes'] > 1 else ''}"] if counts["notes"] else []
    words = {"accepted": "accepted", "known": "known from the baseline"}
    return ", ".join([*always, *notes, *(f"{counts[word]} {said}" for word, said in words.items() if counts[word])])


def _counts(problems: Sequence[Problem]) -> dict[str, int]:
    """Count each finding once, as what it means for whoever reads."""
    words = {Severity.ERROR: "errors", Severity.WARNING: "warnings", Severity.INFO: "notes"}
    found = Counter(
        words[problem.severity] if problem.counts else "known" if problem.accepted is None else "accepted"
        for problem in problems
    )
    return {word: found[word] for word in (*words.values(), "accepted", "known")}


def exit_code(problems: Sequence[Problem], *, strict: bool = False) -> int:
    """Give 1 for errors (with `strict` for warnings too), else 0."""
    return int(bool(pressing(problems) if strict else errors(problems)))
