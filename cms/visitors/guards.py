"""Guards: all that one candidate asks of a visitor, as conditions and schedules, whatever else its page shows."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from cms.counterfactuals.requirements import (
    Confirmed,
    Counted,
    Filled,
    Listed,
    Written,
    entry_requirements,
    tests_of,
)
from cms.decisions.plans import EntryPlan, Form, PagePlan, VariantPlan
from cms.facts.builtin import builtin
from cms.facts.declarations import FactRef, FactType
from cms.offers.offer import Promise, Schedule
from cms.segments.conditions import All, AnyOf, Condition, Test

_LOCALE, _CURRENCY = builtin("locale"), builtin("currency")
_PROMOTIONS, _FREE_SHIPPING = builtin("shop.promotions"), builtin("shop.free_shipping_threshold")
_VIEWED, _PRICE = builtin("page.product"), builtin("product.price")


@dataclass(frozen=True, slots=True)
class Guard:
    """All of these must be definitely true, and now within all of these schedules."""

    conditions: tuple[Condition, ...] = ()
    schedules: tuple[Schedule, ...] = ()

    @property
    def is_open(self) -> bool:
        """Say whether nobody is refused, ever."""
        return not self.conditions and not self.schedules

    def __add__(self, other: "Guard") -> "Guard":
        return Guard(self.conditions + other.conditions, self.schedules + other.schedules)

    @property
    def edges(self) -> Iterator[datetime]:
        for schedule in self.schedules:
            yield from (edge for edge in (schedule.start, schedule.until) if edge is not None)


def _guard(found: Iterable[Condition | Schedule]) -> Guard:
    asked = [one for one in found if one != Schedule()]
    schedules = tuple(one for one in asked if isinstance(one, Schedule))
    return Guard(tuple(one for one in asked if not isinstance(one, Schedule)), schedules)


def entry_guard(plan: EntryPlan) -> Guard:
    """Give what an entry asks before any of its variants is tried, but for the page's other offers."""
    found: list[Condition | Schedule] = []
    for requirement in entry_requirements(plan):
        if isinstance(requirement, Counted):
            found += tests_of(requirement)
        elif not isinstance(requirement, Written | Filled | Listed | Confirmed):
            found.append(requirement)
    return _guard(found)


def variant_guard(plan: VariantPlan, page: PagePlan, *, prices: bool = True) -> Guard:
    """Give what a variant asks by itself: its rule, its schedule, words for the language, their gaps, its promise.

    Not `prices`: what it promises to cost counts as confirmed, as a catalogue may do it of which facts tell nothing.
    """
    variant = plan.variant
    found: list[Condition | Schedule] = [variant.schedule, *_written(plan, page)]
    found += [variant.when] if variant.when is not None else []
    found += _promised(variant.promise, prices=prices) if variant.promise is not None else ()
    return _guard(found)


def _written(plan: VariantPlan, page: PagePlan) -> Iterator[Condition]:
    """Ask for a language that the variant is written for, and for what fills its gaps in it."""
    forms = {locale: plan.forms[number] for locale, number in page.locales.items()}
    written = {locale: form for locale, form in forms.items() if form is not None}
    gaps = {tuple(ref.name for ref in form.gaps): form.gaps for form in written.values()}
    if len(written) < len(forms):
        yield Test(_LOCALE, "one_of", tuple(sorted(written)))
    if len(gaps) == 1:
        yield from map(_filled, *gaps.values())
    elif gaps:
        yield AnyOf(tuple(_filled_in(locale, form) for locale, form in sorted(written.items())))


def _filled_in(locale: str, form: Form) -> Condition:
    return All((Test(_LOCALE, "is", locale), *map(_filled, form.gaps)))


def _filled(ref: FactRef) -> Condition:
    """Say in tests what `fills` asks of a value."""
    match ref.fact.type:
        case FactType.SET:
            return Test(ref, "count", (Test(ref, "at_least", 1),))
        case FactType.DATE:
            return Test(ref, "ever", operand=True)
        case FactType.TEXT:
            return Test(ref, "is_not", "")
        case _:
            return Test(ref, "known", operand=True)


def _promised(promise: Promise, *, prices: bool) -> Iterator[Condition]:
    """Say in tests what `unconfirmed` asks, as far as facts can tell it."""
    if promise.promotion is not None:
        yield Test(_PROMOTIONS, "has_all", frozenset({promise.promotion}))
    for key, amount in promise.threshold.items():
        told = [Test(builtin(f"next.threshold[{key}]"), "is", amount)]
        told += [Test(_FREE_SHIPPING, "is", amount)] if key == "free-shipping" else []
        yield from (Test(_CURRENCY, "is", amount.currency), AnyOf(tuple(told)))
    for sku, amount in promise.price.items():
        yield Test(_CURRENCY, "is", amount.currency)
        yield from (Test(_VIEWED, "is", sku), Test(_PRICE, "is", amount)) if prices else ()
    yield from (Test(builtin(f"stock[{sku}]"), "more_than", 0) for sku in promise.stock)
