"""Meeting: what a visitor could be told so that conditions hold, found by looking at their tests one after the other."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from cms.content.snapshot import Page, Snapshot
from cms.counterfactuals.nearby import moments_near, values_near
from cms.counterfactuals.requirements import refs_of
from cms.facts.context import View
from cms.facts.declarations import FactRef, FactType, Origin
from cms.facts.money import Money
from cms.facts.values import Value
from cms.segments.conditions import All, AnyOf, Condition, InSegment, Not, Test
from cms.segments.evaluate import Segments, test_truth
from cms.visitors.guards import Guard
from cms.visitors.visitor import Visitor

Wanted = tuple[Test, bool]
_GIVEN = frozenset({"locale", "currency", "channel", "page.stage"})


def wanted(condition: Condition, segments: Segments, pick: int, *, truth: bool = True) -> Iterator[Wanted]:
    """List tests that together make a condition definitely true, or false; `pick` numbers those taken of alternatives."""
    match condition:
        case Test():
            yield condition, truth
        case InSegment(key):
            yield from wanted(segments[key], segments, pick, truth=truth)
        case Not(part):
            yield from wanted(part, segments, pick, truth=not truth)
        case All(parts) | AnyOf(parts):
            chosen = parts if isinstance(condition, All) is truth else (parts[pick % len(parts)],)
            for part in chosen:
                yield from wanted(part, segments, pick, truth=truth)


@dataclass(frozen=True, slots=True)
class Meeting:
    """Looks for visitors of one page that come between two moments."""

    snapshot: Snapshot
    page: Page
    start: datetime
    end: datetime
    edges: tuple[datetime, ...] = ()  # of schedules

    def meet(self, base: Visitor, guard: Guard, pick: int) -> Visitor | None:
        """Tell a visitor what a guard asks; None where this way there is nothing to tell. What is told already may change."""
        tests = [one for part in guard.conditions for one in wanted(part, self.snapshot.segments, pick)]
        visitor = self._placed(base, tests)
        visitor = visitor and self._timed(visitor, tests, guard)
        return visitor and self._told(visitor, tests)

    def view(self, visitor: Visitor) -> View:
        return View(visitor.context(self.snapshot, self.page))

    def _placed(self, visitor: Visitor, tests: Sequence[Wanted]) -> Visitor | None:
        """Choose the language and the currency."""
        settings = self.snapshot.settings
        asked = [one for one in tests if one[0].ref.name in _GIVEN]
        named = [limit.currency for test, _ in tests for limit in test.operands if isinstance(limit, Money)]
        sold = {market.currency for market in settings.markets.values()}
        currencies = [one for one in dict.fromkeys([*named, visitor.currency, *sorted(sold)]) if one in sold]
        locales = dict.fromkeys([visitor.locale, *settings.locales])
        tried = (replace(visitor, locale=locale, currency=one) for one in currencies for locale in locales)
        return next((found for found in tried if self._hold(found, asked)), None)

    def _hold(self, visitor: Visitor, tests: Iterable[Wanted]) -> bool:
        view = self.view(visitor)
        return all(test_truth(test, view) is truth for test, truth in tests)

    def _timed(self, visitor: Visitor, tests: Sequence[Wanted], guard: Guard) -> Visitor | None:
        """Choose the moment."""
        asked = [one for one in tests if one[0].ref.fact.origin is Origin.CLOCK]
        if not asked and not guard.schedules:
            return visitor
        near = moments_near([test for test, _ in asked], [*guard.edges, *self.edges], self.view(visitor))
        for moment in dict.fromkeys([visitor.now, *(one for one in near if self.start <= one <= self.end)]):
            found = replace(visitor, now=moment)
            if all(schedule.holds(moment) for schedule in guard.schedules) and self._hold(found, asked):
                return found
        return None

    def _told(self, visitor: Visitor, tests: Sequence[Wanted]) -> Visitor | None:
        """Choose the facts, those that others are compared with first."""
        left: dict[str, list[Wanted]] = defaultdict(list)
        refs: dict[str, FactRef] = {}
        for one in tests:
            own, *others = refs_of(one[0])
            if own.fact.origin is Origin.CLOCK or own.name in _GIVEN:
                continue
            left[own.name].append(one)
            refs |= {ref.name: ref for ref in (*others, own)}
        order = sorted(refs, key=lambda name: name in left)
        for name in order:
            value = self._value(visitor, refs[name], left[name])
            if value is _NOTHING:
                return None
            visitor = visitor.told({name: value})  # type: ignore[dict-item]
        return visitor if self._hold(visitor, tests) else None

    def _value(self, visitor: Visitor, ref: FactRef, tests: Sequence[Wanted]) -> object:
        view = self.view(visitor)
        seen = view.value(ref)
        near = [*([seen] if seen is not None else []), *values_near(ref, [test for test, _ in tests], view)]
        candidates: list[Value | None] = [*(_joined(tests) if ref.fact.type is FactType.SET else ()), *near, None]
        for value in candidates:
            told = self.view(visitor.told({ref.name: value}))
            if (value is not None or tests) and all(test_truth(test, told) is truth for test, truth in tests):
                return value
        return _NOTHING


_NOTHING = object()


def _joined(tests: Sequence[Wanted]) -> Iterator[Value]:
    """Give the set of all that is wanted in it."""
    words: set[str] = set()
    for test, truth in tests:
        if isinstance(test.operand, frozenset) and (test.operator != "has_none") is truth:
            words |= test.operand if test.operator != "has_any" else {min(test.operand)}
    yield frozenset(words)
