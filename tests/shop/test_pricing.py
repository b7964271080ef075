from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cms.shop.catalogue import Catalogue, load_catalogue
from cms.shop.deals import Calendar
from cms.shop.money import Money, parse_money, show_money
from cms.shop.pricing import Totals, price_cart

WHOLESALE = frozenset({"wholesale"})
CALENDAR = Calendar(load_catalogue())


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


def usd(amount: str) -> Money:
    return parse_money(amount, "USD")


def sums(totals: Totals) -> tuple[str, str, str, str]:
    return totals.subtotal.amount, totals.discount.amount, totals.shipping.amount, totals.total.amount


def rows(totals: Totals) -> list[tuple[str, int, str]]:
    return [(row.promotion, row.percent, row.amount.amount) for row in totals.discounts]


CARTS = st.dictionaries(st.sampled_from(sorted(load_catalogue().products)), st.integers(1, 99), max_size=8)


@given(
    CARTS,
    st.sampled_from(("USD", "TWD")),
    st.sampled_from((frozenset(), WHOLESALE)),
    st.sampled_from((None, 0, 3, 9)),
    st.integers(0, 40),
)
def test_whatever_is_bought_the_sums_add_up_and_no_discount_is_more_than_the_goods(
    cart: dict[str, int], currency: str, groups: frozenset[str], stamps: int | None, day: int
) -> None:
    today = CALENDAR.at(datetime(2026, 12, 2, tzinfo=UTC) + timedelta(days=day))
    totals = price_cart(list(cart.items()), today, currency=currency, groups=groups, stamps=stamps)
    lines = sum(line.total.minor for line in totals.lines)

    assert totals.total.minor == lines - totals.discount.minor + totals.shipping.minor
    assert totals.subtotal.minor + totals.services.minor == lines
    assert 0 <= totals.discount.minor <= totals.subtotal.minor
    assert all(row.amount.minor > 0 for row in totals.discounts)
    assert all(amount.minor >= 0 for amount in (totals.shipping, totals.standard, totals.total))
    assert len(set(totals.promotions)) == len(totals.promotions)


def test_three_pothos_cost_69_and_pay_shipping(catalogue: Catalogue) -> None:
    totals = price_cart([("pothos", 3)], catalogue, currency="USD")

    assert ("69.00", "0.00", "5.00", "74.00") == sums(totals)
    assert totals.promotions == ()


def test_a_fig_a_zz_plant_and_soil_cost_209_and_take_15_percent(catalogue: Catalogue) -> None:
    totals = price_cart([("fiddle-leaf-fig", 1), ("zz-plant", 1), ("potting-mix", 1)], catalogue, currency="USD")

    assert ("209.00", "31.35", "0.00", "177.65") == sums(totals)
    assert [("plant-club", 15, "31.35")] == rows(totals)
    assert totals.promotions == ("free-shipping", "plant-club")


@pytest.mark.parametrize(
    ("lines", "subtotal", "discount", "shipping"),
    [
        ([], "0.00", [], "0.00"),
        ([("potting-mix", 5)], "75.00", [], "0.00"),
        ([("rubber-plant", 1), ("peperomia", 1)], "100.00", [("plant-club", 10, "10.00")], "0.00"),
        ([("potting-mix", 13), ("moisture-meter", 0)], "195.00", [("plant-club", 10, "19.50")], "0.00"),
        ([("plant-food", 25)], "300.00", [("plant-club", 20, "60.00")], "0.00"),
    ],
)
def test_each_step_begins_exactly_at_its_threshold(
    catalogue: Catalogue,
    lines: list[tuple[str, int]],
    subtotal: str,
    discount: list[tuple[str, int, str]],
    shipping: str,
) -> None:
    totals = price_cart(lines, catalogue, currency="USD")

    assert (subtotal, discount, shipping) == (totals.subtotal.amount, rows(totals), totals.shipping.amount)


def test_taiwan_has_its_own_prices_and_thresholds(catalogue: Catalogue) -> None:
    below = price_cart([("pothos", 3)], catalogue, currency="TWD")
    above = price_cart([("pothos", 5)], catalogue, currency="TWD")

    assert ("2070.00", "0.00", "150.00", "2220.00") == sums(below)
    assert ("3450.00", "345.00", "0.00", "3105.00") == sums(above)


