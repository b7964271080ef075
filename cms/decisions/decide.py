"""Decide: a page's slots in order, in each the entries as listed, in each entry the first variant that applies."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cached_property

from cms.components.body import placeholders
from cms.content.needs import Needs
from cms.content.snapshot import Page, Snapshot
from cms.decisions.choosing import Choosing, Slots
from cms.decisions.decision import Choice, Decision, Reason
from cms.decisions.plans import PagePlan
from cms.decisions.source import PageFunction, page_function
from cms.experiments.experiment import is_held_out
from cms.facts.context import DecisionContext, View
from cms.facts.declarations import FactRef
from cms.facts.signals import Signal
from cms.offers.promises import facts_of
from cms.segments.conditions import Condition


def decide(snapshot: Snapshot, page: Page, context: DecisionContext, *, trace: bool = False) -> Decision:
    """Decide all slots of a page or email.

    Pure: the same snapshot, page and context give the same answer on every node, in every process and channel. What a
    page needs is compiled when it is first asked for, and kept with the snapshot.
    """
    key = (id(page), context.channel)  # a program holds its page, so that no other one can have its id
    program: _Program = snapshot.programs.get(key) or _compiled(snapshot, page, context.channel)
    choosing = None
    if program.has_holdout and _is_held_out(program, context):
        choosing = Choosing(program.plan, View(context), held_out=True, tracing=trace)
        slots = choosing.fill_all()
    elif trace or not program.is_plain:
        choosing = Choosing(program.plan, View(context), tracing=trace)
        slots = (program.traced if trace else program.fast)(context, choosing)
    else:
        slots = program.fast(context, None)
    if context.observations:
        slots = _restated(program, context, slots)
    private = not context.public or _is_private(program, context)
    return Decision(page.key, page.stage, slots, private, program.reads, tuple(choosing.steps) if choosing else ())


def _is_held_out(program: "_Program", context: DecisionContext) -> bool:
    """A persona never is: it stands for those who are shown what it expects."""
    return not context.rehearsed and is_held_out(context.units, program.plan.snapshot.settings.holdout)


def _is_private(program: "_Program", context: DecisionContext) -> bool:
    """Say whether a decision hangs on more than its URL and the clock, by deciding once more and noting what is read."""
    choosing = Choosing(program.plan, View(context), held_out=_is_held_out(program, context))
    choosing.fill_all()
    return choosing.judge.drew or choosing.view.is_private()


class _Program:
    """A page compiled for one channel."""

    def __init__(self, snapshot: Snapshot, page: Page, channel: str) -> None:
        self.plan = PagePlan.of(snapshot, page, channel)
        self.has_holdout = snapshot.settings.holdout > 0
        self.fast, self.is_plain = page_function(self.plan, traced=False)
        self.reads = frozenset(_names(self.plan))
        self._needed: dict[tuple[str, str, str], tuple[FactRef, ...]] = {}

    @cached_property
    def traced(self) -> PageFunction:
        return page_function(self.plan, traced=True)[0]

    def needed(self, choice: Choice) -> tuple[FactRef, ...]:
        """List the facts that a variant's rule, gaps and promise read; kept, for a stale signal is asked of often."""
        key = (choice.entry, choice.variant, choice.locale)
        if key not in self._needed:
            self._needed[key] = tuple(_needed(self.plan.snapshot, choice))
        return self._needed[key]


def _compiled(snapshot: Snapshot, page: Page, channel: str) -> _Program:
    program = snapshot.programs[id(page), channel] = _Program(snapshot, page, channel)
    return program


def _restated(program: _Program, context: DecisionContext, slots: Slots) -> Slots:
    """Say STALE where a rule matched on a fact whose signal was past its fresh age."""
    stale = {signal for signal, observation in context.observations.items() if observation.stale}
    if not stale:
        return slots
    return {
        slot: tuple(_restated_choice(program, context, choice, stale) for choice in choices)
        for slot, choices in slots.items()
    }


def _restated_choice(program: _Program, context: DecisionContext, choice: Choice, stale: set[Signal]) -> Choice:
    view = View(context)
    if choice.reason is not Reason.TARGETING_MATCH:
        return choice
    old = any(ref.fact.signals & stale and view.value(ref) is not None for ref in program.needed(choice))
    return replace(choice, reason=Reason.STALE) if old else choice


def _needed(snapshot: Snapshot, choice: Choice) -> Iterator[FactRef]:
    entry = snapshot.entries[choice.entry]
    variant = entry.variant(choice.variant)
    yield from _facts(snapshot, [entry.audience, variant.when])
    yield from (gap.ref for gap in placeholders(choice.body))
    yield from facts_of(variant.promise) if variant.promise else ()


def _names(plan: PagePlan) -> Iterator[str]:
    conditions = (condition for slot in plan.slots for condition in slot.conditions)
    yield from (ref.name for ref in _facts(plan.snapshot, conditions))
    for variant in (variant for slot in plan.slots for entry in slot.entries for variant in entry.variants):
        yield from (ref.name for form in variant.forms if form is not None for ref in form.gaps)
        yield from (ref.name for ref in facts_of(variant.variant.promise)) if variant.variant.promise else ()


def _facts(snapshot: Snapshot, conditions: Iterable[Condition | None]) -> Iterator[FactRef]:
    return Needs(snapshot.segments, snapshot.rails, snapshot.settings).facts(conditions)
