"""Nearby: of each fact the values beside the limits that tests set, in each stretch between two limits the nearest."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import MAXYEAR, MINYEAR, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

from cms.facts.builtin import WEEKDAYS
from cms.facts.context import View
from cms.facts.declarations import Absence, Fact, FactRef, FactType
from cms.facts.money import Money, minor_digits
from cms.facts.values import NEVER, Value
from cms.segments.conditions import PercentOf, Test

ANOTHER = "something else"  # any text that no rule names
_MOST_SETS = 48
_LARGEST_SET = 1000
_DAY, _SECOND = timedelta(days=1), timedelta(seconds=1)


def values_near(ref: FactRef, tests: Sequence[Test], view: View) -> list[Value]:
    """List what a fact could be instead.

    Args:
        ref: The fact.
        tests: Those that read it, as their own fact or to compare with.
        view: Tells the values now.

    Returns:
        Other values than the one now, each once, in no order.
    """
    seen = view.value(ref)
    found = [value for value in _NEAR[ref.fact.type](ref, tests, view) if value != seen and _can_be(ref.fact, value)]
    return list(dict.fromkeys(found))


def _can_be(fact: Fact, value: Value) -> bool:
    """Say whether a value is among the choices of its fact, and whole where it counts things."""
    if isinstance(value, frozenset):
        return not fact.of or value <= set(fact.of)
    return not fact.whole or isinstance(value, int)


def moments_near(tests: Sequence[Test], edges: Iterable[datetime], view: View) -> list[datetime]:
    """List the moments nearest to now, before and after it, at which a test of the clock or a schedule turns."""
    context = view.context
    turns = {turn for edge in edges if _is_within(edge) for turn in (edge, edge - _SECOND)}
    for _ in range(2):  # an hour on some weekday: first the day, then the hour of that day
        for start in sorted({context.now, *turns})[:_MOST_SETS]:
            turns |= {turn.astimezone(context.now.tzinfo) for turn in _turns(tests, start.astimezone(context.zone))}
    return sorted(turns - {context.now})


def _is_within(day: date) -> bool:
    """Tell a day, or moment, with room around it from the ends of the calendar, which stand for always and never."""
    return MINYEAR < day.year < MAXYEAR


def _turns(tests: Sequence[Test], local: datetime) -> Iterator[datetime]:
    for test in tests:
        for operand in test.operands:
            if test.ref.name == "now.hour" and isinstance(operand, int):
                yield from (turn for hour in (operand - 1, operand, operand + 1) for turn in _hour(local, hour))
            elif test.ref.name == "now.weekday" and operand in WEEKDAYS:
                place = WEEKDAYS.index(str(operand))
                yield from (turn for day in (place - 1, place, place + 1) for turn in _weekday(local, day % 7))
            elif test.ref.name == "now.date" and isinstance(operand, date) and _is_within(operand):
                yield from (turn for days in (-1, 0, 1) for turn in _day(local, operand + days * _DAY))


def _day(local: datetime, day: date) -> Iterator[datetime]:
    """Give the moment of a day that is nearest: its first one if it is yet to come, otherwise its last."""
    if day > local.date():
        yield datetime.combine(day, time(), local.tzinfo)
    elif day < local.date():
        yield datetime.combine(day, time(23, 59, 59), local.tzinfo)


def _weekday(local: datetime, place: int) -> Iterator[datetime]:
    ahead = (place - local.weekday()) % 7
    if ahead:
        yield from _day(local, local.date() + ahead * _DAY)
        yield from _day(local, local.date() + (ahead - 7) * _DAY)


def _hour(local: datetime, hour: int) -> Iterator[datetime]:
    if 0 <= hour <= 23 and hour != local.hour:
        start = local.replace(hour=hour, minute=0, second=0, microsecond=0)
        last = start.replace(minute=59, second=59)
        yield from (start, last - _DAY) if hour > local.hour else (last, start + _DAY)


def _bools(ref: FactRef, tests: Sequence[Test], view: View) -> Iterator[Value]:
    yield from (True, False)


def _words(ref: FactRef, tests: Sequence[Test], view: View) -> Iterator[Value]:
    """Give the words that tests name, or all choices, and one that nobody names."""
    for test in tests:
        yield from (word for word in test.operands if isinstance(word, str))
    if ref.name == "page.product":
        yield from sorted(view.context.catalogue or ())[:_MOST_SETS]
    yield from ref.fact.of if ref.fact.type is FactType.ENUM and ref.fact.of else (ANOTHER,)


def _numbers(ref: FactRef, tests: Sequence[Test], view: View) -> Iterator[Value]:
    named = [limit for test in tests if test.ref.name == ref.name for limit in _exact(test.operands, Fraction(1))]
    numbers = [limit for limit, _ in named]
    step = _step(ref.fact, [*numbers, view.value(ref)])
    shares = (limit for limit, _ in _limits(ref, tests, view))
    yield from filter(_within(ref.fact), map(_number, (*numbers, *_beside(shares, step))))
    yield max(1, ref.fact.minimum or 0)


def _step(fact: Fact, numbers: Iterable[object]) -> Fraction:
    """Say in what steps a number moves: by one, or by a hundredth where it has decimals."""
    whole = all(Fraction(number).denominator == 1 for number in numbers if isinstance(number, int | Decimal | Fraction))
    return Fraction(1) if whole and fact.maximum != 1 else Fraction(1, 100)


def _within(fact: Fact) -> Callable[[int | Decimal], bool]:
    low, high = fact.minimum, fact.maximum
    return lambda number: (low is None or number >= low) and (high is None or number <= high)


def _number(exact: Fraction) -> int | Decimal:
    return int(exact) if exact.denominator == 1 else Decimal(exact.numerator) / Decimal(exact.denominator)


def _beside(limits: Iterable[Fraction], step: Fraction) -> Iterator[Fraction]:
    for limit in limits:
        steps = limit / step
        yield from (place * step for place in (floor(steps), ceil(steps), ceil(steps) - 1, floor(steps) + 1))


def _money(ref: FactRef, tests: Sequence[Test], view: View) -> Iterator[Value]:
    """List amounts in the request's currency: commerce gives it no others."""
    within = _within(ref.fact)
    for limit, currency in _limits(ref, tests, view):
        if currency == view.context.currency:
            beside = map(int, _beside([limit], Fraction(1)))
            yield from (Money(minor, currency) for minor in beside if within(minor))
    yield Money(10 * 10 ** minor_digits(view.context.currency), view.context.currency)


