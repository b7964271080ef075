"""Needs: which signals have to be asked before a condition, an entry or a variant can be decided."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from cms.components.body import Body, CategoryRef, ProductRef, RailName, nodes, placeholders
from cms.content.snapshot import Entry, Settings, Slot, Variant
from cms.facts.declarations import FactRef
from cms.facts.signals import Signal
from cms.offers.promises import facts_of
from cms.rails.rail import Rail
from cms.segments.conditions import Condition, facts_read, segments_named

_COUNTED = frozenset({Signal.COUNTERS})
_OFFERED = frozenset(
    {Signal.CATALOGUE, Signal.CART, Signal.ORDERS}
)  # what is in the cart or just bought is not offered


@dataclass(frozen=True, slots=True)
class Needs:
    """Looks up what conditions and content name."""

    segments: Mapping[str, Condition]
    rails: Mapping[str, Rail]
    settings: Settings

    def of_slot(self, slot: Slot) -> frozenset[Signal]:
        found = [self.of_conditions([slot.audience])] + [self.of_entry(entry) for entry in slot.entries]
        return frozenset().union(
            *found, *(self.of_variant(variant) for entry in slot.entries for variant in entry.variants)
        )

    def of_conditions(self, conditions: Iterable[Condition | None]) -> frozenset[Signal]:
        return _signals(self.facts(conditions))

    def facts(self, conditions: Iterable[Condition | None]) -> Iterator[FactRef]:
        """List the facts of conditions and of every segment they name, be it through others; each segment once."""
        waiting, seen = [condition for condition in conditions if condition is not None], set[str]()
        while waiting:
            condition = waiting.pop()
            yield from facts_read(condition)
            fresh = {named.key for named in segments_named(condition)} - seen
            seen |= fresh
            waiting += [self.segments[key] for key in fresh if key in self.segments]

    def of_entry(self, entry: Entry) -> frozenset[Signal]:
        """List what decides whether an entry is a candidate, and who is drawn where it is."""
        found = self.of_conditions([entry.audience, *(experiment.audience for experiment in entry.experiments)])
        offer = entry.offer
        is_weighed = offer is not None and (self.settings.pressure.max is not None or offer.within != "page")
        is_counted = entry.caps or entry.dismiss_for is not None or is_weighed
        units = {experiment.unit for experiment in entry.experiments if experiment.running}
        if is_counted or "visitor" in units:  # counters know as which visitor a customer was first seen
            found |= _COUNTED
        return found | ({Signal.CUSTOMER} if units else frozenset())

    def of_variant(self, variant: Variant) -> frozenset[Signal]:
        found = self.of_conditions([variant.when]) | _signals(facts_of(variant.promise) if variant.promise else ())
        return found.union(*(self._of_body(body) for body in variant.content.values()))

    def _of_body(self, body: Body) -> frozenset[Signal]:
        found = set(_signals(gap.ref for gap in placeholders(body)))
        for node in nodes(body):
            if isinstance(node, CategoryRef):
                found.add(Signal.CATALOGUE)
            elif isinstance(node, ProductRef):
                found |= _OFFERED if node.gap is None else {Signal.CATALOGUE, *node.gap.ref.fact.signals}
            elif isinstance(node, RailName) and node.key in self.rails:
                found |= of_rail(self.rails[node.key])
        return frozenset(found)


def of_rail(rail: Rail) -> frozenset[Signal]:
    """List what a rail needs: products and what is not offered again, and what strategies and filters look at."""
    found = set(_OFFERED)
    strategies = {rail.strategy, *rail.fallback}
    if {"replenish", "friends-bought", "hot-nearby"} & strategies:
        found.add(Signal.TRAITS)
    if "reach-threshold" in strategies:
        found |= {Signal.PROMOTIONS, Signal.CUSTOMER}
    shares = (rail.filters.max_price, rail.filters.min_price)
    return frozenset(found).union(*(share[0].fact.signals for share in shares if share is not None))


def _signals(refs: Iterable[FactRef]) -> frozenset[Signal]:
    return frozenset(signal for ref in refs for signal in ref.fact.signals)
