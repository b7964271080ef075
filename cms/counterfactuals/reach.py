"""Reach: what decides on one slot of a page, with the facts, limits and moments that all of it hangs on."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import takewhile
from typing import Self

from cms.content.snapshot import Page, Snapshot
from cms.counterfactuals.changes import hangs_on_more
from cms.counterfactuals.requirements import (
    Confirmed,
    Counted,
    Listed,
    Requirement,
    Written,
    entry_requirements,
    facts_of_requirement,
    fixed_requirements,
    form_requirements,
    promise_requirements,
    refs_of,
    tests_of,
)
from cms.decisions.plans import EntryPlan, Form, PagePlan, SlotPlan, Trial, VariantPlan
from cms.facts.builtin import builtin
from cms.facts.context import DecisionContext
from cms.facts.declarations import FactRef
from cms.offers.offer import ALWAYS, Claims, Schedule
from cms.segments.conditions import All, AnyOf, Condition, InSegment, Not, Test, leaves

_NO_CLAIMS = Claims()
_PRESSURE = builtin("pressure")


@dataclass(frozen=True, slots=True)
class Basis:
    """What changes hang on: the values of facts and, where `is_wide`, the clock, the catalogue and the like."""

    refs: tuple[FactRef, ...]
    names: frozenset[str]
    is_wide: bool


class Reach:
    """What decides on one slot of a page: the slot and those above it, prepared once for a channel."""

    def __init__(self, plan: PagePlan, slots: tuple[SlotPlan, ...]) -> None:
        self.plan = plan
        self.slots = slots
        self._requirements: dict[tuple[str, str, str], tuple[Requirement, ...]] = {}
        self._bases: dict[int | str, Basis] = {}

    @classmethod
    def of(cls, snapshot: Snapshot, page: Page, channel: str, slot: str) -> Self:
        """Prepare a slot, or give what was prepared; it is kept with the snapshot as compiled pages are."""
        key = (cls, id(page), channel, slot)  # the plan holds its page, so that no other one can have its id
        if key not in snapshot.programs:
            plan = PagePlan.of(snapshot, page, channel)
            last = next(place for place, found in enumerate(plan.slots) if found.slot.key == slot)
            snapshot.programs[key] = cls(plan, plan.slots[: last + 1])
        found: Self = snapshot.programs[key]
        return found

    @property
    def slot(self) -> SlotPlan:
        return self.slots[-1]

    def found(self, entry: str, variant: str) -> tuple[EntryPlan, VariantPlan] | None:
        plans = (plan for slot in self.slots for plan in slot.entries if plan.entry.key == entry)
        return next(((plan, one) for plan in plans for one in plan.variants if one.variant.key == variant), None)

    @cached_property
    def tests(self) -> Mapping[str, tuple[Test, ...]]:
        """List all tests by the name of each fact they read."""
        found: dict[str, dict[tuple[str, str, str], Test]] = {}
        for test in self._tests():
            for ref in refs_of(test):
                found.setdefault(ref.name, {})[test.ref.name, test.operator, repr(test.operand)] = test
        return {name: tuple(tests.values()) for name, tests in found.items()}

    @cached_property
    def refs(self) -> Mapping[str, FactRef]:
        return {ref.name: ref for tests in self.tests.values() for test in tests for ref in refs_of(test)}

    def basis(self, requirement: Requirement) -> Basis:
        """Say what the ways to meet a requirement hang on: one of `requirements` or a part of one, which live as long."""
        if id(requirement) not in self._bases:
            if isinstance(requirement, Test | All | AnyOf | Not | InSegment):
                refs = {ref.name: ref for test in self._followed(requirement, set()) for ref in refs_of(test)}
            else:
                refs = {ref.name: ref for ref in facts_of_requirement(requirement)}
            self._bases[id(requirement)] = self._basis(
                refs, is_wide=isinstance(requirement, Schedule | Written | Listed | Confirmed | Counted)
            )
        return self._bases[id(requirement)]

    def basis_of_fact(self, ref: FactRef) -> Basis:
        """Say what the values that a fact could have instead hang on."""
        if ref.name not in self._bases:
            self._bases[ref.name] = self._basis({ref.name: ref})
        return self._bases[ref.name]

    def _basis(self, read: Mapping[str, FactRef], *, is_wide: bool = False) -> Basis:
        compared = {ref.name: ref for name in read for test in self.tests.get(name, ()) for ref in refs_of(test)}
        refs = tuple({**read, **compared}.values())
        return Basis(refs, frozenset(ref.name for ref in refs), is_wide=is_wide or any(map(hangs_on_more, refs)))

    @cached_property
    def edges(self) -> tuple[datetime, ...]:
        """List the moments at which a schedule starts or ends."""
        plans = [plan for slot in self.slots for plan in slot.entries]
        schedules = [plan.entry.schedule for plan in plans]
        schedules += [variant.variant.schedule for plan in plans for variant in plan.variants]
        return tuple({edge: None for found in schedules for edge in (found.start, found.until) if edge is not None})

    def _tests(self) -> Iterator[Test]:
        followed: set[str] = set()
        yield from (Test(_PRESSURE, "at_most", most) for most in range(self.plan.snapshot.settings.pressure.max or 0))
        for slot in self.slots:
            for condition in slot.conditions:
                yield from self._followed(condition, followed)
            for entry in slot.entries:
                requirements: list[Requirement] = [
                    *entry_requirements(entry),
                    *(requirement for one in entry.variants for requirement in fixed_requirements(one)),
                ]
                yield from (test for requirement in requirements for test in tests_of(requirement))

    def _followed(self, condition: Condition, followed: set[str]) -> Iterator[Test]:
        for leaf in leaves(condition):
            if isinstance(leaf, Test):
                yield leaf
            elif leaf.key not in followed:
                followed.add(leaf.key)
                yield from self._followed(self.plan.snapshot.segments[leaf.key], followed)

    def requirements(self, entry: EntryPlan, variant: VariantPlan, context: DecisionContext) -> tuple[Requirement, ...]:
        """List what a candidate asks, in the locale of the request; of an arm also what its control asks."""
        key = (entry.entry.key, variant.variant.key, context.locale)
        if key not in self._requirements:
            requirements = [*entry_requirements(entry), *self._variant_requirements(variant, context)]
            for control, trial in arms_of(entry, variant):
                requirements += self._variant_requirements(control, context)
                requirements += [trial.experiment.audience] if trial.experiment.audience is not None else []
            self._requirements[key] = tuple(requirements)
        return self._requirements[key]

    def ahead(self, entry: EntryPlan, variant: VariantPlan) -> list[tuple[EntryPlan, VariantPlan]]:
        """List what a slot tries before a candidate; of an arm what it tries before its control."""
        wanted = {id(variant), *(id(control) for control, _ in arms_of(entry, variant))}
        entries = [plan for plan in self.slot.entries if plan.bar is None]
        order = [(plan, one) for plan in entries for one in plan.conditional]
        order += [(plan, plan.default) for plan in entries if plan.default is not None]
        return list(takewhile(lambda one: id(one[1]) not in wanted, order))

    def is_sure(self, entry: EntryPlan, variant: VariantPlan, context: DecisionContext) -> bool:
        """Say whether a candidate is shown when its turn comes and its requirements are met, whatever the page shows above."""
        form = self.form(variant, context)
        stocked = form is None or not form.parts or (context.rehearsed and context.catalogue is None)
        return stocked and self._is_free(entry) and self._is_uncontested(variant)

    def _is_free(self, entry: EntryPlan) -> bool:
        """Say whether no limit to the offers of a page can keep an entry off."""
        offer, most = entry.entry.offer, self.plan.page.max_offers
        enough = most is None or sum(slot.slot.count for slot in self.slots) <= most
        return offer is None or (
            enough and offer.exclusive is None and self.plan.snapshot.settings.pressure.max is None
        )

    def _is_uncontested(self, variant: VariantPlan) -> bool:
        claims = variant.variant.claims
        return claims == _NO_CLAIMS or not any(map(claims.clashes_with, self._claims))

    @cached_property
    def _claims(self) -> list[Claims]:
        variants = (one.variant for slot in self.slots for plan in slot.entries for one in plan.variants)
        return [variant.claims for variant in variants if variant.claims != _NO_CLAIMS]

    def _variant_requirements(self, variant: VariantPlan, context: DecisionContext) -> Iterator[Requirement]:
        if variant.variant.when is not None:
            yield variant.variant.when
        if variant.variant.schedule != ALWAYS:
            yield variant.variant.schedule
        form = self.form(variant, context)
        written = {locale for locale, place in self.plan.locales.items() if variant.forms[place]}
        yield Written(frozenset(written | ({context.locale} if form is not None else set())))
        yield from form_requirements(form) if form is not None else ()
        yield from promise_requirements(variant.variant)

    def form(self, variant: VariantPlan, context: DecisionContext) -> Form | None:
        return variant.forms[self.plan.locales.get(context.locale, 0)]


def arms_of(entry: EntryPlan, variant: VariantPlan) -> Iterator[tuple[VariantPlan, Trial]]:
    """List the controls in whose place an arm's variant can be drawn, with the experiment."""
    controls = (*entry.conditional, *([entry.default] if entry.default else ()))
    for control in controls:
        for trial in entry.trials.get(control.variant.key, ()):
            if variant.variant.arm and any(arm.variant == variant.variant.key for arm in trial.experiment.arms):
                yield control, trial
