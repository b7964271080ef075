"""Adapter `vendure` over answers of which one part is wrong."""

from collections import Counter
from collections.abc import Mapping
from random import Random
from typing import Any

import pytest
from commerce.bending import bent
from commerce.fake_vendure import (
    CART,
    TEN_PERCENT,
    FakeVendure,
    Serve,
    ask,
    catalogue,
    clock,
    minimum,
    order,
    ordering,
    product,
    promotion,
    promotions,
    variant,
)

from cms.commerce import source_for
from cms.commerce.failures import ShopError
from cms.facts.signals import (
    Signal,
    SignalSource,
)


@pytest.fixture
def vendure() -> FakeVendure:
    return FakeVendure()


@pytest.fixture
def shop(vendure: FakeVendure, shop_answering: Serve) -> SignalSource:
    return source_for("vendure", url=shop_answering(vendure.answer), key="root:se:cret", clock=clock)


GOOD: Mapping[Signal, tuple[str, Any]] = {
    Signal.CART: ("Cart", CART),
    Signal.CUSTOMER: ("Customer", {"activeCustomer": {"id": "7", "customFields": None}}),
    Signal.ORDERS: ("Orders", ordering(order("Delivered", "2026-02-01T10:00:00.000Z"))),
    Signal.CATALOGUE: ("Catalogue", catalogue(product("1", [variant("A"), variant("B")]))),
    Signal.PROMOTIONS: ("Promotions", promotions(promotion("Spend 500", [minimum("50000")], TEN_PERCENT))),
}


@pytest.mark.parametrize("signal", GOOD)
def test_whatever_part_of_an_answer_is_wrong_it_is_an_answer_or_an_error_of_the_shop(
    shop: SignalSource, vendure: FakeVendure, signal: Signal
) -> None:
    name, good = GOOD[signal]
    dice = Random(signal)
    outcomes = Counter[str]()
    for _ in range(300):
        vendure.answers[name] = bent(good, dice)
        try:
            ask(shop, signal)
        except ShopError as error:
            outcomes[error.code] += 1
        else:
            outcomes["answered"] += 1

    assert outcomes.keys() <= {"answered", "commerce-garbage", "commerce-error", "commerce-mismatch"}
    assert outcomes["commerce-garbage"]
