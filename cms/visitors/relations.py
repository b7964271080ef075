"""Relations: what facts say of each other. A visitor who breaks one cannot exist, because of how facts are derived.

Only what is certain stands here: a relation that is merely likely would hide mistakes. `cms.facts.derive` is why they hold.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import permutations
from typing import Protocol

from cms.facts.builtin import builtin
from cms.facts.context import View
from cms.facts.declarations import FactRef, FactType
from cms.facts.money import Money
from cms.facts.values import Value
from cms.segments.conditions import All, Condition, Not, PercentOf, Test
from cms.segments.evaluate import Evaluator
from cms.segments.smt import Formula, Smt

_ANYBODY = All(())
_FREE_SHIPPING = "free-shipping"
_OF_PRODUCT = (
    "product.price", "product.category", "product.categories", "product.tags", "product.stock", "product.rating",
    "product.in_cart", "product.last_bought",
)  # fmt: skip


class Relation(Protocol):
    def holds(self, view: View) -> bool:
        """Say whether a visitor keeps it; what is unknown breaks nothing."""
        ...

    def axiom(self, smt: Smt) -> Formula: ...


@dataclass(frozen=True, slots=True)
class Law:
    """For whom `given` is definitely true, `then` is not definitely false."""

    given: Condition
    then: Condition

    def holds(self, view: View) -> bool:
        evaluator = Evaluator({}, view)
        return evaluator.truth(self.given) is not True or evaluator.truth(self.then) is not False

    def axiom(self, smt: Smt) -> Formula:
        return smt.not_(smt.all_((smt.truth(self.given), smt.truth(self.then, wanted=False))))


@dataclass(frozen=True, slots=True)
class Sum:
    """For whom `given` is definitely true, some facts are together at most others; a set counts as its size."""

    parts: tuple[FactRef, ...]
    whole: tuple[FactRef, ...]
    given: Condition = _ANYBODY

    def holds(self, view: View) -> bool:
        values = [[view.value(ref) for ref in side] for side in (self.parts, self.whole)]
        currencies = {value.currency for side in values for value in side if isinstance(value, Money)}
        if any(None in side for side in values) or len(currencies) > 1:
            return True
        less, more = (sum(_size(value) for value in side if value is not None) for side in values)
        return less <= more or Evaluator({}, view).truth(self.given) is not True

    def axiom(self, smt: Smt) -> Formula:
        return smt.not_(smt.all_((smt.truth(self.given), smt.at_most(self.parts, self.whole, wanted=False))))


def _size(value: Value) -> Fraction:
    match value:
        case Money():
            return Fraction(value.minor)
        case frozenset():
            return Fraction(len(value))
        case int() | Decimal():
            return Fraction(value)
    raise TypeError(value)


@dataclass(frozen=True, slots=True)
class Member:
    """A text is in a set, where both are known."""

    one: FactRef
    several: FactRef

    def holds(self, view: View) -> bool:
        one, several = view.value(self.one), view.value(self.several)
        return one is None or not isinstance(several, frozenset) or one in several

    def axiom(self, smt: Smt) -> Formula:
        smt.tie(self.one, self.several)
        return True


class _Facts:
    """The facts that a page reads, by name and by family."""

    def __init__(self, refs: Iterable[FactRef]) -> None:
        self._refs: Mapping[str, FactRef] = {ref.name: ref for ref in refs}

    def named(self, *names: str) -> list[FactRef]:
        return [self._refs[name] for name in names if name in self._refs]

    def of(self, stem: str) -> list[FactRef]:
        return [ref for ref in self._refs.values() if ref.fact.stem == stem and ref.parameter]

    def pairs(self, one: str, other: str) -> Iterator[tuple[FactRef, FactRef]]:
        """Give two facts by name, or nothing if one of them is not read."""
        yield from ((a, b) for a in self.named(one) for b in self.named(other))


def relations(refs: Iterable[FactRef]) -> list[Relation]:
    """List the relations between the facts given."""
    facts = _Facts(refs)
    return [
        *_of_cart(facts),
        *_of_lines(facts),
        *_of_promotions(facts),
        *_of_free_shipping(facts),
        *_of_orders(facts),
        *_of_sums_spent(facts),
        *_of_dates(facts),
        *_of_product(facts),
        *_of_visit(facts),
    ]


def can_exist(view: View, relations: Iterable[Relation]) -> bool:
    """Say whether there can be somebody of whom all this is told."""
    return all(relation.holds(view) for relation in relations)


def _none(ref: FactRef) -> Condition:
    """Say that a fact is 0, empty, never or false."""
    match ref.fact.type:
        case FactType.MONEY:
            return Test(ref, "at_most", PercentOf(Decimal(0), ref))  # in whatever currency
        case FactType.SET:
            return Test(ref, "count", (Test(ref, "is", 0),))
        case FactType.DATE:
            return Test(ref, "ever", operand=False)
        case FactType.BOOL:
            return Test(ref, "is", operand=False)
        case _:
            return Test(ref, "is", 0)


def _some(ref: FactRef) -> Condition:
    return Not(_none(ref))


def _known(ref: FactRef) -> Condition:
    return Test(ref, "known", operand=True)


def _unknown(ref: FactRef) -> Condition:
    return Test(ref, "known", operand=False)


def _has(ref: FactRef, word: str) -> Condition:
    return Test(ref, "has_all", frozenset({word}))


def _equal(parts: tuple[FactRef, ...], whole: tuple[FactRef, ...], given: Condition = _ANYBODY) -> Iterator[Relation]:
    yield Sum(parts, whole, given)
    yield Sum(whole, parts, given)


def _of_cart(facts: _Facts) -> Iterator[Relation]:
    """Relate what is so of an empty cart: without lines nothing is in it, of any kind."""
    empties = facts.named("cart.count", "cart.skus", "cart.categories")
    nothing = facts.named("cart.subtotal", "cart.max_item_price", "cart.promotions", "product.in_cart")
    nothing += [*facts.of("cart.quantity"), *facts.of("cart.amount_in")]
    yield from (Law(_none(one), _none(other)) for one, other in permutations(empties, 2))
    yield from (Law(_none(empty), _none(ref)) for empty in empties for ref in nothing)


def _of_lines(facts: _Facts) -> Iterator[Relation]:
    """Relate a cart and its lines, of which each has at least one piece."""
    quantities, amounts = facts.of("cart.quantity"), facts.of("cart.amount_in")
    for count in facts.named("cart.count"):
        yield from (Sum((skus,), (count,)) for skus in facts.named("cart.skus"))
        if quantities:
            yield Sum(tuple(quantities), (count,))
    for skus in facts.named("cart.skus"):
        for ref in quantities:
            yield Law(_some(ref), _has(skus, ref.parameter))
            yield Law(_has(skus, ref.parameter), _some(ref))
    for ref in amounts:
        yield from (Law(_some(ref), _has(several, ref.parameter)) for several in facts.named("cart.categories"))


def _of_promotions(facts: _Facts) -> Iterator[Relation]:
    """Relate the thresholds of a promotion, which are known of a running one once the subtotal is."""
    for stem in ("cart.gap", "next.threshold", "next.percent", "tier.percent"):
        for ref in facts.of(stem):
            yield from (Law(_known(ref), _known(subtotal)) for subtotal in facts.named("cart.subtotal"))
            for running in facts.named("shop.promotions"):
                yield Law(_known(ref), All((_known(running), _has(running, ref.parameter))))
    for gap in facts.of("cart.gap"):
        yield from (Law(_known(tier), _known(gap)) for tier in facts.named(f"tier.percent[{gap.parameter}]"))
        for ahead in facts.named(f"next.threshold[{gap.parameter}]", f"next.percent[{gap.parameter}]"):
            yield Law(_known(ahead), All((_known(gap), _some(gap))))
    for ahead in facts.of("next.threshold"):
        yield from (Law(_known(percent), _known(ahead)) for percent in facts.named(f"next.percent[{ahead.parameter}]"))
        for subtotal in facts.named("cart.subtotal"):
            yield Law(_ANYBODY, Test(ahead, "more_than", PercentOf(Decimal(100), subtotal)))
        for gap in facts.named(f"cart.gap[{ahead.parameter}]"):
            yield Law(All((_known(gap), _some(gap))), _known(ahead))
            for subtotal in facts.named("cart.subtotal"):
                yield from _equal((gap, subtotal), (ahead,))


def _of_free_shipping(facts: _Facts) -> Iterator[Relation]:
    for threshold in facts.named("shop.free_shipping_threshold"):
        for running in facts.named("shop.promotions"):
            yield Law(_known(threshold), All((_known(running), _some(running))))
        for gap, subtotal in facts.pairs(f"cart.gap[{_FREE_SHIPPING}]", "cart.subtotal"):
            yield Sum((threshold,), (gap, subtotal))
            yield Sum((gap, subtotal), (threshold,), _some(gap))


def _of_orders(facts: _Facts) -> Iterator[Relation]:
    """Relate what is so of one who never ordered."""
    empties = facts.named("orders.count", "orders.last")
    nothing = facts.named("orders.total", "orders.yearly_volume", "product.last_bought")
    nothing += [*facts.of("bought"), *facts.of("orders.quantity")]
    yield from (Law(_none(one), _none(other)) for one, other in permutations(empties, 2))
    yield from (Law(_none(empty), _none(ref)) for empty in empties for ref in nothing)
    yield from (Law(_none(empty), _unknown(ref)) for empty in empties for ref in facts.named("orders.average"))


def _of_sums_spent(facts: _Facts) -> Iterator[Relation]:
    for part in facts.named("orders.yearly_volume", "orders.average"):
        yield from (Sum((part,), (total,)) for total in facts.named("orders.total"))
    for total, average in facts.pairs("orders.total", "orders.average"):
        for count in facts.named("orders.count"):
            yield Sum((total,), (average,), Test(count, "is", 1))


def _of_dates(facts: _Facts) -> Iterator[Relation]:
    """Relate what happened: not in the future, no purchase without an order, none later than the last one."""
    bought = [*facts.of("bought"), *facts.named("product.last_bought")]
    last = facts.named("orders.last")
    for ref in (*bought, *last, *facts.of("dismissed")):
        yield Law(_some(ref), Test(ref, "days_ago_at_least", 0))
    for order in last:
        yield from (Law(_some(ref), Test(order, "since", ref)) for ref in bought)
        # A year and 90 days to the second; where clocks are changed between, one day more by the calendar.
        yield from (Law(_some(ref), _within(order, 366)) for ref in facts.named("orders.yearly_volume"))
        yield from (Law(_some(ref), _within(order, 91)) for ref in facts.of("orders.quantity"))
    for ref in facts.of("orders.quantity"):
        yield from (Law(_some(ref), _within(one, 91)) for one in facts.named(f"bought[{ref.parameter}]"))


def _within(ref: FactRef, days: int) -> Condition:
    return Test(ref, "days_ago_at_most", days)


def _of_product(facts: _Facts) -> Iterator[Relation]:
    """Relate the product viewed; a mail may be about one although nobody views a page there."""
    for category, several in facts.pairs("product.category", "product.categories"):
        yield Member(category, several)
    for viewed in facts.named("page.product"):
        online = Test(builtin("channel"), "one_of", tuple(sorted(viewed.fact.channels)))
        for ref in facts.named(*_OF_PRODUCT):
            yield Law(All((online, _unknown(viewed))), _unknown(ref))
        for stock in facts.of("stock"):
            for ref in facts.named("product.stock"):
                yield from _equal((ref,), (stock,), _is(viewed, stock.parameter))
        for quantity in facts.of("cart.quantity"):
            given = All((_is(viewed, quantity.parameter), _some(quantity)))
            yield from (Law(given, _some(ref)) for ref in facts.named("product.in_cart"))
        for bought in facts.of("bought"):
            given = All((_is(viewed, bought.parameter), _some(bought)))
            yield from (Law(given, Test(ref, "since", bought)) for ref in facts.named("product.last_bought"))


def _is(ref: FactRef, word: str) -> Condition:
    return Test(ref, "is", word)


def _of_visit(facts: _Facts) -> Iterator[Relation]:
    for is_new, visits in facts.pairs("visitor.is_new", "visitor.visits"):
        yield Law(_some(is_new), Test(visits, "at_most", 1))
        yield Law(_none(is_new), Test(visits, "at_least", 1))
