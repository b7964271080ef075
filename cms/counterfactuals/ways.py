"""Ways: changes that are made together, ranked by how few they are and how far they go."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from cms.counterfactuals.changes import Change

Key = tuple[tuple[str, str], ...]
Rank = tuple[int, float, Key]


@dataclass(frozen=True, slots=True)
class Way:
    """Changes, none twice of the same, by their keys and with how far each goes.

    Ways `rank` by how few changes they are, then by how far they go.
    """

    parts: Mapping[tuple[str, str], tuple[Change, float]]
    key: Key
    rank: Rank

    @classmethod
    def of(cls, parts: Mapping[tuple[str, str], tuple[Change, float]]) -> Self:
        key = tuple(sorted(parts))
        return cls(parts, key, (len(key), round(sum(parts[name][1] for name in key), 9), key))

    @property
    def changes(self) -> tuple[Change, ...]:
        return tuple(self.parts[name][0] for name in self.key)

    @property
    def names(self) -> frozenset[str]:
        return frozenset(name for name, _ in self.key)

    def without(self, change: Change) -> "Way":
        return Way.of({key: part for key, part in self.parts.items() if part[0] is not change})

    def joined(self, other: Self) -> "Way | None":
        """Do both; None where they contradict each other."""
        if not self.key:
            return other
        parts = {**self.parts, **other.parts}
        return Way.of(parts) if len({name for name, _ in parts}) == len(parts) else None


NOTHING = Way.of({})


def nearest(parts: Iterable[list[Way]]) -> list[Way]:
    """Put the ways of several parts together, each once, nearest first."""
    found = {way.key: way for part in parts for way in part if way.key}
    return sorted(found.values(), key=lambda way: way.rank)
