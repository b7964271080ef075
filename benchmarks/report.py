"""What is reported: sections of Markdown, the goals they meet or miss, and their place in the docs."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.timing import Spread

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
_MEASURED = re.compile(r"(?<=<!-- measured -->\n).*?(?=<!-- /measured -->)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Goal:
    """A bar; one of several readings is stricter, and it decides. No readings: not measured in this run."""

    what: str
    bound: float
    readings: Sequence[tuple[str, Spread]] = ()
    at_most: bool = True
    unit: str = "x"

    @property
    def is_met(self) -> bool:
        medians = [spread.median for _, spread in self.readings]
        return max(medians) <= self.bound if self.at_most else min(medians) >= self.bound

    def cells(self) -> tuple[str, str, str, str]:
        goal = f"{'at most' if self.at_most else 'at least'} {self.bound:,g} {self.unit}"
        if not self.readings:
            return self.what, goal, "not measured in this run", "?"
        measured = "; ".join(f"{spread}{f' {name}' if name else ''}" for name, spread in self.readings)
        return self.what, goal, measured, "yes" if self.is_met else "**no**"


@dataclass(frozen=True, slots=True)
class Section:
    """One table with what has to be said about it."""

    title: str
    body: str
    goals: tuple[Goal, ...] = ()
    engines: tuple[str, ...] = ()  # with their versions

    def __str__(self) -> str:
        return f"### {self.title}\n\n{self.body}\n"


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    return "\n".join([*lines, *("| " + " | ".join(map(str, row)) + " |" for row in rows)])


def goals_section(sections: Iterable[Section]) -> Section:
    rows = [goal.cells() for section in sections for goal in section.goals]
    note = "A goal with two readings is met when both meet it."
    return Section("Goals", f"{table(('goal', 'bar', 'measured', 'met?'), rows)}\n\n{note}")


def write(text: str) -> None:
    """Put what was measured between its marks in the docs.

    Raises:
        SystemExit: The marks are not there.
    """
    before = PAGE.read_text(encoding="utf-8")
    if not _MEASURED.search(before):
        raise SystemExit(f"{PAGE.name} has no <!-- measured --> and <!-- /measured --> to write between.")
    PAGE.write_text(_MEASURED.sub(lambda _: text, before), encoding="utf-8")
