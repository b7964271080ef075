"""Repairs: the changes that make needs met, or one of them unmet, nearest first."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from itertools import permutations
from itertools import product as pairs
from math import ceil
from typing import Self

from cms.counterfactuals.changes import Change, applied, distance
from cms.counterfactuals.nearby import moments_near, values_near
from cms.counterfactuals.needs import (
    Confirmed,
    Counted,
    Filled,
    Listed,
    Need,
    Written,
    are_met,
    is_met,
    refs_of,
    tests_of,
)
from cms.counterfactuals.reach import Reach
from cms.facts.builtin import builtin
from cms.facts.context import DecisionContext, View
from cms.facts.declarations import FactRef, Origin
from cms.facts.money import Money
from cms.facts.signals import Product
from cms.facts.values import NEVER, Value
from cms.offers.offer import Schedule
from cms.rails.rail import Rail
from cms.segments.conditions import All, AnyOf, InSegment, Not, Test
from cms.segments.evaluate import Evaluator

Key = tuple[tuple[str, str], ...]
Rank = tuple[int, float, Key]
_FIXED = frozenset({"channel", "page.stage"})  # what no visitor can change
_WAYS, _MORE_WAYS = 64, 24  # kept of those that meet several parts, and of each further part
_COMPARED = 8  # values of a fact that another is compared with
_TESTS = 60  # of one fact, whose limits count
_PRODUCTS = 20  # of a catalogue, tried in a rail


@dataclass(frozen=True, slots=True)
class Way:
    """Changes, none twice of the same, by name, with their keys and how far each goes.

    Ways rank by how few changes they are, then by how far they go.
    """

    changes: tuple[Change, ...] = ()
    key: Key = ()
    costs: tuple[float, ...] = ()

    @property
    def rank(self) -> Rank:
        return len(self.key), round(sum(self.costs), 9), self.key

    @property
    def names(self) -> frozenset[str]:
        return frozenset(name for name, _ in self.key)

    def without(self, change: Change) -> "Way":
        return _way({key: part for key, part in self._parts().items() if part[0] is not change})

    def joined(self, other: Self) -> "Way | None":
        """Do both; None where they contradict each other."""
        if not self.key:
            return other
        parts = self._parts() | other._parts()
        return _way(parts) if len({name for name, _ in parts}) == len(parts) else None

    def _parts(self) -> dict[tuple[str, str], tuple[Change, float]]:
        return dict(zip(self.key, zip(self.changes, self.costs, strict=True), strict=True))


def _way(parts: Mapping[tuple[str, str], tuple[Change, float]]) -> Way:
    key = tuple(sorted(parts))
    return Way(tuple(parts[name][0] for name in key), key, tuple(parts[name][1] for name in key))


class Repairs:
    """The repairs of one context; what `fixed` names was changed already and is left alone."""

    def __init__(self, reach: Reach, context: DecisionContext, fixed: frozenset[str] = frozenset()) -> None:
        self._reach = reach
        self._context = context
        self._fixed = fixed | _FIXED
        self._segments = reach.plan.snapshot.segments
        self.evaluator = Evaluator(self._segments, View(context))
        self._changes: dict[str, list[Way]] = {}
        self._after: dict[Key, Evaluator] = {}

    def meeting(self, needs: Sequence[Need], never: Sequence[Sequence[Need]] = ()) -> tuple[list[Way], list[Way]]:
        """List ways to meet all needs, and of each group in `never` not all.

        Returns:
            The ways that do, and those that mend what is amiss but spoil something that was not.
        """
        wanted = [self._part(need, wanted=True, loose=False) for need in needs]
        found = self._all([*wanted, *map(self.breaking, never)])
        told = [(way, self._told(way)) for way in found if way.changes]
        enough = [way for way, after in told if are_met(needs, after) and not any(are_met(no, after) for no in never)]
        keys = {way.key for way in enough}
        return nearest([enough]), nearest([[way for way in found if way.key not in keys]])

    def breaking(self, needs: Iterable[Need]) -> list[Way]:
        """List ways to have one of the needs not met."""
        return nearest([self._part(need, wanted=False, loose=True) for need in needs])

    def _told(self, way: Way) -> Evaluator:
        found = self._after.get(way.key)
        if found is None:
            found = self._after[way.key] = Evaluator(self._segments, View(applied(self._context, way.changes)))
        return found

    def _part(self, need: Need, *, wanted: bool, loose: bool) -> list[Way]:
        """List ways to make a need's truth as wanted; `loose`: or unknown."""
        if self._is_so(need, self.evaluator, wanted=wanted, loose=loose):
            return [Way()]
        match need:
            case InSegment(key):
                return self._part(self._segments[key], wanted=wanted, loose=loose)
            case Not(part):
                return self._part(part, wanted=not wanted, loose=loose)
            case All(parts) | AnyOf(parts):
                found = [self._part(part, wanted=wanted, loose=loose) for part in parts]
                return self._all(found) if isinstance(need, All) is wanted else nearest(found)
            case _:
                ways = self._tried(need)
                return [way for way in ways if self._is_so(need, self._told(way), wanted=wanted, loose=loose)]

    def _is_so(self, need: Need, told: Evaluator, *, wanted: bool, loose: bool) -> bool:
        truth = is_met(need, told)
        return truth is wanted or (loose and truth is None)

    def _all(self, parts: Sequence[list[Way]]) -> list[Way]:
        """Join one way of each part; no way at all where some part has none."""
        ways = [Way()]
        for part in parts:
            if len(part) == 1 and not part[0].changes:
                continue
            joined = (
                one.joined(more) for one, more in pairs(ways[:_WAYS], part[: _MORE_WAYS if ways[0].changes else None])
            )
            ways = nearest([[way for way in joined if way is not None]])
            if not ways:
                return []
        return ways

    def _tried(self, need: Need) -> list[Way]:
        """List the single changes that could turn a need that has no parts."""
        found: list[list[Way]] = []
        match need:
            case Test():
                found = [*(self.changes(ref, need) for ref in refs_of(need)), *self._together(need)]
            case Schedule():
                found = [self._moments()]
            case Written(locales):
                found = [[way for way in self.locales() if way.changes[0].to in locales]]
            case Filled() | Counted() | Listed() | Confirmed():
                found = [self.changes(test.ref) for test in tests_of(need)]
        if isinstance(need, Confirmed):
            found += [self._repriced(sku, price) for sku, price in need.promise.price.items()]
        if isinstance(need, Listed):
            found.append(self._listed(need.named(self.evaluator.view)))
        return nearest(found)

    def _together(self, test: Test) -> Iterator[list[Way]]:
        """List ways to change both facts of a comparison: one, and then the other beside what it is now compared with."""
        refs = tuple(refs_of(test))
        for first, second in permutations(refs, 2):
            for way in self.changes(first)[:_COMPARED]:
                others = self.to_values(second, values_near(second, [test], self._told(way).view))
                yield [joined for joined in map(way.joined, others) if joined is not None]

    def changes(self, ref: FactRef, test: Test | None = None) -> list[Way]:
        """List what a fact could be instead, nearest first; nothing where it is fixed or not known in this channel.

        Of a fact that very many tests read, not all limits count, but always those of `test`.
        """
        if ref.name not in self._changes:
            self._changes[ref.name] = [] if ref.name in self._fixed else self._changed(ref)
        known = self._changes[ref.name]
        if test is None or len(self._reach.tests.get(ref.name, ())) <= _TESTS or ref.fact.origin is Origin.CLOCK:
            return known
        return nearest([known, self.to_values(ref, values_near(ref, [test], self.evaluator.view))])

    def _changed(self, ref: FactRef) -> list[Way]:
        context, view = self._context, self.evaluator.view
        if context.channel not in ref.fact.channels:
            return []
        if ref.name == "locale":
            return self.locales()
        if ref.fact.origin is Origin.CLOCK and ref.name not in context.values:
            return self._moments()
        seen = view.value(ref)
        values: list[Value | None] = [*values_near(ref, self._reach.tests.get(ref.name, ())[:_TESTS], view)]
        return self.to_values(ref, [*values, *([None] if seen is not None else [])])

    def to_values(self, ref: FactRef, values: Iterable[Value | None]) -> list[Way]:
        if ref.name in self._fixed or self._context.channel not in ref.fact.channels:
            return []
        seen = self.evaluator.view.value(ref)
        return self._ways(Change(ref, "fact", seen, value) for value in values if value != seen)

    def locales(self) -> list[Way]:
        """List the other locales; in each a variant may have other gaps and products."""
        others = [locale for locale in self._reach.plan.locales if locale != self._context.locale]
        return self._ways(Change(None, "locale", self._context.locale, locale) for locale in others)

    def _moments(self) -> list[Way]:
        clock = [test for name, tests in self._reach.tests.items() if name.startswith("now.") for test in tests]
        moments = moments_near(clock, self._reach.edges, self.evaluator.view)
        return self._ways(Change(None, "now", None, None, now=moment) for moment in moments)

    def _repriced(self, sku: str, price: Money) -> list[Way]:
        product = (self._context.catalogue or {}).get(sku)
        return self._ways([Change(None, "catalogue", product.price if product else None, price, sku=sku)])

    def _listed(self, sku: str | None) -> list[Way]:
        """Let a product be listed, or be sold out."""
        if sku is None:
            return []
        product = (self._context.catalogue or {}).get(sku)
        if product is not None:
            return self.to_values(builtin(f"stock[{sku}]"), [0, 1])
        return self._ways([Change(None, "catalogue", None, 1, sku=sku)])

    def _ways(self, changes: Iterable[Change]) -> list[Way]:
        known = {change.key: change for change in changes if change.name not in self._fixed}
        return nearest([[Way((change,), (key,), (distance(change, self._context),)) for key, change in known.items()]])

    def restocking(self, rails: Iterable[Rail]) -> list[Way]:
        """List single changes that could put other products into rails, or make those that are shown news."""
        view = self.evaluator.view
        catalogue = dict(sorted((self._context.catalogue or {}).items())[:_PRODUCTS])
        found = [self.to_values(builtin(f"stock[{sku}]"), [0 if one.stock else 1]) for sku, one in catalogue.items()]
        found += [self.to_values(ref, self._toggled(ref, catalogue)) for ref in map(builtin, _SKUS)]
        found += [self.to_values(builtin("page.product"), catalogue), self.changes(builtin("cart.gap[free-shipping]"))]
        for rail in rails:
            found.append(self._dearer(rail, catalogue.values()))
        waits = {_RECENT, *(rail.filters.not_bought_within or _RECENT for rail in rails)}
        for sku, _ in view.members("bought"):
            found.append(self.to_values(builtin(f"bought[{sku}]"), [NEVER, *(view.today - wait for wait in waits)]))
        return nearest(found)

    def _dearer(self, rail: Rail, products: Iterable[Product]) -> list[Way]:
        """List ways to raise the amount that keeps the dear out of a rail."""
        if rail.filters.max_price is None:
            return []
        ref, ratio = rail.filters.max_price
        prices = [product.price for product in products if product.price is not None]
        return self.to_values(ref, (Money(ceil(Fraction(price.minor) / ratio), price.currency) for price in prices))

    def _toggled(self, ref: FactRef, catalogue: Mapping[str, Product]) -> Iterator[Value]:
        """Let each product come or go, and each go with all its variants."""
        seen = self.evaluator.view.value(ref)
        members = seen if isinstance(seen, frozenset) else frozenset()
        yield from (members ^ {sku} for sku in sorted({*catalogue, *members}))
        families = {product.family for product in catalogue.values()}
        for family in sorted(families):
            yield members - {family, *(sku for sku, product in catalogue.items() if product.family == family)}


_RECENT = timedelta(days=2)  # what was bought before is news again
_SKUS = ("cart.skus", "session.viewed", "social.friends_bought", "social.hot_nearby")


def nearest(parts: Iterable[list[Way]]) -> list[Way]:
    """Put the ways of several parts together, each once, nearest first."""
    found = {way.key: way for part in parts for way in part if way.changes}
    return sorted(found.values(), key=lambda way: way.rank)
