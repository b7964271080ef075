"""Cells: what a shop's tables hold, turned into the columns of `cms.segments.columns`; what cannot be read is NULL.

Numbers and amounts are read from their shortest text and never pass through binary fractions.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.datatypes as dt

from cms.errors import CmsError
from cms.facts.declarations import Fact, FactType
from cms.facts.money import DIGITS
from cms.facts.values import Value
from cms.segments.columns import NUMBER, TYPES, WHOLE, held_text, parts_of

Column = Any
Cells = dict[str, Column]  # by part of a fact

_AMOUNT = r"^-?[0-9]{1,15}(\.[0-9]{1,4}0*)?$"
_PRICED = r"^(-?[0-9]{1,15}(\.[0-9]{1,4}0*)?)( [A-Z]{3})?$"
_NUMERAL = r"^-?[0-9]{1,16}(\.[0-9]{1,22})?([eE]-?[0-9]{1,2})?$"
_DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_UNSECONDED = r"^([0-9-]{10}[T ][0-9]{2}:[0-9]{2})(Z|[+-]|$)"
_MOMENT = r"^[0-9-]{10}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?"
_OFFSET = r"(Z|[+-][0-9]{2}(:?[0-9]{2})?)$"
_SPAN = r"^P([0-9]{1,6}W)?([0-9]{1,9}D)?(T([0-9]{1,9}H)?([0-9]{1,9}M)?([0-9]{1,9}S)?)?$"
_SPANS = {"W": 604_800, "D": 86_400, "H": 3_600, "M": 60, "S": 1}
_LARGEST = 2**53  # that a number may be
_SCALE = 6  # decimals of an amount, more than any currency has


def _timezone(given: Any, result: Any) -> Callable[[str, Column], Column]:
    """Name the function that DuckDB and PostgreSQL both have: between moments and what the clocks of a zone show."""

    def timezone(zone: Any, moment: Any) -> Any: ...

    call: Callable[[str, Column], Column] = ibis.udf.scalar.builtin(timezone, signature=((dt.string, given), result))
    return call


_MOMENTS = dt.Timestamp(timezone="UTC")
_wall_clock = _timezone(_MOMENTS, dt.timestamp)
_moment_at = _timezone(dt.timestamp, _MOMENTS)


@dataclass(frozen=True, slots=True)
class Reckoning:
    """What bare amounts and times mean: the market's currency and zone, the moment, and the zone of times without offset."""

    currency: str
    zone: ZoneInfo
    now: datetime  # aware
    times_in: ZoneInfo | None = None

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    def day(self, moment: Column) -> Column:
        """Give the day that a moment is in the market's zone."""
        return _wall_clock(str(self.zone), moment).date()

    def moment(self, column: Column) -> Column:
        """Read a column of moments.

        Raises:
            CmsError: `no-offset`; they have none, and nobody said which zone they are in.
        """
        kind = column.type()
        if kind.is_timestamp() and kind.timezone:
            return column
        if kind.is_timestamp():
            return self._placed(column, column.get_name())
        written = as_text(column).re_replace(_UNSECONDED, r"\1:00\2")
        known = _where(written, _MOMENT + _OFFSET).try_cast("timestamp('UTC')")
        if self.times_in is None:
            return known
        return ibis.coalesce(known, self._placed(_where(written, _MOMENT + "$").try_cast("timestamp"), ""))

    def _placed(self, wall: Column, name: str) -> Column:
        if self.times_in is None:
            message = f'the times in "{name}" have no offset: say what zone they are in, such as --times-in UTC.'
            raise CmsError("no-offset", message)
        return _moment_at(str(self.times_in), wall)


def as_text(column: Column) -> Column:
    return column.cast("string").strip()


def held(column: Column) -> Column:
    """Write texts as conditions hold them, see `held_text`."""
    mark = "\ue000"
    return column.replace(mark, held_text(mark))


def words(column: Column) -> Column:
    """Read lists, or texts divided by |, which may hold empty words."""
    return column.cast("array<string>") if column.type().is_array() else as_text(column).split("|")


def amount(column: Column, currency: Column) -> Column:
    """Read amounts in minor units; NULL for one that is not exact in its currency."""
    kind = column.type()
    is_exact = kind.is_integer() or (kind.is_decimal() and kind.scale is not None and kind.scale <= _SCALE)
    known = column if is_exact else _where(as_text(column), _AMOUNT).try_cast(f"decimal(38, {_SCALE})")
    number = known.cast(f"decimal(38, {_SCALE})")
    scales = ((code, 10**digits) for code, digits in DIGITS.items())
    minor = number * currency.cases(*scales, else_=100)
    is_whole = (minor == minor.floor()) & currency.re_search("^[A-Z]{3}$")
    return ibis.ifelse(is_whole, minor.floor(), ibis.null(minor.type())).cast(WHOLE)


