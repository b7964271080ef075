"""Standing: which candidates of a slot could be shown to a visitor at all, and what each of them lacks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cms.components.body import RailName
from cms.counterfactuals.reach import Reach, arms_of
from cms.counterfactuals.requirements import Requirement, are_met, is_met
from cms.decisions.decision import Step
from cms.decisions.plans import EntryPlan, VariantPlan
from cms.experiments.experiment import is_held_out
from cms.facts.context import DecisionContext
from cms.segments.evaluate import Evaluator

Candidate = tuple[EntryPlan, VariantPlan]
_MOST_CANDIDATES = 12  # variants looked at for a whole entry or slot
_MOST_RIVALS = 60


@dataclass(frozen=True, slots=True)
class Lack:
    """What a candidate does not have: those of its requirements that are `unmet`, or rivals out of its way, given by theirs."""

    requirements: Sequence[Requirement]
    unmet: Sequence[Requirement]
    rivals: Sequence[Sequence[Requirement]]


class Standing:
    """The candidates that a step of a trace stands for."""

    def __init__(self, reach: Reach, context: DecisionContext, step: Step) -> None:
        self._reach, self._context, self._step = reach, context, step
        self._held_out = is_held_out(context.units, reach.plan.snapshot.settings.holdout)
        found = list(self._candidates())
        self.candidates = found[:_MOST_CANDIDATES]
        self._are_all = len(found) <= _MOST_CANDIDATES
        self._ahead = [reach.ahead(*candidate)[:_MOST_RIVALS] for candidate in self.candidates]

    def stands_for(self, entry: str, variant: str) -> bool:
        """Say whether a variant counts as the candidate."""
        return self._step.entry in {"", entry} and self._step.variant in {"", variant}

    def _candidates(self) -> Iterator[Candidate]:
        """List what would count as the candidate, but for what can never be shown to this visitor here."""
        for plan in self._reach.slot.entries:
            is_one_too_many = plan.entry.offer is not None and self._reach.plan.page.max_offers == 0
            for variant in plan.variants if plan.bar is None and not is_one_too_many else ():
                candidate = (plan, variant)
                if self.stands_for(plan.entry.key, variant.variant.key) and self._is_possible(candidate):
                    yield candidate

    def _is_possible(self, candidate: Candidate) -> bool:
        return not self._is_kept_back(candidate) and self._is_drawn(candidate) and self._is_stockable(candidate)

    def _is_drawn(self, candidate: Candidate) -> bool:
        """Say whether an arm can be drawn for this visitor; what is no arm needs no draw."""
        draws = (trial.experiment.draw(self._context.units) for _, trial in arms_of(*candidate))
        key = candidate[1].variant.key
        return not candidate[1].variant.arm or any(arm is not None and arm.variant == key for arm in draws)

    def _is_stockable(self, candidate: Candidate) -> bool:
        """Say whether there are products at all for the rails of a candidate; without a catalogue there are none."""
        forms = [form for form in candidate[1].forms if form is not None]
        has_products = self._context.rehearsed or self._context.catalogue is not None
        return has_products or not all(any(isinstance(part, RailName) for part in form.parts) for form in forms)

    def lacks(self, evaluator: Evaluator) -> list[Lack]:
        """Say what each candidate lacks; nothing at all if one of them may be shown."""
        audience = self._reach.slot.slot.audience
        if audience is not None and evaluator.truth(audience) is not True:
            return [Lack([audience], [audience], rivals=())]
        lacks = list(self.each_lack(evaluator))
        return lacks if self._are_all and all(lack.unmet or lack.rivals for lack in lacks) else []

    def each_lack(self, evaluator: Evaluator) -> Iterator[Lack]:
        for candidate, ahead in zip(self.candidates, self._ahead, strict=True):
            yield self._lack(candidate, ahead, evaluator)

    def _lack(self, candidate: Candidate, ahead: Sequence[Candidate], evaluator: Evaluator) -> Lack:
        context, count = evaluator.view.context, self._reach.slot.slot.count
        requirements = self._reach.requirements(*candidate, context)
        unmet = [requirement for requirement in requirements if is_met(requirement, evaluator) is not True]
        rivals = [
            (rival[0].entry.key, wanted)
            for rival in ahead
            if self._reach.is_sure(*rival, context)
            and not self._is_kept_back(rival)
            and are_met(wanted := self._reach.requirements(*rival, context), evaluator)
        ]
        own = [wanted for key, wanted in rivals if key == candidate[0].entry.key]
        if own or count == 1:
            return Lack(requirements, unmet, own or [wanted for _, wanted in rivals])
        is_full = len({key for key, _ in rivals}) >= count
        return Lack(
            requirements, unmet, [[requirement for _, wanted in rivals for requirement in wanted]] if is_full else ()
        )

    def _is_kept_back(self, candidate: Candidate) -> bool:
        plan, variant = candidate
        return self._held_out and not plan.entry.service and not variant.variant.default
