from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from cms.commerce import source_for
from cms.errors import CmsError
from cms.facts.money import Money
from cms.facts.signals import (
    Answer,
    Cart,
    CartLine,
    Customer,
    Detail,
    Found,
    Order,
    OrderLine,
    Product,
    Promotion,
    Shopper,
    Signal,
    SignalSource,
    Tier,
)

ANA = Shopper(cart_token="cart-of-ana", customer_token="ana")
Reply = tuple[int, Mapping[str, str], object]
Serve = Callable[[Callable[[str, Mapping[str, str], bytes], Reply]], str]


def usd(amount: str) -> Money:
    return Money.parse(amount, "USD")


def priced(amount: object, currency: str = "USD") -> dict[str, object]:
    return {"amount": amount, "currency": currency}


def clock() -> datetime:
    return datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture
def shop_saying(shop_answering: Serve) -> Callable[[object], SignalSource]:
    def say(data: object) -> SignalSource:
        return source_for("http", url=shop_answering(lambda *_: (200, {}, data)), key="k", clock=clock)

    return say


Say = Callable[[object], SignalSource]


def heard(shop: SignalSource, signal: Signal) -> object:
    answer = shop.fetch(signal, ANA, currency="USD", timeout_s=2)
    assert answer.found is Found.FOUND
    return answer.value


def test_a_cart_is_read(shop_saying: Say) -> None:
    line = {"sku": "pothos", "quantity": 2, "unit_price": priced("34.50"), "categories": ["plants"], "new": 1}
    cart = {"id": "c-1", "currency": "USD", "lines": [line, {"sku": "pot", "quantity": 1, "unit_price": None}],
            "subtotal": priced("69.00"), "shipping_method": "standard", "promotions": ["free-shipping"]}  # fmt: skip

    assert heard(shop_saying(cart), Signal.CART) == Cart(
        lines=(CartLine("pothos", 2, usd("34.50"), ("plants",)), CartLine("pot", 1)),
        currency="USD",
        subtotal=usd("69.00"),
        shipping_method="standard",
        promotions=frozenset({"free-shipping"}),
    )


def test_an_empty_cart_is_found(shop_saying: Say) -> None:
    assert heard(shop_saying({"currency": "USD", "lines": []}), Signal.CART) == Cart((), "USD")


def test_what_a_shop_does_not_say_of_a_customer_stays_unknown(shop_saying: Say) -> None:
    assert heard(shop_saying({"key": "ana", "kind": None, "groups": []}), Signal.CUSTOMER) == Customer(
        "ana", groups=frozenset()
    )


def test_orders_are_newest_first_and_in_utc(shop_saying: Say) -> None:
    lines = [{"sku": "pot", "quantity": 1, "categories": ["pots"]}]
    orders = [
        {"placed_at": "2026-01-02T10:00:00+08:00", "total": priced("10.00"), "lines": lines},
        {"placed_at": "2026-02-02T10:00:00Z", "total": priced("20.00"), "lines": []},
    ]

    assert heard(shop_saying({"orders": orders}), Signal.ORDERS) == (
        Order(datetime(2026, 2, 2, 10, tzinfo=UTC), usd("20.00"), ()),
        Order(datetime(2026, 1, 2, 2, tzinfo=UTC), usd("10.00"), (OrderLine("pot", 1, ("pots",)),)),
    )


def test_traits_keep_their_json_values_nulls_included(shop_saying: Say) -> None:
    traits = {"rfm.class": "loyal", "affinity[plants]": 0.8, "crm.tags": ["a"], "clv": None}

    assert heard(shop_saying({"traits": traits}), Signal.TRAITS) == {
        "rfm.class": "loyal",
        "affinity[plants]": 0.8,
        "crm.tags": ["a"],
        "clv": None,
    }


POTHOS = {
    "sku": "pothos", "parent": None, "title": {"en": "Pothos", "zh-Hans": "绿萝"}, "url": "/p/pothos", "image": None,
    "price": priced("34.50"), "list_price": priced("40.00"), "categories": ["plants"], "tags": ["easy"], "stock": 12,
    "rating": 4.6, "popularity": 310, "links": {"accessories": ["pot"], "upgrade": [], "related": None},
    "review_count": 31, "popularity_in": {"TW": 12}, "details": [{"label": {"en": "Height"}, "value": {"": "40 cm"}}],
}  # fmt: skip


