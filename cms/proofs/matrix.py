"""Who sees what: every place held against every persona, and the variants that none of them sees."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from cms.content.snapshot import Page, Persona, Slot, Snapshot
from cms.decisions.decision import Choice
from cms.decisions.rehearsal import Rehearsal
from cms.proofs.expectations import holds


@dataclass(frozen=True, slots=True)
class Cell:
    """What one persona sees at one place. `expected` is None where the persona says nothing of it."""

    shown: tuple[Choice, ...]
    locale: str  # the persona's
    expected: str | None = None

    @property
    def kept(self) -> bool | None:
        """Say whether the expectation holds; None without one."""
        return None if self.expected is None else holds(self.expected, self.shown)


@dataclass(frozen=True, slots=True)
class Place:
    """A slot by its name, `cart/top`, and what each persona sees there, in the order of the personas."""

    name: str
    surface: str
    stage: str
    slot: Slot
    cells: Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class Unseen:
    """A variant that stands at some of the places and is seen at none; `arm`: only its experiment shows it."""

    entry: str
    variant: str
    arm: bool
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    personas: tuple[Persona, ...]
    places: tuple[Place, ...]
    unseen: tuple[Unseen, ...]

    def count(self, *, kept: bool) -> int:
        return sum(cell.kept is kept for place in self.places for cell in place.cells.values())


def matrix_of(
    snapshot: Snapshot, personas: Sequence[Persona], wanted: Callable[[str], bool], *, now: datetime
) -> Matrix:
    """Decide for every persona given.

    Args:
        snapshot: What is decided on.
        personas: Who looks.
        wanted: Whether a place, such as `cart/top`, is to be in the matrix.
        now: The clock of personas that have none.
    """
    rehearsals = [Rehearsal(snapshot, persona, now=now) for persona in personas]
    every = (place for surface, page in snapshot.surfaces.items() for place in _places(rehearsals, surface, page))
    places = tuple(place for place in every if wanted(place.name))
    return Matrix(tuple(personas), places, _unseen(places))


def _places(rehearsals: Sequence[Rehearsal], surface: str, page: Page) -> list[Place]:
    is_email = surface.startswith("emails/")
    decided = [rehearsal.decide(page, email=is_email) for rehearsal in rehearsals]
    return [
        Place(
            name=f"{surface}/{slot.key}",
            surface=surface,
            stage=page.stage,
            slot=slot,
            cells={
                rehearsal.persona.key: _cell(rehearsal, f"{surface}/{slot.key}", decision.slots[slot.key])
                for rehearsal, decision in zip(rehearsals, decided, strict=True)
            },
        )
        for slot in page.slots
    ]


def _cell(rehearsal: Rehearsal, place: str, shown: tuple[Choice, ...]) -> Cell:
    expect = rehearsal.persona.expect
    return Cell(shown, rehearsal.request.locale, expect.get(place, expect.get(f"pages/{place}")))


def _unseen(places: Sequence[Place]) -> tuple[Unseen, ...]:
    seen = {
        (choice.entry, choice.variant) for place in places for cell in place.cells.values() for choice in cell.shown
    }
    entries = {entry.key: entry for place in places for entry in place.slot.entries}
    return tuple(
        Unseen(entry.key, variant.key, variant.arm, _standing(entry.key, places))
        for entry in entries.values()
        for variant in entry.variants
        if (entry.key, variant.key) not in seen
    )


def _standing(entry: str, places: Sequence[Place]) -> tuple[str, ...]:
    return tuple(place.name for place in places if entry in {found.key for found in place.slot.entries})
