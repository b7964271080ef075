"""Proving a snapshot: all its places and segments, and what follows from them together."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib.util import find_spec
from time import monotonic
from typing import Generic, Protocol, TypeVar

from cms.content.snapshot import Snapshot
from cms.problems import Severity
from cms.proofs.audiences import AudienceProver
from cms.proofs.finding import Finding
from cms.proofs.moments import horizon, next_minute
from cms.proofs.outcomes import Name
from cms.proofs.place_proving import PlaceProver
from cms.proofs.places import Place, places
from cms.proofs.reasons import Reasons
from cms.proofs.schedules import is_over
from cms.proofs.solving import Deadline, UndecidedError

BUDGET_S = 120.0
_SHARE = 3  # a place among others may take at most this part of the time
Progress = Callable[[int, int], None]  # places done, of how many
T = TypeVar("T")
SEGMENTS = "segments"  # named as a surface is


@dataclass(slots=True)
class Proved(Generic[T]):
    """What is known of one place: variants that somebody sees there, those that nobody does and why, and all else."""

    reached: set[Name] = field(default_factory=set)
    dead: dict[Name, T] = field(default_factory=dict)
    elsewhere: set[Name] = field(default_factory=set)  # those that another channel can show
    undecided: dict[Name, str] = field(default_factory=dict)  # and why
    found: list[T] = field(default_factory=list)

    @property
    def settled(self) -> set[Name]:
        return self.reached | self.dead.keys() | self.elsewhere | self.undecided.keys()


class Kept(Protocol[T]):
    """What was proved before, by place; of other content or another time there is nothing."""

    def get(self, name: str, place: Place | None) -> Proved[T] | None: ...
    def put(self, name: str, place: Place | None, proved: Proved[T]) -> None: ...


class _Nothing:
    """Keeps nothing."""

    def get(self, name: str, place: Place | None) -> None:
        return None

    def put(self, name: str, place: Place | None, proved: object) -> None:
        return None


def prove(
    snapshot: Snapshot,
    *,
    now: datetime,
    budget_s: float = BUDGET_S,
    pages: Collection[str] = (),
    progress: Progress | None = None,
) -> tuple[Finding, ...]:
    """Prove a snapshot from a moment on.

    Args:
        snapshot: What would go live.
        now: The moment of the proof; what was only so before it does not count.
        budget_s: Seconds after which what is left is not proved, and said so.
        pages: Surfaces to prove; empty for all, and then segments too.
        progress: Told how many places are done.

    Returns:
        What was found, in the order of pages, slots and variants.
    """
    return tuple(Proving(snapshot, lambda finding: finding, now=now, budget_s=budget_s).run(pages, progress))


def is_solver_installed() -> bool:
    return find_spec("z3") is not None


class Proving(Generic[T]):
    """One proof of a snapshot, whose findings become what `tell` makes of them."""

    def __init__(
        self,
        snapshot: Snapshot,
        tell: Callable[[Finding], T],
        *,
        now: datetime,
        budget_s: float = BUDGET_S,
        kept: Kept[T] | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._snapshot = snapshot
        self._tell = tell
        self._now = next_minute(now)
        self._end = horizon(snapshot, now)
        self._kept: Kept[T] = kept or _Nothing()
        self._clock = clock
        self._ends = clock() + budget_s
        self._share_s = budget_s
        self._solves = is_solver_installed()
        self._prover: PlaceProver | None = None  # the latest one: they are too large to keep all
        self._proved: dict[Place, Proved[T]] = {}
        self._changed: list[Place] = []
        self._open: dict[Place, list[Name]] = defaultdict(list)  # variants of which nothing is known

    def run(self, pages: Collection[str] = (), progress: Progress | None = None) -> Iterator[T]:
        """Prove, and give what was found."""
        everywhere = list(places(self._snapshot))
        wanted = [place for place in everywhere if not pages or place.surface in pages]
        self._share_s /= _SHARE if len(wanted) > 1 else 1
        stands = self._standing(everywhere)
        for number, place in enumerate(wanted):
            if progress is not None:
                progress(number, len(wanted))
            self._prove(place, (name for name, found in stands.items() if found == [place]))
        asked = {name: found for name, found in stands.items() if self._is_asked(name, found, wanted)}
        for place in everywhere:  # one after the other: to prepare one anew costs more than to ask
            self._settle_all([(name, found) for name, found in asked.items() if place in found], place)
        unseen = [found for name in asked for found in self._never_shown(name, stands[name])]
        for place in wanted:
            yield from self._proved_of(place).found
        yield from unseen
        for place, names in self._open.items():
            why = self._proved_of(place).undecided[names[0]]
            yield self._tell(self._not_proved(place, place.surface, "", why, names))
        yield from self._segments() if not pages else ()
        if not self._solves:
            yield self._tell(Finding("not-proved", Severity.INFO, "workspace", "workspace", detail="extra"))
        for place in self._changed:
            self._kept.put(place.surface, place, self._proved_of(place))
        if progress is not None:
            progress(len(wanted), len(wanted))

    def _standing(self, everywhere: list[Place]) -> dict[Name, list[Place]]:
        """Give of each variant the places where it stands."""
        found: dict[Name, list[Place]] = defaultdict(list)
        for place in everywhere:
            for name in names_of(place):
                found[name].append(place)
        return {name: list(dict.fromkeys(stands)) for name, stands in found.items()}

    def _prove(self, place: Place, only_here: Iterable[Name]) -> None:
        """Prove a place, and at once of the variants that stand nowhere else who sees them."""
        proved = self._proved_of(place)
        for name in only_here if self._solves else ():
            if name not in proved.settled:
                self._settle(name, place)

    def _deadline(self) -> Deadline:
        return Deadline(self._clock, min(self._ends, self._clock() + self._share_s))

    def _prover_of(self, place: Place) -> PlaceProver:
        if self._prover is None or self._prover.place != place:
            if self._prover is not None:
                self._prover.close()
            self._prover = PlaceProver(self._snapshot, place, start=self._now, end=self._end, deadline=self._deadline())
        return self._prover

    def _proved_of(self, place: Place) -> Proved[T]:
        if place not in self._proved:
            kept = self._kept.get(place.surface, place)
            self._proved[place] = kept or self._surveyed(place)
            self._changed += [place] if kept is None else []
        return self._proved[place]

    def _surveyed(self, place: Place) -> Proved[T]:
        """Show a place to sampled visitors, and prove that its slots are never empty."""
        prover, proved = self._prover_of(place), Proved[T]()
        prover.sample()
        if self._solves:
            prover.close_holes()
        proved.reached = prover.reached
        proved.found = [self._tell(finding) for finding in prover.findings()]
        for name in (name for name in prover.standing if name not in prover.reached):
            facts = prover.unknowable(name)
            if facts:
                proved.elsewhere.add(name)
                proved.found.append(self._tell(Reasons(prover, name).wrong_channel(facts)))
        for slot, why in prover.undecided.items():
            proved.found.append(self._tell(self._not_proved(place, place.slot(slot), f"/slots/{slot}", why)))
        return proved

    def _is_asked(self, name: Name, stands: list[Place], wanted: list[Place]) -> bool:
        """Say whether to ask who sees a variant; not once its time has passed, which is said elsewhere."""
        entry = self._snapshot.entries[name[0]]
        is_wanted = self._solves and any(place in wanted for place in stands)
        return is_wanted and not is_over(entry, entry.variant(name[1]), self._now)

    def _is_reached(self, name: Name, stands: list[Place]) -> bool:
        return any(name in self._proved_of(place).reached for place in stands)

    def _settle_all(self, asked: list[tuple[Name, list[Place]]], place: Place) -> None:
        """Ask of a place who sees the variants that nobody was seen to see anywhere."""
        for name, stands in asked:
            if not self._is_reached(name, stands) and name not in self._proved_of(place).settled:
                self._settle(name, place)

    def _never_shown(self, name: Name, stands: list[Place]) -> Iterator[T]:
        """Say that nobody sees a variant in any of the places where it stands."""
        if self._is_reached(name, stands):
            return
        undecided = [place for place in stands if name in self._proved_of(place).undecided]
        dead = [self._proved_of(place).dead[name] for place in stands if name in self._proved_of(place).dead]
        if undecided:
            self._open[undecided[0]].append(name)
        else:
            yield from dead[:1]

    def _settle(self, name: Name, place: Place) -> None:
        proved = self._proved_of(place)
        if self._clock() > self._ends:
            proved.undecided[name] = "time"
            return
        prover = self._prover_of(place)
        try:
            if prover.is_seen(name):
                pass
            elif prover.hangs_on_catalogue(name):
                proved.elsewhere.add(name)
            else:
                proved.dead[name] = self._tell(Reasons(prover, name).unreachable())
        except UndecidedError as undecided:
            proved.undecided[name] = undecided.why
        proved.reached |= prover.reached
        self._changed += [place] if place not in self._changed else []

    def _not_proved(
        self, place: Place, named: str, pointer: str, why: str, names: Sequence[Name] = (("", ""),)
    ) -> Finding:
        (entry, variant), *others = names
        return Finding(
            code="not-proved",
            severity=Severity.WARNING,
            kind=place.kind,
            key=place.page.key,
            pointer=pointer,
            place=named,
            channel=place.channel,
            entry=entry,
            variant=variant,
            by=tuple(others),
            detail=why,
        )

    def _segments(self) -> Iterator[T]:
        kept = self._kept.get(SEGMENTS, None)
        if kept is None:
            prover = AudienceProver(
                self._snapshot, start=self._now, end=self._end, deadline=self._deadline(), solves=self._solves
            )
            kept = Proved(found=[self._tell(finding) for finding in prover.findings()])
            kept.found += [self._tell(_segment_not_proved(*one)) for one in prover.undecided.items()]
            prover.close()
            self._kept.put(SEGMENTS, None, kept)
        yield from kept.found


def _segment_not_proved(key: str, why: str) -> Finding:
    return Finding("not-proved", Severity.INFO, "segment", key, "/when", detail=why)


def names_of(place: Place) -> Iterator[Name]:
    """List the variants that could be shown in a place; arms only while their experiment runs."""
    for slot in place.page.slots:
        for entry in slot.entries:
            model = entry.component
            barred = place.channel not in model.channels or place.page.stage in model.never
            running = [arm.variant for one in entry.experiments if one.running for arm in one.arms]
            for variant in entry.variants if not barred else ():
                if not variant.arm or variant.key in running:
                    yield entry.key, variant.key
