"""Sampling: visitors made to see each candidate of a page, shown to the real resolver before any solver is asked."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from cms.content.needs import Needs
from cms.content.snapshot import Page, Snapshot
from cms.decisions.decide import decide
from cms.decisions.decision import Decision
from cms.decisions.plans import EntryPlan, PagePlan, SlotPlan, VariantPlan
from cms.facts.context import View
from cms.facts.declarations import FactRef
from cms.proofs.outcomes import Name, tried
from cms.segments.conditions import AnyOf, Condition, Not, Test
from cms.visitors.draws import keys_of
from cms.visitors.guards import Guard, entry_guard, variant_guard
from cms.visitors.meeting import Meeting
from cms.visitors.relations import Relation, can_exist, relations
from cms.visitors.visitor import Visitor

_TRIES = 4  # for one candidate, each time away from what was shown in its place


@dataclass(frozen=True, slots=True)
class Sighting:
    """What one visitor sees."""

    visitor: Visitor
    decision: Decision


class Sampler:
    """Makes visitors of one page and channel."""

    def __init__(self, plan: PagePlan, base: Visitor, *, end: datetime) -> None:
        """Prepare.

        Args:
            plan: The page.
            base: Somebody of whom nothing is known, at the first moment.
            end: The last moment.
        """
        self._plan = plan
        self._snapshot: Snapshot = plan.snapshot
        self._page: Page = plan.page
        self._base = base
        self.guards = {id(variant): whole_guard(plan, entry, variant) for _, entry, variant in _candidates(plan)}
        self.relations: tuple[Relation, ...] = tuple(relations(self._read()))
        edges = {edge: None for guard in self.guards.values() for edge in guard.edges if base.now <= edge <= end}
        self.meeting = Meeting(self._snapshot, self._page, base.now, end, tuple(edges))

    def _read(self) -> list[FactRef]:
        """List the facts that decide on the page, by name."""
        needs = Needs(self._snapshot.segments, self._snapshot.rails, self._snapshot.settings)
        asked = [slot.slot.audience for slot in self._plan.slots]
        asked += [one for guard in self.guards.values() for one in guard.conditions]
        found = {ref.name: ref for ref in needs.facts(asked)}
        return [found[name] for name in sorted(found)]

    def sightings(self, *, is_over: Callable[[], bool] = lambda: False) -> Iterator[Sighting]:
        """Show the page to nobody known, to one who closed every offer, and to one for each candidate until it is over."""
        yield from self._seen(self._base)
        closed = {
            f"dismissed[{entry.entry.key}]": self._base.now.date()
            for slot in self._plan.slots
            for entry in slot.entries
            if entry.entry.dismiss_for is not None
        }
        if closed:
            yield from self._seen(self._base.told(closed))
        for slot, entry, variant in _candidates(self._plan):
            if is_over():
                return
            if entry.bar is None:
                yield from self._made_for(slot, entry, variant)

    def _seen(self, visitor: Visitor) -> Iterator[Sighting]:
        """Ask the resolver, unless there can be no such visitor."""
        if self.can_exist(visitor):
            context = visitor.context(self._snapshot, self._page)
            yield Sighting(visitor, decide(self._snapshot, self._page, context))

    def can_exist(self, visitor: Visitor) -> bool:
        return can_exist(View(visitor.context(self._snapshot, self._page)), self.relations)

    def _made_for(self, slot: SlotPlan, entry: EntryPlan, variant: VariantPlan) -> Iterator[Sighting]:
        """Make a visitor for a candidate; where another is shown in its place, one for whom that does not apply."""
        name, guard = (entry.entry.key, variant.variant.key), self.guards[id(variant)]
        guard += Guard((slot.slot.audience,)) if slot.slot.audience is not None else Guard()
        for base in self._drawn(entry, variant):
            avoided: list[Condition] = []
            for attempt in range(_TRIES):
                asked = Guard((*guard.conditions, *avoided), guard.schedules)
                visitor = self.meeting.meet(base, asked, attempt)
                sighting = next(self._seen(visitor), None) if visitor is not None else None
                if sighting is None:
                    continue
                yield sighting
                shown = {(one.entry, one.variant) for one in sighting.decision.slots[slot.slot.key]}
                if name in shown:
                    return
                avoided += self._avoiding(slot, shown)

    def _drawn(self, entry: EntryPlan, variant: VariantPlan) -> Iterator[Visitor]:
        """Give whom to begin with: of an arm's variant somebody whom its experiment draws for it."""
        if not variant.variant.arm:
            yield self._base
            return
        for trial in (trial for trials in entry.trials.values() for trial in trials):
            for arm in trial.experiment.arms:
                key = keys_of(trial.experiment, arm)[:1] if arm.variant == variant.variant.key else ()
                yield from (replace(self._base, key=one) for one in key)

    def _avoiding(self, slot: SlotPlan, shown: set[Name]) -> Iterator[Condition]:
        """Ask that the rules of what was shown do not hold."""
        for entry, variant in tried(slot):
            when = variant.variant.when
            if (entry.entry.key, variant.variant.key) in shown and when is not None:
                yield AnyOf((Not(when), *_unknown(when)))


def _unknown(condition: Condition) -> Iterator[Condition]:
    """Ask that a fact of a single test is not known."""
    if isinstance(condition, Test) and condition.operator != "known":
        yield Test(condition.ref, "known", operand=False)


def _candidates(plan: PagePlan) -> Iterator[tuple[SlotPlan, EntryPlan, VariantPlan]]:
    for slot in plan.slots:
        for entry in slot.entries:
            yield from ((slot, entry, variant) for variant in entry.variants)


def whole_guard(plan: PagePlan, entry: EntryPlan, variant: VariantPlan, *, prices: bool = True) -> Guard:
    """Give all that a candidate asks, of an arm what its control asks besides; `prices` as in `variant_guard`."""
    guard = entry_guard(entry) + variant_guard(variant, plan, prices=prices)
    for control in (*entry.conditional, *([entry.default] if entry.default else ())):
        trials = entry.trials.get(control.variant.key, ())
        for trial in trials if variant.variant.arm else ():
            if any(arm.variant == variant.variant.key for arm in trial.experiment.arms):
                audience = trial.experiment.audience
                guard += variant_guard(control, plan) + Guard((audience,) if audience is not None else ())
    return guard


def base_visitor(snapshot: Snapshot, channel: str, *, now: datetime) -> Visitor:
    """Give a visitor of whom nothing is known."""
    settings = snapshot.settings
    return Visitor(now, settings.default_locale, settings.default_market.currency, channel)
