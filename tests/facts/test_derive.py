"""Facts computed from what a shop tells: carts, tiers, gaps, orders, products; and what stays unknown."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from cms.facts.builtin import BUILTIN_FACTS, builtin
from cms.facts.context import DecisionContext, Observation, View
from cms.facts.declarations import Fact, FactSchema, FactType, Origin
from cms.facts.derive import (
    BOUGHT_BY_CATEGORY,
    cart_facts,
    customer_facts,
    filed,
    open_to,
    order_facts,
    priced,
    product_facts,
    promotion_facts,
    untold_of,
    untold_of_orders,
    visit_facts,
)
from cms.facts.money import Money
from cms.facts.signals import Cart, CartLine, Customer, Order, OrderLine, Product, Promotion, Signal, Tier
from cms.facts.values import NEVER

NOW = datetime(2026, 12, 2, 12, tzinfo=UTC)
TAIPEI = ZoneInfo("Asia/Taipei")


def usd(amount: str) -> Money:
    return Money.parse(amount, "USD")


CLUB = Promotion(
    "plant-club", tuple(Tier(usd(threshold), percent) for threshold, percent in (("100", 10), ("200", 15), ("300", 20)))
)
SHIPPING = Promotion("free-shipping", (Tier(usd("75")),), free_shipping=True)
CART = Cart(
    (
        CartLine("monstera", 2, usd("89.50"), ("plants", "big")),
        CartLine("pot", 1, usd("20"), ("pots",)),
        CartLine("pot", 2, usd("5"), ("pots",)),
    ),
    "USD",
    shipping_method="standard",
    promotions=frozenset({"plant-club"}),
)


def test_a_cart_becomes_its_facts() -> None:
    assert {
        "cart.count": 5,
        "cart.skus": frozenset({"monstera", "pot"}),
        "cart.categories": frozenset({"plants", "big", "pots"}),
        "cart.quantity[monstera]": 2,
        "cart.quantity[pot]": 3,
        "cart.amount_in[plants]": usd("179"),
        "cart.amount_in[big]": usd("179"),
        "cart.amount_in[pots]": usd("30"),
        "cart.subtotal": usd("209"),
        "cart.max_item_price": usd("89.50"),
        "cart.shipping_method": "standard",
        "cart.promotions": frozenset({"plant-club"}),
    } == cart_facts(CART)


def test_an_empty_cart_is_zero_and_empty() -> None:
    assert {
        "cart.count": 0,
        "cart.skus": frozenset(),
        "cart.categories": frozenset(),
        "cart.subtotal": usd("0"),
        "cart.max_item_price": usd("0"),
        "cart.promotions": frozenset(),
    } == cart_facts(Cart((), "USD"))


def test_the_shops_own_subtotal_counts_when_it_gives_one() -> None:
    assert usd("199") == cart_facts(replace(CART, subtotal=usd("199")))["cart.subtotal"]


@pytest.mark.parametrize("price", [None, Money(900, "TWD")])
def test_a_line_without_a_price_in_the_carts_currency_makes_amounts_unknown_but_not_counts(price: Money | None) -> None:
    cart = Cart((*CART.lines, CartLine("fern", 1, price, ("plants",))), "USD")

    facts = cart_facts(cart)

    assert 6 == facts["cart.count"]
    assert "plants" in facts["cart.categories"]  # type: ignore[operator]
    assert not [name for name in facts if name.startswith(("cart.subtotal", "cart.amount_in", "cart.max"))]
    assert {"cart.amount_in"} == untold_of(cart)


def test_the_catalogue_prices_lines_and_says_their_categories() -> None:
    fern = Product("fern", {"en": "Fern"}, "/fern", usd("15"), categories=("plants",))
    bare = Cart((CartLine("fern", 2), CartLine("ghost", 1)), "USD")

    full = priced(bare, {"fern": fern})

    assert CartLine("fern", 2, usd("15"), ("plants",)) == full.lines[0]
    assert CartLine("ghost", 1) == full.lines[1]
    assert bare == priced(bare, None)
    assert usd("9") == priced(Cart((CartLine("fern", 2, usd("9")),), "USD"), {"fern": fern}).lines[0].unit_price


# subtotal → gap, next threshold, next percent, percent reached; None: not derived
TIERS: list[tuple[str, str, str | None, int | None, int]] = [
    ("0.00", "100.00", "100.00", 10, 0),
    ("99.99", "0.01", "100.00", 10, 0),
    ("100.00", "100.00", "200.00", 15, 10),
    ("209.00", "91.00", "300.00", 20, 15),
    ("300.00", "0.00", None, None, 20),
    ("999.00", "0.00", None, None, 20),
]


@pytest.mark.parametrize(("subtotal", "gap", "threshold", "percent", "reached"), TIERS)
def test_a_tiered_promotion_says_what_is_missing_to_the_next_tier(
    subtotal: str, gap: str, threshold: str | None, percent: int | None, reached: int
) -> None:
    facts = promotion_facts([CLUB], currency="USD", subtotal=usd(subtotal))

    expected: dict[str, Any] = {
        "shop.promotions": frozenset({"plant-club"}),
        "cart.gap[plant-club]": usd(gap),
        "tier.percent[plant-club]": reached,
    }
    if threshold is not None:
        expected |= {"next.threshold[plant-club]": usd(threshold), "next.percent[plant-club]": percent}
    assert expected == facts


def test_free_shipping_has_a_threshold_and_a_gap_but_no_percent() -> None:
    facts = promotion_facts([SHIPPING], currency="USD", subtotal=usd("69"))

    assert {
        "shop.promotions": frozenset({"free-shipping"}),
        "shop.free_shipping_threshold": usd("75"),
        "cart.gap[free-shipping]": usd("6"),
        "next.threshold[free-shipping]": usd("75"),
    } == facts


def test_of_several_ways_to_free_shipping_the_nearest_counts_and_one_for_nothing_is_no_threshold() -> None:
    ways = [Promotion(key, (Tier(usd(at)),), free_shipping=True) for key, at in (("a", "90"), ("b", "60"), ("c", "0"))]

    assert usd("60") == promotion_facts(ways, currency="USD", subtotal=None)["shop.free_shipping_threshold"]


def test_a_promotion_without_threshold_only_runs() -> None:
    facts = promotion_facts([Promotion("spring")], currency="USD", subtotal=usd("5"))

    assert {"shop.promotions": frozenset({"spring"})} == facts


@pytest.mark.parametrize("subtotal", [None, Money(900, "TWD")])
def test_without_a_subtotal_in_the_requests_currency_gaps_are_unknown(subtotal: Money | None) -> None:
    facts = promotion_facts([CLUB, SHIPPING], currency="USD", subtotal=subtotal)

    assert {"shop.promotions", "shop.free_shipping_threshold"} == set(facts)


def test_thresholds_in_another_currency_are_left_out() -> None:
    facts = promotion_facts([CLUB, SHIPPING], currency="TWD", subtotal=Money(90000, "TWD"))

    assert {"shop.promotions": frozenset({"plant-club", "free-shipping"})} == facts


def test_a_promotion_may_be_closed_to_groups_and_then_needs_to_know_them() -> None:
    club = Promotion("club", not_for=frozenset({"retail"}))

    seen = [open_to(groups, [club, SHIPPING]) for groups in (None, frozenset(), frozenset({"retail", "staff"}))]

    assert [(SHIPPING,), (club, SHIPPING), (SHIPPING,)] == seen


def test_a_promotion_for_groups_is_open_to_their_members_only() -> None:
    trade = Promotion("trade", groups=frozenset({"wholesale", "staff"}))

    seen = [open_to(groups, [trade, SHIPPING]) for groups in (None, frozenset(), frozenset({"retail", "staff"}))]

    assert [(SHIPPING,), (SHIPPING,), (trade, SHIPPING)] == seen


def test_what_a_shop_does_not_say_of_a_customer_is_unknown_and_never_false() -> None:
    assert {} == customer_facts(Customer("c-1"))
    assert {
        "customer.is_member": False,
        "customer.groups": frozenset(),
        "customer.loyalty_points": 0,
    } == customer_facts(Customer("c-1", is_member=False, groups=frozenset(), loyalty_points=0))


def _order(days_ago: int, total: Money, *lines: OrderLine) -> Order:
    return Order(NOW - timedelta(days=days_ago), total, lines)


def test_a_history_becomes_its_facts() -> None:
    orders = [
        _order(10, usd("30"), OrderLine("fern", 1, ("plants",))),
        _order(100, usd("50"), OrderLine("fern", 2, ("plants",)), OrderLine("pot", 1, ("pots",))),
        _order(400, usd("21"), OrderLine("moss", 1, ("plants",))),
    ]

    assert {
        "orders.count": 3,
        "orders.total": usd("101"),
        "orders.average": usd("33.67"),
        "orders.yearly_volume": usd("80"),
        "orders.last": date(2026, 11, 22),
        "bought[fern]": date(2026, 11, 22),
        "bought[plants]": date(2026, 11, 22),
        "bought[pot]": date(2026, 8, 24),
        "bought[pots]": date(2026, 8, 24),
        "bought[moss]": date(2025, 10, 28),
        "orders.quantity[plants].last_90_days": 1,
    } == order_facts(orders, currency="USD", now=NOW, zone=TAIPEI)


def test_no_orders_are_zero_and_leave_the_average_unknown() -> None:
    assert {"orders.count": 0, "orders.total": usd("0"), "orders.yearly_volume": usd("0")} == order_facts(
        [], currency="USD", now=NOW, zone=TAIPEI
    )


def test_sums_over_two_currencies_are_unknown() -> None:
    orders = [_order(1, usd("30")), _order(2, Money(900, "TWD"))]

    facts = order_facts(orders, currency="USD", now=NOW, zone=TAIPEI)

    assert {"orders.count", "orders.last"} == set(facts)


def test_products_tell_stock_and_the_viewed_one_all_about_itself() -> None:
    fern = Product(
        "fern", {"en": "Fern"}, "/fern", usd("15"), categories=("plants", "green"), tags=frozenset({"easy"}),
        stock=0, rating=4.6,
    )  # fmt: skip
    bare = Product("bare", {"en": "Bare"}, "/bare", None)

    assert {
        "stock[fern]": 0,
        "product.price": usd("15"),
        "product.category": "plants",
        "product.categories": frozenset({"plants", "green"}),
        "product.tags": frozenset({"easy"}),
        "product.stock": 0,
        "product.rating": Decimal("4.6"),
    } == product_facts({"fern": fern, "bare": bare}, "fern")
    told = product_facts({"fern": fern, "bare": bare}, "bare")
    assert {"stock[fern]": 0, "product.tags": frozenset(), "product.categories": frozenset()} == told
    assert {"stock[fern]": 0} == product_facts({"fern": fern}, "ghost")


SMALL = Product("monstera", {}, "/m", None)
LARGE = Product("monstera-large", {}, "/l", None, parent="monstera")
BOTH = {"monstera": SMALL, "monstera-large": LARGE}


@pytest.mark.parametrize("viewed", ["monstera", "monstera-large"])
def test_the_product_viewed_is_in_the_cart_or_bought_in_whatever_size(viewed: str) -> None:
    bought = {"bought[monstera]": date(2026, 1, 2), "bought[monstera-large]": date(2026, 3, 4)}

    assert {"product.in_cart": True, "product.last_bought": date(2026, 3, 4)} == visit_facts(
        viewed, {"cart.skus": frozenset({"monstera-large"}), **bought}, BOTH
    )
    assert {"product.in_cart": False} == visit_facts(viewed, {"cart.skus": frozenset({"fern"})}, BOTH)


def test_what_is_not_known_of_the_visit_stays_unknown() -> None:
    assert {} == visit_facts("monstera", {}, BOTH)
    assert {} == visit_facts(None, {"cart.skus": frozenset({"monstera"})}, BOTH)
    assert {"product.in_cart": False} == visit_facts("monstera", {"cart.skus": frozenset({"monstera-large"})}, None)


def _view(values: Mapping[str, Any], **more: Any) -> View:
    return View(DecisionContext(NOW, TAIPEI, "en", "USD", "web", values, **more))


def test_absence_is_a_value_only_where_the_source_answered() -> None:
    names = ("bought[fern]", "cart.quantity[fern]", "cart.amount_in[plants]", "shown[bar].last_7_days")

    silent = [_view({}).value(builtin(name)) for name in names]
    told = _view({}, answered=frozenset({Signal.ORDERS, Signal.CART}))

    assert [None] * 4 == silent
    assert [NEVER, 0, usd("0"), None] == [told.value(builtin(name)) for name in names]


def test_absence_means_nothing_where_the_source_told_only_in_part() -> None:
    view = _view(
        {}, answered=frozenset({Signal.CART, Signal.ORDERS}), untold=frozenset({"cart.amount_in", "bought[a]"})
    )

    names = ("cart.amount_in[plants]", "cart.quantity[fern]", "bought[a]", "bought[b]")

    assert [None, 0, None, NEVER] == [view.value(builtin(name)) for name in names]


def test_a_fact_past_its_maximum_age_is_unknown() -> None:
    light = Fact(
        "plant.light", FactType.TEXT, Origin.TRAIT, {"en": "light"}, max_age=timedelta(minutes=5),
        signals=frozenset({Signal.TRAITS}), owner=Signal.TRAITS,
    )  # fmt: skip
    ref = FactSchema([light]).find("plant.light")
    assert ref is not None

    def seen(minutes: int) -> object:
        observed = {Signal.TRAITS: Observation(NOW - timedelta(minutes=minutes))}
        return _view({"plant.light": "low"}, observations=observed).value(ref)

    assert ["low", None] == [seen(5), seen(6)]


def test_the_clock_is_the_markets() -> None:
    late = DecisionContext(datetime(2026, 12, 2, 18, tzinfo=UTC), TAIPEI, "en", "USD", "web")

    assert [date(2026, 12, 3), 2, "thursday"] == [
        View(late).value(builtin(name)) for name in ("now.date", "now.hour", "now.weekday")
    ]


def test_reading_marks_an_answer_private_unless_url_and_clock_gave_it() -> None:
    view = _view({"visitor.device": "mobile", "cart.count": 1}, public=frozenset({"visitor.device"}))

    private = []
    for name in ("now.hour", "visitor.device", "orders.count", "cart.count"):
        view.value(builtin(name))
        private.append(view.is_private())

    assert [False, False, False, True] == private


def test_a_sku_may_be_any_text() -> None:
    assert "SKU 12/a [b]" == builtin("stock[SKU 12/a [b]]").parameter
    with pytest.raises(LookupError):
        builtin("no.such.fact")


def test_no_request_fact_has_an_absence() -> None:
    assert [] == [fact.stem for fact in BUILTIN_FACTS.facts if fact.origin is Origin.REQUEST and fact.absent]


def test_lines_without_categories_take_those_of_the_catalogue() -> None:
    lines = (OrderLine("pothos", 1), OrderLine("gone", 1), OrderLine("fern", 1, ("ferns",)))
    orders = [Order(NOW, usd("1"), lines)]
    catalogue = {"pothos": Product("pothos", {}, "/pothos", None, categories=("plants",))}

    assert [("plants",), (), ("ferns",)] == [
        line.categories for order in filed(orders, catalogue) for line in order.lines
    ]
    assert orders == filed(orders, None)


def test_of_a_history_with_a_line_of_unknown_category_no_absence_by_category_is_told() -> None:
    orders = [Order(NOW, usd("1"), (OrderLine("pothos", 1),))]

    assert {"orders.quantity", BOUGHT_BY_CATEGORY} == untold_of_orders(orders)
    assert frozenset() == untold_of_orders([])
    assert not [name for name in order_facts(orders, currency="USD", now=NOW, zone=TAIPEI) if "quantity" in name]


@pytest.mark.parametrize(
    ("name", "expected"), [("bought[pothos]", date(2026, 12, 2)), ("bought[fern]", NEVER), ("bought[ferns]", None)]
)
def test_a_product_that_was_not_bought_is_known_where_a_category_is_not(name: str, expected: object) -> None:
    context = DecisionContext(
        now=NOW,
        zone=TAIPEI,
        locale="en",
        currency="USD",
        channel="web",
        values={"bought[pothos]": date(2026, 12, 2)},
        answered=frozenset({Signal.ORDERS}),
        untold=frozenset({BOUGHT_BY_CATEGORY}),
        catalogue={"fern": Product("fern", {}, "/fern", None)},
    )

    assert expected == View(context).value(builtin(name))
