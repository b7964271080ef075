"""Repairs: the changes that make requirements met, or one of them unmet, nearest first."""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from fractions import Fraction
from itertools import permutations
from itertools import product as pairs
from math import ceil

from cms.counterfactuals.changes import Change, applied, distance
from cms.counterfactuals.nearby import moments_near, values_near
from cms.counterfactuals.reach import Basis, Reach
from cms.counterfactuals.requirements import (
    Confirmed,
    Counted,
    Filled,
    Listed,
    Requirement,
    Written,
    are_met,
    is_met,
    refs_of,
    tests_of,
)
from cms.counterfactuals.ways import NOTHING, Key, Way, nearest
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

Known = dict[tuple[Hashable, ...], "list[Way]"]
_FIXED = frozenset({"channel", "page.stage"})  # what no visitor can change
_WAYS, _MORE_WAYS = 64, 24  # kept of those that meet several parts, and of each further part
_COMPARED = 8  # values of a fact that another is compared with
_TESTS = 60  # of one fact, whose limits count
_PRODUCTS = 20  # of a catalogue, tried in a rail


class Repairs:
    """The repairs of one context.

    Args:
        reach: What decides on the slot.
        context: What is to be repaired.
        fixed: Names of what was changed already: requirements are not met by changing it again.
        known: Kept for all contexts of one search; what is said there of one holds for all that are alike to it.
    """

    def __init__(self, reach: Reach, context: DecisionContext, fixed: frozenset[str], known: Known) -> None:
        self._reach = reach
        self.context = context
        self._fixed = fixed | _FIXED
        self._known = known
        told = (context.catalogue, context.thresholds, context.counters, context.observations)
        self._world = (context.now, context.locale, *map(id, told))  # `Replays` keeps what these are the ids of
        self._segments = reach.plan.snapshot.segments
        self.evaluator = Evaluator(self._segments, View(context))
        self._after: dict[Key, Evaluator] = {}

    def meeting(
        self, requirements: Sequence[Requirement], never: Sequence[Sequence[Requirement]] = ()
    ) -> tuple[list[Way], list[Way]]:
        """List ways to meet all requirements, and of each group in `never` not all.

        Returns:
            The ways that do, and those that mend what is amiss but spoil something that was not.
        """
        wanted = [self._part(requirement, wanted=True, loose=False) for requirement in requirements]
        found = self._all([*wanted, *map(self.breaking, never)])[:_WAYS]
        told = [(way, self._told(way)) for way in found if way.key]
        enough = [
            way for way, after in told if are_met(requirements, after) and not any(are_met(no, after) for no in never)
        ]
        keys = {way.key for way in enough}
        return nearest([enough]), nearest([[way for way in found if way.key not in keys]])

    def breaking(self, requirements: Iterable[Requirement]) -> list[Way]:
        """List ways to have one of the requirements not met."""
        return nearest([self._part(requirement, wanted=False, loose=True) for requirement in requirements])

    def _told(self, way: Way) -> Evaluator:
        found = self._after.get(way.key)
        if found is None:
            found = self._after[way.key] = Evaluator(self._segments, View(applied(self.context, way.changes)))
        return found

    def _part(self, requirement: Requirement, *, wanted: bool, loose: bool) -> list[Way]:
        """List ways to make a requirement's truth as wanted; `loose`: or unknown."""
        key = (id(requirement), wanted, loose, self._alike(self._reach.basis(requirement)))
        if key not in self._known:
            self._known[key] = self._mended(requirement, wanted=wanted, loose=loose)
        return self._known[key]

    def _alike(self, basis: Basis) -> Hashable:
        """Give what two contexts have in common in which the changes that hang on a basis are the same."""
        world = self._world if basis.is_wide else ()
        return world, self.context.currency, self._fixed & basis.names, *map(self.evaluator.view.value, basis.refs)

    def _mended(self, requirement: Requirement, *, wanted: bool, loose: bool) -> list[Way]:
        if self._is_so(requirement, self.evaluator, wanted=wanted, loose=loose):
            return [NOTHING]
        match requirement:
            case InSegment(key):
                return self._part(self._segments[key], wanted=wanted, loose=loose)
            case Not(part):
                return self._part(part, wanted=not wanted, loose=loose)
            case All(parts) | AnyOf(parts):
                found = [self._part(part, wanted=wanted, loose=loose) for part in parts]
                return self._all(found) if isinstance(requirement, All) is wanted else nearest(found)
            case _:
                ways = [way for way in self._tried(requirement) if way.names.isdisjoint(self._fixed)]
                return [way for way in ways if self._is_so(requirement, self._told(way), wanted=wanted, loose=loose)]

    def _is_so(self, requirement: Requirement, told: Evaluator, *, wanted: bool, loose: bool) -> bool:
        truth = is_met(requirement, told)
        return truth is wanted or (loose and truth is None)

    def _all(self, parts: Sequence[list[Way]]) -> list[Way]:
        """Join one way of each part; no way at all where some part has none."""
        ways = [NOTHING]
        for part in parts:
            if len(part) == 1 and not part[0].key:
                continue
            joined = (
                one.joined(more) for one, more in pairs(ways[:_WAYS], part[: _MORE_WAYS if ways[0].key else None])
            )
            ways = nearest([[way for way in joined if way is not None]])
            if not ways:
                return []
        return ways

    def _tried(self, requirement: Requirement) -> list[Way]:
        """List the single changes that could turn a requirement that has no parts."""
        found: list[list[Way]] = []
        match requirement:
            case Test():
                found = [
                    *(self._tested(ref, requirement) for ref in refs_of(requirement)),
                    *self._together(requirement),
                ]
            case Schedule():
                found = [self._moments()]
            case Written(locales):
                found = [[way for way in self.locales() if way.changes[0].to in locales]]
            case Filled() | Counted() | Listed() | Confirmed():
                found = [self.changes(test.ref) for test in tests_of(requirement)]
        if isinstance(requirement, Confirmed):
            found += [self._repriced(sku, price) for sku, price in requirement.promise.price.items()]
        if isinstance(requirement, Listed):
            found.append(self._listed(requirement.named(self.evaluator.view)))
        return nearest(found)

    def _together(self, test: Test) -> Iterator[list[Way]]:
        """List ways to change both facts of a comparison: one, and then the other beside what it is now compared with."""
        refs = tuple(refs_of(test))
        for first, second in permutations(refs, 2):
            for way in self.changes(first)[:_COMPARED]:
                others = self.to_values(second, values_near(second, [test], self._told(way).view))
                yield [joined for joined in map(way.joined, others) if joined is not None]

    def changes(self, ref: FactRef) -> list[Way]:
        """List what a fact could be instead, nearest first; nothing where it is not known in this channel."""
        if ref.fact.origin is Origin.CLOCK and ref.name not in self.context.values:
            return self._moments()
        key = (ref.name, self._alike(self._reach.basis_of_fact(ref)))
        if key not in self._known:
            self._known[key] = self._changed(ref)
        return self._known[key]

    def _tested(self, ref: FactRef, test: Test) -> list[Way]:
        """List what a fact could be; of one that very many tests read not all limits count, but always those of `test`."""
        known = self.changes(ref)
        if len(self._reach.tests.get(ref.name, ())) <= _TESTS or ref.fact.origin is Origin.CLOCK:
            return known
        return nearest([known, self.to_values(ref, values_near(ref, [test], self.evaluator.view))])

    def _changed(self, ref: FactRef) -> list[Way]:
        if ref.name in self._fixed:
            return []
        if ref.name == "locale":
            return self.locales()
        view = self.evaluator.view
        seen = view.value(ref)
        values: list[Value | None] = [*values_near(ref, self._reach.tests.get(ref.name, ())[:_TESTS], view)]
        return self.to_values(ref, [*values, *([None] if seen is not None else [])])

    def to_values(self, ref: FactRef, values: Iterable[Value | None]) -> list[Way]:
        if ref.name in self._fixed or self.context.channel not in ref.fact.channels:
            return []
        seen = self.evaluator.view.value(ref)
        return self._ways(Change(ref, "fact", seen, value) for value in values if value != seen)

    def locales(self) -> list[Way]:
        """List the other locales; in each a variant may have other gaps and products."""
        others = [locale for locale in self._reach.plan.locales if locale != self.context.locale]
        return self._ways(Change(None, "locale", self.context.locale, locale) for locale in others)

    def _moments(self) -> list[Way]:
        key = ("now", self.context.now, "now" in self._fixed)
        if key not in self._known:
            clock = [test for name, tests in self._reach.tests.items() if name.startswith("now.") for test in tests]
            moments = [] if "now" in self._fixed else moments_near(clock, self._reach.edges, self.evaluator.view)
            self._known[key] = self._ways(Change(None, "now", None, None, now=moment) for moment in moments)
        return self._known[key]

    def _repriced(self, sku: str, price: Money) -> list[Way]:
        product = (self.context.catalogue or {}).get(sku)
        return self._ways([Change(None, "catalogue", product.price if product else None, price, sku=sku)])

    def _listed(self, sku: str | None) -> list[Way]:
        """Let a product be listed, or be sold out."""
        if sku is None:
            return []
        product = (self.context.catalogue or {}).get(sku)
        if product is not None:
            return self.to_values(builtin(f"stock[{sku}]"), [0, 1])
        return self._ways([Change(None, "catalogue", None, 1, sku=sku)])

    def _ways(self, changes: Iterable[Change]) -> list[Way]:
        return nearest([[Way.of({change.key: (change, distance(change, self.context))}) for change in changes]])

    def restocking(self, rails: Iterable[Rail]) -> list[Way]:
        """List single changes that could put other products into rails, or make those that are shown news."""
        view = self.evaluator.view
        catalogue = dict(sorted((self.context.catalogue or {}).items())[:_PRODUCTS])
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
