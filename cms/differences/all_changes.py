"""All changes: whether anybody is shown something else in a way that is not known yet, asked of the solver."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime

from cms.content.snapshot import Snapshot
from cms.decisions.plans import PagePlan
from cms.differences.comparing import Comparing, Moved
from cms.differences.deciding import products_asked
from cms.experiments.experiment import Arm, Experiment
from cms.offers.offer import Schedule
from cms.proofs.outcomes import Formula, Name, Outcomes, SlotOutcome
from cms.proofs.solving import Deadline, Solver, UndecidedError
from cms.segments.conditions import All, AnyOf, Condition, InSegment, Not
from cms.visitors.visitor import Visitor

_OLD = "before: "  # stands before the key of a segment as it was; no key holds a colon


def visitors_moved_otherwise(
    comparing: Comparing, known: set[Moved], *, end: datetime, deadline: Deadline
) -> Iterator[Visitor]:
    """Find visitors who are shown something else in a way not known, each in another one; once it ends there is none left.

    Args:
        comparing: The surface, with both snapshots.
        known: What is known; what is found is added.
        end: The moment until which visitors come.
        deadline: For all of it.

    Raises:
        UndecidedError: There may be others: time is up, or the two cannot be compared by formulas.
        CmsError: The solver is not installed.
    """
    if not _are_comparable(comparing):
        raise UndecidedError("solver")
    with closing(_solver(comparing, end, deadline)) as solver:
        old_plan, new_plan = comparing.plans
        old, new = Outcomes(old_plan, _OldLogic(solver)), Outcomes(new_plan, solver)
        single = {slot.slot.key for plan in comparing.plans for slot in plan.slots if slot.slot.count == 1}
        for slot in (slot for slot in old.slots if slot in new.slots):
            if slot not in single and not _in_one_order(old.slots[slot], new.slots[slot]):
                raise UndecidedError("solver")
            search = _Search(solver, slot, old.slots[slot], new.slots[slot])
            yield from search.visitors(comparing, known)


def _solver(comparing: Comparing, end: datetime, deadline: Deadline) -> Solver:
    return Solver(
        _with_old_segments(comparing.before, comparing.after),
        comparing.channel,
        stage=comparing.plans[1].page.stage,
        start=comparing.now,
        end=end,
        relations=comparing.relations,
        deadline=deadline,
    )


def _are_comparable(comparing: Comparing) -> bool:
    """Say whether one set of formulas can speak of both: of the same languages, markets, facts, draws and products."""
    before, after = comparing.before.settings, comparing.after.settings
    shared = [
        (one.locales, one.default_locale, one.markets, one.default_market, one.pressure, one.holdout)
        for one in (before, after)
    ]
    old, new = comparing.plans
    draws = [_experiments(plan) for plan in (old, new)]
    asked = [products_asked(plan.snapshot, plan.page) for plan in (old, new)]
    return (
        shared[0] == shared[1]
        and old.page.stage == new.page.stage
        and all(draws[1].get(key, experiment) == experiment for key, experiment in draws[0].items())
        and all(asked[1].get(key, products) == products for key, products in asked[0].items())
        and comparing.before.schema.facts == comparing.after.schema.facts
    )


def _in_one_order(old: SlotOutcome, new: SlotOutcome) -> bool:
    """Say whether what both can show comes in one order, so that nobody sees the same in another one."""
    return [name for name in old.order if name in new.order] == [name for name in new.order if name in old.order]


def _experiments(plan: PagePlan) -> Mapping[str, Experiment]:
    entries = (entry.entry for slot in plan.slots for entry in slot.entries)
    return {experiment.key: experiment for entry in entries for experiment in entry.experiments}


def _with_old_segments(before: Snapshot, after: Snapshot) -> Snapshot:
    old = {f"{_OLD}{key}": _as_it_was(condition) for key, condition in before.segments.items()}
    return replace(after, segments={**after.segments, **old}, programs={})


def _as_it_was(condition: Condition) -> Condition:
    """Name the old segments in place of those that have their keys now."""
    match condition:
        case InSegment(key, pointer):
            return InSegment(f"{_OLD}{key}", pointer)
        case Not(part):
            return Not(_as_it_was(part))
        case All(parts):
            return All(tuple(map(_as_it_was, parts)))
        case AnyOf(parts):
            return AnyOf(tuple(map(_as_it_was, parts)))
    return condition


class _OldLogic:
    """The formulas of the snapshot as it was, about the same visitors."""

    def __init__(self, solver: Solver) -> None:
        self._solver = solver
        self._renamed: dict[int, tuple[Condition, Condition]] = {}  # by identity, which holds while the first is kept

    def truth(self, condition: Condition, *, wanted: bool = True) -> Formula:
        _, renamed = self._renamed.setdefault(id(condition), (condition, _as_it_was(condition)))
        return self._solver.truth(renamed, wanted=wanted)

    def during(self, schedule: Schedule) -> Formula:
        return self._solver.during(schedule)

    def draws(self, experiment: Experiment, arm: Arm) -> Formula:
        return self._solver.draws(experiment, arm)

    def all_(self, parts: Sequence[Formula]) -> Formula:
        return self._solver.all_(parts)

    def any_(self, parts: Sequence[Formula]) -> Formula:
        return self._solver.any_(parts)

    def not_(self, part: Formula) -> Formula:
        return self._solver.not_(part)

    def named(self, formula: Formula) -> Formula:
        return self._solver.named(formula)


class _Search:
    """Looks for visitors of one slot."""

    def __init__(self, solver: Solver, slot: str, old: SlotOutcome, new: SlotOutcome) -> None:
        self._solver, self._slot = solver, slot
        names = dict.fromkeys([*old.shown, *new.shown])
        sides = {name: (old.shown.get(name, False), new.shown.get(name, False)) for name in names}
        self._lost = {_written(name): self._only(was, now) for name, (was, now) in sides.items()}
        self._got = {_written(name): self._only(now, was) for name, (was, now) in sides.items()}

    def _only(self, one: Formula, other: Formula) -> Formula:
        return self._solver.named(self._solver.all_([one, self._solver.not_(other)]))

    def visitors(self, comparing: Comparing, known: set[Moved]) -> Iterator[Visitor]:
        left = [self._differs(), *(self._is_not(moved) for moved in known if moved.slot == self._slot)]
        while (visitor := self._solver.find(left)) is not None:
            fresh = {moved for moved in comparing.moved(visitor) if moved.slot == self._slot} - known
            if not fresh:
                raise UndecidedError("solver")  # what the resolver does not bear out is never said
            known |= fresh
            left += [self._is_not(moved) for moved in fresh]
            yield visitor

    def _differs(self) -> Formula:
        return self._solver.any_([*self._lost.values(), *self._got.values()])

    def _is_not(self, moved: Moved) -> Formula:
        """Say that not just this is lost and got."""
        lost, got = set(moved.before) - set(moved.after), set(moved.after) - set(moved.before)
        exactly = [self._among(self._lost, lost), self._among(self._got, got)]
        return self._solver.not_(self._solver.all_(exactly))

    def _among(self, formulas: Mapping[str, Formula], names: set[str]) -> Formula:
        solver = self._solver
        return solver.all_([one if name in names else solver.not_(one) for name, one in formulas.items()])


def _written(name: Name) -> str:
    return ":".join(name)