def cells_of(fact: Fact, column: Column, reckoning: Reckoning) -> Cells:
    """Read a column as values of a fact, by part; a value that the fact cannot have is unknown."""
    return _READERS[fact.type](fact, column, reckoning)


def literals(fact: Fact, value: Value | None) -> Cells:
    """Write a value into the cells of everybody; None is unknown."""
    parts = {} if value is None else parts_of(value)
    return {
        part: ibis.null(kind) if parts.get(part) is None else ibis.literal(parts[part], type=kind)
        for part, kind in TYPES[fact.type].items()
    }


def nothing(fact: Fact) -> Cells:
    return literals(fact, None)


def _where(text: Column, pattern: str) -> Column:
    return ibis.ifelse(text.re_search(pattern), text, ibis.null("string"))


def _kept(value: Column, condition: Column) -> Column:
    return ibis.ifelse(condition, value, ibis.null(value.type()))


def _ranged(fact: Fact, value: Column) -> Column:
    if fact.minimum is not None:
        value = _kept(value, value >= fact.minimum)
    return value if fact.maximum is None else _kept(value, value <= fact.maximum)


def _bool(fact: Fact, column: Column, reckoning: Reckoning) -> Cells:
    known = (("true", True), ("1", True), ("false", False), ("0", False))  # SQLite knows no others
    return {"": as_text(column).lower().cases(*known, else_=ibis.null("boolean"))}


def _number(fact: Fact, column: Column, reckoning: Reckoning) -> Cells:
    small = _where(as_text(column), _NUMERAL).try_cast(NUMBER)
    return {"": _ranged(fact, _kept(small, (small <= _LARGEST) & (small >= -_LARGEST)))}


def _money(fact: Fact, column: Column, reckoning: Reckoning) -> Cells:
    written = _where(as_text(column), _PRICED)
    named = written.re_extract("([A-Z]{3})$", 1).nullif("")
    currency = ibis.coalesce(named, _kept(ibis.literal(reckoning.currency), written.notnull()))
    minor = _ranged(fact, amount(written.re_extract("^([^ ]+)", 1), currency))
    return {"": minor, "currency": _kept(currency, minor.notnull())}


def _text(fact: Fact, column: Column, reckoning: Reckoning) -> Cells:
    return {"": held(column.cast("string"))}


def _enum(fact: Fact, column: Column, reckoning: Reckoning) -> Cells:
    value = column.cast("string")
    return {"": held(_kept(value, value.isin(fact.of)) if fact.of else value)}


def _set(fact: Fact, column: Column, reckoning: Reckoning) -> Cells:
    value = words(column).filter(lambda word: word != "").unique()
    if fact.of:
        value = _kept(value, value.filter(lambda word: ~word.isin(fact.of)).length() == 0)
    return {"": _kept(value.map(held), column.notnull())}  # of nothing PostgreSQL makes an empty list


def _date(fact: Fact, column: Column, reckoning: Reckoning) -> Cells:
    if column.type().is_date():
        day, is_never = column, ibis.literal(value=False)
    elif column.type().is_timestamp():
        day, is_never = reckoning.day(reckoning.moment(column)), ibis.literal(value=False)
    else:
        written = as_text(column)
        known = _where(written, _DAY).try_cast("date")
        day = ibis.coalesce(known, reckoning.day(reckoning.moment(written)))
        is_never = (written == "never") if fact.absent else ibis.literal(value=False)
    ever = ibis.ifelse(is_never, ibis.literal(value=False), _kept(ibis.literal(value=True), day.notnull()))
    return {"": day, "ever": ever}


def _duration(fact: Fact, column: Column, reckoning: Reckoning) -> Cells:
    written = _where(_where(as_text(column), _SPAN), "[0-9]")
    days, times = written.re_extract("^P([^T]*)", 1), written.re_extract("T(.*)$", 1)
    counted = (
        ibis.coalesce(part.re_extract(f"([0-9]+){unit}", 1).nullif("").cast("int64"), 0) * seconds
        for part, unit, seconds in ((days if unit in "WD" else times, unit, of) for unit, of in _SPANS.items())
    )
    return {"": _kept(sum(counted).cast(WHOLE) * 1_000_000, written.notnull()).cast(WHOLE)}


_READERS: Mapping[FactType, Callable[[Fact, Column, Reckoning], Cells]] = {
    FactType.BOOL: _bool,
    FactType.NUMBER: _number,
    FactType.MONEY: _money,
    FactType.TEXT: _text,
    FactType.ENUM: _enum,
    FactType.SET: _set,
    FactType.DATE: _date,
    FactType.DURATION: _duration,
}
