"""Coverage: which offers the visitors of each segment can get at each stage of the journey, and where they get none."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import islice

from cms.content.needs import Needs
from cms.content.snapshot import Snapshot
from cms.decisions.decide import decide
from cms.decisions.decision import Decision
from cms.decisions.plans import PagePlan
from cms.decisions.rehearsal import Rehearsal
from cms.facts.context import DecisionContext, View
from cms.problems import Problem, Severity
from cms.proofs.moments import horizon
from cms.proofs.outcomes import Outcomes
from cms.proofs.places import Place, places
from cms.proofs.sampling import Sampler, base_visitor
from cms.proofs.solving import Deadline, Solver, UndecidedError
from cms.segments.conditions import InSegment
from cms.segments.evaluate import Evaluator
from cms.visitors.guards import Guard
from cms.visitors.relations import can_exist, relations
from cms.visitors.visitor import Visitor
from cms.workspace.documents import Workspace

_PICKS = 3  # of the ways to meet what is asked
_MEMBERSHIPS = 50_000  # that are looked up of those who come to a place whatever their segment
_ROOT = "content/workspace.json"
_MOST_PAIRS = 1_500  # of a segment and a page that a check looks into
_MOST_CANDIDATES = 1_000  # of a place that the solver is asked about


@dataclass(slots=True)
class Effort:
    """How hard is looked.

    Thorough is to seek every offer of each segment, not one for each stage, and to make visitors, `left` at most, where the
    solver does not tell. `deadline` is that of the solver; None: it is not asked, and nobody is proved to get nothing.
    `left_open` is set when it was asked and gave no answer.
    """

    deadline: Deadline | None = None
    left: int = 5_000
    is_thorough: bool = False
    left_open: bool = False


@dataclass(frozen=True, slots=True, order=True)
class Standing:
    """An offer where it stands; `slot` is as in `cart/top`."""

    slot: str
    entry: str


@dataclass(slots=True)
class StageCoverage:
    """What is known of one stage: its offers, which of them each segment gets, and who of each came.

    `chances` are the offers by channel, and `denied` those of them that nobody of a segment gets.
    """

    stage: str
    surfaces: list[str] = field(default_factory=list)
    offers: set[Standing] = field(default_factory=set)
    reached: dict[str, set[Standing]] = field(default_factory=lambda: defaultdict(set))
    chances: set[tuple[str, Standing]] = field(default_factory=set)
    denied: dict[str, set[tuple[str, Standing]]] = field(default_factory=lambda: defaultdict(set))
    visitors: dict[str, Visitor | None] = field(default_factory=dict)  # None: a persona

    @property
    def gaps(self) -> list[str]:
        """List the segments whose visitors come here and never get any of the offers."""
        return sorted(key for key in self.visitors if self.denied[key] >= self.chances)


@dataclass(frozen=True, slots=True)
class Coverage:
    segments: tuple[str, ...]
    stages: tuple[StageCoverage, ...]


def coverage_of(
    snapshot: Snapshot,
    *,
    now: datetime,
    effort: Effort,
    wanted: Callable[[str], bool] = bool,
) -> Coverage:
    """Show every page to personas and to visitors made for it, and note who gets which offers; then ask the solver.

    Args:
        snapshot: What is decided on.
        now: From when on visitors come.
        effort: How long those of a segment are sought who get an offer.
        wanted: Whether a page or mail is looked at; all are unless given.
    """
    stages: dict[str, StageCoverage] = {}
    chosen = [place for place in places(snapshot) if wanted(place.surface) and _has_offers(place)]
    searches = [
        _Search(snapshot, place, stages.setdefault(place.page.stage, StageCoverage(place.page.stage)), effort, now)
        for place in chosen
    ]
    for search in searches:
        search.look()
    for search in searches:
        for segment in snapshot.segments:
            search.look_for(segment)
        search.close()
    return Coverage(tuple(snapshot.segments), tuple(stage for stage in stages.values() if stage.offers))


def _has_offers(place: Place) -> bool:
    return any(entry.offer is not None for slot in place.page.slots for entry in slot.entries)


def check_coverage(snapshot: Snapshot, workspace: Workspace, *, now: datetime, deadline: Deadline) -> list[Problem]:
    """Note each stage where offers stand but some segments never get one, once for all of these; it takes the solver."""
    offering = sum(map(_has_offers, places(snapshot)))
    if offering * len(snapshot.segments) > _MOST_PAIRS:
        message = f"Which of the {len(snapshot.segments)} segments get an offer on {offering} pages was not looked at."
        return [_not_checked(message)]
    effort = Effort(deadline)
    coverage = coverage_of(snapshot, now=now, effort=effort)
    found = [_problem(snapshot, workspace, stage) for stage in coverage.stages if stage.gaps]
    late = "Of some segments it was not found out in time whether they get an offer."
    return [*found, _not_checked(late)] if effort.left_open else found


def _not_checked(message: str) -> Problem:
    return Problem("coverage-not-checked", message, "", "cms matrix --coverage does.", Severity.INFO, _ROOT, 1, 1)


def _problem(snapshot: Snapshot, workspace: Workspace, stage: StageCoverage) -> Problem:
    count = len(stage.offers)
    message = (
        f"At the stage {stage.stage} {count} offer{' stands' if count == 1 else 's stand'}, but nobody of these segments "
        f"ever gets {'it' if count == 1 else 'any'}: {', '.join(stage.gaps)}."
    )
    hint = "If they are to get one, list an offer for them there. cms matrix --coverage shows every stage."
    kind, _, key = stage.surfaces[0].rpartition("/")
    visitor = next((visitor for key in stage.gaps if (visitor := stage.visitors[key]) is not None), None)
    problem = Problem(
        "no-offer",
        message,
        "/stage",
        hint,
        Severity.INFO,
        subject=stage.stage,
        place=min(stage.offers).slot,
        visitor=None if visitor is None else visitor.persona(snapshot),
    )
    return workspace.of_kind("email" if kind else "page")[key].place(problem)


class _Search:
    """Looks for those who get offers at one place."""

    def __init__(self, snapshot: Snapshot, place: Place, stage: StageCoverage, effort: Effort, now: datetime) -> None:
        self._snapshot, self._place, self._stage, self._effort, self._now = snapshot, place, stage, effort, now
        self._plan = PagePlan.of(snapshot, place.page, place.channel)
        self._base = base_visitor(snapshot, place.channel, now=now)
        self._sampler = Sampler(self._plan, self._base, end=horizon(snapshot, now))
        self._solved: tuple[Solver, Outcomes] | None = None
        self._guards = self._sampler.guards.values()
        self._offers = {
            Standing(place.slot(slot.slot.key), entry.entry.key): (slot, entry)
            for slot in self._plan.slots
            for entry in slot.entries
            if entry.entry.offer is not None and entry.bar is None
        }
        needs = Needs(snapshot.segments, snapshot.rails, snapshot.settings)
        asked = [*map(InSegment, snapshot.segments), *(one for guard in self._guards for one in guard.conditions)]
        self._relations = relations({ref.name: ref for ref in needs.facts(asked)}.values())
        if place.surface not in stage.surfaces:
            stage.surfaces.append(place.surface)
        stage.offers |= self._offers.keys()
        stage.chances |= {(place.channel, standing) for standing in self._offers}

    def look(self) -> None:
        """Note those who come whatever their segment: one made for each candidate; of thorough searches personas too."""
        most = max(1, _MEMBERSHIPS // max(1, len(self._snapshot.segments)))
        for sighting in islice(self._sampler.sightings(), most):
            context = sighting.visitor.context(self._snapshot, self._place.page)
            self._note(sighting.decision, context, sighting.visitor)
            if not self._sought():
                return
        for persona in islice(self._snapshot.personas.values(), most if self._effort.is_thorough else 0):
            rehearsal = Rehearsal(self._snapshot, persona, now=self._now)
            if self._place.channel in {"email", rehearsal.request.channel}:
                decision = rehearsal.decide(self._place.page, email=self._place.channel == "email")
                self._note(decision, rehearsal.context(self._place.page, channel=self._place.channel), None)

    def _sought(self) -> list[str]:
        """List the segments of which there is more to see here."""
        return [segment for segment in self._snapshot.segments if self._missing(segment)]

    def look_for(self, segment: str) -> None:
        """Find out of one segment about the offers that nobody of it was seen to get."""
        missing, deadline = sorted(self._missing(segment)), self._effort.deadline
        if deadline is not None and missing and len(self._guards) <= _MOST_CANDIDATES:
            for asked in [[one] for one in missing] if self._effort.is_thorough else [missing]:
                self._solve(segment, asked, deadline)
        if self._effort.is_thorough:
            self._look_closely(segment)

    def _look_closely(self, segment: str) -> None:
        """Make visitors of a segment for the offers of which nothing is known yet."""
        open_ = [one for one in self._missing(segment) if (self._place.channel, one) not in self._stage.denied[segment]]
        if open_:
            self._try(Guard((InSegment(segment),)), lambda: segment in self._stage.visitors)
        for standing in sorted(open_):
            for variant in self._offers[standing][1].variants:
                guard = Guard((InSegment(segment),)) + self._sampler.guards[id(variant)]
                self._try(guard, partial(self._is_reached, segment, standing))

    def _is_reached(self, segment: str, standing: Standing) -> bool:
        return standing in self._stage.reached[segment]

    def _missing(self, segment: str) -> set[Standing]:
        got = self._stage.reached[segment]
        return set() if got and not self._effort.is_thorough else self._offers.keys() - got

    def _try(self, guard: Guard, is_found: Callable[[], bool]) -> None:
        """Show the place to visitors who meet a guard, in a few ways, until what is sought is found."""
        for pick in range(_PICKS):
            if is_found() or not self._effort.left:
                return
            self._effort.left -= 1
            visitor = self._sampler.meeting.meet(self._base, guard, pick)
            if visitor is not None:
                self._show(visitor)

    def _solve(self, segment: str, asked: Sequence[Standing], deadline: Deadline) -> None:
        """Find somebody of a segment who is shown one of some offers, or prove that there is nobody."""
        try:
            solver, outcomes = self._solving(deadline)
            slots = [(outcomes.slots[self._offers[one][0].slot.key], one.entry) for one in asked]
            shown = [formula for slot, entry in slots for (key, _), formula in slot.shown.items() if key == entry]
            member = solver.truth(InSegment(segment))
            found = solver.find([member, solver.any_(shown)])
            if found is None:
                self._stage.denied[segment].update((self._place.channel, one) for one in asked)
                found = solver.find([member]) if segment not in self._stage.visitors else None
        except UndecidedError:
            self._effort.left_open = True
            return
        if found is not None:
            self._show(found)

    def _solving(self, deadline: Deadline) -> tuple[Solver, Outcomes]:
        if self._solved is None:
            place, end = self._place, horizon(self._snapshot, self._now)
            solver = Solver(
                self._snapshot,
                place.channel,
                stage=place.page.stage,
                start=self._now,
                end=end,
                relations=self._relations,
                deadline=deadline,
            )
            self._solved = solver, Outcomes(self._plan, solver)
        return self._solved

    def close(self) -> None:
        """Give back the memory of the solver."""
        if self._solved is not None:
            self._solved[0].close()

    def _show(self, visitor: Visitor) -> None:
        """Note what a visitor sees, if there can be such a one."""
        context = visitor.context(self._snapshot, self._place.page)
        view = View(context)
        if can_exist(view, self._relations):
            self._note(decide(self._snapshot, self._place.page, context), context, visitor)

    def _note(self, decision: Decision, context: DecisionContext, visitor: Visitor | None) -> None:
        evaluator = Evaluator(self._snapshot.segments, View(context))
        slots = decision.slots.items()
        shown = {Standing(self._place.slot(slot), one.entry) for slot, choices in slots for one in choices}
        for segment in self._sought():
            if evaluator.truth(InSegment(segment)) is True:
                self._stage.visitors.setdefault(segment, visitor)
                self._stage.reached[segment] |= shown & self._offers.keys()
