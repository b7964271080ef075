import pytest

from cms.shop.catalogue import Catalogue, load_catalogue
from cms.shop.money import Money, parse_money, show_money
from cms.shop.pricing import Totals, price_cart

WHOLESALE = frozenset({"wholesale"})


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


def usd(amount: str) -> Money:
    return parse_money(amount, "USD")


def sums(totals: Totals) -> tuple[str, int, str, str, str]:
    money = totals.discount.amount, totals.shipping.amount, totals.total.amount
    return totals.subtotal.amount, totals.percent, *money


def test_three_pothos_cost_69_and_pay_shipping(catalogue: Catalogue) -> None:
    totals = price_cart([("pothos", 3)], catalogue, currency="USD")

    assert ("69.00", 0, "0.00", "5.00", "74.00") == sums(totals)
    assert totals.promotions == ()


def test_a_fig_a_zz_plant_and_soil_cost_209_and_take_15_percent(catalogue: Catalogue) -> None:
    totals = price_cart([("fiddle-leaf-fig", 1), ("zz-plant", 1), ("potting-mix", 1)], catalogue, currency="USD")

    assert ("209.00", 15, "31.35", "0.00", "177.65") == sums(totals)
    assert totals.promotions == ("free-shipping", "plant-club")


@pytest.mark.parametrize(
    ("lines", "subtotal", "percent", "shipping"),
    [
        ([], "0.00", 0, "0.00"),
        ([("potting-mix", 5)], "75.00", 0, "0.00"),
        ([("rubber-plant", 1), ("peperomia", 1)], "100.00", 10, "0.00"),
        ([("potting-mix", 13), ("moisture-meter", 0)], "195.00", 10, "0.00"),
        ([("plant-food", 25)], "300.00", 20, "0.00"),
    ],
)
def test_each_step_begins_exactly_at_its_threshold(
    catalogue: Catalogue, lines: list[tuple[str, int]], subtotal: str, percent: int, shipping: str
) -> None:
    totals = price_cart(lines, catalogue, currency="USD")

    assert (subtotal, percent, shipping) == (totals.subtotal.amount, totals.percent, totals.shipping.amount)


def test_taiwan_has_its_own_prices_and_thresholds(catalogue: Catalogue) -> None:
    below = price_cart([("pothos", 3)], catalogue, currency="TWD")
    above = price_cart([("pothos", 5)], catalogue, currency="TWD")

    assert ("2070.00", 0, "0.00", "150.00", "2220.00") == sums(below)
    assert ("3450.00", 10, "345.00", "0.00", "3105.00") == sums(above)


def test_the_trade_discount_is_for_wholesale_only_and_the_larger_discount_counts(catalogue: Catalogue) -> None:
    guest = price_cart([("pothos", 3)], catalogue, currency="USD")
    small = price_cart([("pothos", 3)], catalogue, currency="USD", groups=WHOLESALE)
    large = price_cart([("zz-plant", 5)], catalogue, currency="USD", groups=WHOLESALE)

    assert (0, ()) == (guest.percent, guest.promotions)
    assert (10, ("trade-10",)) == (small.percent, small.promotions)
    assert (15, ("free-shipping", "plant-club")) == (large.percent, large.promotions)


def test_half_a_cent_of_discount_is_rounded_up() -> None:
    assert usd("0.02") == usd("0.10").percent(15)


@pytest.mark.parametrize(
    ("money", "locale", "shown"),
    [
        (parse_money("1069.00", "USD"), "en", "$1,069.00"),
        (parse_money("69.00", "USD"), "zh-Hans", "US$69.00"),
        (parse_money("2070.00", "TWD"), "zh-Hant", "NT$2,070"),
        (parse_money("310.50", "TWD"), "zh-Hant", "NT$310.50"),
    ],
)
def test_prices_are_written_as_the_market_expects(money: Money, locale: str, shown: str) -> None:
    assert shown == show_money(money, locale)
