"""Baselines: the findings of one day in a file, so that later only new ones count."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import click

from cms.problems import Problem
from cms.workspace.formatting import json_bytes


def write_baseline(path: Path, problems: Iterable[Problem]) -> None:
    """Write down what is found today, but for what always counts, and for what is accepted, which has its own end."""
    held = (problem for problem in problems if problem.can_be_accepted and problem.accepted is None)
    kept = sorted((problem.code, problem.about, problem.id) for problem in held)
    rows = [{"id": key, "code": code, "about": about} for code, about, key in kept]
    path.write_bytes(json_bytes({"findings": rows}))
    click.echo(f"{path} holds {len(rows)} finding{'' if len(rows) == 1 else 's'}.", err=True)


def marked(problems: Sequence[Problem], path: Path | None) -> Sequence[Problem]:
    """Say of each finding whether the baseline has it; an error that keeps a release from working is always new.

    Raises:
        click.UsageError: The file is no baseline.
    """
    if path is None:
        return problems
    try:
        known = {row["id"] for row in json.loads(path.read_bytes())["findings"]}
    except OSError as error:
        raise click.UsageError(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, LookupError, TypeError):
        raise click.UsageError(f"{path} is no baseline: write one with --write-baseline.") from None
    return [replace(problem, known=problem.can_be_accepted and problem.id in known) for problem in problems]
