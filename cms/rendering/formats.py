"""How values are written in a locale: money, numbers, percentages, discounts, dates, lists and plurals."""

import re
from collections.abc import Callable, Mapping
from copy import copy
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, cast

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.lists import format_list
from babel.numbers import format_decimal, get_currency_symbol

from cms.components.body import fills
from cms.errors import CmsError
from cms.facts.money import Money, minor_digits
from cms.facts.placeholders import Placeholder
from cms.facts.values import Value

_FALLBACK = "en"
_TOUCHING = re.compile(r"(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])")  # CLDR parts letters from digits; Babel does not
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


def direction_of(tag: str) -> str:
    """Tell how a locale's text runs: `ltr` or `rtl`."""
    return str(locale_of(tag).text_direction)


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


def shown_discount(percent: Decimal | float, tag: str) -> str:
    """Write 20 off as `20%`, in Chinese as what is left to pay in tenths: `8折`, 15 off as `85折`, 8.5 as `9.15折`."""
    left = 100 - Decimal(str(percent))
    if locale_of(tag).language != "zh" or not 0 < left < 100:
        return shown_percent(percent, tag)
    tenths = left % 10 == 0 or left < 10 or left % 1 != 0
    return f"{shown_number(left / 10 if tenths else left, tag)}折"


def shown_date(day: date, tag: str) -> str:
    return str(format_date(day, "medium", locale=locale_of(tag)))


def _plural(forms: Mapping[str, str], number: Decimal, tag: str) -> str:
    category = locale_of(tag).plural_form(abs(number))
    return forms.get(category, forms["other"]).replace("#", shown_number(number, tag))


def _list(items: frozenset[str], tag: str) -> str:
    return str(format_list(sorted(_one_line(item) for item in items), locale=locale_of(tag)))


def _one_line(text: str) -> str:
    """Drop line breaks and control characters: a value must not start a new line in a subject or a text mail."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _text(text: str, _: str) -> str:
    return _one_line(text)


_FORMATS: Mapping[str, Callable[[Any, str], str]] = {
    "money": shown_money,
    "number": shown_number,
    "percent": shown_percent,
    "discount": shown_discount,
    "date": shown_date,
    "list": _list,
    "text": _text,
}


def shown_value(placeholder: Placeholder, value: Value, locale: str) -> str:
    """Write a fact's value the way its placeholder asks, in a locale.

    Raises:
        CmsError: `unfilled`: the value is blank, empty or never, so there is nothing to write.
    """
    if not fills(value):
        raise CmsError("unfilled", f"{placeholder.ref.name} has nothing to show.")
    if placeholder.format == "plural":
        return _plural(placeholder.forms, cast("Decimal", value), locale)
    return _FORMATS[placeholder.format](value, locale)
