"""Blast radius: the share of decisions that would come out otherwise on another snapshot."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from math import sqrt
from typing import Self

from cms.components.body import Body
from cms.content.snapshot import Persona, Snapshot
from cms.decisions.record import Record, Replay, Shown, replay, summary_of
from cms.decisions.rehearsal import Rehearsal
from cms.errors import CmsError
from cms.facts.signals import Signal, SignalValue

Names = tuple[str, ...] | None  # what a slot shows, `entry:variant`; None: there is no such slot
SharedOf = Callable[[Record], Mapping[Signal, SignalValue]]
_Z = 1.959964  # of a normal distribution, for 95 %
# What a record says may be anything, and a fact may be declared as another type since.
_WRONG = (ValueError, LookupError, TypeError, ArithmeticError, AttributeError)


@dataclass(frozen=True, slots=True)
class Transition:
    """What a slot showed and would show; where only languages differ, they stand behind the names."""

    before: Names
    after: Names

    @classmethod
    def of(cls, old: tuple[Shown, ...] | None, new: tuple[Shown, ...] | None) -> Self:
        named = cls(_names(old), _names(new))
        return named if named.before != named.after else cls(_read(old), _read(new))


class Kind(StrEnum):
    """How something comes out: another entry, variant or language, only other words, only other products, or the same."""

    CHANGED = "changed"
    REWORDED = "reworded"
    RESTOCKED = "restocked"
    SAME = "same"


@dataclass(slots=True)
class Tally:
    """What became of the decisions of one place; `examples` gives one decision for each transition."""

    kinds: Counter[Kind] = field(default_factory=Counter)
    transitions: Counter[Transition] = field(default_factory=Counter)
    examples: dict[Transition, str] = field(default_factory=dict)

    def note(self, transition: Transition, example: str) -> None:
        self.transitions[transition] += 1
        self.examples.setdefault(transition, example)

    @property
    def looked_at(self) -> int:
        return self.kinds.total()

    @property
    def changed(self) -> int:
        return self.kinds[Kind.CHANGED]

    @property
    def share(self) -> float:
        return self.changed / self.looked_at if self.looked_at else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Give where the share of all decisions lies, with 95 % certainty, where these were picked at random."""
        return wilson(self.changed, self.looked_at)


@dataclass(slots=True)
class Radius:
    """What would change: all together, by page, and by slot (`cart/top`).

    Not among those looked at are: `gone`, by page, where the page is no more; `differing`, which come out otherwise even on
    the release they were made on; and `unmade`, which cannot be made again, by a code. `unverified` were looked at, but
    the release they were made on is not there to prove that they come out as recorded. `unheard` are signals that a page
    would ask for and did not: whatever hangs on them is unknown here.
    """

    whole: Tally = field(default_factory=Tally)
    pages: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    slots: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    gone: Counter[str] = field(default_factory=Counter)
    unmade: Counter[str] = field(default_factory=Counter)
    differing: int = 0
    unverified: int = 0
    unheard: dict[str, frozenset[Signal]] = field(default_factory=dict)


def wilson(part: int, of: int) -> tuple[float, float]:
    """Give the 95 % interval of a share (Wilson 1927): it holds for small numbers and for shares of 0 and 1 too."""
    if not of:
        return 0.0, 1.0
    share, spread = part / of, _Z * _Z / of
    middle, half = share + spread / 2, _Z * sqrt(share * (1 - share) / of + spread / (4 * of))
    low, high = (middle - half) / (1 + spread), (middle + half) / (1 + spread)
    return low if part else 0.0, high if part < of else 1.0


