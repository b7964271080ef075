"""What every parser of authored text gives, and where it writes down what it finds."""

from dataclasses import dataclass, field, replace

from cms.problems import Problem
from cms.workspace.limits import MAX_PROBLEMS
from cms.workspace.positions import Lines, Places


class GaveUpError(Exception):
    """A parser cannot make sense of what follows; what was wrong is already noted."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A text as data; when not `complete` the parser gave up and `value` must not be used."""

    value: object
    places: Places
    problems: tuple[Problem, ...] = ()
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Notes:
    """Problems and places noted while one text is read, by offset."""

    lines: Lines
    problems: list[Problem] = field(default_factory=list)
    values: dict[str, int] = field(default_factory=dict)
    keys: dict[str, int] = field(default_factory=dict)

    def report(self, offset: int, code: str, message: str, suggestion: str = "", pointer: str = "") -> None:
        """Note a problem; so many that nobody would read them end the parsing.

        Raises:
            GaveUpError: The file has reached its limit of problems.
        """
        if len(self.problems) >= MAX_PROBLEMS:
            raise GaveUpError
        at = self.lines.at(offset)
        self.problems.append(Problem(code, message, pointer, suggestion, line=at.line, column=at.column))

    def give_up(self, offset: int, code: str, message: str, suggestion: str = "") -> GaveUpError:
        """Note a problem after which nothing can be understood; the caller raises the result."""
        self.report(offset, code, message, suggestion)
        return GaveUpError()

    def done(self, value: object, *, complete: bool = True) -> Parsed:
        return Parsed(value, Places(self.lines, self.values, self.keys), tuple(self.problems), complete)


def in_file(path: str, problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """Name the file in problems that know only their line."""
    return tuple(replace(problem, file=path) for problem in problems)
