"""Cells: of each fact one value for each stretch of them that no rule of a small world tells apart."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from itertools import combinations, pairwise
from math import ceil, floor

from cms.facts.declarations import Absence, Fact, FactRef, FactType
from cms.facts.money import Money
from cms.facts.values import NEVER, Value
from cms.segments.conditions import Condition, Operand, PercentOf, Test, leaves

Told = Mapping[str, Value | None]
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Cells:
    """What the tests of a world, and its engine beyond them, look at. `marks` are further limits by fact."""

    tests: tuple[Test, ...]
    marks: Mapping[str, frozenset[Value]]

    def values(self, ref: FactRef, told: Told, *, today: date, currency: str) -> list[Value]:
        """List the values of a fact for a visitor of whom some is told already."""
        constants = list(self._constants(ref))
        match ref.fact.type:
            case FactType.BOOL:
                found: list[Value] = [True, False]
            case FactType.ENUM:
                found = list(ref.fact.of)
            case FactType.TEXT:
                found = _texts({word for word in constants if isinstance(word, str)})
            case FactType.SET:
                found = _sets(ref.fact, constants)
            case FactType.DURATION:
                found = _durations({span for span in constants if isinstance(span, timedelta)})
            case FactType.DATE:
                found = self._dates(ref, told, constants, today)
            case _:
                found = self._numbers(ref, told, constants, currency)
        return found

    def _constants(self, ref: FactRef) -> Iterator[Value]:
        yield from self.marks.get(ref.name, ())
        for test in self.tests:
            if test.ref.name == ref.name:
                yield from _written(test.operand)

    @cached_property
    def links(self) -> Mapping[str, tuple[str, ...]]:
        """Name the facts that each one is compared with."""
        pairs = [(test.ref.name, other.name) for test in self.tests if (other := compared_with(test))]
        both = {*pairs, *((other, one) for one, other in pairs)}
        return {name: tuple(sorted(other for one, other in both if one == name)) for name, _ in both}

    def _links(self, ref: FactRef) -> Iterator[tuple[str, Fraction]]:
        """List the facts that one is compared with, and what share of them it is held against."""
        for test in self.tests:
            other, share = compared_with(test), Fraction(1)
            if isinstance(test.operand, PercentOf):
                share = Fraction(test.operand.percent) / 100
            if other is not None and test.ref.name == ref.name:
                yield other.name, share
            elif other is not None and other.name == ref.name:
                yield test.ref.name, 1 / share

    def _numbers(self, ref: FactRef, told: Told, constants: list[Value], currency: str) -> list[Value]:
        links = list(self._links(ref))
        limits = {amount for value in constants for amount in _amount(value, currency)}
        for name, share in links:
            around = [told[name]] if name in told else [*self.marks.get(name, ()), *self._of(name)]
            limits |= {Fraction(end) * share for end in self._ends_of(name)} | {Fraction(0)}  # where shares meet
            limits |= {amount * share for value in around for amount in _amount(value, currency)}
        fact = ref.fact
        if fact.type is FactType.MONEY:
            return [Money(minor, currency) for minor in _whole(fact, limits, beyond=1000, close=bool(links))]
        if fact.whole:
            return list(_whole(fact, limits, beyond=8, close=bool(links)))
        return [_plain(number) for number in _spread(_ends(fact, limits), fact, beyond=8)]

    def _of(self, name: str) -> Iterator[Value]:
        return (value for test in self.tests if test.ref.name == name for value in _written(test.operand))

    def _ends_of(self, name: str) -> Iterator[int]:
        refs = {ref.name: ref for test in self.tests for ref in (test.ref, compared_with(test)) if ref is not None}
        yield from (end for end in (refs[name].fact.minimum, refs[name].fact.maximum) if end is not None)

    def _dates(self, ref: FactRef, told: Told, constants: list[Value], today: date) -> list[Value]:
        days = {value for value in constants if isinstance(value, date)}
        days |= {today - timedelta(ago) for ago in constants if isinstance(ago, int) and not isinstance(ago, bool)}
        links = [name for name, _ in self._links(ref)]
        days |= {value for name in links if isinstance(value := told.get(name), date)}
        close = {day + sign * _DAY for day in {*days, today} for sign in (-1, 0, 1)}
        ordered = sorted(close | ({min(close) - 9 * _DAY, max(close) + 9 * _DAY} if links else set()))
        between = {low + (high - low) // 2 for low, high in pairwise(ordered)} if links else set()
        never: list[Value] = [NEVER] if ref.fact.absent is Absence.NEVER else []
        return [*never, *sorted({*ordered, *between})]


def compared_with(test: Test) -> FactRef | None:
    if isinstance(test.operand, PercentOf):
        return test.operand.ref
    return test.operand if isinstance(test.operand, FactRef) else None


def _written(operand: Operand) -> Iterator[Value]:
    if isinstance(operand, frozenset):
        yield from operand
    elif isinstance(operand, tuple):
        for part in operand:
            yield from _written(part.operand if isinstance(part, Test) else part)
    elif not isinstance(operand, PercentOf | FactRef):
        yield operand


def _texts(words: set[str]) -> list[Value]:
    """A text is one of those named, begins with one of them, or does neither; a blank one fills no gap."""
    return [*sorted({*words, *(f"{word}~" for word in words), "~", ""})]


def _sets(fact: Fact, constants: list[Value]) -> list[Value]:
    named = sorted(fact.of or {word for word in constants if isinstance(word, str)})
    counts = [size for size in constants if isinstance(size, int)]
    others = [] if fact.of else [f"~{number}" for number in range(max(counts, default=0) + 2)]
    some = [frozenset(few) for size in range(len(named) + 1) for few in combinations(named, size)]
    return [
        few | frozenset(others[:more])
        for few in some
        for more in range(len(others) + 1 if counts else min(2, len(others) + 1))
    ]


def _durations(spans: set[timedelta]) -> list[Value]:
    second = timedelta(seconds=1)
    around = {span + sign * second for span in {second, *spans} for sign in (-1, 0, 1)}
    return [span for span in sorted(around) if span >= timedelta()]


def _amount(value: Value | None, currency: str) -> list[Fraction]:
    if isinstance(value, Money):
        return [Fraction(value.minor)] if value.currency == currency else []
    return [Fraction(value)] if isinstance(value, int | Decimal) and not isinstance(value, bool) else []


def _ends(fact: Fact, limits: set[Fraction]) -> list[Fraction]:
    """Keep what is in the fact's range, with the ends of it."""
    low, high = fact.minimum, fact.maximum
    ends = {Fraction(end) for end in (low, high) if end is not None}
    return sorted(
        {limit for limit in limits | ends if (low is None or limit >= low) and (high is None or limit <= high)}
    )


