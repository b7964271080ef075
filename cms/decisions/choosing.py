"""Choosing: a slot's entries as listed, in each entry the first variant that applies."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cms.decisions.coherence import PageState
from cms.decisions.decision import Choice, Step, Verdict
from cms.decisions.eligibility import Applied, Holds, Judge
from cms.decisions.plans import EntryPlan, PagePlan, SlotPlan, VariantPlan
from cms.facts.context import View
from cms.segments.conditions import Condition
from cms.segments.evaluate import Evaluator

_CHOSEN, _NOT_DRAWN = Verdict("chosen"), Verdict("not-drawn")
_MOST_STEPS = 20_000  # that are kept of one slot: a trace has one for each of its variants
Slots = Mapping[str, tuple[Choice, ...]]
Verdicts = dict[tuple[str, str], Verdict]


class Choosing:
    """One decision in the making: slots fill from the top, and what a slot shows binds the later ones."""

    def __init__(self, plan: PagePlan, view: View, *, held_out: bool = False, tracing: bool = False) -> None:
        self.view = view
        self.state = PageState(plan.page.max_offers)
        self.judge = Judge(plan, view, self.state, held_out=held_out)
        self.tracing = tracing
        self.steps: list[Step] = []
        self._plan = plan

    def fill_all(self) -> Slots:
        """Choose for every slot, evaluating conditions as they are asked for, so that the view notes what was read."""
        evaluator = Evaluator(self._plan.snapshot.segments, self.view)
        return {slot.slot.key: self.fill(slot, _Evaluated(evaluator, slot.conditions)) for slot in self._plan.slots}

    def note(self, plan: SlotPlan, shown: tuple[Choice, ...]) -> None:
        """Note the steps of a slot on which nothing but conditions decides: what is shown tells them."""
        steps = plan.traces.get(id(shown))
        if steps is None:
            again = Choosing(self._plan, self.view, tracing=True)
            again.fill(plan, _Only(_decisive(plan, shown)))
            steps = tuple(again.steps)
            if (len(plan.traces) + 1) * len(steps) <= _MOST_STEPS:
                plan.traces[id(shown)] = steps
        self.steps += steps

    def fill(self, plan: SlotPlan, holds: Holds) -> tuple[Choice, ...]:
        """Choose for one slot; `holds` says of each of its conditions whether it is definitely true."""
        if plan.audience is not None and not holds[plan.audience]:
            if self.tracing:
                unmet = Verdict("audience", condition=plan.slot.audience)
                self.steps.append(Step(plan.slot.key, "", "", unmet))
            return ()
        left = list(plan.entries)
        chosen: list[Choice] = []
        verdicts: Verdicts = {}
        while left and len(chosen) < plan.slot.count:
            found = self._next(left, holds, verdicts)
            if found is None:
                break
            entry, applied = found
            left = [other for other in left if other is not entry]
            chosen += applied.shown
            verdicts[entry.entry.key, applied.plan.variant.key] = _CHOSEN
            self.state.show(entry.entry, applied.plan.variant, applied.offered, weight=entry.weight)
        if self.tracing:
            self.steps += _steps(plan, verdicts, chosen)
        return tuple(chosen)

    def _next(self, entries: Sequence[EntryPlan], holds: Holds, verdicts: Verdicts) -> tuple[EntryPlan, Applied] | None:
        """Try all conditional variants before any default, entries in their order both times."""
        candidates: list[EntryPlan] = []
        for plan in entries:
            barred = self.judge.barred(plan, holds)
            if barred is None:
                candidates.append(plan)
            else:
                verdicts[plan.entry.key, ""] = barred
        for plan in candidates:
            for variant in plan.conditional:
                applied = self._tried(plan, variant, holds, verdicts)
                if applied is not None:
                    return plan, applied
        for plan in candidates:
            applied = self._tried(plan, plan.default, holds, verdicts) if plan.default else None
            if applied is not None:
                return plan, applied
        return None

    def _tried(self, plan: EntryPlan, variant: VariantPlan, holds: Holds, verdicts: Verdicts) -> Applied | None:
        outcome = self.judge.apply(plan, variant, holds)
        if not isinstance(outcome, Applied):
            verdicts[plan.entry.key, variant.variant.key] = outcome
            return None
        if not plan.trials:
            return outcome
        shown, arm, lost = self.judge.drawn(plan, outcome, holds)
        if lost is not None:
            verdicts[plan.entry.key, arm] = lost
        return shown


@dataclass(frozen=True, slots=True)
class _Evaluated:
    """The truths of conditions, each evaluated when it is asked for."""

    evaluator: Evaluator
    conditions: tuple[Condition, ...]

    def __getitem__(self, place: int) -> bool:
        return self.evaluator.truth(self.conditions[place]) is True


@dataclass(frozen=True, slots=True)
class _Only:
    """Truths of which one alone is definite, None: not one."""

    place: int | None

    def __getitem__(self, place: int) -> bool:
        return place == self.place


def _decisive(plan: SlotPlan, shown: tuple[Choice, ...]) -> int | None:
    """Find the condition by which something is shown: those before it did not hold, those after it do not matter."""
    for entry in plan.entries:
        for variant in entry.conditional:
            trials = entry.trials.get(variant.variant.key, ())
            arms = {arm.variant for trial in trials for arm in trial.experiment.arms}
            leading = [variant, *(entry.arms[key] for key in arms if key in entry.arms)]
            if any(form and (shown is form.ready or shown is form.drawn) for each in leading for form in each.forms):
                return variant.when
    return None


def _steps(plan: SlotPlan, verdicts: Verdicts, chosen: Sequence[Choice]) -> Iterator[Step]:
    outranked = Verdict("outranked", rival=chosen[0].entry if chosen else "")
    for entry in plan.entries:
        key = entry.entry.key
        if (key, "") in verdicts:
            yield Step(plan.slot.key, key, "", verdicts[key, ""])
            continue
        for variant in entry.entry.variants:
            unreached = _NOT_DRAWN if variant.arm else outranked
            yield Step(plan.slot.key, key, variant.key, verdicts.get((key, variant.key), unreached))
