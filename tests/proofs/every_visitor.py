"""Every visitor of a small world whom its rules can tell apart, and the contexts in which they are decided for."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import chain, islice, product

from cms.components.body import placeholders
from cms.content.snapshot import Entry, Page, Snapshot, Variant
from cms.decisions.rehearsal import thresholds_of
from cms.facts.builtin import builtin
from cms.facts.context import DecisionContext, Units, View
from cms.facts.declarations import FactRef, FactType, Origin
from cms.facts.values import Value
from cms.offers.offer import Schedule
from cms.offers.promises import facts_of
from cms.segments.conditions import Condition, Test
from cms.segments.evaluate import test_truth
from cms.visitors.relations import relations
from cms.visitors.visitor import Visitor
from tests.proofs.cells import Cells, Told, compared_with, tests_of

HORIZON_H = 24 * 30  # in which all happens that the clock of a small world can tell apart
TOLD = {"locale", "currency", "channel", "page.stage"}  # by the request itself


class TooManyError(Exception):
    """A world has more visitors than are worth asking."""


@dataclass(frozen=True)
class EveryVisitor:
    """All visitors of one world, from `now` on, who break no relation between facts."""

    snapshot: Snapshot
    now: datetime
    most: int = 10_000  # of one surface
    _bare: dict[object, DecisionContext] = field(default_factory=dict)
    _known: dict[object, list[Value | None]] = field(default_factory=dict)

    def of_surface(self, page: Page, channel: str) -> Iterator[Visitor]:
        """List the visitors of a page or mail, by the facts alone that it reads."""
        schedules = [entry.schedule for entry in entries_of(page)]
        schedules += [variant.schedule for entry in entries_of(page) for variant in entry.variants]
        return self._some(list(self._read_by(page)), channel, schedules)

    def of_segments(self, channel: str) -> Iterator[Visitor]:
        return self._some(list(self._read_in(self.snapshot.segments.values())), channel, [])

    def context(self, page: Page, visitor: Visitor) -> DecisionContext:
        """Build what the visitor's rehearsal builds, the part that facts do not change only once."""
        about = (id(page), visitor.now, visitor.locale, visitor.currency, visitor.channel)
        if about not in self._bare:
            rehearsal = replace(visitor, facts={}, key="").rehearsal(self.snapshot)
            self._bare[about] = rehearsal.context(page, channel=visitor.channel)
        bare = self._bare[about]
        known = {name: value for name, value in visitor.facts.items() if value is not None}
        values = {**bare.values, **known}
        return replace(
            bare,
            values=values,
            untold=bare.untold | (visitor.facts.keys() - known.keys()),
            thresholds=thresholds_of(values) if self._has_thresholds else {},
            units=Units(visitor.key, visitor.key, visitor.key) if visitor.key else bare.units,
        )

    def _some(self, refs: list[FactRef], channel: str, schedules: list[Schedule]) -> Iterator[Visitor]:
        found, related = self._all(self._ordered(refs), channel, schedules), relations(refs)
        page = next(iter(self.snapshot.surfaces.values()))
        for visitor in islice(found, self.most):
            view = View(self.context(page, visitor)) if related else None
            if view is None or all(relation.holds(view) for relation in related):
                yield visitor
        if next(found, None):
            raise TooManyError

    def _all(self, refs: list[FactRef], channel: str, schedules: list[Schedule]) -> Iterator[Visitor]:
        settings = self.snapshot.settings
        for currency in dict.fromkeys(market.currency for market in settings.markets.values()):
            moments = self._moments(currency, schedules)
            for locale, now, key in product(settings.locales, moments, self._keys):
                today = now.astimezone(settings.market_of(currency).zone).date()
                for facts in self._told(refs, {}, today, currency):
                    yield Visitor(now, locale, currency, channel, facts, key)

    def _told(self, refs: list[FactRef], told: Told, today: date, currency: str) -> Iterator[Told]:
        """Tell one fact after the other, each around those that it is compared with."""
        if not refs:
            yield told
            return
        for value in self._values(refs[0], told, today, currency):
            yield from self._told(refs[1:], {**told, refs[0].name: value}, today, currency)

    def _values(self, ref: FactRef, told: Told, today: date, currency: str) -> list[Value | None]:
        near = tuple(told.get(name) for name in self._cells.links.get(ref.name, ()))
        known = self._known.get((ref.name, near, today, currency))
        if known is None:
            known = [None, *self._cells.values(ref, told, today=today, currency=currency)]
            self._known[ref.name, near, today, currency] = known
        return known

    @cached_property
    def _keys(self) -> list[str]:
        """Name visitors of whom each draws other arms."""
        running = [found for entry in self.snapshot.entries.values() for found in entry.experiments if found.running]
        drawn: dict[tuple[object, ...], str] = {}
        for key in [f"v-{number}" for number in range(200)] if running else [""]:
            drawn.setdefault(tuple(found.draw(Units(key, key, key)) for found in running), key)
        return list(drawn.values())

    @cached_property
    def _cells(self) -> Cells:
        conditions = [*self.snapshot.segments.values(), *chain(*map(conditions_of, self.snapshot.surfaces.values()))]
        return Cells(tuple(self._tests_in(conditions)), self._marks())

    def _marks(self) -> dict[str, frozenset[Value]]:
        """List where the engine itself tells values apart: caps, pressure and promises."""
        marks: dict[str, set[Value]] = {}
        for entry in self.snapshot.entries.values():
            marks.setdefault(_shown(entry), set()).update(cap.max for cap in entry.caps)
            if entry.dismiss_for is not None:
                marks.setdefault(_dismissed(entry), set()).update((entry.dismiss_for.days - 1, entry.dismiss_for.days))
            for name, mark in chain.from_iterable(map(_promised, entry.variants)):
                marks.setdefault(name, set()).add(mark)
        most = self.snapshot.settings.pressure.max
        marks["pressure"] = set(range(most + 1)) if most is not None else set()
        return {name: frozenset(found) for name, found in marks.items()}

    def _read_by(self, page: Page) -> Iterator[FactRef]:
        yield from self._read_in(conditions_of(page))
        for entry in entries_of(page):
            for variant in entry.variants:
                yield from (gap.ref for body in variant.content.values() for gap in placeholders(body))
                yield from (builtin(name) for name, _ in _promised(variant))
                yield from facts_of(variant.promise) if variant.promise else ()
            yield from [builtin(_shown(entry))] if entry.caps else []
            yield from [builtin(_dismissed(entry))] if entry.dismiss_for else []
        yield from [builtin("pressure")] if self.snapshot.settings.pressure.max is not None else []

    def _read_in(self, conditions: Iterable[Condition]) -> Iterator[FactRef]:
        for test in self._tests_in(conditions):
            other = compared_with(test)
            yield from [test.ref] if other is None else [test.ref, other]

    def _tests_in(self, conditions: Iterable[Condition]) -> Iterator[Test]:
        return (test for condition in conditions for test in tests_of(condition, self.snapshot.segments))

    def _ordered(self, refs: list[FactRef]) -> list[FactRef]:
        """Put the facts that others are compared with first."""
        named = {other.name for test in self._cells.tests if (other := compared_with(test))}
        asked = {ref.name: ref for ref in refs if ref.name not in TOLD and ref.fact.origin is not Origin.CLOCK}
        return sorted(asked.values(), key=lambda ref: (ref.name not in named, ref.name))

    def _moments(self, currency: str, schedules: list[Schedule]) -> list[datetime]:
        """Pick one of all the hours that no schedule, no test of the clock and no limit of a date tells apart."""
        clocked = [test for test in self._cells.tests if test.ref.fact.origin is Origin.CLOCK]
        zone = self.snapshot.settings.market_of(currency).zone
        limits, found = self._days(), dict[tuple[object, ...], datetime]()
        edges = (edge for schedule in schedules for edge in (schedule.start, schedule.until) if edge is not None)
        hours = [self.now + timedelta(hours=hour) for hour in range(HORIZON_H)] if clocked or limits else []
        for now in [self.now, *(edge for edge in edges if edge > self.now), *hours]:
            view = View(DecisionContext(now, zone, "", currency, "web"))
            held = (*(schedule.holds(now) for schedule in schedules), *(test_truth(test, view) for test in clocked))
            found.setdefault((*held, bisect_right(limits, view.today)), now)
        return list(found.values())

    def _days(self) -> list[date]:
        """List the days on which a fixed day comes to lie on another side of a number of days ago."""
        operands = [test.operand for test in self._cells.tests if test.ref.fact.type is FactType.DATE]
        limits = [day for day in operands if isinstance(day, date)]
        ago = [days for days in operands if isinstance(days, int) and not isinstance(days, bool)]
        return sorted({limit + timedelta(days + more) for limit in limits for days in (0, *ago) for more in (0, 1)})

    @cached_property
    def _has_thresholds(self) -> bool:
        variants = (variant for entry in self.snapshot.entries.values() for variant in entry.variants)
        return any(variant.promise and variant.promise.threshold for variant in variants)


