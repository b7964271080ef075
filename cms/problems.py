"""Problem: one finding about an authored file, collected and never raised."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from difflib import get_close_matches
from enum import StrEnum
from hashlib import sha256


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Why a finding does not count for now; from the day `until` on it does again."""

    reason: str
    until: date


@dataclass(frozen=True, slots=True)
class Problem:
    """A finding: where it is, what is wrong and what to do.

    `file` is workspace-relative with forward slashes; `line` and `column` start at 1 (0: not placed yet);
    `pointer` is an RFC 6901 JSON pointer into the file's data ("" is the whole document);
    `suggestion` is a sentence or two that say what to do, or "".
    `subject` names what a finding about who sees what is about, whatever the message says: `free-shipping:near`,
    `cart/top`. Of errors only those with a subject can be accepted: all others keep a release from working.
    `visitor` is the body of a persona that shows it, in the slot `place`; `nth` counts findings that are alike, see `numbered`;
    `known` says whether a baseline has it, None where there is no baseline.
    """

    code: str
    message: str
    pointer: str = ""
    suggestion: str = ""
    severity: Severity = Severity.ERROR
    file: str = ""
    line: int = 0
    column: int = 0
    subject: str = ""
    place: str = ""
    visitor: Mapping[str, object] | None = field(default=None, compare=False, repr=False)
    nth: int = 1
    accepted: Acceptance | None = None
    known: bool | None = None

    @property
    def id(self) -> str:
        """Name the finding by what it is about, so that it keeps its name when lines move and words change."""
        parts = [self.code, self._home, self.subject or self.message, *([str(self.nth)] if self.nth > 1 else [])]
        return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:10]

    @property
    def about(self) -> str:
        """Say in a word what it is about."""
        return self.subject or self._home

    @property
    def _home(self) -> str:
        """The file; of an entry the same whether it is one file or a folder, which `cms fmt` turns into each other."""
        folder = self.file.removesuffix("/entry.json")
        return self.file if folder == self.file else f"{folder}.json"

    @property
    def can_be_accepted(self) -> bool:
        return self.severity is not Severity.ERROR or bool(self.subject)

    @property
    def counts(self) -> bool:
        """Tell what nobody accepted and no baseline has."""
        return self.accepted is None and not self.known

    @property
    def sentence(self) -> str:
        """What is wrong and what to do, as sentences that stand alone; a key such as cart/top stays as it is."""
        begins_a_word = self.message.partition(" ")[0].isalpha()
        message = self.message[:1].upper() + self.message[1:] if begins_a_word else self.message
        return f"{message}{self._tail}"

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.severity}[{self.code}]: {self.remark}{self._tail}"

    @property
    def _tail(self) -> str:
        """The suggestion after a space, which Chinese does without."""
        return self.suggestion and ("" if self.message.endswith("\u3002") else " ") + self.suggestion

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


def numbered(problems: Iterable[Problem]) -> list[Problem]:
    """Sort findings by file and line, and count those that are alike, so that each has an id of its own."""
    seen: Counter[str] = Counter()
    counted = []
    for problem in sorted(problems, key=lambda found: (found.file, found.line, found.column, found.code)):
        first = replace(problem, nth=1)
        seen[first.id] += 1
        counted.append(replace(problem, nth=seen[first.id]))
    return counted


def errors(problems: Iterable[Problem]) -> list[Problem]:
    """Give the errors that count."""
    return [problem for problem in problems if problem.severity is Severity.ERROR and problem.counts]


def pressing(problems: Iterable[Problem]) -> list[Problem]:
    """Give the errors and warnings that count: what somebody should mend."""
    return [problem for problem in problems if problem.severity is not Severity.INFO and problem.counts]
