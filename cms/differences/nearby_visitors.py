"""Visitors who are likely to see a difference: those for whom each candidate was written, and their nearest neighbors."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain, islice

from cms.content.snapshot import Page, Persona, Snapshot
from cms.counterfactuals.changes import Change, applied
from cms.counterfactuals.nearby import moments_near, values_near
from cms.counterfactuals.reach import Reach
from cms.decisions.plans import PagePlan
from cms.decisions.rehearsal import Rehearsal
from cms.differences.deciding import Concern
from cms.facts.context import DecisionContext, View
from cms.facts.declarations import FactRef
from cms.proofs.places import places
from cms.proofs.sampling import Sampler
from cms.segments.conditions import Test
from cms.visitors.visitor import Visitor

MOST_VISITORS = 1_000  # of one surface and channel
_MOST_MOMENTS = 12
_KEYS = tuple(f"v-{number}" for number in range(1, 13))  # who are drawn
_APART = frozenset({"locale", "currency", "channel", "page.stage"})  # what a visitor says beside the facts


def channels_of(before: Snapshot, after: Snapshot, surface: str) -> tuple[str, ...]:
    """Name the channels to look at: one stands for web and app where both snapshots show them the same."""
    found = (place.channel for side in (before, after) for place in places(side) if place.surface == surface)
    return tuple(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class _Side:
    """One snapshot's view of a surface in a channel."""

    snapshot: Snapshot
    page: Page
    channel: str
    now: datetime

    @property
    def reach(self) -> Reach:
        return Reach.of(self.snapshot, self.page, self.channel, self.page.slots[-1].key)

    def context(self, visitor: Visitor) -> DecisionContext:
        return visitor.context(self.snapshot, self.page)

    def bare(self, currency: str) -> Visitor:
        """Give somebody of whom nothing is known."""
        return Visitor(self.now, self.snapshot.settings.default_locale, currency, self.channel)

    def written_for(self, end: datetime) -> Iterator[Visitor]:
        """Give somebody of whom nothing is known, and for each candidate somebody who is shown it."""
        plan = PagePlan.of(self.snapshot, self.page, self.channel)
        sampler = Sampler(plan, self.bare(self.snapshot.settings.default_market.currency), end=end)
        yield from (sighting.visitor for sighting in sampler.sightings())

    def persona(self, persona: Persona) -> Visitor:
        rehearsal = Rehearsal(self.snapshot, persona, now=self.now)
        context = rehearsal.context(self.page, channel=self.channel)
        nobody = Visitor(context.now, context.locale, context.currency, self.channel, key=context.units.visitor or "")
        return self.visitor(context, nobody)

    def visitor(self, context: DecisionContext, start: Visitor) -> Visitor:
        """Write a context down as what is told of a visitor, where it is more than what was told at the start."""
        old = self.context(replace(start, facts={}))
        known = {name: told for name, told in context.values.items() if old.values.get(name) != told}
        find = self.snapshot.schema.find
        unknown = dict.fromkeys(name for name in context.untold - old.untold if find(name) and name not in known)
        facts = {name: told for name, told in {**known, **unknown}.items() if name not in _APART}
        return replace(start, now=context.now, locale=context.locale, currency=context.currency, facts=facts)


def nearby_visitors(
    before: Snapshot, after: Snapshot, surface: str, channel: str, concern: Concern, *, now: datetime, end: datetime
) -> Iterator[Visitor]:
    """List visitors who may be shown something else by one snapshot than by the other, `MOST_VISITORS` at most.

    They are those of whom nothing is known, those for whom each candidate of either snapshot was written, and the personas;
    then all of these with one thing told otherwise that what differs reads: a fact to a value beside a limit, the moment,
    the language, or who they are to an experiment.
    """
    sides = [_Side(side, side.surfaces[surface], channel, now) for side in (before, after)]
    near = _Near(sides, concern, end)
    starts = list(_each_once(near.starts()))
    return islice(chain(starts, near.told_otherwise(starts)), MOST_VISITORS)


class _Near:
    def __init__(self, sides: list[_Side], concern: Concern, end: datetime) -> None:
        self._sides, self._concern, self._end = sides, concern, end
        self._tests = _tests(sides)

    def starts(self) -> Iterator[Visitor]:
        before, after = (side.snapshot.settings for side in self._sides)
        sold_in = {market.currency for market in before.markets.values()}
        currencies = dict.fromkeys(market.currency for market in (after.default_market, *after.markets.values()))
        yield from (self._sides[-1].bare(currency) for currency in currencies if currency in sold_in)
        for side in self._sides:
            yield from side.written_for(self._end)
        yield from (side.persona(persona) for side in self._sides for persona in side.snapshot.personas.values())

    def told_otherwise(self, starts: Iterable[Visitor]) -> Iterator[Visitor]:
        locales = dict.fromkeys(locale for side in self._sides for locale in side.snapshot.settings.locales)
        moments = self._moments() if self._concern.is_timed else []
        for start in starts:
            yield from (replace(start, locale=locale) for locale in locales if locale != start.locale)
            yield from (replace(start, now=moment) for moment in moments)
            yield from (replace(start, key=key) for key in _KEYS if self._concern.draws)
            yield from self._with_other_facts(start)

    def _moments(self) -> list[datetime]:
        edges = [edge for side in self._sides for edge in side.reach.edges]
        clock = [test for name, tests in self._tests.items() if name.startswith("now.") for test in tests]
        side = self._sides[-1]
        view = View(side.context(side.bare(side.snapshot.settings.default_market.currency)))
        return [moment for moment in moments_near(clock, edges, view) if moment > side.now][:_MOST_MOMENTS]

    def _with_other_facts(self, start: Visitor) -> Iterator[Visitor]:
        side = self._sides[-1]
        context = side.context(start)
        view = View(context)
        for ref in self._readable(self._concern.facts):
            tests = [test for test in self._tests.get(ref.name, []) if test.ref.fact.type is ref.fact.type]
            for value in (*values_near(ref, tests, view), None):
                yield side.visitor(applied(context, [Change(ref, "fact", view.value(ref), value)]), start)

    def _readable(self, facts: Mapping[str, FactRef]) -> Iterable[FactRef]:
        told = (ref for name, ref in facts.items() if name not in _APART and not name.startswith("now."))
        channel = self._sides[-1].channel
        return [ref for ref in told if channel in ref.fact.channels]


def _tests(sides: Iterable[_Side]) -> dict[str, list[Test]]:
    """Join the tests of both sides by the facts they read."""
    joined: dict[str, list[Test]] = {}
    for side in sides:
        for name, tests in side.reach.tests.items():
            joined.setdefault(name, []).extend(tests)
    return joined


def _each_once(visitors: Iterable[Visitor]) -> Iterator[Visitor]:
    seen: list[Visitor] = []
    for visitor in visitors:
        if visitor not in seen:
            seen.append(visitor)
            yield visitor
