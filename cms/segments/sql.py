"""Conditions as SQL: one Ibis expression for DuckDB, PostgreSQL and every other engine Ibis speaks.

SQL's own logic is the reference's: NULL is unknown, and WHERE keeps what is definitely true. The table of facts that is
asked is that of `cms.segments.columns`. Callers import this module where they need it: it asks for the `insights` extra.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from cms.errors import CmsError
from cms.facts.declarations import FactRef, FactType
from cms.facts.money import Money
from cms.facts.values import Never, Value
from cms.segments.columns import NUMBER, WHOLE, column, held_text, parts_of
from cms.segments.conditions import All, AnyOf, Condition, InSegment, Not, Operand, PercentOf, Test

try:
    import ibis
except ModuleNotFoundError as absent:
    raise CmsError("missing-extra", "Rules as SQL need Ibis: pip install vitrine-cms[insights].") from absent

Boolean = Any  # Ibis carries no types
Column = Any
Table = Any
Compare = Callable[[Column, Column], Boolean]

_MANY = 2**53  # more than any set has elements
_FINEST = 10**15  # times the largest number or amount still has at most 38 digits


def truth(condition: Condition, segments: Mapping[str, Condition], table: Table, *, today: date) -> Boolean:
    """Turn a condition into an Ibis boolean over a table of facts: true, false, or NULL where it is unknown.

    Args:
        condition: Parsed; the segments it names, and those these name, are in `segments`.
        segments: Named conditions by key.
        table: Holds the columns of all facts that are read, `now.date` and its like included.
        today: The date in the market's time zone from which days are counted.

    Raises:
        CmsError: `share-too-fine`; a percentage has more digits than SQL reckons with exactly.
    """
    return _Compiler(segments, table, today).truth(condition)


def audience(condition: Condition, segments: Mapping[str, Condition], table: Table, *, today: date) -> Table:
    """Keep the rows of those for whom a condition is definitely true; see `truth`."""
    return table.filter(truth(condition, segments, table, today=today))


class _Compiler:
    """Compiles conditions for one table, each named segment once."""

    def __init__(self, segments: Mapping[str, Condition], table: Table, today: date) -> None:
        self.segments = segments
        self.table = table
        self.today = today
        self._known: dict[str, Boolean] = {}

    def truth(self, condition: Condition) -> Boolean:
        match condition:
            case Test(ref, operator, operand):
                return OPERATORS[operator](_Asked(ref, self.table, self.today), operand)
            case InSegment(key):
                if key not in self._known:
                    self._known[key] = self.truth(self.segments[key])
                return self._known[key]
            case Not(part):
                return ~self.truth(part)
            case All(parts):
                return ibis.and_(*map(self.truth, parts))
            case AnyOf(parts):
                return ibis.or_(*map(self.truth, parts))


@dataclass(frozen=True, slots=True)
class _Asked:
    """A fact that is tested, in its table."""

    ref: FactRef
    table: Table
    today: date

    @property
    def value(self) -> Column:
        return self.part("")

    @property
    def ever(self) -> Boolean:
        return self.part("ever")

    @property
    def known(self) -> Boolean:
        return (self.ever if self.ref.fact.type is FactType.DATE else self.value).notnull()

    def part(self, name: str) -> Column:
        return self.table[column(self.ref.name, name)]

    def other(self, ref: FactRef) -> "_Asked":
        return replace(self, ref=ref)


def _constant(value: Value) -> Column:
    """Write a constant as its cell; digits go as text, because engines read long ones as binary floats."""
    cell = parts_of(value)[""]
    if isinstance(cell, Decimal):
        return ibis.literal(f"{cell:f}").cast(WHOLE if isinstance(value, Money | timedelta) else NUMBER)
    return ibis.literal(cell)


def _within_currency(asked: _Asked, currency: Column, test: Boolean) -> Boolean:
    return ibis.ifelse(asked.part("currency") == currency, test, ibis.null("boolean"))


def _same(asked: _Asked, operand: Operand) -> Boolean:
    match operand:
        case Never():
            return ~asked.ever
        case date():
            return asked.ever & (asked.value == operand)
        case frozenset():
            return (asked.value.length() == len(operand)) & _has_all(asked, operand)
        case _:
            return _compared(asked, operand, eq)


def _one_of(asked: _Asked, operand: Operand) -> Boolean:
    return ibis.or_(*(_same(asked, item) for item in _several(operand)))


def _several(operand: Operand) -> tuple[Any, ...]:
    if not isinstance(operand, tuple):
        raise TypeError(operand)
    return operand


def _compared(asked: _Asked, limit: Operand, compare: Compare) -> Boolean:
    if not isinstance(limit, Money | int | Decimal | str | timedelta):
        raise TypeError(limit)
    test = compare(asked.value, _constant(limit))
    return _within_currency(asked, limit.currency, test) if isinstance(limit, Money) else test


def _ordering(compare: Compare) -> Callable[[_Asked, Operand], Boolean]:
    def decide(asked: _Asked, operand: Operand) -> Boolean:
        if isinstance(operand, PercentOf):
            return _share(asked, operand, compare)
        choices = asked.ref.fact.of
        if asked.ref.fact.type is FactType.ENUM:
            position = asked.value.cases(*((held_text(choice), index) for index, choice in enumerate(choices)))
            return compare(position, choices.index(str(operand)))
        return _compared(asked, operand, compare)

    return decide


def _share(asked: _Asked, operand: PercentOf, compare: Compare) -> Boolean:
    """Multiply both sides out, wholes and fractions apart: no product is divided, rounded or longer than 38 digits."""
    share = Fraction(operand.percent) / 100
    times, by = share.denominator, share.numerator
    if max(times, by) >= _FINEST:
        raise CmsError(
            "share-too-fine", f"{operand.percent} % has more digits than SQL reckons with exactly: round it."
        )
    other = asked.other(operand.ref)
    (whole, rest), (other_whole, other_rest) = _split(asked.value), _split(other.value)
    limit = other_rest * by - rest * times
    nearest = limit.ceil() if compare in {ge, lt} else limit.floor()  # the same question, asked of whole numbers
    test = compare(whole * times - other_whole * by, nearest.cast(WHOLE))
    return _within_currency(asked, other.part("currency"), test) if asked.ref.fact.type is FactType.MONEY else test


def _split(number: Column) -> tuple[Column, Column]:
    whole = number.floor().cast(WHOLE)
    return whole, number - whole


def _between(asked: _Asked, operand: Operand) -> Boolean:
    low, high = _several(operand)
    return OPERATORS["at_least"](asked, low) & OPERATORS["at_most"](asked, high)


def _words(asked: _Asked, operand: Operand) -> list[Boolean]:
    if not isinstance(operand, frozenset):
        raise TypeError(operand)
    return [asked.value.contains(held_text(word)) for word in sorted(operand)]


def _has_any(asked: _Asked, operand: Operand) -> Boolean:
    return ibis.or_(*_words(asked, operand))


def _has_all(asked: _Asked, operand: Operand) -> Boolean:
    return ibis.and_(*_words(asked, operand))


_COUNTED = {"is": eq, "is_not": ne, "at_least": ge, "at_most": le, "more_than": gt, "less_than": lt}


def _count(asked: _Asked, operand: Operand) -> Boolean:
    size = asked.value.length()
    return ibis.and_(*(_COUNTED[test.operator](size, min(test.operand, _MANY)) for test in _several(operand)))


def _ever(asked: _Asked, operand: Operand) -> Boolean:
    return asked.ever if operand else ~asked.ever


def _happened(asked: _Asked, test: Boolean) -> Boolean:
    """Ask of a date that is one: what never happened is not so, whatever it is compared with."""
    return ibis.ifelse(asked.ever, test, asked.ever)


def _before(asked: _Asked, operand: Operand) -> Boolean:
    if isinstance(operand, FactRef):
        limit = asked.other(operand)
        return _happened(asked, limit.ever & (asked.value < limit.value))
    return _happened(asked, asked.value < operand)


def _since(asked: _Asked, operand: Operand) -> Boolean:
    if isinstance(operand, FactRef):
        limit = asked.other(operand)
        return _happened(asked, ~limit.ever | (asked.value >= limit.value))
    return _happened(asked, asked.value >= operand)


def _days_ago_at_least(asked: _Asked, operand: Operand) -> Boolean:
    latest = _days_before(asked.today, operand)
    return _happened(asked, asked.value < date.min if latest is None else asked.value <= latest)


def _days_ago_at_most(asked: _Asked, operand: Operand) -> Boolean:
    earliest = _days_before(asked.today, operand) or date.min
    return _happened(asked, (asked.value >= earliest) & (asked.value <= asked.today))


def _days_before(today: date, days: Operand) -> date | None:
    """Count back; None: before the calendar begins."""
    if not isinstance(days, int):
        raise TypeError(days)
    ordinal = today.toordinal() - days
    return date.fromordinal(ordinal) if ordinal > 0 else None


OPERATORS: Mapping[str, Callable[[_Asked, Operand], Boolean]] = {
    "is": _same,
    "is_not": lambda asked, operand: ~_same(asked, operand),
    "one_of": _one_of,
    "none_of": lambda asked, operand: ~_one_of(asked, operand),
    "at_least": _ordering(ge),
    "at_most": _ordering(le),
    "more_than": _ordering(gt),
    "less_than": _ordering(lt),
    "between": _between,
    "has_any": _has_any,
    "has_all": _has_all,
    "has_none": lambda asked, operand: ~_has_any(asked, operand),
    "count": _count,
    "ever": _ever,
    "before": _before,
    "since": _since,
    "days_ago_at_least": _days_ago_at_least,
    "days_ago_at_most": _days_ago_at_most,
    "starts_with": lambda asked, operand: asked.value.startswith(held_text(str(operand))),
    "known": lambda asked, operand: asked.known if operand else ~asked.known,
}
