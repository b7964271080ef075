"""Where things stand in a text: offsets become lines and columns, JSON pointers become offsets."""

import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field

_NEW_LINE = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a file as editors count it: both from 1, columns in characters."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Lines:
    """The offsets at which the lines of a text start."""

    starts: tuple[int, ...] = (0,)

    @classmethod
    def of(cls, text: str) -> "Lines":
        return cls((0, *(found.end() for found in _NEW_LINE.finditer(text))))

    def at(self, offset: int) -> Position:
        line = bisect_right(self.starts, offset)
        return Position(line, offset - self.starts[line - 1] + 1)


@dataclass(frozen=True, slots=True)
class Places:
    """Offsets of the values and keys of one document, by JSON pointer."""

    lines: Lines = field(default_factory=Lines)
    values: Mapping[str, int] = field(default_factory=dict)
    keys: Mapping[str, int] = field(default_factory=dict)

    def of_value(self, pointer: str) -> Position:
        """Find the value, or the nearest parent there is."""
        while pointer and pointer not in self.values:
            pointer = pointer.rpartition("/")[0]
        return self.lines.at(self.values.get(pointer, 0))

    def of_key(self, pointer: str) -> Position:
        """Find the key; what has none (a list item, a missing field) is where its value is looked for."""
        offset = self.keys.get(pointer)
        return self.of_value(pointer) if offset is None else self.lines.at(offset)