def entries_of(page: Page) -> list[Entry]:
    return list({entry.key: entry for slot in page.slots for entry in slot.entries}.values())


def conditions_of(page: Page) -> list[Condition]:
    """List all that a page asks."""
    asked = [slot.audience for slot in page.slots]
    for entry in entries_of(page):
        asked += [entry.audience, *(variant.when for variant in entry.variants)]
        asked += [experiment.audience for experiment in entry.experiments]
    return [condition for condition in asked if condition is not None]


def _shown(entry: Entry) -> str:
    return f"shown[{entry.key}].last_7_days"


def _dismissed(entry: Entry) -> str:
    return f"dismissed[{entry.key}]"


def _promised(variant: Variant) -> Iterator[tuple[str, Value]]:
    """List what commerce has to tell for a promise to be kept, and where it turns."""
    promise = variant.promise
    if promise is None:
        return
    yield from [("shop.promotions", promise.promotion)] if promise.promotion else []
    for key, amount in promise.threshold.items():
        yield from [("shop.free_shipping_threshold", amount)] if key == "free-shipping" else []
        yield f"next.threshold[{key}]", amount
        yield "shop.promotions", key
    for sku, amount in promise.price.items():
        yield "page.product", sku
        yield "product.price", amount
    yield from ((f"stock[{sku}]", 0) for sku in promise.stock)
