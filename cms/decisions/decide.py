"""Decide: a page's slots in order, in each the entries as listed, in each entry the first variant that applies."""

from cms.content.snapshot import Entry, Page, Slot, Snapshot
from cms.decisions.coherence import PageState
from cms.decisions.decision import Choice, Decision, Reason, Step
from cms.decisions.eligibility import Applied, Judge, Loss
from cms.experiments.experiment import is_held_out
from cms.facts.context import DecisionContext, View
from cms.segments.evaluate import Evaluator


def decide(snapshot: Snapshot, page: Page, context: DecisionContext, *, trace: bool = False) -> Decision:
    """Decide all slots of a page or email.

    Pure: the same snapshot, page and context give the same answer on every node, in every process and channel.
    """
    run = _Run(snapshot, page, context, tracing=trace)
    slots = {slot.key: run.fill(slot) for slot in page.slots}
    return Decision(
        page=page.key,
        stage=page.stage,
        slots=slots,
        private=run.judge.is_private(),
        reads=tuple(sorted(run.view.read)),
        trace=tuple(run.steps),
    )


class _Run:
    """One decision in the making: slots fill from the top, and what a slot shows binds the later ones."""

    def __init__(self, snapshot: Snapshot, page: Page, context: DecisionContext, *, tracing: bool) -> None:
        self.snapshot = snapshot
        self.view = View(context)
        self.state = PageState(page.max_offers)
        held_out = is_held_out(context.units, snapshot.settings.holdout)
        evaluator = Evaluator(snapshot.segments, self.view)
        self.judge = Judge(snapshot, page, self.view, evaluator, self.state, held_out=held_out)
        self.tracing = tracing
        self.steps: list[Step] = []

    def fill(self, slot: Slot) -> tuple[Choice, ...]:
        if slot.audience is not None and self.judge.evaluator.truth(slot.audience) is not True:
            if self.tracing:
                self._note(slot, "", "", Loss("audience", condition=slot.audience))
            return ()
        left = list(slot.entries)
        chosen: list[Choice] = []
        losses: dict[tuple[str, str], Loss] = {}
        while left and len(chosen) < slot.count:
            found = self._next(left, losses)
            if found is None:
                break
            entry, applied = found
            left.remove(entry)
            chosen.append(self._choice(entry, applied))
            losses[entry.key, applied.variant.key] = Loss("chosen")
            self.state.show(entry, applied.variant, applied.offered)
        if self.tracing:
            self._trace(slot, losses, chosen)
        return tuple(chosen)

    def _next(self, entries: list[Entry], losses: dict[tuple[str, str], Loss]) -> tuple[Entry, Applied] | None:
        """Try all conditional variants before any default, entries in their order both times."""
        for conditional in (True, False):
            for entry in entries:
                applied = self._first_that_applies(entry, losses, conditional=conditional)
                if applied is not None:
                    return entry, applied
        return None

    def _first_that_applies(
        self, entry: Entry, losses: dict[tuple[str, str], Loss], *, conditional: bool
    ) -> Applied | None:
        barred = self.judge.barred(entry)
        if barred is not None:
            losses[entry.key, ""] = barred
            return None
        for variant in entry.variants:
            if variant.arm or variant.default is conditional:
                continue
            outcome = self.judge.apply(entry, variant)
            if isinstance(outcome, Applied):
                return self.judge.drawn(entry, outcome)
            losses[entry.key, variant.key] = outcome
        return None

    def _choice(self, entry: Entry, applied: Applied) -> Choice:
        return Choice(
            entry=entry.key,
            component=entry.component.key,
            variant=applied.variant.key,
            locale=applied.locale,
            reason=self._reason(entry, applied),
            body=applied.body,
            dismissible=entry.component.dismissible,
            display=entry.component.display,
            rails=applied.rails,
            items=applied.items,
        )

    def _reason(self, entry: Entry, applied: Applied) -> Reason:
        if applied.split:
            return Reason.SPLIT
        if len(entry.variants) == 1:
            return Reason.STATIC
        if applied.variant.default:
            return Reason.DEFAULT
        return Reason.STALE if self.judge.needs_stale(entry, applied) else Reason.TARGETING_MATCH

    def _trace(self, slot: Slot, losses: dict[tuple[str, str], Loss], chosen: list[Choice]) -> None:
        winner = chosen[0].entry if chosen else ""
        for entry in slot.entries:
            if (entry.key, "") in losses:
                self._note(slot, entry.key, "", losses[entry.key, ""])
                continue
            for variant in entry.variants:
                unreached = Loss("not-drawn") if variant.arm else Loss("outranked", rival=winner)
                self._note(slot, entry.key, variant.key, losses.get((entry.key, variant.key), unreached))

    def _note(self, slot: Slot, entry: str, variant: str, loss: Loss) -> None:
        self.steps.append(self.judge.step(slot.key, entry, variant, loss))