def test_a_product_is_read(shop_saying: Say) -> None:
    assert heard(shop_saying({"products": [POTHOS]}), Signal.CATALOGUE) == {
        "pothos": Product(
            sku="pothos",
            title={"en": "Pothos", "zh-Hans": "绿萝"},
            url="/p/pothos",
            price=usd("34.50"),
            list_price=usd("40.00"),
            categories=("plants",),
            tags=frozenset({"easy"}),
            stock=12,
            rating=4.6,
            review_count=31,
            popularity=310,
            popularity_in={"TW": 12},
            details=(Detail({"en": "Height"}, {"": "40 cm"}),),
            links={"accessories": ("pot",)},
        )
    }


@pytest.mark.parametrize(
    "wrong",
    [{"price": priced("free")}, {"price": priced("-1.00")}, {"stock": "many"}, {"url": "javascript:alert(1)"},
     {"url": "//evil.example"}, {"image": "data:text/html,x"}, {"title": "Pot"}, {"stock": -1}, {"sku": ""},
     {"details": [{"label": "Height"}]}, {"popularity_in": {"TW": "many"}}],
)  # fmt: skip
def test_one_malformed_product_does_not_cost_the_catalogue(shop_saying: Say, wrong: dict[str, Any]) -> None:
    bad = {**POTHOS, "sku": "bad", **wrong}

    assert set(heard(shop_saying({"products": [bad, POTHOS]}), Signal.CATALOGUE)) == {"pothos"}  # type: ignore[call-overload]


def test_a_catalogue_of_malformed_products_only_is_garbage(shop_saying: Say) -> None:
    with pytest.raises(CmsError, match="products"):
        heard(shop_saying({"products": [{"sku": "bad"}]}), Signal.CATALOGUE)


def test_an_unchanged_catalogue_is_read_once(shop_saying: Say) -> None:
    shop = shop_saying({"products": [POTHOS]})

    assert heard(shop, Signal.CATALOGUE) is heard(shop, Signal.CATALOGUE)


def test_tiers_are_read(shop_saying: Say) -> None:
    tiers = [{"threshold": priced("100.00"), "percent": 10}, {"threshold": priced("200.00"), "percent": None}]
    promotions = [{"key": "plant-club", "tiers": tiers}, {"key": "ship", "free_shipping": True, "groups": ["vip"]}]

    assert heard(shop_saying({"promotions": promotions}), Signal.PROMOTIONS) == (
        Promotion("plant-club", (Tier(usd("100.00"), 10), Tier(usd("200.00")))),
        Promotion("ship", free_shipping=True, groups=frozenset({"vip"})),
    )


@pytest.mark.parametrize(
    ("signal", "data"),
    [
        (Signal.CART, {"currency": "USD", "lines": [], "subtotal": priced("1.00", "EUR")}),
        (Signal.CART, {"currency": "USD", "lines": [{"sku": "a", "quantity": 0}]}),
        (Signal.CART, {"currency": "USD", "lines": None}),
        (Signal.CART, {"currency": "USD", "lines": [], "subtotal": priced(69.0)}),
        (Signal.CART, {"currency": "USD", "lines": [], "subtotal": priced("69.001")}),
        (Signal.CUSTOMER, {"key": "ana", "kind": "robot"}),
        (Signal.CUSTOMER, {"key": "ana", "is_member": "yes"}),
        (Signal.CUSTOMER, {"kind": "consumer"}),
        (Signal.ORDERS, {"orders": [{"placed_at": "2026-01-01T00:00:00", "total": priced("1.00"), "lines": []}]}),
        (Signal.ORDERS, {"orders": [{"placed_at": "0001-01-01T00:00:00+12:00", "total": priced("1.00"), "lines": []}]}),
        (Signal.TRAITS, {"traits": []}),
        (Signal.PROMOTIONS, {"promotions": [{"key": "a", "tiers": [{"threshold": priced("2.00"), "percent": 101}]}]}),
        (Signal.PROMOTIONS, {"promotions": [{"key": "a", "tiers": [{"threshold": priced("2.00")}] * 2}]}),
        (Signal.PROMOTIONS, {}),
    ],
)
def test_what_breaks_the_form_is_garbage(shop_saying: Say, signal: Signal, data: object) -> None:
    with pytest.raises(CmsError) as failure:
        heard(shop_saying(data), signal)

    assert failure.value.code == "commerce-garbage"