class RadiusOfDecisions:
    """Adds up decisions, one after the other; none is kept.

    Args:
        candidate: What would be live.
        release_of: Gives the snapshot of a release, None where it is not to be had.
        shared_of: Gives what a record shares with others.
    """

    def __init__(self, candidate: Snapshot, release_of: Callable[[str], Snapshot | None], shared_of: SharedOf) -> None:
        self._candidate = candidate
        self._release_of = release_of
        self._shared_of = shared_of
        self.radius = Radius()

    def add(self, record: Record) -> None:
        """Make a decision again on the candidate, from what was told then, and on its own release to see that it is the same."""
        if record.surface not in self._candidate.surfaces:
            self.radius.gone[record.surface] += 1
            return
        if record.asked.market not in self._candidate.settings.markets:
            self.radius.unmade["no-such-market"] += 1
            return
        try:
            shared = self._shared_of(record)
            own = self._release_of(record.release)
            before = replay(record, own, shared) if own is not None else None
            after = replay(record, self._candidate, shared)
        except CmsError as failure:
            self.radius.unmade[failure.code] += 1
            return
        except _WRONG:  # whose message may tell of people
            self.radius.unmade["decision-not-made"] += 1
            return
        if before is not None and before.differs:
            self.radius.differing += 1
            return
        self.radius.unverified += before is None
        if own is not None:
            self._note_unheard(record.surface, own)
        self._compare(record, before, after)

    def _note_unheard(self, surface: str, own: Snapshot) -> None:
        more = self._candidate.surfaces[surface].signals - own.surfaces[surface].signals
        if more:
            self.radius.unheard[surface] = more | self.radius.unheard.get(surface, frozenset())

    def _compare(self, record: Record, before: Replay | None, after: Replay) -> None:
        new = summary_of(after.decision)
        kinds = [Kind.SAME]
        for slot in {**record.slots, **new}:
            transition = Transition.of(record.slots.get(slot), new.get(slot))
            kind = _kind(transition, record.slots.get(slot), new.get(slot))
            if kind is not Kind.CHANGED and before is not None and _bodies(before, slot) != _bodies(after, slot):
                kind = Kind.REWORDED
            tally = self.radius.slots[f"{record.surface}/{slot}"]
            tally.kinds[kind] += 1
            if kind is Kind.CHANGED:
                tally.note(transition, record.decision)
            kinds.append(kind)
        for tally in (self.radius.whole, self.radius.pages[record.surface]):
            tally.kinds[min(kinds, key=_ORDER.index)] += 1


def radius_of_personas(
    before: Snapshot, candidate: Snapshot, surfaces: Iterable[str], personas: Iterable[Persona], *, now: datetime
) -> Radius:
    """Add up personas at the places of both snapshots instead: how much of what was thought of would change.

    An example names the persona.
    """
    radius = Radius()
    both = [surface for surface in before.surfaces if surface in candidate.surfaces and surface in surfaces]
    for persona in personas:
        for surface in both:
            old, new = (_rehearsed(side, surface, persona, now) for side in (before, candidate))
            for slot in (slot for slot in old if slot in new):
                transition = Transition.of(old[slot], new[slot])
                kind = Kind.CHANGED if transition.before != transition.after else Kind.SAME
                for tally in (radius.whole, radius.pages[surface], radius.slots[f"{surface}/{slot}"]):
                    tally.kinds[kind] += 1
                if kind is Kind.CHANGED:
                    radius.slots[f"{surface}/{slot}"].note(transition, persona.key)
    return radius


def _rehearsed(snapshot: Snapshot, surface: str, persona: Persona, now: datetime) -> Mapping[str, tuple[Shown, ...]]:
    page = snapshot.surfaces[surface]
    return summary_of(Rehearsal(snapshot, persona, now=now).decide(page, email=surface.startswith("emails/")))


_ORDER = tuple(Kind)


def _names(shown: tuple[Shown, ...] | None) -> Names:
    return None if shown is None else tuple(f"{one.entry}:{one.variant}" for one in shown)


def _read(shown: tuple[Shown, ...] | None) -> Names:
    return None if shown is None else tuple(f"{one.entry}:{one.variant} ({one.locale})" for one in shown)


def _kind(transition: Transition, old: tuple[Shown, ...] | None, new: tuple[Shown, ...] | None) -> Kind:
    if transition.before != transition.after:
        return Kind.CHANGED
    products = ([one.products for one in shown or ()] for shown in (old, new))
    return Kind.SAME if next(products) == next(products) else Kind.RESTOCKED


def _bodies(made: Replay, slot: str) -> list[Body]:
    return [choice.body for choice in made.decision.slots.get(slot, ())]