def _spread(limits: list[Fraction], fact: Fact, *, beyond: int) -> list[Fraction]:
    """Put one between each two, and one beyond where there is no end."""
    limits = limits or [Fraction(0)]
    between = [(low + high) / 2 for low, high in pairwise(limits)]
    below = [limits[0] - abs(limits[0]) - beyond] if fact.minimum is None else []
    above = [limits[-1] + abs(limits[-1]) + beyond] if fact.maximum is None else []
    return [*below, *limits, *between, *above]


def _whole(fact: Fact, limits: set[Fraction], *, beyond: int, close: bool) -> list[int]:
    """Do the same in whole numbers; `close`: what lies right beside a limit may differ from what lies further off."""
    near = (-1, 0, 1) if close else (0,)
    around = {Fraction(edge(limit) + sign) for limit in limits for edge in (floor, ceil) for sign in near}
    return sorted({floor(number) for number in _spread(_ends(fact, around), fact, beyond=beyond)})


def _plain(number: Fraction) -> Value:
    return int(number) if number.denominator == 1 else Decimal(number.numerator) / Decimal(number.denominator)


def tests_of(condition: Condition, segments: Mapping[str, Condition]) -> Iterable[Test]:
    """List the tests of a condition, those of the segments it names included."""
    for leaf in leaves(condition):
        yield from [leaf] if isinstance(leaf, Test) else tests_of(segments[leaf.key], segments)