@pytest.mark.parametrize(
    ("groups", "lines", "discount"),
    [
        (frozenset(), [("pothos", 3)], []),
        (WHOLESALE, [("pothos", 2)], []),
        (WHOLESALE, [("pothos", 3)], [("trade", 10, "6.90")]),
        (WHOLESALE, [("zz-plant", 4)], [("trade", 10, "18.00")]),
        (WHOLESALE, [("zz-plant", 5)], [("trade", 10, "22.50")]),  # the club is not for trade customers
        (frozenset(), [("zz-plant", 5)], [("plant-club", 15, "33.75")]),
    ],
)
def test_the_trade_discount_is_for_wholesale_only_and_the_larger_discount_counts(
    catalogue: Catalogue, groups: frozenset[str], lines: list[tuple[str, int]], discount: list[tuple[str, int, str]]
) -> None:
    assert discount == rows(price_cart(lines, catalogue, currency="USD", groups=groups))


def test_trade_has_three_steps(catalogue: Catalogue) -> None:
    steps = [(tier.threshold.amount, tier.percent) for tier in catalogue.promotion("trade").tiers["TWD"]]

    assert [("1500.00", 10), ("9000.00", 12), ("27000.00", 15)] == steps


def test_pot_and_soil_cost_a_tenth_less_with_a_plant(catalogue: Catalogue) -> None:
    totals = price_cart([("pothos", 1), ("pot-terracotta", 1), ("potting-mix", 1)], catalogue, currency="USD")

    assert [("plant-set", 10, "3.10")] == rows(totals)
    assert ("54.00", "3.10", "5.00", "55.90") == sums(totals)


def test_a_set_has_one_pot_for_each_plant_and_none_without(catalogue: Catalogue) -> None:
    alone = price_cart([("pot-terracotta", 2)], catalogue, currency="USD")
    one = price_cart([("pothos", 1), ("pot-terracotta", 2)], catalogue, currency="USD")

    assert [] == rows(alone)
    assert [("plant-set", 10, "1.60")] == rows(one)


def test_each_line_takes_its_best_discount_and_only_that_one(catalogue: Catalogue) -> None:
    club = price_cart([("rubber-plant", 1), ("pot-stoneware", 1)], catalogue, currency="USD")
    trade = price_cart([("zz-plant", 1), ("pot-terracotta", 1)], catalogue, currency="USD", groups=WHOLESALE)

    assert [("plant-club", 10, "12.10")] == rows(club)
    assert [("trade", 10, "6.10")] == rows(trade)


@pytest.mark.parametrize(
    ("stamps", "lines", "free"),
    [
        (None, [("plant-food", 20)], []),
        (7, [("plant-food", 2)], []),
        (8, [("plant-food", 2)], [("stamp-card", 100, "12.00")]),
        (8, [("potting-mix", 1), ("plant-food", 1)], [("stamp-card", 100, "12.00")]),
        (9, [("potting-mix", 1), ("mister", 1)], [("stamp-card", 100, "15.00")]),
        (8, [("mister", 4)], []),
    ],
)
def test_with_every_tenth_consumable_the_cheapest_of_the_cart_is_free(
    catalogue: Catalogue, stamps: int | None, lines: list[tuple[str, int]], free: list[tuple[str, int, str]]
) -> None:
    totals = price_cart(lines, catalogue, currency="USD", stamps=stamps)

    assert free == [row for row in rows(totals) if row[0] == "stamp-card"]


def test_what_is_free_by_the_card_is_not_reduced_once_more(catalogue: Catalogue) -> None:
    totals = price_cart([("rubber-plant", 1), ("plant-food", 2)], catalogue, currency="USD", stamps=8)

    assert [("stamp-card", 100, "12.00"), ("plant-club", 10, "9.10")] == rows(totals)


def test_services_are_neither_goods_nor_discounted(catalogue: Catalogue) -> None:
    totals = price_cart([("pothos", 3), ("gift-wrap", 1), ("home-setup", 1)], catalogue, currency="USD")

    assert ("69.00", "45.00", [], "5.00", "119.00") == (
        totals.subtotal.amount,
        totals.services.amount,
        rows(totals),
        totals.shipping.amount,
        totals.total.amount,
    )


def test_services_alone_are_not_shipped(catalogue: Catalogue) -> None:
    totals = price_cart([("vip-year", 1), ("express-shipping", 1)], catalogue, currency="USD")

    assert ("0.00", None, "49.00") == (totals.shipping.amount, totals.express, totals.total.amount)


def test_express_takes_the_place_of_shipping_and_brings_no_threshold_nearer(catalogue: Catalogue) -> None:
    below = price_cart([("pothos", 3), ("express-shipping", 1)], catalogue, currency="USD")
    above = price_cart([("rubber-plant", 1), ("express-shipping", 1)], catalogue, currency="USD")

    assert ("69.00", "0.00", "9.00", "78.00") == sums(below)
    assert ("79.00", "0.00", "9.00", "88.00") == sums(above)
    assert ["pothos"] == [line.product.sku for line in below.lines]
    assert () == above.promotions
    assert "0.00" == above.standard.amount


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
