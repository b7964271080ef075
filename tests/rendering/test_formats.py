"""How values are written."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from cms.errors import CmsError
from cms.facts.context import View
from cms.facts.formats import locale_of, shown_money, shown_percent
from cms.facts.money import Money
from cms.facts.placeholders import Template
from cms.facts.values import NEVER, Value
from cms.rendering.filling import fill
from cms.rendering.formats import direction_of, shown_discount

Text = Callable[[str], Template]
Views = Callable[..., View]


@pytest.mark.parametrize(
    ("money", "locale", "written"),
    [
        (Money(9100, "USD"), "en", "$91.00"),
        (Money(9100, "USD"), "zh-Hans", "US$91.00"),
        (Money(9100, "USD"), "zh-Hant", "US$91.00"),
        (Money(230000, "TWD"), "zh-Hant", "NT$2,300"),
        (Money(230050, "TWD"), "en", "NT$2,300.50"),
        (Money(9100, "CNY"), "zh-Hans", "¥91.00"),
        (Money(9100, "CNY"), "en", "CN¥91.00"),
        (Money(2300, "JPY"), "en", "¥2,300"),
        (Money(1500, "KWD"), "en", "KWD\xa01.500"),
        (Money(123456, "EUR"), "de", "1.234,56\xa0€"),
        (Money(123456, "HKD"), "zh-HK", "HK$1,234.56"),
        (Money(-500, "USD"), "en", "-$5.00"),
    ],
)
def test_an_amount_is_written_with_an_unmistakable_sign_and_iso_digits(money: Money, locale: str, written: str) -> None:
    assert written == shown_money(money, locale)


@pytest.mark.parametrize(
    ("percent", "locale", "written"),
    [
        (20, "en", "20%"),
        (20, "de", "20\xa0%"),
        (20, "zh-Hans", "8折"),
        (15, "zh-Hant", "85折"),
        (10, "zh-Hans-CN", "9折"),
        (5, "zh", "95折"),
        (50, "zh-Hans", "5折"),
        (95, "zh-Hans", "0.5折"),
        (Decimal("12.5"), "zh-Hans", "8.75折"),
        (Decimal("8.5"), "zh-Hant", "9.15折"),
        (0, "zh-Hans", "0%"),
        (100, "zh-Hans", "100%"),
    ],
)
def test_a_discount_is_what_is_taken_off_and_in_chinese_what_is_left(
    percent: Decimal, locale: str, written: str
) -> None:
    assert written == shown_discount(percent, locale)


def test_a_percentage_is_written_the_way_of_its_locale() -> None:
    assert ["20%", "12.5%", "20\xa0%"] == [
        shown_percent(20, "en"),
        shown_percent(12.5, "zh-Hans"),
        shown_percent(20, "de"),
    ]


@pytest.mark.parametrize(
    ("text", "values", "locale", "written"),
    [
        ("{cart.subtotal} so far", {"cart.subtotal": Money(6900, "USD")}, "en", "$69.00 so far"),
        ("{cart.count|number}", {"cart.count": 1234}, "en", "1,234"),
        ("{next.percent[club]|percent}", {"next.percent[club]": 20}, "en", "20%"),
        ("{next.percent[club]|discount}", {"next.percent[club]": 20}, "zh-Hans", "8折"),
        ("{now.date|date}", {}, "en", "Dec 2, 2026"),
        ("{now.date|date}", {}, "zh-Hant", "2026年12月2日"),
        ("{cart.skus|list}", {"cart.skus": frozenset({"c", "a", "b"})}, "en", "a, b, and c"),
        ("{cart.skus|list}", {"cart.skus": frozenset({"c", "a", "b"})}, "zh-Hans", "a、b和c"),
        ("{visitor.country}", {"visitor.country": "TW"}, "en", "TW"),
        ("{{literal}", {}, "en", "{literal}"),
    ],
)
def test_a_text_is_filled_in_its_locale(
    a_template: Text, a_view: Views, text: str, values: dict[str, Value], locale: str, written: str
) -> None:
    assert written == fill(a_template(text), a_view(values), locale)


@pytest.mark.parametrize(
    ("count", "locale", "written"),
    [
        (1, "en", "1 plant"), (0, "en", "0 plants"), (1200, "en", "1,200 plants"), (1, "zh-Hans", "1 plants"),
        (2, "ar", "2 of two"), (3, "ar", "3 of few"), (11, "ar", "11 plants"), (Decimal("1.5"), "en", "1.5 plants"),
    ],
)  # fmt: skip
def test_a_plural_follows_the_categories_of_its_language(
    a_template: Text, a_view: Views, count: int, locale: str, written: str
) -> None:
    text = '{cart.count|plural one="# plant" two="# of two" few="# of few" other="# plants"}'

    assert written == fill(a_template(text), a_view({"cart.count": count}), locale)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("{cart.subtotal}", {}),
        ("{customer.company}", {"customer.company": "  "}),
        ("{orders.last}", {"orders.last": NEVER}),
        ("{cart.skus|list}", {"cart.skus": frozenset()}),
    ],
)
def test_a_gap_without_a_value_is_refused_and_never_shown(
    a_template: Text, a_view: Views, text: str, values: dict[str, Value]
) -> None:
    with pytest.raises(CmsError) as refused:
        fill(a_template(text), a_view(values), "en")

    assert "unfilled" == refused.value.code


def test_a_value_cannot_break_a_line(a_template: Text, a_view: Views) -> None:
    view = a_view({"customer.company": "Acme\r\nBcc: x@evil.example\x00"})

    assert "Hi Acme Bcc: x@evil.example" == fill(a_template("Hi {customer.company}"), view, "en")


def test_arabic_and_hebrew_run_from_right_to_left() -> None:
    assert ["rtl", "rtl", "ltr", "ltr"] == [direction_of(tag) for tag in ("ar", "he-IL", "zh-Hant", "en")]


def test_an_unknown_locale_is_written_as_its_language_or_english() -> None:
    assert ["zh_Hans", "de", "en"] == [str(locale_of(tag)) for tag in ("zh-Hans-x-shop", "de-XX", "tlh")]