def _limits(ref: FactRef, tests: Sequence[Test], view: View) -> Iterator[tuple[Fraction, str]]:
    """List the limits that tests set to a number or amount, and the currency."""
    for test in tests:
        for operand in test.operands:
            if isinstance(operand, PercentOf):
                share = Fraction(operand.percent) / 100
                other, factor = (operand.ref, share) if test.ref.name == ref.name else (test.ref, 1 / share)
                yield from _exact([view.value(other)], factor)
            elif test.ref.name == ref.name:
                yield from _exact([operand], Fraction(1))


def _exact(limits: Iterable[object], factor: Fraction) -> Iterator[tuple[Fraction, str]]:
    for limit in limits:
        if isinstance(limit, Money):
            yield limit.minor * factor, limit.currency
        elif isinstance(limit, int | Decimal) and not isinstance(limit, bool):
            yield Fraction(limit) * factor, ""


def _sets(ref: FactRef, tests: Sequence[Test], view: View) -> Iterator[Value]:
    """Let members come and go as tests ask, for two tests at once too."""
    seen = view.value(ref)
    start = seen if isinstance(seen, frozenset) else frozenset()
    found = {start: None}
    for _ in range(2):
        for members in list(found):
            found |= dict.fromkeys(other for test in tests for other in _resized(members, test))
            if len(found) > _MOST_SETS:
                break
    yield from list(found)[: 2 * _MOST_SETS]
    yield from (frozenset(), start | {ANOTHER}, *(frozenset(ref.fact.of[:size]) for size in range(len(ref.fact.of))))
    yield frozenset(ref.fact.of)


def _resized(members: frozenset[str], test: Test) -> Iterator[frozenset[str]]:
    named = test.operand
    if isinstance(named, frozenset):
        words = sorted(str(word) for word in named)
        yield from (members | set(words), members - set(words))
        yield from (members ^ {word} for word in words)
    elif test.operator == "count" and isinstance(named, tuple):
        for part in named:
            sizes = (size for size in part.operands if isinstance(size, int)) if isinstance(part, Test) else ()
            yield from (
                _of_size(members, size + more)
                for size in sizes
                for more in (-1, 0, 1)
                if 0 <= size + more <= _LARGEST_SET
            )


def _of_size(members: frozenset[str], size: int) -> frozenset[str]:
    more = (f"{ANOTHER} {number}" for number in range(size))
    return frozenset([*sorted(members), *more][:size])


def _dates(ref: FactRef, tests: Sequence[Test], view: View) -> Iterator[Value]:
    past_only = ref.fact.absent is Absence.NEVER
    yield from (view.today, NEVER) if past_only else (view.today,)
    for test in tests:
        days = (day for limit in test.operands for day in _days(ref, test, limit, view))
        beside = (near for day in days for more in (-1, 0, 1) for near in _after(day, more))
        yield from (day for day in beside if day <= view.today or not past_only)


def _after(day: date, days: int) -> Iterator[date]:
    """Give the day so many days later, if the calendar has it."""
    with suppress(OverflowError):
        yield day + days * _DAY


def _days(ref: FactRef, test: Test, limit: object, view: View) -> Iterator[date]:
    if test.operator.startswith("days_ago") and isinstance(limit, int):
        yield from _after(view.today, -limit)
    elif isinstance(limit, FactRef):
        other = view.value(limit if test.ref.name == ref.name else test.ref)
        yield from (other,) if isinstance(other, date) else ()
    elif isinstance(limit, date):
        yield limit


def _durations(ref: FactRef, tests: Sequence[Test], view: View) -> Iterator[Value]:
    limits = [limit for test in tests for limit in test.operands if isinstance(limit, timedelta)]
    yield from (limit + more * _SECOND for limit in limits for more in (-1, 0, 1))
    yield _DAY


_NEAR: Mapping[FactType, Callable[[FactRef, Sequence[Test], View], Iterator[Value]]] = {
    FactType.BOOL: _bools,
    FactType.NUMBER: _numbers,
    FactType.MONEY: _money,
    FactType.TEXT: _words,
    FactType.ENUM: _words,
    FactType.SET: _sets,
    FactType.DATE: _dates,
    FactType.DURATION: _durations,
}
