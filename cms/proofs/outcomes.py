"""Outcomes: what a page shows as formulas over all visitors, in the order and by the rules of `cms.decisions.choosing`."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

from cms.decisions.plans import EntryPlan, PagePlan, SlotPlan, VariantPlan
from cms.experiments.experiment import Arm, Experiment
from cms.facts.builtin import builtin
from cms.offers.offer import Claims, Schedule
from cms.segments.conditions import Condition, Test
from cms.visitors.guards import Guard, entry_guard, variant_guard

Formula = Any  # a bool where all visitors are alike, else the solver's
Name = tuple[str, str]  # of an entry and its variant
_PRESSURE = builtin("pressure")
_NO_CLAIMS = Claims()


class Logic(Protocol):
    """Formulas over visitors; those that hold for all or for nobody are bools."""

    def truth(self, condition: Condition, *, wanted: bool = True) -> Formula: ...
    def during(self, schedule: Schedule) -> Formula: ...
    def draws(self, experiment: Experiment, arm: Arm) -> Formula: ...
    def all_(self, parts: Sequence[Formula]) -> Formula: ...
    def any_(self, parts: Sequence[Formula]) -> Formula: ...
    def not_(self, part: Formula) -> Formula: ...
    def named(self, formula: Formula) -> Formula: ...


@dataclass(frozen=True, slots=True)
class Blocked:
    """Who is not shown a candidate because of what a slot above shows; `clash` where that is a claim."""

    name: Name
    by: Name
    clash: str
    when: Formula


@dataclass(slots=True)
class SlotOutcome:
    """Who sees what in one slot.

    `applies` holds for those whom a candidate would be shown if it were the only one of its slot; `order` is that in which
    they are tried. `silenced` are those who see nothing because of claims, `empty` those who see nothing at all events.
    """

    order: list[Name]
    guards: dict[Name, Formula]
    applies: dict[Name, Formula]
    shown: dict[Name, Formula]
    empty: Formula = False
    silenced: Formula = False
    blocked: tuple[Blocked, ...] = ()


class Outcomes:
    """The outcomes of a page, slot by slot."""

    def __init__(self, plan: PagePlan, logic: Logic, *, priced: VariantPlan | None = None) -> None:
        """Work them out; of `priced` the catalogue confirms the prices."""
        self._plan = plan
        self._logic = logic
        self._priced = priced
        self._state = _State(plan, logic)
        self._guards: dict[int, Formula] = {}
        self.slots = {slot.slot.key: self._slot(slot) for slot in plan.slots}

    def guard(self, guard: Guard) -> Formula:
        logic = self._logic
        asked = [logic.truth(condition) for condition in guard.conditions]
        return logic.all_([*asked, *map(logic.during, guard.schedules)])

    def _entry(self, plan: EntryPlan) -> Formula:
        if id(plan.entry) not in self._guards:
            self._guards[id(plan.entry)] = False if plan.bar is not None else self.guard(entry_guard(plan))
        return self._guards[id(plan.entry)]

    def _variant(self, plan: VariantPlan) -> Formula:
        if id(plan.variant) not in self._guards:
            self._guards[id(plan.variant)] = self.guard(
                variant_guard(plan, self._plan, prices=plan is not self._priced)
            )
        return self._guards[id(plan.variant)]

    def _slot(self, slot: SlotPlan) -> SlotOutcome:
        logic, audience = self._logic, slot.slot.audience
        candidates = list(tried(slot))
        own = {_name(*one): logic.all_([self._entry(one[0]), self._variant(one[1])]) for one in candidates}
        reached: Formula = True if audience is None else logic.truth(audience)
        found = SlotOutcome([_name(*one) for one in candidates], own, {}, {}, empty=reached)
        taken: dict[str, list[Formula]] = defaultdict(list)  # entry → who was shown it in an earlier turn
        for turn in range(min(slot.slot.count, len(slot.entries))):
            shows = self._turn(candidates, found, reached, taken, is_first=turn == 0)
            reached = logic.any_([when for _, _, when in shows])
            for plan, variant, when in shows:
                name = _name(plan, variant)
                found.shown[name] = logic.any_([found.shown.get(name, False), when])
                taken[plan.entry.key].append(when)
            self._state.show(shows)
        return found

    def _turn(
        self,
        candidates: Sequence["Candidate"],
        found: SlotOutcome,
        reached: Formula,
        taken: dict[str, list[Formula]],
        *,
        is_first: bool,
    ) -> list["Show"]:
        """Let each candidate be tried by those whom none before it took."""
        logic, shows = self._logic, list["Show"]()
        left, kept, blocked = reached, reached, list[Blocked]()
        for plan, variant in candidates:
            name = _name(plan, variant)
            may = logic.all_(
                [found.guards[name], logic.not_(logic.any_(taken[plan.entry.key])), self._state.open(plan)]
            )
            clashes = list(self._silencing(name, variant, may))
            applies = logic.named(logic.all_([may, logic.not_(logic.any_([one.when for one in clashes]))]))
            if is_first:
                found.applies[name] = applies
                blocked += clashes
                kept = logic.all_([kept, logic.not_(may)])
            shows += self._drawn(plan, variant, logic.all_([left, applies]))
            left = logic.named(logic.all_([left, logic.not_(applies)]))
        if is_first:
            found.empty = kept
            found.silenced = logic.all_([left, logic.not_(kept)]) if blocked else False
            found.blocked = tuple(blocked)
        return shows

    def _silencing(self, name: Name, variant: VariantPlan, may: Formula) -> Iterator[Blocked]:
        """List whose claims keep a candidate away; of several the first one shown."""
        logic, before = self._logic, list[Formula]()
        for by, clash, when in self._state.clashes(variant):
            yield Blocked(name, by, clash, logic.all_([may, when, logic.not_(logic.any_(before))]))
            before.append(when)

    def _drawn(self, plan: EntryPlan, variant: VariantPlan, wins: Formula) -> Iterator["Show"]:
        """Let experiments draw among those whom their control's variant has won."""
        logic, undrawn = self._logic, wins
        for trial in plan.trials.get(variant.variant.key, ()):
            audience = trial.experiment.audience
            asked = True if audience is None else logic.truth(audience)
            for arm in trial.experiment.arms:
                drawn = logic.all_([undrawn, asked, logic.draws(trial.experiment, arm)])
                if arm.variant != variant.variant.key:
                    other = plan.arms[arm.variant]
                    clashing = [when for _, _, when in self._state.clashes(other)]
                    applies = logic.all_([self._variant(other), logic.not_(logic.any_(clashing))])
                    yield plan, other, logic.all_([drawn, applies])
                    drawn = logic.all_([drawn, logic.not_(applies)])
                yield plan, variant, drawn
            draws = [logic.draws(trial.experiment, arm) for arm in trial.experiment.arms]
            undrawn = logic.all_([undrawn, logic.not_(logic.all_([asked, logic.any_(draws)]))])
        yield plan, variant, undrawn


