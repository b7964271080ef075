"""Audiences: of named segments, which nobody can be in, and which are the same as or within another."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from cms.content.needs import Needs
from cms.content.snapshot import Page, Snapshot
from cms.facts.context import View
from cms.facts.declarations import STAGES, FactRef
from cms.problems import Severity
from cms.proofs.finding import Finding
from cms.proofs.reasons import clauses
from cms.proofs.sampling import base_visitor
from cms.proofs.solving import Deadline, Solver, UndecidedError
from cms.segments.conditions import Condition, InSegment
from cms.segments.evaluate import Evaluator, Segments
from cms.segments.python import PythonSource, define
from cms.visitors.guards import Guard
from cms.visitors.meeting import Meeting
from cms.visitors.relations import Relation, can_exist, relations
from cms.visitors.shrinking import shrunk
from cms.visitors.visitor import Visitor

_TRIES = 3


@dataclass(frozen=True, slots=True)
class Where:
    """A channel and a stage, of which a segment may ask."""

    channel: str
    page: Page


class AudienceProver:
    """Proves the segments of a snapshot."""

    def __init__(self, snapshot: Snapshot, *, start: datetime, end: datetime, deadline: Deadline, solves: bool) -> None:
        self._snapshot = snapshot
        self._start, self._end = start, end
        self._deadline = deadline
        self._solves = solves
        needs = Needs(snapshot.segments, snapshot.rails, snapshot.settings)
        refs = {ref.name: ref for ref in needs.facts(snapshot.segments.values())}
        self._wheres = list(_wheres(snapshot, refs))
        self._relations: tuple[Relation, ...] = tuple(relations(refs[name] for name in sorted(refs)))
        self._solvers: dict[Where, Solver] = {}
        self._seen: list[tuple[Visitor, Where]] = []
        self._members: dict[str, int] = dict.fromkeys(snapshot.segments, 0)  # of each the visitors in it, as bits
        self._tests: dict[str, Callable[..., tuple[bool, ...]]] = {}  # of a channel
        self.undecided: dict[str, str] = {}  # segments of which no answer was found, and why

    def findings(self) -> Iterator[Finding]:
        for key in self._snapshot.segments:
            if not self._deadline.is_over:
                self._sample(key)
        for key in [key for key, members in self._members.items() if not members] if self._solves else ():
            try:
                yield from self._nobody(key)
            except UndecidedError as undecided:
                self.undecided[key] = undecided.why
        yield from self._within_another() if self._solves else ()

    def close(self) -> None:
        """Give back the memory of the solvers."""
        for solver in self._solvers.values():
            solver.close()

    def _sample(self, key: str) -> None:
        """Make visitors that are in a segment, told as little as may be."""
        for where in self._wheres:
            meeting = Meeting(self._snapshot, where.page, self._start, self._end)
            base = base_visitor(self._snapshot, where.channel, now=self._start)
            for attempt in range(_TRIES):
                guard = Guard((self._snapshot.segments[key],))
                visitor = meeting.meet(base, guard, attempt)
                if visitor is not None:
                    self._note(visitor, where)
            if self._members[key]:
                return

    def _note(self, visitor: Visitor, where: Where) -> None:
        """Remember in which segments a visitor is, if there can be such a one."""
        view = View(visitor.context(self._snapshot, where.page))
        if can_exist(view, self._relations):
            if where.channel not in self._tests:
                self._tests[where.channel] = _memberships(self._snapshot.segments, where.channel)
            found = self._tests[where.channel](view.context.values.get, view)
            bit = 1 << len(self._seen)
            self._seen.append((visitor, where))
            for key, is_in in zip(self._snapshot.segments, found, strict=True):
                self._members[key] |= bit if is_in else 0

    def _solver(self, where: Where) -> Solver:
        if where not in self._solvers:
            self._solvers[where] = Solver(
                self._snapshot,
                where.channel,
                stage=where.page.stage,
                start=self._start,
                end=self._end,
                relations=self._relations,
                deadline=self._deadline,
            )
        return self._solvers[where]

    def _found(self, *asked: tuple[Condition, bool]) -> bool:
        """Look for a visitor of whom conditions are definitely true, others not; who is found is remembered."""
        for where in self._wheres:
            solver = self._solver(where)
            formulas = [solver.truth(one) if wanted else solver.not_(solver.truth(one)) for one, wanted in asked]
            visitor = solver.find(formulas)
            if visitor is not None:
                self._note(visitor, where)
                return True
        return False

    def _nobody(self, key: str) -> Iterator[Finding]:
        """Prove that nobody can be in a segment, with the parts that contradict each other."""
        if self._found((InSegment(key), True)):
            if not self._members[key]:
                raise UndecidedError("solver")
            return
        parts = list(clauses(self._snapshot.segments[key]))
        solver = self._solver(self._wheres[0])
        core = solver.core([], [(number, solver.truth(part)) for number, part in enumerate(parts)]) or []
        kept = [parts[number] for number in sorted(core)]
        visitor = solver.find(map(solver.truth, kept[:-1])) if len(kept) > 1 else None
        if visitor is not None:
            visitor = self._shrunk(visitor, kept[:-1], self._wheres[0])
        yield Finding(
            code="never-matches",
            severity=Severity.ERROR,
            kind="segment",
            key=key,
            pointer="/when",
            clauses=tuple(kept),
            visitor=visitor,
        )

    def _within_another(self) -> Iterator[Finding]:
        """Compare all segments that somebody is in; visitors seen so far tell most of them apart.

        Of those that hold a segment only the nearest are named: what holds them holds it too.
        """
        alive = sorted((key for key, members in self._members.items() if members), key=self._size)
        held: dict[str, set[str]] = {}  # by all these, itself among them
        twins: set[str] = set()
        for key in reversed(alive):
            if self._deadline.is_over:
                self.undecided[key] = "time"
                continue
            held[key] = {key}
            for other in alive if key not in twins else ():
                if other in twins or other in held[key] or not self._is_within(key, other):
                    continue
                if self._is_within(other, key):
                    twins.add(other)
                    yield self._compared("equivalent", *sorted((key, other)))
                else:
                    held[key] |= held.get(other, {other})
                    yield self._compared("contained", key, other)

    def _size(self, key: str) -> tuple[int, str]:
        return self._members[key].bit_count(), key

    def _is_within(self, key: str, other: str) -> bool:
        if self._members[key] & ~self._members[other]:
            return False
        try:
            return not self._found((InSegment(key), True), (InSegment(other), False))
        except UndecidedError as undecided:
            self.undecided[key] = undecided.why
            return False

    def _compared(self, code: str, key: str, other: str) -> Finding:
        bits = self._members[other] & ~self._members[key] or self._members[key]
        visitor, where = self._seen[(bits & -bits).bit_length() - 1]
        return Finding(
            code=code,
            severity=Severity.INFO,
            kind="segment",
            key=key,
            pointer="/when",
            by=((other, ""),),
            visitor=self._compared_visitor(visitor, where, code, key, other),
        )

    def _compared_visitor(self, visitor: Visitor, where: Where, code: str, key: str, other: str) -> Visitor:
        wanted = {"equivalent": (True, True), "contained": (self._is_in(visitor, where, key), True)}[code]

        def keeps(one: Visitor) -> bool:
            return (self._is_in(one, where, key), self._is_in(one, where, other)) == wanted

        return self._kept(visitor, where, keeps)

    def _is_in(self, visitor: Visitor, where: Where, key: str) -> bool:
        return self._replayed(visitor, where).truth(InSegment(key)) is True

    def _replayed(self, visitor: Visitor, where: Where) -> Evaluator:
        """Evaluate for a visitor as their persona is read, which drops what cannot be told."""
        context = visitor.rehearsal(self._snapshot).context(where.page, channel=where.channel)
        return Evaluator(self._snapshot.segments, View(context))

    def _shrunk(self, visitor: Visitor, parts: Iterable[Condition], where: Where) -> Visitor:
        parts = list(parts)

        def keeps(one: Visitor) -> bool:
            evaluator = self._replayed(one, where)
            return all(evaluator.truth(part) is True for part in parts)

        return self._kept(visitor, where, keeps)

    def _kept(self, visitor: Visitor, where: Where, keeps: Callable[[Visitor], bool]) -> Visitor:
        """Make a visitor simpler who could still come."""

        def still(one: Visitor) -> bool:
            view = View(one.context(self._snapshot, where.page))
            return can_exist(view, self._relations) and keeps(one)

        return shrunk(visitor, self._snapshot.settings, still, now=self._start)


def _wheres(snapshot: Snapshot, refs: Mapping[str, FactRef]) -> Iterator[Where]:
    """List the channels and stages that segments can tell apart, the web first."""
    channels = [channel for channel in ("web", "app", "email") if channel in snapshot.settings.channels] or ["web"]
    if "channel" not in refs and all(channels[0] in ref.fact.channels for ref in refs.values()):
        channels = channels[:1]
    stages = sorted({page.stage for page in snapshot.surfaces.values()}) or [*STAGES]
    stages = stages if "page.stage" in refs else [""]
    yield from (Where(channel, Page("", stage, ())) for channel in channels for stage in stages)


def _memberships(segments: Segments, channel: str) -> Callable[..., tuple[bool, ...]]:
    """Compile all segments to one function of `get` and `view` that says which of them somebody is in."""
    rows = [InSegment(key) for key in segments]
    source = PythonSource(segments, rows, channel=channel)
    found = [f"    ({source.text(row)})," for row in rows]
    head = [f"    {line}" for line in source.head()]
    return define("\n".join(["def f(get, view):", *head, "    return (", *found, "    )"]), "f", source.names)
