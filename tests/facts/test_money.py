"""Money stays exact in every currency of ISO 4217; only a division rounds, half up."""

import ast
from datetime import UTC, datetime
from decimal import Decimal, localcontext
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from babel.numbers import list_currencies
from hypothesis import given
from hypothesis import strategies as st

from cms.components.body import RailName
from cms.decisions.decision import Choice, Reason
from cms.facts.derive import order_facts
from cms.facts.formats import shown_money
from cms.facts.money import Money, minor_digits
from cms.facts.signals import Order, Product
from cms.rendering.comparison import step_of, total_of
from cms.rendering.formats import shown_discount

NOW = datetime(2026, 12, 2, 12, tzinfo=UTC)
CURRENCIES = sorted(list_currencies())
currencies = st.one_of(st.sampled_from(["USD", "JPY", "KWD", "TWD", "CLF", "HUF"]), st.sampled_from(CURRENCIES))
minors = st.integers(-(10**18), 10**18)
prices = st.integers(0, 10**12)


@pytest.mark.parametrize(
    ("currency", "digits"), [("JPY", 0), ("KRW", 0), ("USD", 2), ("TWD", 2), ("KWD", 3), ("CLF", 4)]
)
def test_a_currency_has_the_digits_of_iso_4217(currency: str, digits: int) -> None:
    assert digits == minor_digits(currency)


@given(minor=minors, currency=currencies)
def test_an_amount_is_read_as_it_was_written(minor: int, currency: str) -> None:
    money = Money(minor, currency)

    whole, _, decimals = money.amount.partition(".")
    assert money == (Money.parse(money.amount, currency) if len(whole.lstrip("-")) <= 15 else money)
    assert minor_digits(currency) == len(decimals)
    assert Fraction(minor, 10 ** minor_digits(currency)) == Fraction(money.amount) == Fraction(money.decimal)


@given(whole=st.integers(0, 10**15 - 1), decimals=st.text("0123456789", max_size=4), currency=currencies)
def test_an_amount_is_taken_to_its_last_digit_or_refused(whole: int, decimals: str, currency: str) -> None:
    written = f"{whole}.{decimals}" if decimals else str(whole)
    exact = Fraction(written) * 10 ** minor_digits(currency)

    with localcontext() as surroundings:
        surroundings.prec = 3  # whoever reckons with decimals beside us
        if exact.denominator == 1:
            assert Money(int(exact), currency) == Money.parse(written, currency)
        else:
            with pytest.raises(ValueError, match="more decimals"):
                Money.parse(written, currency)


@given(minor=st.fractions(), currency=currencies)
def test_rounding_takes_the_nearest_and_of_two_the_greater(minor: Fraction, currency: str) -> None:
    rounded = Money.rounded(minor, currency).minor

    assert abs(rounded - minor) <= Fraction(1, 2)
    assert abs(rounded - minor) < Fraction(1, 2) or abs(rounded) > abs(minor)
    assert -rounded == Money.rounded(-minor, currency).minor


@pytest.mark.parametrize(
    ("minor", "rounded"),
    [("25/2", 13), ("27/2", 14), ("-25/2", -13), ("1/2", 1), ("49/100", 0), ("37/3", 12), ("12", 12)],
)
def test_half_a_minor_unit_is_rounded_up(minor: str, rounded: int) -> None:
    assert rounded == Money.rounded(Fraction(minor), "JPY").minor


@given(totals=st.lists(prices, min_size=1, max_size=9), currency=currencies)
def test_orders_add_up_exactly_and_their_average_is_the_nearest_amount(totals: list[int], currency: str) -> None:
    orders = [Order(NOW, Money(total, currency), ()) for total in totals]
    facts = order_facts(orders, currency=currency, now=NOW, zone=ZoneInfo("UTC"))

    average = facts["orders.average"]
    assert Money(sum(totals), currency) == facts["orders.total"] == facts["orders.yearly_volume"]
    assert isinstance(average, Money)
    assert 2 * abs(average.minor * len(totals) - sum(totals)) <= len(totals)
    assert average == Money.rounded(Fraction(sum(totals), len(totals)), currency)


def _product(sku: str, minor: int, currency: str) -> Product:
    return Product(sku, {"": sku}, f"/{sku}", Money(minor, currency))


@given(shown=st.lists(prices, min_size=1, max_size=6), currency=currencies)
def test_a_total_of_products_is_their_sum_and_a_step_their_difference(shown: list[int], currency: str) -> None:
    products = tuple(_product(f"p{number}", minor, currency) for number, minor in enumerate(shown))
    choice = Choice("e", "c", "v", "en", Reason.STATIC, {"rail": RailName("r")}, rails={"r": products})

    total, step = total_of(choice), step_of(products[0], products[-1], "en")
    assert total is not None
    assert Money(sum(shown), currency).amount == total["amount"]
    assert Money(shown[-1] - shown[0], currency).amount == (step["amount"] if step else Money(0, currency).amount)


@given(minor=prices, currency=currencies, locale=st.sampled_from(["en", "de", "fr", "ja", "zh-Hant", "de-CH", "pt-BR"]))
def test_an_amount_shown_has_every_digit_it_needs(minor: int, currency: str, locale: str) -> None:
    """Of currencies whose small coins nobody has, whole amounts are written without digits behind the point."""
    money = Money(minor, currency)
    digits = "".join(sign for sign in shown_money(money, locale) if sign.isdigit())

    whole, _, decimals = money.amount.partition(".")
    assert digits in {whole + decimals, whole} if not decimals.strip("0") else digits == whole + decimals


@given(percent=st.integers(0, 10_000).map(lambda hundredths: Decimal(hundredths).scaleb(-2)))
def test_a_discount_shown_is_the_discount_given_in_every_language(percent: Decimal) -> None:
    assert percent == Decimal(shown_discount(percent, "en").removesuffix("%"))
    chinese = shown_discount(percent, "zh-Hans")
    if chinese.endswith("折"):
        left = Decimal(chinese.removesuffix("折"))
        assert 100 - percent in {left, left * 10}
    else:
        assert percent == Decimal(chinese.removesuffix("%"))


CMS = Path(__file__).parents[2] / "cms"
NEAR_MONEY = [
    *(CMS / "offers").glob("*.py"),
    *(CMS / "rails").glob("*.py"),
    *(
        CMS / name
        for name in ("facts/money.py", "facts/derive.py", "rendering/comparison.py", "decisions/rehearsal.py")
    ),
]


@pytest.mark.parametrize("path", NEAR_MONEY, ids=lambda path: path.name)
def test_no_binary_floating_point_comes_near_money(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        named = node.id if isinstance(node, ast.Name) else ""
        assert named not in {"float", "round"}, node.lineno
        assert not (isinstance(node, ast.Constant) and isinstance(node.value, float)), node.lineno
