"""How placeholders are written in a locale: discounts, lists and plurals, and what all values share."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, cast

from babel.lists import format_list

from cms.components.body import fills
from cms.errors import CmsError
from cms.facts.formats import locale_of, one_line, shown_date, shown_money, shown_number, shown_percent
from cms.facts.placeholders import Placeholder
from cms.facts.values import Value


def direction_of(tag: str) -> str:
    """Tell how a locale's text runs: `ltr` or `rtl`."""
    return str(locale_of(tag).text_direction)


def shown_discount(percent: Decimal | float, tag: str) -> str:
    """Write 20 off as `20%`, in Chinese as what is left to pay in tenths: `8折`, 15 off as `85折`, 8.5 as `9.15折`."""
    left = 100 - Decimal(str(percent))
    if locale_of(tag).language != "zh" or not 0 < left < 100:
        return shown_percent(percent, tag)
    tenths = left % 10 == 0 or left < 10 or left % 1 != 0
    return f"{shown_number(left / 10 if tenths else left, tag)}折"


def _plural(forms: Mapping[str, str], number: Decimal, tag: str) -> str:
    category = locale_of(tag).plural_form(abs(number))
    return forms.get(category, forms["other"]).replace("#", shown_number(number, tag))


def _list(items: frozenset[str], tag: str) -> str:
    return str(format_list(sorted(one_line(item) for item in items), locale=locale_of(tag)))


_FORMATS: Mapping[str, Callable[[Any, str], str]] = {
    "money": shown_money,
    "number": shown_number,
    "percent": shown_percent,
    "discount": shown_discount,
    "date": shown_date,
    "list": _list,
    "text": lambda text, _: one_line(text),
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
