"""Adapter `vendure` keeps every promise, over answers of the shape that Vendure 3.7.3 gave."""

import json
from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from commerce.fake_vendure import (
    CART,
    LINE,
    TEN_PERCENT,
    FakeVendure,
    Reply,
    Serve,
    catalogue,
    mark,
    minimum,
    order,
    ordering,
    product,
    promotion,
    promotions,
    variant,
)
from hook_senders import signed

from cms.commerce.adapters.vendure import ADAPTER
from cms.facts.signals import Shopper
from cms.testing import AdapterSuite, SentHook, Subject

NOW = datetime(2026, 5, 1, tzinfo=UTC)
SECRET = "whsec_" + b64encode(b"the key of the bridge").decode()
HOOK = json.dumps({"type": "cart.changed", "ids": ["7"]}).encode()


def _of_ada(asked: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {"customer": {"id": "7", "groups": [], **more} if asked["id"] == "7" else None}


def _cart_of(asked: Mapping[str, Any]) -> dict[str, Any]:
    mine: Any = {**CART["activeOrder"], "id": "31", "active": True, "customer": {"id": "7"}}  # type: ignore[dict-item]
    return {**CART, "activeOrder": mine if asked["id"] == "31" else None}


def _shop() -> FakeVendure:
    """Ada has bought and has two tents in her cart; Bob has one of each, and Eve an empty cart."""
    vendure = FakeVendure()
    vendure.answers["Catalogue"] = catalogue(product("1", [variant("TN-1")]))
    vendure.answers["Changes"] = {
        **mark(),
        **{name: {"totalItems": 0, "items": []} for name in ("products", "changed", "sold")},
    }
    vendure.answers["Promotions"] = promotions(promotion("Spend 500", [minimum("50000")], TEN_PERCENT))
    vendure.answers["Orders"] = ordering(order("Delivered", "2026-02-01T10:00:00.000Z"))
    vendure.answers["Groups"] = lambda asked: {"customer": {"id": asked["id"], "groups": [{"name": "Wholesale"}]}}
    orders = ordering(order("Delivered", "2026-02-01T10:00:00.000Z"))["customer"]["orders"]
    vendure.answers["CustomerOf"] = _of_ada
    vendure.answers["OrdersOf"] = lambda asked: _of_ada(asked, orders=orders)
    vendure.answers["CartOf"] = _cart_of
    return vendure


class TwoSessions(FakeVendure):
    """Answers each session with what is its own."""

    def __init__(self) -> None:
        super().__init__()
        self.others = {"cart-of-bob": _shop(), "bob": _shop(), "cart-of-eve": _shop()}
        self.answers = _shop().answers
        for name, other in self.others.items():
            other.sessions = {name}
            other.answers["Customer"] = {"activeCustomer": {"id": "8"}}
            other.answers["Orders"] = ordering(order("Delivered", "2026-03-01T10:00:00.000Z"), key="8")
        one: Any = {**CART["activeOrder"], "lines": [{**LINE, "quantity": 1}]}  # type: ignore[dict-item]
        self.others["cart-of-bob"].answers["Cart"] = {**CART, "activeOrder": one}
        self.others["cart-of-eve"].answers["Cart"] = {**CART, "activeOrder": None}

    def answer(self, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        token = headers.get("Authorization", "").removeprefix("Bearer ")
        shop = self.others.get(token)
        return super().answer(path, headers, body) if shop is None else shop.answer(path, headers, body)

    def _log_in(self, variables: Mapping[str, str]) -> Reply:
        """Let every connection keep its session."""
        self.admins = self.admins[:0]
        return super()._log_in(variables)


class TestVendure(AdapterSuite):
    @pytest.fixture
    def subject(self, shop_answering: Serve) -> Subject:
        sent = SentHook(signed(HOOK, at=int(NOW.timestamp()), secret="the key of the bridge"), HOOK, NOW)
        return Subject(
            adapter=ADAPTER,
            url=shop_answering(TwoSessions().answer),
            key="root:se:cret",
            known=Shopper(cart_token="cart-of-ada", customer_token="ada"),
            stranger=Shopper(cart_token="of-nobody", customer_token="of-nobody"),
            other=Shopper(cart_token="cart-of-bob", customer_token="bob"),
            empty=Shopper(cart_token="cart-of-eve"),
            by_id=Shopper(cart_id="31", customer_id="7"),
            hook_secrets=(SECRET,),
            hooks=(sent,),
            clock_at=NOW,
        )
