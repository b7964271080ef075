"""Problem: one finding about an authored file, collected and never raised."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from enum import StrEnum


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Problem:
    """A finding: where it is, what is wrong and what to do.

    `file` is workspace-relative with forward slashes; `line` and `column` start at 1 (0: not placed yet);
    `pointer` is an RFC 6901 JSON pointer into the file's data ("" is the whole document);
    `suggestion` is a sentence or two that say what to do, or "".
    """

    code: str
    message: str
    pointer: str = ""
    suggestion: str = ""
    severity: Severity = Severity.ERROR
    file: str = ""
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        tail = f" {self.suggestion}" if self.suggestion else ""
        return f"{self.file}:{self.line}:{self.column}: {self.severity}[{self.code}]: {self.remark}{tail}"

    @property
    def remark(self) -> str:
        """The message as it stands behind a colon: it begins small, unless with a name such as JSON."""
        begins_a_word = not self.message[1:2].isupper()
        return self.message[:1].lower() + self.message[1:] if begins_a_word else self.message

    def below(self, prefix: str) -> "Problem":
        """Move the problem of a part to where the part stands in its document."""
        return replace(self, pointer=prefix + self.pointer)


def pointer_of(*parts: str | int) -> str:
    """Join keys and indexes to a JSON pointer; no parts is the whole document."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Suggest the nearest known name as `Did you mean "x"?`, else list a few, else say nothing."""
    names: Sequence[str] = sorted(set(known))
    near = get_close_matches(word, names, n=1, cutoff=0.6)
    if near:
        return f'Did you mean "{near[0]}"?'
    if names and len(names) <= 12:
        return "Known: " + ", ".join(names) + "."
    return ""


def errors(problems: Iterable[Problem]) -> list[Problem]:
    return [problem for problem in problems if problem.severity is Severity.ERROR]
