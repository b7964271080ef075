"""Explaining: the first failing test behind a step of a trace, the value seen there, its source and its age."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from cms.content.needs import Needs
from cms.content.snapshot import Snapshot
from cms.decisions.decision import Step
from cms.facts.context import DecisionContext, View
from cms.facts.declarations import FactRef, Origin
from cms.facts.signals import Signal
from cms.facts.values import Value
from cms.offers.caps import times_shown, withheld_by
from cms.offers.offer import Cap
from cms.segments.conditions import All, AnyOf, Condition, InSegment, Not, Test
from cms.segments.evaluate import Evaluator


@dataclass(frozen=True, slots=True)
class Choice:
    """Alternatives of which none holds, and what is known of the facts that they read."""

    condition: Condition
    wanted: bool
    seen: tuple[tuple[FactRef, Value | None], ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A step with what was found when it was taken.

    `test` is the first that failed and `wanted` False where it stands under a `not`; `seen` is the value of the fact
    `ref`, of a `cap` what it counts; None if unknown, and `why` then says for what reason: a key of `UNKNOWN` in
    `cms.explanations.words`. `sources` are who told it: signals, `request`, `page`, `persona`, `trait` or `clock`; `observed_at`
    when, None for what came with the request. `choice` is set where `test` is only the first of several that would do.
    """

    step: Step
    test: Test | None = None
    wanted: bool = True
    ref: FactRef | None = None
    seen: Value | None = None
    why: str = ""
    sources: tuple[str, ...] = ()
    observed_at: datetime | None = None
    age: timedelta | None = None
    cap: Cap | None = None
    choice: Choice | None = None

    @property
    def source(self) -> str:
        return " + ".join(self.sources)


class Explainer:
    """Explains the steps of one decision. `missing` are the signals that could not be had, and why in one word."""

    def __init__(self, snapshot: Snapshot, context: DecisionContext, missing: Mapping[str, str] | None = None) -> None:
        self._snapshot = snapshot
        self._context = context
        self._missing = missing or {}
        self._view = View(context)
        self._evaluator = Evaluator(snapshot.segments, self._view)

    def explained(self, step: Step) -> Explanation:
        condition = step.verdict.condition
        failing = self._evaluator.first_failing(condition) if condition is not None else None
        test, wanted = failing or (None, True)
        ref = test.ref if test is not None else step.verdict.ref
        if ref is None:
            return Explanation(step)
        cap = self._cap(step)
        seen = self._view.value(ref) if cap is None else times_shown(cap, step.entry, self._view)
        observed_at = min(self._moments(ref), default=None)
        return Explanation(
            step,
            test,
            wanted,
            ref,
            seen,
            self._why_unknown(ref) if seen is None else "",
            tuple(dict.fromkeys(self._sources(ref))),
            observed_at,
            None if observed_at is None else self._context.now - observed_at,
            cap,
            self._choice(condition, wanted=True) if condition is not None else None,
        )

    def _choice(self, condition: Condition, *, wanted: bool) -> Choice | None:
        """Find the alternatives that failed, on the way to the first test that did; None: that test alone is needed."""
        match condition:
            case InSegment(key):
                return self._choice(self._snapshot.segments[key], wanted=wanted)
            case Not(part):
                return self._choice(part, wanted=not wanted)
            case All(parts) | AnyOf(parts):
                if isinstance(condition, AnyOf) is wanted and len(parts) > 1:
                    needs = Needs(self._snapshot.segments, self._snapshot.rails, self._snapshot.settings)
                    refs = {ref.name: ref for ref in needs.facts([condition])}
                    return Choice(condition, wanted, tuple((ref, self._view.value(ref)) for ref in refs.values()))
                failing = next((part for part in parts if self._evaluator.truth(part) is not wanted), None)
                return None if failing is None else self._choice(failing, wanted=wanted)
        return None

    def _cap(self, step: Step) -> Cap | None:
        if step.outcome != "capped":
            return None
        return withheld_by(self._snapshot.entries[step.entry].caps, step.entry, self._view)

    def _sources(self, ref: FactRef) -> Iterator[str]:
        """Name who told a fact, or of an unknown one who did not; a cart that the shop did not tell, the caller sent."""
        context, signals = self._context, ref.fact.signals
        if context.rehearsed and ref.fact.origin in {Origin.SIGNAL, Origin.TRAIT}:
            yield "persona"
            return
        if not signals:
            yield "page" if ref.name == "page.stage" else str(ref.fact.origin)
        is_known = self._view.value(ref) is not None
        for signal in sorted((signals & context.answered if is_known else signals - context.answered) or signals):
            is_sent = signal is Signal.CART and signal in context.answered.difference(context.observations)
            yield "request" if is_sent else str(signal)

    def _why_unknown(self, ref: FactRef) -> str:
        if self._context.channel not in ref.fact.channels:
            return "channel"
        if ref.name in self._context.values:
            return "too-old"
        if ref.fact.origin is Origin.REQUEST:
            return "request"
        if self._context.rehearsed:
            return "persona"
        lacking = sorted(ref.fact.signals - self._context.answered)
        return next((self._missing.get(signal, "unasked") for signal in lacking), "untold")

    def _moments(self, ref: FactRef) -> Iterator[datetime]:
        observations = self._context.observations
        return (observations[signal].observed_at for signal in ref.fact.signals if signal in observations)
