"""One place proved: sampled visitors first, then the solver for what they leave open."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property, partial

from cms.content.snapshot import Snapshot
from cms.decisions.decision import Decision
from cms.decisions.plans import EntryPlan, PagePlan, SlotPlan, VariantPlan
from cms.facts.context import View
from cms.facts.declarations import FactRef
from cms.offers.offer import Claims
from cms.problems import Severity
from cms.proofs.finding import Finding
from cms.proofs.outcomes import Name, Outcomes
from cms.proofs.places import Place, Reach, must_show
from cms.proofs.sampling import Sampler, base_visitor, whole_guard
from cms.proofs.solving import Deadline, Solver, UndecidedError
from cms.segments.conditions import Condition
from cms.segments.evaluate import Evaluator
from cms.visitors.shrinking import shrunk
from cms.visitors.visitor import Visitor

Hole = tuple[str, Name, Name]  # a slot; of a contradiction what is shown above and what it silences, else ("", "")
_NOBODY = ("", "")


@dataclass(frozen=True, slots=True)
class Standing:
    """A variant where it stands."""

    slot: SlotPlan
    entry: EntryPlan
    variant: VariantPlan

    @property
    def name(self) -> Name:
        return self.entry.entry.key, self.variant.variant.key


class PlaceProver:
    """Asks of one place what can be asked of it."""

    def __init__(self, snapshot: Snapshot, place: Place, *, start: datetime, end: datetime, deadline: Deadline) -> None:
        self.place = place
        self.snapshot = replace(snapshot, programs={})  # what is compiled of the page goes with the proof
        self._start, self._end = start, end
        self.deadline = deadline
        self.plan = PagePlan.of(self.snapshot, place.page, place.channel)
        self.base = base_visitor(snapshot, place.channel, now=start)
        self.sampler = Sampler(self.plan, self.base, end=end)
        self.reached: set[Name] = set()
        self.holes: dict[Hole, tuple[Visitor, str]] = {}
        self.undecided: dict[str, str] = {}  # slots of which no answer was found, and why

    @cached_property
    def standing(self) -> dict[Name, Standing]:
        """Give what could be shown here, by name; arms only while their experiment runs."""
        found: dict[Name, Standing] = {}
        for slot in self.plan.slots:
            for entry in (entry for entry in slot.entries if entry.bar is None):
                drawn = {
                    arm.variant for trials in entry.trials.values() for one in trials for arm in one.experiment.arms
                }
                for variant in entry.variants:
                    if not variant.variant.arm or variant.variant.key in drawn:
                        found.setdefault((entry.entry.key, variant.variant.key), Standing(slot, entry, variant))
        return found

    def sample(self) -> None:
        """Show the page to sampled visitors, as long as there is time."""
        for sighting in self.sampler.sightings(is_over=lambda: self.deadline.is_over):
            self._note(sighting.visitor, sighting.decision)

    def _note(self, visitor: Visitor, decision: Decision) -> None:
        for choices in decision.slots.values():
            self.reached.update((choice.entry, choice.variant) for choice in choices)
        for slot in self._must:
            if not decision.slots[slot]:
                self._note_hole(slot, visitor)

    @cached_property
    def _must(self) -> list[str]:
        return [slot.key for slot in self.place.page.slots if must_show(slot, self.snapshot)]

    def _note_hole(self, slot: str, visitor: Visitor) -> Hole | None:
        """Show the page once more, as a preview would, to say why a slot stays empty; None: it does not."""
        decision = self.decided(visitor, trace=True)
        hole, clash = _hole(slot, decision)
        if hole is not None:
            self.holes.setdefault(hole, (visitor, clash))
        return hole

    def decided(self, visitor: Visitor, *, trace: bool = False) -> Decision:
        return visitor.decision(self.snapshot, self.place.page, trace=trace)

    @cached_property
    def solver(self) -> Solver:
        return Solver(
            self.snapshot,
            self.place.channel,
            stage=self.place.page.stage,
            start=self._start,
            end=self._end,
            relations=self.sampler.relations,
            deadline=self.deadline,
        )

    def close(self) -> None:
        """Give back the memory of the solver, if there is one; nothing can be asked any more."""
        if "solver" in vars(self):
            self.solver.close()

    @cached_property
    def outcomes(self) -> Outcomes:
        self.deadline.check()
        return Outcomes(self.plan, self.solver)

    def close_holes(self) -> None:
        """Prove of each slot that must show something that it does, or find who sees nothing."""
        for slot in (slot for slot in self.plan.slots if slot.slot.key in self._must):
            if not _always_shows(slot, self.sampler):
                try:
                    self._close(slot.slot.key)
                except UndecidedError as undecided:
                    self.undecided[slot.slot.key] = undecided.why

    def _close(self, slot: str) -> None:
        self.deadline.check()
        outcome = self.outcomes.slots[slot]
        if (slot, _NOBODY, _NOBODY) not in self.holes:
            self._find_hole(slot, outcome.empty)
        if outcome.silenced is False:
            return
        for blocked in outcome.blocked:
            if (slot, blocked.by, blocked.name) not in self.holes:
                self._find_hole(slot, outcome.silenced, blocked.when)

    def _find_hole(self, slot: str, *asked: object) -> None:
        visitor = self.solver.find(asked)
        if visitor is not None and self._note_hole(slot, visitor) is None:
            raise UndecidedError("solver")  # replaying does not bear it out

    def is_seen(self, name: Name) -> bool:
        """Find somebody who sees a variant here; False: it is proved that nobody does.

        Raises:
            UndecidedError: No answer in time.
        """
        if name not in self.reached:
            shown = [slot.shown[name] for slot in self.outcomes.slots.values() if name in slot.shown]
            visitor = self.solver.find([self.solver.any_(shown)])
            if visitor is None:
                return False
            self._note(visitor, self.decided(visitor))
            if name not in self.reached:
                raise UndecidedError("solver")  # what replaying does not bear out is never said
        return True

    def hangs_on_catalogue(self, name: Name) -> bool:
        """Say whether somebody may see a variant that facts alone show to nobody: where a catalogue confirms its prices.

        Raises:
            UndecidedError: No answer in time.
        """
        variant = self.standing[name].variant
        if variant.variant.promise is None or not variant.variant.promise.price:
            return False
        outcomes = Outcomes(self.plan, self.solver, priced=variant)
        shown = [slot.shown[name] for slot in outcomes.slots.values() if name in slot.shown]
        return self.solver.find([self.solver.any_(shown)]) is not None

    def unknowable(self, name: Name) -> tuple[FactRef, ...]:
        """Name the facts without which a variant cannot be shown, and that cannot be known in this channel."""
        standing = self.standing[name]
        guard = whole_guard(self.plan, standing.entry, standing.variant, prices=False)
        view = View(self.base.context(self.snapshot, self.place.page))
        return Reach(self.snapshot, self.place, view).lacking(guard)

    def findings(self) -> Iterator[Finding]:
        """Say what was found so far but for variants."""
        for hole, (visitor, clash) in sorted(self.holes.items(), key=lambda found: found[0]):
            slot, by, name = hole
            kept = self.shrunk(visitor, partial(self._is_hole, hole))
            yield Finding(
                code="contradiction" if clash else "no-content",
                severity=Severity.ERROR,
                kind=self.place.kind,
                key=self.place.page.key,
                pointer=f"/slots/{slot}",
                place=self.place.slot(slot),
                channel=self.place.channel,
                entry=name[0],
                variant=name[1],
                by=(by,) if clash else (),
                detail=clash,
                visitor=kept,
            )

    def _is_hole(self, hole: Hole, visitor: Visitor) -> bool:
        return _hole(hole[0], self.decided(visitor, trace=True))[0] == hole

    def shrunk(self, visitor: Visitor, keeps: Callable[[Visitor], bool]) -> Visitor:
        """Make a visitor simpler who could still come."""
        return shrunk(
            visitor,
            self.snapshot.settings,
            lambda other: self.sampler.can_exist(other) and keeps(other),
            now=self._start,
        )

    def meets(self, visitor: Visitor, conditions: Iterable[Condition]) -> bool:
        view = View(visitor.context(self.snapshot, self.place.page))
        evaluator = Evaluator(self.snapshot.segments, view)
        return all(evaluator.truth(condition) is True for condition in conditions)


def _hole(slot: str, decision: Decision) -> tuple[Hole | None, str]:
    """Say why a slot is empty, and of a contradiction what about; None: it is not empty."""
    if decision.slots[slot]:
        return None, ""
    for step in decision.trace:
        if step.slot == slot and step.outcome == "claims":
            above = (choice for choices in decision.slots.values() for choice in choices if choice.entry == step.rival)
            by = next(above)
            return (slot, (by.entry, by.variant), (step.entry, step.variant)), step.verdict.detail
    return (slot, _NOBODY, _NOBODY), ""


def _always_shows(slot: SlotPlan, sampler: Sampler) -> bool:
    """Say whether something in a slot is kept from nobody by anything."""
    return any(
        entry.bar is None
        and entry.entry.offer is None
        and entry.default is not None
        and sampler.guards[id(entry.default)].is_open
        and entry.default.variant.claims == Claims()
        for entry in slot.entries
    )
