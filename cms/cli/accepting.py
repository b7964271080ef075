"""Writing acceptances of findings into the workspace."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from cms.content.accepting import LONGEST, PATH
from cms.problems import Problem
from cms.workspace.formatting import json_bytes, read_literally
from cms.workspace.writing import convert_files


@dataclass(frozen=True, slots=True)
class Accepting:
    """Which findings shall not count, why, and from which day on they do again."""

    ids: tuple[str, ...]
    reason: str
    until: date

    def write(self, root: Path, files: Mapping[str, bytes], problems: Sequence[Problem], *, today: date) -> None:
        """Add to the accepted findings of a workspace that compiles, or renew what is there.

        Raises:
            click.UsageError: An id or a day that will not do; nothing is written.
            CmsError: As `convert_files`.
        """
        self._refuse_day(today)
        found = {problem.id: problem for problem in problems}
        accepted = [_acceptable(found, key) for key in dict.fromkeys(self.ids)]
        held: Any = read_literally(files[PATH]) if PATH in files else {"findings": []}
        kept = [row for row in held["findings"] if row["id"] not in self.ids]
        rows = [*kept, *map(self._row, accepted)]
        convert_files(root, files, {PATH: json_bytes({**held, "findings": rows})}, [])
        for problem in accepted:
            click.echo(f"Accepted until {self.until}: {problem.code}, {problem.about}.")

    def _refuse_day(self, today: date) -> None:
        if self.until <= today:
            raise click.UsageError(f"--until {self.until} is not in the future: today is {today}.")
        if self.until > today + LONGEST:
            raise click.UsageError(f"--until {self.until} is more than a year ahead: choose a day within a year.")

    def _row(self, problem: Problem) -> dict[str, str]:
        return {
            "id": problem.id,
            "code": problem.code,
            "about": problem.about,
            "reason": self.reason,
            "until": self.until.isoformat(),
        }


def _acceptable(found: Mapping[str, Problem], key: str) -> Problem:
    if key not in found:
        raise click.UsageError(f'No finding has the id "{key}". Run cms check --ids, which prints those there are.')
    problem = found[key]
    if not problem.can_be_accepted or problem.file == PATH:
        raise click.UsageError(f"{problem.code} in {problem.file} cannot be accepted: mend it.")
    return problem


def accepting_of(ids: tuple[str, ...], reason: str | None, until: datetime | None) -> Accepting | None:
    """Read the options that belong together; None where nothing is to be accepted.

    Raises:
        click.UsageError: One is missing.
    """
    if not ids and reason is None and until is None:
        return None
    if not ids or until is None or not (reason or "").strip():
        raise click.UsageError(
            '--accept ID, --reason "…" and --until DATE belong together: say what, why and how long.'
        )
    return Accepting(ids, str(reason), until.date())