@pytest.mark.parametrize(
    ("signal", "data", "where"),
    [
        (Signal.CART, {"currency": "USD", "lines": [{"sku": "a", "quantity": "x"}, {"sku": 1, "quantity": 1}]}, "lines.0.quantity, lines.1.sku"),
        (Signal.ORDERS, {"orders": [{"placed_at": "yesterday", "total": priced("1.00"), "lines": []}]}, "orders.0.placed_at"),
        (Signal.CATALOGUE, {"products": [{"sku": "a", "url": "/a", "title": "A"}]}, "products.0.title"),
        (Signal.CATALOGUE, {"products": [{**POTHOS, "popularity_in": {"a-secret": "x"}}]}, "products.0.popularity_in"),
        (Signal.CATALOGUE, [], "the whole"),
    ],
)  # fmt: skip
def test_what_breaks_the_form_is_said_with_its_place_and_nothing_of_the_answer(
    shop_saying: Say, signal: Signal, data: object, where: str
) -> None:
    with pytest.raises(CmsError) as failure:
        heard(shop_saying(data), signal)

    assert failure.value.message.endswith(f"a form it should not have, at: {where}")


def test_the_service_key_and_the_right_token_go_in_headers_and_never_in_the_address(shop_answering: Serve) -> None:
    seen: list[tuple[str, str | None, str | None]] = []

    def answer(path: str, headers: Mapping[str, str], _body: bytes) -> Reply:
        seen.append((path, headers.get("Authorization"), headers.get("Shopper-Token")))
        return 404, {}, {"code": "unknown-token"}

    shop = source_for("http", url=shop_answering(answer) + "/signals/v1/", key="service", clock=clock)
    for signal in (Signal.CART, Signal.TRAITS):
        assert shop.fetch(signal, ANA, currency="EUR", timeout_s=2) == Answer(Found.UNKNOWN_TOKEN)
    with pytest.raises(CmsError):
        shop.fetch(Signal.PROMOTIONS, Shopper(), currency="EUR", timeout_s=2)

    assert seen == [
        ("/signals/v1/cart?currency=EUR", "Bearer service", "cart-of-ana"),
        ("/signals/v1/traits?currency=EUR", "Bearer service", "ana"),
        ("/signals/v1/promotions?currency=EUR", "Bearer service", None),
    ]


def test_one_shoppers_cookie_is_never_sent_for_another(shop_answering: Serve) -> None:
    cookies: list[str | None] = []

    def answer(_path: str, headers: Mapping[str, str], _body: bytes) -> Reply:
        cookies.append(headers.get("Cookie"))
        return 200, {"Set-Cookie": "session=ana; Path=/"}, {"currency": "USD", "lines": []}

    shop = source_for("http", url=shop_answering(answer), key="k", clock=clock)
    for _ in range(2):
        shop.fetch(Signal.CART, ANA, currency="USD", timeout_s=2)

    assert cookies == [None, None]


def test_a_token_that_cannot_be_a_header_does_no_harm(shop_saying: Say) -> None:
    shop = shop_saying({"currency": "USD", "lines": []})
    for token in ("a\r\nX-Evil: 1", "a\nb", "绿萝", "\ud800"):
        with pytest.raises(CmsError):
            shop.fetch(Signal.CART, Shopper(cart_token=token), currency="USD", timeout_s=2)


@pytest.mark.parametrize(
    ("adapter", "url", "key"),
    [("htpp", "http://shop.example", "k"), ("http", "shop.example", "k"), ("http", "http://u:p@shop.example", "k"),
     ("http", "http://shop.example?x=1", "k"), ("http", "http://shop.example", ""), ("vendure", "http://shop.example", "k"),
     ("http", "ftp://shop.example", "k"), ("http", "http://[shop", "k")],
)  # fmt: skip
def test_settings_that_cannot_work_are_refused_with_what_to_do(adapter: str, url: str, key: str) -> None:
    with pytest.raises(CmsError) as failure:
        source_for(adapter, url=url, key=key, clock=clock)

    assert failure.value.code == "commerce-settings"
