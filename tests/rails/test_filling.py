"""Rails: ranking, filters, fallback and what is never repeated."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cms.facts.builtin import builtin
from cms.facts.context import DecisionContext, View
from cms.facts.declarations import FactRef
from cms.facts.money import Money
from cms.facts.signals import Product
from cms.facts.values import Value
from cms.rails.filling import fill_rail
from cms.rails.rail import Filters, Rail

NOW = datetime(2026, 12, 2, 12, tzinfo=UTC)
LINKS = {"bought-together": ("pot", "can", "moss"), "accessories": ("gloves",)}


def _product(sku: str, price: int, popularity: int, **more: Any) -> Product:
    told = {"categories": ("accessories",), "stock": 5, "popularity": popularity} | more
    return Product(sku, {"en": sku}, f"/{sku}", Money(price, "USD"), **told)


CATALOGUE = {
    product.sku: product
    for product in (
        _product("fig", 8000, 1, categories=("plants",), links=LINKS),
        _product("fern", 1500, 2, categories=("plants",), links={"bought-together": ("mister", "pot")}),
        _product("pot", 1000, 30),
        _product("can", 1001, 20),
        _product("moss", 500, 10, stock=0),
        _product("mister", 900, 40),
        _product("gloves", 800, 50),
        _product("pot-red", 1000, 25, parent="pots"),
        _product("pot-blue", 1000, 24, parent="pots"),
    )
}
MAX_ITEM = builtin("cart.max_item_price")
RAIL = Rail("extra", "bought-together", 10)


def _filled(rail: Rail = RAIL, seen: tuple[str, ...] = (), *, held_out: bool = False, **values: Any) -> list[str]:
    facts = {"cart.skus": frozenset({"fig"}), "cart.max_item_price": Money(8000, "USD")}
    told = facts | {name.replace("__", "."): value for name, value in values.items()}
    known = {name: value for name, value in told.items() if value is not None}
    view = View(DecisionContext(NOW, ZoneInfo("UTC"), "en", "USD", "web", known, catalogue=CATALOGUE))
    return [product.sku for product in fill_rail(rail, view, frozenset(seen), held_out=held_out)]


def test_the_merchants_links_are_followed_seed_by_seed_the_dearest_first() -> None:
    assert ["pot", "can", "moss"] == _filled()
    assert ["pot", "mister", "can", "moss"] == _filled(cart__skus=frozenset({"fern", "fig"}))


def test_pinned_products_come_first_and_the_fallback_fills_up() -> None:
    rail = replace(RAIL, pinned=("gloves", "ghost"), fallback=("accessories", "best-sellers"), limit=6)

    assert ["gloves", "pot", "can", "moss", "mister", "pot-red"] == _filled(rail)


def test_held_out_visitors_get_the_fallback_alone() -> None:
    assert ["gloves"] == _filled(replace(RAIL, fallback=("accessories",)), held_out=True)
    assert [] == _filled(RAIL, held_out=True)


def test_fewer_than_min_items_are_none() -> None:
    assert 3 == len(_filled(replace(RAIL, min_items=3)))
    assert [] == _filled(replace(RAIL, min_items=4))


def test_variants_of_one_product_share_one_place() -> None:
    rail = replace(RAIL, strategy="best-sellers", pinned=("pot-blue",))

    assert "pot-blue" in _filled(rail)
    assert "pot-red" not in _filled(rail)
    assert "pot-blue" not in _filled(rail, seen=("pots",))


FILTERED: list[tuple[Filters, dict[str, Any], list[str]]] = [
    (Filters(in_stock=True), {}, ["pot", "can"]),
    (Filters(not_in_cart=True), {"cart__skus": frozenset({"fig", "can"})}, ["pot", "moss"]),
    (Filters(category="plants"), {}, []),
    (Filters(category="accessories"), {}, ["pot", "can", "moss"]),
    (Filters(not_bought_within=timedelta(days=30)), {"bought[pot]": date(2026, 11, 20)}, ["can", "moss"]),
    (Filters(not_bought_within=timedelta(days=30)), {"bought[pot]": date(2026, 11, 2)}, ["pot", "can", "moss"]),
    (Filters(not_bought_within=timedelta(days=30)), {}, ["pot", "can", "moss"]),
]


@pytest.mark.parametrize(("filters", "values", "expected"), FILTERED)
def test_a_filter_leaves_out_what_it_says(filters: Filters, values: dict[str, Any], expected: list[str]) -> None:
    assert expected == _filled(replace(RAIL, filters=filters), **values)


EIGHTH = Filters(max_price=(builtin("cart.max_item_price"), Fraction(1, 8)))


@pytest.mark.parametrize(
    ("dearest", "expected"),
    [
        (Money(8000, "USD"), ["pot", "moss"]),  # 10.00 is an eighth of 80.00, 10.01 is more
        (Money(7999, "USD"), ["moss"]),
        (Money(8008, "USD"), ["pot", "can", "moss"]),
        (Money(800000, "TWD"), []),
        (None, []),
    ],
)
def test_an_eighth_of_the_dearest_item_is_exact_and_an_unknown_one_withholds_all(
    dearest: Money | None, expected: list[str]
) -> None:
    assert expected == _filled(replace(RAIL, filters=EIGHTH), cart__max_item_price=dearest)


LADDER = Filters(
    min_price=(builtin("product.price"), Fraction(21, 20)), max_price=(builtin("product.price"), Fraction(3, 2))
)


@pytest.mark.parametrize(
    ("viewed", "expected"),
    [
        (Money(1000, "USD"), ["b", "c", "d"]),  # 10.50 is the least and 15.00 the most of a step up from 10.00
        (Money(1001, "USD"), ["d", "e"]),  # from 10.5105 to 15.015
        (Money(999, "USD"), ["a", "b", "c"]),  # from 10.4895 to 14.985
        (Money(30000, "TWD"), []),
        (None, []),
    ],
)
def test_a_step_up_the_ladder_is_exact_at_both_ends_and_from_an_unknown_price_there_is_none(
    viewed: Money | None, expected: list[str]
) -> None:
    steps = {"a": 1049, "b": 1050, "c": 1051, "d": 1500, "e": 1501}
    prices = {sku: replace(CATALOGUE["pot"], sku=sku, price=Money(price, "USD")) for sku, price in steps.items()}
    told: dict[str, Value] = {} if viewed is None else {"product.price": viewed}
    view = View(DecisionContext(NOW, ZoneInfo("UTC"), "en", "USD", "web", told, catalogue=prices))
    rail = replace(RAIL, strategy="best-sellers", filters=LADDER)

    assert expected == [product.sku for product in fill_rail(rail, view, frozenset())]


@given(
    price=st.integers(0, 10**9), whole=st.integers(0, 10**9),
    ratio=st.fractions(Fraction(1, 10**6), 10**3, max_denominator=10**6),
)  # fmt: skip
def test_a_share_is_compared_without_rounding_in_any_currency(price: int, whole: int, ratio: Fraction) -> None:
    one = {"a": replace(CATALOGUE["pot"], sku="a", price=Money(price, "KWD"))}
    view = View(
        DecisionContext(NOW, ZoneInfo("UTC"), "en", "KWD", "web", {"product.price": Money(whole, "KWD")}, catalogue=one)
    )
    share = (builtin("product.price"), ratio)
    shown = [
        bool(fill_rail(replace(RAIL, strategy="best-sellers", filters=filters), view, frozenset()))
        for filters in (Filters(min_price=share), Filters(max_price=share))
    ]

    across = price * ratio.denominator - whole * ratio.numerator
    assert [across >= 0, across <= 0] == shown


def test_equal_shares_of_the_regular_price_are_equal_cuts_however_large() -> None:
    third = {
        sku: replace(CATALOGUE["pot"], sku=sku, price=Money(2 * part, "USD"), list_price=Money(3 * part, "USD"))
        for sku, part in {"b": 1, "a": 10**17 + 1, "c": 7}.items()
    }
    nearly = replace(
        CATALOGUE["pot"], sku="less", price=Money(2 * 10**17 + 1, "USD"), list_price=Money(3 * 10**17, "USD")
    )
    view = View(DecisionContext(NOW, ZoneInfo("UTC"), "en", "USD", "web", catalogue={"less": nearly, **third}))
    rail = replace(RAIL, strategy="deal-of-day")

    families = [product.sku for product in fill_rail(rail, view, frozenset())]
    assert ["a", "b", "c", "less"] == families


def test_the_product_viewed_and_those_in_another_currency_are_not_shown() -> None:
    assert ["can", "moss"] == _filled(page__product="pot")
    foreign = replace(CATALOGUE["pot"], price=Money(300, "TWD"))
    view = View(
        DecisionContext(
            NOW, ZoneInfo("UTC"), "en", "USD", "web", {"cart.skus": frozenset({"fig"})},
            catalogue=CATALOGUE | {"pot": foreign, "can": replace(CATALOGUE["can"], price=None)},
        )
    )  # fmt: skip

    assert ["moss"] == [product.sku for product in fill_rail(RAIL, view, frozenset())]


def test_other_seeds_and_strategies_rank_by_what_is_known_of_the_visitor() -> None:
    viewed = replace(RAIL, seed="viewed")
    bought = replace(RAIL, seed="bought")
    product = replace(RAIL, seed="product")

    assert ["mister", "pot"] == _filled(viewed, session__viewed=frozenset({"fern", "ghost"}))
    assert ["mister", "pot"] == _filled(
        bought, **{"bought[fern]": date(2026, 1, 1), "bought[plants]": date(2026, 1, 1)}
    )
    assert ["mister", "pot"] == _filled(product, page__product="fern")
    assert ["fig", "pot"] == _filled(
        replace(RAIL, strategy="recently-viewed"), session__viewed=frozenset({"pot", "fig", "ghost"})
    )
    assert ["gloves", "moss"] == _filled(
        replace(RAIL, strategy="friends-bought"), **{"social.friends_bought": frozenset({"moss", "gloves", "ghost"})}
    )
    assert ["pot"] == _filled(
        replace(RAIL, strategy="replenish"),
        **{"replenish_due[pot]": date(2026, 12, 2), "replenish_due[can]": date(2026, 12, 3)},
    )


def test_without_a_catalogue_a_rail_is_empty_and_reads_nothing() -> None:
    view = View(DecisionContext(NOW, ZoneInfo("UTC"), "en", "USD", "web"))

    assert () == fill_rail(RAIL, view, frozenset())
    assert not view.is_private()


def test_what_is_in_the_cart_can_be_shown_as_a_reminder_the_dearest_first() -> None:
    reminder = replace(RAIL, strategy="in-cart")

    assert ["fig", "can", "gloves"] == _filled(reminder, cart__skus=frozenset({"gloves", "can", "fig", "ghost"}))
    assert [] == _filled(reminder, cart__skus=None)


def test_what_closes_the_gap_to_free_shipping_comes_first_the_cheapest_of_it_leading() -> None:
    closing = replace(RAIL, strategy="reach-threshold", limit=5)

    assert ["can", "fern", "fig", "pot", "pot-blue"] == _filled(
        closing, **{"cart.gap[free-shipping]": Money(1001, "USD")}
    )
    assert [] == _filled(closing, **{"cart.gap[free-shipping]": Money(0, "USD")})
    assert [] == _filled(closing, **{"cart.gap[free-shipping]": Money(30000, "TWD")})
    assert [] == _filled(closing)


def test_the_deal_of_the_day_is_what_is_reduced_most() -> None:
    reduced = {
        "moss": replace(CATALOGUE["moss"], list_price=Money(1000, "USD")),
        "can": replace(CATALOGUE["can"], list_price=Money(1200, "USD")),
        "pot": replace(CATALOGUE["pot"], list_price=Money(900, "USD")),
        "fern": replace(CATALOGUE["fern"], list_price=Money(90000, "TWD")),
    }
    view = View(DecisionContext(NOW, ZoneInfo("UTC"), "en", "USD", "web", catalogue=CATALOGUE | reduced))

    assert ["moss", "can"] == [p.sku for p in fill_rail(replace(RAIL, strategy="deal-of-day"), view, frozenset())]


NEARBY = {
    "pot": replace(CATALOGUE["pot"], popularity_in={"TW": 5, "TW-TPE": 1}),
    "can": replace(CATALOGUE["can"], popularity_in={"TW": 9}),
    "fern": replace(CATALOGUE["fern"], popularity_in={"US": 9}),
}


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"visitor.country": "TW"}, ["can", "pot"]),
        ({"visitor.country": "TW", "visitor.region": "TW-TPE"}, ["pot"]),
        ({"visitor.country": "TW", "visitor.region": "TW-KHH"}, ["can", "pot"]),
        ({"visitor.country": "TW", "social.hot_nearby": frozenset({"moss"})}, ["moss"]),
        ({"visitor.country": "DE"}, []),
        ({}, []),
    ],
)
def test_hot_nearby_is_what_the_trait_says_else_what_sells_in_the_region_else_in_the_country(
    told: dict[str, Any], expected: list[str]
) -> None:
    view = View(DecisionContext(NOW, ZoneInfo("UTC"), "en", "USD", "web", told, catalogue=CATALOGUE | NEARBY))
    rail = replace(RAIL, strategy="hot-nearby")

    assert expected == [product.sku for product in fill_rail(rail, view, frozenset())]


class CountedView(View):
    """A view that counts how often a fact is looked up."""

    asked = 0

    def value(self, ref: FactRef) -> Value | None:
        self.asked += 1
        return super().value(ref)


def test_facts_are_looked_up_once_for_a_rail_not_for_each_candidate() -> None:
    many = {f"many-{n}": replace(CATALOGUE["pot"], sku=f"many-{n}", stock=0) for n in range(200)}
    told: dict[str, Value] = {"cart.skus": frozenset({"fig"}), "cart.max_item_price": Money(8000, "USD")}
    told |= {f"bought[many-{n}]": date(2026, 12, 1) for n in range(100)}
    filters = Filters(
        in_stock=True, not_in_cart=True, not_bought_within=timedelta(days=9), max_price=(MAX_ITEM, Fraction(1, 2))
    )
    view = CountedView(DecisionContext(NOW, ZoneInfo("UTC"), "en", "USD", "web", told, catalogue=CATALOGUE | many))

    for _ in range(5):
        fill_rail(replace(RAIL, strategy="best-sellers", filters=filters), view, frozenset())
    assert view.asked < 100 + 5 * 10


def test_the_history_of_a_shop_with_facts_of_its_own_is_read_all_the_same() -> None:
    told: dict[str, Value] = {"bought[pot]": date(2026, 12, 1), "bought[pot].in_store": True}
    view = View(DecisionContext(NOW, ZoneInfo("UTC"), "en", "USD", "web", told, catalogue=CATALOGUE))

    assert (("pot", date(2026, 12, 1)),) == view.members("bought")
