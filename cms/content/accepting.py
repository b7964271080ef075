"""Accepted findings: `content/accepted.json`, and what it means for what was found."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from cms.content.context import Compilation
from cms.problems import Acceptance, Problem, Severity
from cms.workspace.documents import Document, Workspace

PATH = "content/accepted.json"
LONGEST = timedelta(days=366)
_LEFT_OPEN = {  # what says that something was not looked for, and the codes of what was not; "" may be any
    "catalogue-not-checked": {"", "unknown-product", "unknown-category", "unknown-tag", "unknown-promotion"},
    "coverage-not-checked": {"", "no-offer"},
}


def day_of(text: str) -> date:
    """Read an ISO date.

    Raises:
        ValueError: Another form, or no day of the calendar.
    """
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise ValueError(f'"{text}" is not a date such as 2027-03-01')
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f'"{text}" is not a day of the calendar') from None


def check_acceptances(compilation: Compilation) -> None:
    """Check shape and dates; whether an acceptance fits a finding is known once all are found."""
    for document in compilation.workspace.of_kind("accepted").values():
        for index, row in enumerate(compilation.shaped(document).get("findings", ())):
            try:
                _ = day_of(row["until"]) if "until" in row else None
            except ValueError as wrong:
                hint = 'Write the day from which it counts again: "2027-03-01".'
                compilation.findings.error(document, "bad-date", f"{wrong}.", f"/findings/{index}/until", hint)


def with_acceptances(
    problems: Sequence[Problem], workspace: Workspace, *, today: date, is_whole: bool
) -> list[Problem]:
    """Mark the findings that are accepted, and add what is wrong with acceptances.

    Args:
        problems: The findings, numbered.
        workspace: One that compiled; what keeps another from compiling cannot be accepted.
        today: In the zone of the default market.
        is_whole: Whether all was looked for, so that what was not found is gone; not so where something was left open.
    """
    document = workspace.of_kind("accepted").get("accepted")
    if document is None:
        return list(problems)
    rows = _rows(document)
    given = {row.id: row for row in reversed(rows)}
    marked = [given[found.id].on(found, today) if found.id in given else found for found in problems]
    by_id = {found.id: found for found in problems}
    codes = {found.code for found in problems}
    unseen = {code for note in _LEFT_OPEN.keys() & codes for code in _LEFT_OPEN[note]}
    is_whole = is_whole and "not-proved" not in codes
    judged = [row for row in rows if row.id in by_id or (is_whole and row.code not in unseen)]
    return [*marked, *map(document.place, (*_late(rows, today), *_unused(judged, by_id)))]


@dataclass(frozen=True, slots=True)
class _Row:
    """One acceptance as it stands in the file; `code` and `about` are for people, and "" where not given."""

    pointer: str
    id: str
    acceptance: Acceptance
    code: str
    about: str

    def on(self, problem: Problem, today: date) -> Problem:
        """Accept a finding, or say that this has run out."""
        if self.misfit(problem):
            return problem
        if today < self.acceptance.until:
            return replace(problem, accepted=self.acceptance)
        said = f'It was accepted until {self.acceptance.until} ("{self.acceptance.reason}"), which has run out.'
        return replace(problem, suggestion=f"{problem.suggestion} {said}".strip())

    def misfit(self, problem: Problem | None) -> str:
        """Say why this accepts nothing, if so."""
        if problem is None:
            return f"Nothing has the id {self.id} any more."
        if not problem.can_be_accepted:
            return f"The error {problem.code} in {problem.file} cannot be accepted: it keeps a release from working."
        if (self.code or problem.code, self.about or problem.about) != (problem.code, problem.about):
            return f"The finding {self.id} is {problem.code}, about {problem.about}."
        return ""


def _rows(document: Document) -> list[_Row]:
    data = document.data if isinstance(document.data, Mapping) else {}
    return [
        _Row(
            f"/findings/{index}",
            row["id"],
            Acceptance(row["reason"], day_of(row["until"])),
            row.get("code", ""),
            row.get("about", ""),
        )
        for index, row in enumerate(data["findings"])
    ]


def _late(rows: Iterable[_Row], today: date) -> Iterator[Problem]:
    for row in rows:
        if row.acceptance.until > today + LONGEST:
            message = f"{row.acceptance.until} is more than a year ahead: by then nobody remembers why."
            yield Problem("long-acceptance", message, f"{row.pointer}/until", "Choose a day within a year.")


def _unused(rows: Iterable[_Row], by_id: Mapping[str, Problem]) -> Iterator[Problem]:
    seen: set[str] = set()
    for row in rows:
        message = f"{row.id} is accepted above." if row.id in seen else row.misfit(by_id.get(row.id))
        if message:
            yield Problem("unused-acceptance", message, row.pointer, "Mend or remove it.", Severity.WARNING)
        seen.add(row.id)