Candidate = tuple[EntryPlan, VariantPlan]
Show = tuple[EntryPlan, VariantPlan, Formula]


def tried(slot: SlotPlan) -> Iterator[Candidate]:
    """List what a slot tries, in its order: all conditional variants before any default."""
    for plan in slot.entries:
        yield from ((plan, variant) for variant in plan.conditional)
    yield from ((plan, plan.default) for plan in slot.entries if plan.default is not None)


def _name(plan: EntryPlan, variant: VariantPlan) -> Name:
    return plan.entry.key, variant.variant.key


class _State:
    """What the slots above have shown, as far as it keeps anything off."""

    def __init__(self, plan: PagePlan, logic: Logic) -> None:
        self._plan = plan
        self._logic = logic
        self._groups: dict[str, list[Formula]] = defaultdict(list)
        self._claims: list[tuple[Name, Claims, Formula]] = []
        self._offers: dict[int, Formula] = {0: True}  # number of offers shown → by whom they were seen
        self._weights: dict[int, Formula] = {0: True}

    @cached_property
    def _most_pressure(self) -> int | None:
        return self._plan.snapshot.settings.pressure.max

    def open(self, plan: EntryPlan) -> Formula:
        """Say to whom an entry may still be shown, for all that is shown above."""
        offer, logic = plan.entry.offer, self._logic
        if offer is None:
            return True
        allowed = [logic.not_(logic.any_(self._groups[offer.exclusive]))] if offer.exclusive is not None else []
        if self._plan.page.max_offers is not None:
            allowed.append(logic.not_(self._offers.get(self._plan.page.max_offers, False)))
        if self._most_pressure is not None:
            allowed.append(self._unpressed(self._most_pressure - plan.weight))
        return logic.all_(allowed)

    def _unpressed(self, room: int) -> Formula:
        """Say who is not under more pressure than leaves room; of whom nobody knows it, nobody is."""
        logic = self._logic
        over = [
            logic.all_([when, logic.truth(Test(_PRESSURE, "more_than", room - taken))])
            for taken, when in self._weights.items()
        ]
        return logic.not_(logic.any_(over))

    def clashes(self, variant: VariantPlan) -> Iterator[tuple[Name, str, Formula]]:
        """List what is shown above that contradicts a variant."""
        claims = variant.variant.claims
        if claims == _NO_CLAIMS:
            return
        for name, earlier, when in self._claims:
            clash = claims.clashes_with(earlier)
            if clash:
                yield name, clash, when

    def show(self, shows: Sequence[Show]) -> None:
        """Remember one turn, in which everybody is shown one thing at most."""
        for plan, variant, when in shows:
            if when is not False and variant.variant.claims != _NO_CLAIMS:
                self._claims.append((_name(plan, variant), variant.variant.claims, when))
        offers = [(plan, when) for plan, _, when in shows if plan.entry.offer is not None and when is not False]
        for plan, when in offers:
            if plan.entry.offer is not None and plan.entry.offer.exclusive is not None:
                self._groups[plan.entry.offer.exclusive].append(when)
        if self._plan.page.max_offers is not None:
            self._offers = self._added(self._offers, offers, lambda _: 1, most=self._plan.page.max_offers)
        if self._most_pressure is not None:
            self._weights = self._added(self._weights, offers, lambda plan: plan.weight, most=self._most_pressure + 1)

    def _added(
        self,
        sums: dict[int, Formula],
        offers: Sequence[tuple[EntryPlan, Formula]],
        weight: Callable[[EntryPlan], int],
        *,
        most: int,
    ) -> dict[int, Formula]:
        """Add what a turn showed to what everybody saw; sums above `most` count as that."""
        logic, by_weight = self._logic, defaultdict[int, list[Formula]](list)
        for plan, when in offers:
            by_weight[weight(plan)].append(when)
        if not by_weight:
            return sums
        found: dict[int, list[Formula]] = defaultdict(list)
        none = logic.not_(logic.any_([when for _, when in offers]))
        for taken, who in sums.items():
            found[taken].append(logic.all_([who, none]))
            for more, whens in by_weight.items():
                found[min(most, taken + more)].append(logic.all_([who, logic.any_(whens)]))
        return {total: logic.any_(parts) for total, parts in found.items()}
