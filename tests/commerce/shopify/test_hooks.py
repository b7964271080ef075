"""Webhooks as Shopify sends them: the signature is over the raw body, and no value is taken from it."""

import hmac
import json
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import pytest

from cms.commerce.adapter import Hint, Hook, HookError, ReadHook
from cms.commerce.adapters.shopify.hooks import read_hook
from cms.facts.signals import Signal
from tests.commerce.shopify.conftest import NOW, Shopify

_SECRETS = ("whsec-1", "whsec-0")


def signed_headers(topic: str, body: bytes, secret: str) -> dict[str, str]:
    signed = b64encode(hmac.new(secret.encode(), body, sha256).digest()).decode()
    return {
        "x-shopify-hmac-sha256": signed,
        "X-Shopify-Topic": topic,
        "X-Shopify-Webhook-Id": "w1",
        "X-Shopify-Event-Id": "e1",
        "X-Shopify-Triggered-At": "2026-05-04T08:00:00Z",
    }


def _reader() -> ReadHook:
    reader = read_hook(_SECRETS)
    assert reader is not None
    return reader


def _read(topic: str, payload: object, secret: str = "whsec-1", **more: str) -> Hook:
    body = json.dumps(payload).encode()
    return _reader()(signed_headers(topic, body, secret) | more, body, NOW)


_ALL = "gid://shopify/Customer/7"
_TOPICS: Mapping[str, tuple[Any, tuple[Hint, ...]]] = {
    "carts/update": ({"token": "abc?key=k1"}, (Hint(Signal.CART, "abc?key=k1"), Hint(Signal.CART, "gid://shopify/Cart/abc?key=k1"))),
    "orders/create": ({"id": 1, "customer": {"id": 7}}, (Hint(Signal.ORDERS, "7"), Hint(Signal.TRAITS, "7"))),
    "orders/edited": ({"order_edit": {"order_id": 1}}, (Hint(Signal.ORDERS), Hint(Signal.TRAITS))),
    "orders/paid": ({"id": 1, "customer": None}, ()),
    "customers/update": ({"id": 7, "admin_graphql_api_id": _ALL}, (Hint(Signal.CUSTOMER, "7"), Hint(Signal.TRAITS, "7"))),
    "customers/purchasing_summary": ({"customerId": _ALL}, (Hint(Signal.CUSTOMER, "7"), Hint(Signal.TRAITS, "7"))),
    "customer.tags_added": ({"customerId": _ALL, "tags": ["a"]}, (Hint(Signal.CUSTOMER, "7"), Hint(Signal.TRAITS, "7"))),
    "customer.joined_segment": ({"customerId": _ALL}, (Hint(Signal.CUSTOMER, "7"), Hint(Signal.TRAITS, "7"))),
    "products/update": ({"id": 1}, (Hint(Signal.CATALOGUE),)),
    "variants/out_of_stock": ({"id": 1}, (Hint(Signal.CATALOGUE),)),
    "inventory_levels/update": ({"available": 1}, (Hint(Signal.CATALOGUE), Hint(Signal.STOCK))),
    "discounts/update": ({"title": "May"}, (Hint(Signal.PROMOTIONS),)),
    "segments/update": ({"id": "gid://shopify/Segment/1"}, (Hint(Signal.CUSTOMER), Hint(Signal.PROMOTIONS))),
    "companies/update": ({"name": "Acme"}, (Hint(Signal.CUSTOMER),)),
    "bulk_operations/finish": ({"status": "completed"}, ()),
}  # fmt: skip


@pytest.mark.parametrize("topic", _TOPICS)
def test_a_topic_says_what_to_read_again(topic: str) -> None:
    payload, hints = _TOPICS[topic]
    assert _read(topic, payload) == Hook("w1 e1", hints)


def test_each_live_secret_is_good(shopify: Shopify) -> None:
    assert {_read("products/update", {}, secret).id for secret in _SECRETS} == {"w1 e1"}
    assert shopify.connected().read_hook is not None


def test_a_hook_of_another_secret_or_body_is_unsigned() -> None:
    with pytest.raises(HookError) as caught:
        _read("products/update", {}, "guessed")
    assert caught.value.code == "hook-unsigned"
    with pytest.raises(HookError) as caught:
        _reader()(signed_headers("products/update", b"{}", "whsec-1"), b"{ }", NOW)
    assert caught.value.code == "hook-unsigned"


def test_a_hook_that_is_sent_again_after_hours_has_the_same_id() -> None:
    body = b"{}"
    headers = signed_headers("products/update", body, "whsec-1")
    later = _reader()(headers, body, NOW.replace(hour=18))
    assert later == _reader()(headers, body, NOW)


@pytest.mark.parametrize(
    ("topic", "payload", "more"),
    [
        ("carts/update", {"token": 7}, {}),
        ("customer.tags_added", {"customerId": "gid://shopify/Order/7"}, {}),
        ("products/update", [], {}),
        ("", {}, {}),
        ("products/update", {}, {"X-Shopify-Webhook-Id": "", "X-Shopify-Event-Id": ""}),
        ("products/update", {}, {"X-Shopify-Webhook-Id": "w" * 300}),
    ],
)
def test_a_signed_hook_of_another_form_is_malformed(topic: str, payload: object, more: dict[str, str]) -> None:
    with pytest.raises(HookError) as caught:
        _read(topic, payload, **more)
    assert caught.value.code == "hook-malformed"


def test_without_a_secret_no_hook_is_read() -> None:
    assert read_hook(()) is None
