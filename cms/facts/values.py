"""Values of facts: how JSON becomes them, and what absence and `never` are."""

import re
from collections.abc import Callable, Mapping
from datetime import MAXYEAR, MINYEAR, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from zoneinfo import ZoneInfo

from cms.facts.declarations import Absence, Fact, FactType
from cms.facts.money import Money


class Never(Enum):
    """The date of what has not happened, known not to have happened."""

    NEVER = "never"


NEVER = Never.NEVER
Value = bool | int | Decimal | Money | str | frozenset[str] | date | timedelta | Never

_SMALLEST = 400  # decimals, more than a binary float has: exact arithmetic must stay cheap

_DURATION = re.compile(
    r"P(?=.)((?P<weeks>[0-9]+)W)?((?P<days>[0-9]+)D)?(T(?=.)((?P<hours>[0-9]+)H)?((?P<minutes>[0-9]+)M)?((?P<seconds>[0-9]+)S)?)?"
)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?([+-]\d\d:\d\d|Z)", re.ASCII)


def duration_of(text: str) -> timedelta:
    """Read an ISO 8601 duration of weeks, days and time: `P30D`, `PT20M`.

    Raises:
        ValueError: Another form; months and years have no fixed length.
    """
    match = _DURATION.fullmatch(text)
    if not match:
        raise ValueError(f'"{text}" is not a duration such as P30D or PT20M')
    try:
        return timedelta(**{unit: int(count) for unit, count in match.groupdict().items() if count})
    except OverflowError:
        raise ValueError(f'"{text}" is longer than can be reckoned with') from None


def date_of(text: str, zone: ZoneInfo) -> date:
    """Read an ISO date, or a moment with offset as the date it is in `zone`.

    Raises:
        ValueError: Neither, or a moment without offset.
    """
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise ValueError(f'"{text}" is not a day of the calendar') from None
    try:
        return moment_of(text).astimezone(zone).date()
    except OverflowError:
        raise ValueError(f'"{text}" is beyond the calendar') from None


