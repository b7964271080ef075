"""Printing findings, and what they mean for the exit code."""

import json
from collections.abc import Sequence
from typing import Any

import click

from cms.problems import Problem, Severity


def report(problems: Sequence[Problem], form: str) -> None:
    """Print findings; with a machine format nothing else may go to stdout."""
    if form == "json":
        click.echo(json.dumps(as_json(problems), ensure_ascii=False, indent=2))
        return
    for problem in problems:
        click.echo(str(problem))
    click.echo(summary(problems))


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


def summary(problems: Sequence[Problem]) -> str:
    counts = [(_count(problems, severity), str(severity)) for severity in (Severity.ERROR, Severity.WARNING)]
    return ", ".join(f"{count} {word}{'' if count == 1 else 's'}" for count, word in counts)


def _count(problems: Sequence[Problem], severity: Severity) -> int:
    return sum(problem.severity is severity for problem in problems)


def exit_code(problems: Sequence[Problem], *, strict: bool = False) -> int:
    """Give 1 for errors (with `strict` for warnings too), else 0."""
    return int(_count(problems, Severity.ERROR) > 0 or (strict and _count(problems, Severity.WARNING) > 0))
