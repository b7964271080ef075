"""Requirements: what has to be so before a candidate can be shown, each to be met on its own."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from cms.components.body import fills
from cms.content.snapshot import Variant
from cms.decisions.plans import EntryPlan, Form, VariantPlan
from cms.facts.builtin import builtin
from cms.facts.context import View
from cms.facts.declarations import FactRef
from cms.offers.caps import withheld_by
from cms.offers.offer import ALWAYS, Promise, Schedule
from cms.offers.promises import facts_of, unconfirmed
from cms.segments.conditions import All, AnyOf, Condition, InSegment, Not, PercentOf, Test
from cms.segments.evaluate import Evaluator, Truth

_DAY = timedelta(days=1)
_CURRENCY = builtin("currency")


@dataclass(frozen=True, slots=True)
class Written:
    """A variant has words for the request's locale."""

    locales: frozenset[str]


@dataclass(frozen=True, slots=True)
class Filled:
    """A gap has a value to fill it."""

    ref: FactRef


@dataclass(frozen=True, slots=True)
class Listed:
    """The catalogue lists a product, given by SKU or by a fact, and one given by SKU is not sold out."""

    sku: str
    gap: FactRef | None = None

    def named(self, view: View) -> str | None:
        named = self.sku if self.gap is None else view.value(self.gap)
        return named if isinstance(named, str) else None


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Commerce confirms a promise of one part."""

    promise: Promise


@dataclass(frozen=True, slots=True)
class Counted:
    """An entry was not shown as often as one of its caps allows."""

    plan: EntryPlan


Requirement = Condition | Schedule | Written | Filled | Listed | Confirmed | Counted


def is_met(requirement: Requirement, evaluator: Evaluator) -> Truth:
    """Decide a requirement for the view of an evaluator; None: a condition that is unknown."""
    if isinstance(requirement, Test | All | AnyOf | Not | InSegment):
        return evaluator.truth(requirement)
    view = evaluator.view
    match requirement:
        case Schedule():
            met = requirement.holds(view.context.now)
        case Written(locales):
            met = view.context.locale in locales
        case Filled(ref):
            met = fills(view.value(ref))
        case Listed():
            met = _is_listed(requirement, view)
        case Confirmed(promise):
            met = _is_confirmed(promise, view)
        case Counted(plan):
            met = withheld_by(plan.entry.caps, plan.entry.key, view) is None
    return met


def are_met(requirements: Iterable[Requirement], evaluator: Evaluator) -> bool:
    return all(is_met(requirement, evaluator) is True for requirement in requirements)


def _is_confirmed(promise: Promise, view: View) -> bool:
    """Say whether a promise would hold in its own currency; that the request is in it is another requirement."""
    currencies = {amount.currency for amount in (*promise.threshold.values(), *promise.price.values())}
    other = currencies - {view.context.currency}
    return not unconfirmed(promise, View(replace(view.context, currency=min(other))) if other else view)


def _is_listed(requirement: Listed, view: View) -> bool:
    product = (view.context.catalogue or {}).get(requirement.named(view) or "")
    known = product is not None and (requirement.gap is not None or product.stock != 0)
    return known or view.context.rehearsed


def refs_of(test: Test) -> Iterator[FactRef]:
    """List the facts that a test reads, its own first."""
    yield test.ref
    for operand in test.operands:
        if isinstance(operand, PercentOf | FactRef):
            yield operand.ref if isinstance(operand, PercentOf) else operand


def facts_of_requirement(requirement: Requirement) -> Iterator[FactRef]:
    """List the facts that a requirement without parts reads."""
    for test in tests_of(requirement):
        yield from refs_of(test)
    if isinstance(requirement, Confirmed):
        yield from facts_of(requirement.promise)


def fixed_requirements(plan: VariantPlan) -> Iterator[Requirement]:
    """List what a variant asks beside its condition, in all locales."""
    yield from promise_requirements(plan.variant)
    for form in {id(form): form for form in plan.forms if form is not None}.values():
        yield from form_requirements(form)


def entry_requirements(plan: EntryPlan) -> Iterator[Requirement]:
    """List what an entry asks before any of its variants can be shown."""
    entry = plan.entry
    if entry.schedule != ALWAYS:
        yield entry.schedule
    if entry.audience is not None:
        yield entry.audience
    if entry.caps:
        yield Counted(plan)
    if entry.dismiss_for is not None:
        asked = {"known": False, "ever": False, "days_ago_at_least": -(-entry.dismiss_for // _DAY)}
        yield AnyOf(tuple(Test(plan.dismissed, operator, operand) for operator, operand in asked.items()))


def form_requirements(form: Form) -> Iterator[Requirement]:
    yield from map(Filled, form.gaps)
    yield from (Listed(node.sku, node.gap.ref if node.gap else None) for node in form.required)


def promise_requirements(variant: Variant) -> Iterator[Requirement]:
    promise = variant.promise or Promise()
    if promise.promotion is not None:
        yield Confirmed(Promise(promotion=promise.promotion))
    amounts = (*promise.threshold.values(), *promise.price.values())
    yield from (Test(_CURRENCY, "is", currency) for currency in sorted({amount.currency for amount in amounts}))
    yield from (Confirmed(Promise(threshold={key: amount})) for key, amount in promise.threshold.items())
    yield from (Confirmed(Promise(price={sku: amount})) for sku, amount in promise.price.items())
    yield from (Confirmed(Promise(stock=(sku,))) for sku in promise.stock)


def tests_of(requirement: Requirement) -> Iterator[Test]:
    """Write down what a requirement without parts asks of facts, as far as tests can say it."""
    match requirement:
        case Test():
            yield requirement
        case Filled(ref):
            yield Test(ref, "known", operand=True)
        case Counted(plan):
            yield from (Test(plan.shown, "less_than", cap.max) for cap in plan.entry.caps)
        case Listed(sku, gap):
            yield _in_stock(sku) if gap is None else Test(gap, "known", operand=True)
        case Confirmed(promise):
            if promise.promotion is not None:
                yield Test(builtin("shop.promotions"), "has_all", frozenset({promise.promotion}))
            yield from (Test(_threshold(key), "is", amount) for key, amount in promise.threshold.items())
            yield from (_in_stock(sku) for sku in promise.stock)


def _in_stock(sku: str) -> Test:
    return Test(builtin(f"stock[{sku}]"), "more_than", 0)


def _threshold(key: str) -> FactRef:
    return builtin("shop.free_shipping_threshold" if key == "free-shipping" else f"next.threshold[{key}]")
