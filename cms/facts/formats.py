"""How values are written for people in a locale: money, numbers, percentages, dates and durations."""

import re
from copy import copy
from datetime import date, timedelta
from decimal import Decimal, localcontext
from functools import lru_cache
from math import inf
from typing import Any, Literal

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_timedelta
from babel.numbers import format_decimal, get_currency_symbol

from cms.facts.money import Money, minor_digits

_Unit = Literal["day", "hour", "minute", "second"]
_FALLBACK = "en"
_DIGITS = 1000  # more than any number of a rule has
_TOUCHING = re.compile(r"(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])")  # CLDR parts letters from digits; Babel does not
_BEFORE_CHINESE = re.compile(r"(?<=\d)(?=[\u4e00-\u9fff])")
_PLAIN_SIGNS = {"$": "USD"}  # a bare sign that means this currency alone; any other currency keeps its country


@lru_cache(maxsize=256)
def locale_of(tag: str) -> Locale:
    """Find the locale data of a BCP 47 tag, dropping subtags from the right; English for a language without any."""
    parts = tag.replace("_", "-").split("-")
    for end in range(len(parts), 0, -1):
        try:
            return Locale.parse("-".join(parts[:end]), sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    return Locale.parse(_FALLBACK)


# CLDR gives these no digits in cash; prices are written so.
_PAID_WHOLE = frozenset({"HUF", "IDR", "TWD"})


@lru_cache(maxsize=4096)
def shown_money(money: Money, tag: str) -> str:
    """Write an amount with a sign that no other currency shares: `$91.00`, `NT$2,300`.

    It has the digits of ISO 4217, but for currencies whose small coins nobody has: there whole amounts have none.
    """
    locale = locale_of(tag)
    is_whole = money.currency in _PAID_WHOLE and money.minor % 10 ** minor_digits(money.currency) == 0
    written = _money_pattern(tag, 0 if is_whole else minor_digits(money.currency)).apply(
        money.decimal, locale, currency=money.currency, currency_digits=False
    )
    sign = get_currency_symbol(money.currency, locale=locale)
    if _PLAIN_SIGNS.get(sign, money.currency) != money.currency:
        written = written.replace(sign, get_currency_symbol(money.currency, locale=_FALLBACK), 1)
    return _TOUCHING.sub("\xa0", str(written))


@lru_cache(maxsize=256)
def _money_pattern(tag: str, digits: int) -> Any:
    pattern = copy(locale_of(tag).currency_formats["standard"])
    pattern.frac_prec = (digits, digits)
    return pattern


def shown_number(number: Decimal | float, tag: str) -> str:
    return str(format_decimal(Decimal(str(number)), locale=locale_of(tag)))


def shown_percent(number: Decimal | float, tag: str) -> str:
    """Write 20 as `20%`, with at most two decimals."""
    return str(_percent_pattern(tag).apply(Decimal(str(number)) / 100, locale_of(tag)))


@lru_cache(maxsize=256)
def _percent_pattern(tag: str) -> Any:
    pattern = copy(locale_of(tag).percent_formats[None])
    pattern.frac_prec = (0, 2)
    return pattern


def shown_date(day: date, tag: str) -> str:
    return str(format_date(day, "medium", locale=locale_of(tag)))


def shown_exactly(number: Decimal | int, tag: str) -> str:
    """Write a number with all its digits."""
    with localcontext(prec=_DIGITS):
        return str(format_decimal(number, locale=locale_of(tag), decimal_quantization=False))


def shown_duration(duration: timedelta, tag: str) -> str:
    """Write a duration in days, hours, minutes and seconds: `1 day 12 hours`."""
    hours, minutes, seconds = duration.seconds // 3600, duration.seconds // 60 % 60, duration.seconds % 60
    counted: dict[_Unit, int] = {"day": duration.days, "hour": hours, "minute": minutes, "second": seconds}
    parts = [_shown_units(count, unit, tag) for unit, count in counted.items() if count]
    return " ".join(parts) or _shown_units(0, "second", tag)


def _shown_units(count: int, unit: _Unit, tag: str) -> str:
    return _apart(format_timedelta(timedelta(**{f"{unit}s": count}), unit, threshold=inf, locale=locale_of(tag)))


def shown_age(age: timedelta, tag: str) -> str:
    """Write how long ago something was, in its largest unit: `12 seconds ago`."""
    past = -max(timedelta(seconds=age // timedelta(seconds=1)), timedelta(seconds=1))
    return _apart(format_timedelta(past, threshold=1, add_direction=True, locale=locale_of(tag)))


def _apart(text: str) -> str:
    """Part digits from Chinese words, as the texts of this product do and CLDR only sometimes does."""
    return _BEFORE_CHINESE.sub(" ", text)


def one_line(text: str) -> str:
    """Drop line breaks and control characters: a value must not start a new line in a subject or a text mail."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