def moment_of(text: str) -> datetime:
    """Read an ISO 8601 moment with offset.

    Raises:
        ValueError: Not one, or without an offset.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        if _MOMENT.fullmatch(text):
            raise ValueError(f'"{text}" is not a moment of the calendar') from None
        raise ValueError(f'"{text}" is not a date and time such as 2026-12-01T00:00+08:00') from None
    if moment.tzinfo is None:
        midnight = "" if "T" in text or " " in text else "T00:00"
        raise ValueError(f'"{text}" has no offset: write for example {text}{midnight}+00:00')
    return moment


def clock_of(text: str) -> datetime:
    """Read a moment at which it is some day in every zone, so that a clock may show it.

    Raises:
        ValueError: Not one.
    """
    moment = moment_of(text)
    if not MINYEAR < moment.year < MAXYEAR:
        raise ValueError(f'"{text}" is beyond the calendar')
    return moment


def money_of(raw: object, currency: str) -> Money:
    """Read `"80.00"` in the given currency, or `{"amount": "80.00", "currency": "USD"}`.

    Raises:
        ValueError: Another shape, or no exact amount.
    """
    if isinstance(raw, str):
        return Money.parse(raw, currency)
    if isinstance(raw, Mapping) and set(raw) == {"amount", "currency"}:
        amount, named = raw["amount"], raw["currency"]
        if isinstance(amount, str) and isinstance(named, str):
            return Money.parse(amount, named)
    raise ValueError('money is a decimal string such as "80.00" or {"amount": "80.00", "currency": "USD"}')


def _bool(fact: Fact, raw: object, currency: str, zone: ZoneInfo) -> Value:
    if not isinstance(raw, bool):
        raise ValueError("true or false is needed")
    return raw


def _number(fact: Fact, raw: object, currency: str, zone: ZoneInfo) -> Value:
    if isinstance(raw, float):
        raw = Decimal(str(raw))
    if isinstance(raw, bool) or not isinstance(raw, int | Decimal) or not Decimal(raw).is_finite():
        raise ValueError("a number is needed")
    number = Decimal(raw)
    if abs(number) > 2**53:
        raise ValueError("the number is too large")
    if number.adjusted() < -_SMALLEST:
        raise ValueError("the number is too small")
    if fact.minimum is not None and number < fact.minimum:
        raise ValueError(f"at least {fact.minimum} is needed")
    if fact.maximum is not None and number > fact.maximum:
        raise ValueError(f"at most {fact.maximum} is allowed")
    return int(number) if number == number.to_integral_value() else number


def _money(fact: Fact, raw: object, currency: str, zone: ZoneInfo) -> Value:
    money = money_of(raw, currency)
    if fact.minimum is not None and money.minor < fact.minimum:
        raise ValueError("the amount is too low")
    return money


def _text(fact: Fact, raw: object, currency: str, zone: ZoneInfo) -> Value:
    if not isinstance(raw, str):
        raise ValueError("a text is needed")
    return raw


def _enum(fact: Fact, raw: object, currency: str, zone: ZoneInfo) -> Value:
    if not isinstance(raw, str):
        raise ValueError("a text is needed")
    if fact.of and raw not in fact.of:
        raise ValueError(f'"{raw}" is not one of {", ".join(fact.of)}')
    return raw


def _set(fact: Fact, raw: object, currency: str, zone: ZoneInfo) -> Value:
    if not isinstance(raw, list | tuple) or not all(isinstance(item, str) for item in raw):
        raise ValueError("a list of texts is needed")
    unknown = [item for item in raw if fact.of and item not in fact.of]
    if unknown:
        raise ValueError(f'"{unknown[0]}" is not one of {", ".join(fact.of)}')
    return frozenset(raw)


def _date(fact: Fact, raw: object, currency: str, zone: ZoneInfo) -> Value:
    if raw == "never" and fact.absent is Absence.NEVER:
        return NEVER
    if not isinstance(raw, str):
        raise ValueError('a date such as "2026-12-01" is needed')
    return date_of(raw, zone)


def _duration(fact: Fact, raw: object, currency: str, zone: ZoneInfo) -> Value:
    if not isinstance(raw, str):
        raise ValueError('a duration such as "P30D" is needed')
    return duration_of(raw)


_READERS: Mapping[FactType, Callable[[Fact, object, str, ZoneInfo], Value]] = {
    FactType.BOOL: _bool,
    FactType.NUMBER: _number,
    FactType.MONEY: _money,
    FactType.TEXT: _text,
    FactType.ENUM: _enum,
    FactType.SET: _set,
    FactType.DATE: _date,
    FactType.DURATION: _duration,
}


def value_of(fact: Fact, raw: object, *, currency: str, zone: ZoneInfo) -> Value | None:
    """Read a JSON value as a value of the fact; null is unknown.

    Args:
        fact: The declaration that gives type, choices and bounds.
        raw: Parsed JSON; numbers as int, float or Decimal.
        currency: ISO 4217 code of amounts that name none.
        zone: Where a moment is turned into a date.

    Raises:
        ValueError: The wrong type, choice or range; the message says what is needed.
    """
    return None if raw is None else _READERS[fact.type](fact, raw, currency, zone)


_WRITTEN: Mapping[FactType, str] = {
    FactType.BOOL: "true or false",
    FactType.NUMBER: "without quotes, such as 2",
    FactType.MONEY: 'as "80.00", or {"amount": "80.00", "currency": "USD"}',
    FactType.TEXT: "in double quotes",
    FactType.ENUM: "in double quotes",
    FactType.SET: 'as a list, such as ["fern"]',
    FactType.DATE: 'as "2026-12-01"',
    FactType.DURATION: 'as "P30D" or "PT20M"',
}


def how_written(fact: Fact) -> str:
    """Say how values of a fact are written in JSON."""
    return f"A {fact.type} is written {_WRITTEN[fact.type]}."


def absent_value(fact: Fact, currency: str) -> Value:
    """Give the value that absence stands for: 0, no money, never or the empty set."""
    if fact.absent is Absence.NEVER:
        return NEVER
    if fact.absent is Absence.EMPTY:
        return frozenset()
    return Money(0, currency) if fact.type is FactType.MONEY else 0
