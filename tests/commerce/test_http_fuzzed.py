"""Adapter `http` over answers of which one part is wrong."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from commerce.bending import bent

from cms.commerce import connect
from cms.commerce.adapter import Connection
from cms.commerce.failures import ShopError
from cms.facts.signals import Shopper, Signal, SignalSource

Reply = tuple[int, Mapping[str, str], object]
Serve = Callable[[Callable[[str, Mapping[str, str], bytes], Reply]], str]
PRICE = {"amount": "34.50", "currency": "USD"}
LINE = {"sku": "pothos", "quantity": 2, "unit_price": PRICE, "categories": ["plants"]}
POTHOS = {"sku": "pothos", "title": {"en": "Pothos"}, "url": "/p/pothos", "price": PRICE, "stock": 3, "links": {"related": ["pot"]},
          "details": [{"label": {"en": "Height"}, "value": {"": "40 cm"}}], "popularity_in": {"TW": 12}}  # fmt: skip
GOOD: Mapping[Signal, Any] = {
    Signal.CART: {"currency": "USD", "lines": [LINE], "subtotal": PRICE, "promotions": ["free-shipping"]},
    Signal.CUSTOMER: {"key": "ana", "kind": "consumer", "groups": ["vip"], "loyalty_points": 5, "is_member": True},
    Signal.ORDERS: {
        "customer": "ana",
        "orders": [{"placed_at": "2026-01-02T10:00:00Z", "total": PRICE, "lines": [LINE]}],
    },
    Signal.CATALOGUE: {"products": [POTHOS, {**POTHOS, "sku": "pot"}], "gone": ["x"], "total": 2},
    Signal.STOCK: {"stock": {"pothos": 3}},
    Signal.PROMOTIONS: {
        "promotions": [{"key": "ship", "tiers": [{"threshold": PRICE, "percent": 10}], "groups": ["vip"]}]
    },
    Signal.TRAITS: {"customer": "ana", "traits": {"rfm.class": "loyal"}},
}
TABLES: Mapping[str, Any] = {
    "map": {"crm.tags": "contact.tags[].name", "cdp.audiences": "audiences[]", "churn_risk": "fields[key=churn].value"},
    "stock": {"rows": "items[]", "sku": "material", "units": "available"},
}
MAPPED: Mapping[Signal, Any] = {
    Signal.TRAITS: {
        "contact": {"tags": [{"name": "vip"}]},
        "audiences": ["a"],
        "fields": [{"key": "churn", "value": 0.4}],
    },
    Signal.STOCK: {"items": [{"material": "pothos", "available": 3}, {"material": "pot", "available": "2.0"}]},
}


def clock() -> datetime:
    return datetime(2026, 5, 1, tzinfo=UTC)


def outcomes_of(serve: Serve, signal: Signal, good: Any, options: Mapping[str, Any]) -> Counter[str]:
    said: list[Any] = [good]
    connection = Connection(serve(lambda *_: (200, {}, said[0])), "k", clock, options, signals=frozenset({signal}))
    shop: SignalSource = connect("http", connection, monotonic=lambda: 0.0).source
    dice, outcomes = Random(signal), Counter[str]()
    for _ in range(300):
        said[0] = bent(good, dice)
        try:
            shop.fetch(signal, Shopper("c", "t"), currency="USD", timeout_s=5)
        except ShopError as error:
            outcomes[error.code] += 1
        else:
            outcomes["answered"] += 1
    return outcomes


@pytest.mark.parametrize("signal", GOOD)
def test_whatever_part_of_an_answer_is_wrong_it_is_an_answer_or_an_error_of_the_shop(
    shop_answering: Serve, signal: Signal
) -> None:
    outcomes = outcomes_of(shop_answering, signal, GOOD[signal], {})

    assert outcomes.keys() <= {"answered", "commerce-garbage"}
    assert outcomes["commerce-garbage"]


@pytest.mark.parametrize("signal", MAPPED)
def test_whatever_part_of_another_systems_answer_is_wrong_no_other_exception_comes_of_it(
    shop_answering: Serve, signal: Signal
) -> None:
    outcomes = outcomes_of(shop_answering, signal, MAPPED[signal], TABLES)

    assert outcomes.keys() <= {"answered", "commerce-garbage"}
    assert outcomes["answered"]
