"""Webhooks of Adobe Commerce: only those signed by a key that is known say what to read again."""

import json
from base64 import b64encode
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from commerce.adobe.world import NOW
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from cms.commerce.adapter import Connection, Hint, Hook, HookError, ReadHook
from cms.commerce.adapters.adobe import ADAPTER
from cms.facts.signals import Signal


@cache
def key(number: int) -> rsa.RSAPrivateKey:
    assert number >= 0
    return rsa.generate_private_key(public_exponent=65_537, key_size=2048)


def pem(number: int) -> str:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key(number).public_key().public_bytes(serialization.Encoding.PEM, form).decode()


def signed(body: bytes, number: int = 0) -> str:
    return b64encode(key(number).sign(body, padding.PKCS1v15(), hashes.SHA256())).decode()


@pytest.fixture
def read() -> ReadHook:
    options = ADAPTER.options().load({"hook_keys": [pem(0), pem(1)], "hook_client_id": "me"})
    hook = ADAPTER.connect(Connection("https://shop.example", "", lambda: NOW, options)).read_hook
    assert hook is not None
    return hook


def event(kind: str, value: Mapping[str, object] | None = None, **more: object) -> bytes:
    said = {"id": "e-1", "type": f"com.adobe.commerce.observer.{kind}", "recipient_client_id": "me"}
    said |= {"time": NOW.isoformat(), "data": {"value": value or {}}} | more
    return json.dumps(said).encode()


def sent(body: bytes, number: int = 0, header: str = "X-Adobe-Digital-Signature-1") -> tuple[dict[str, str], bytes]:
    return {header: signed(body, number)}, body


@pytest.mark.parametrize(
    ("kind", "value", "hints"),
    [
        ("sales_quote_save_after", {"entity_id": 41}, [Hint(Signal.CART, "41")]),
        ("checkout_cart_product_add_after", {"quote_id": "41"}, [Hint(Signal.CART, "41")]),
        ("sales_order_save_commit_after", {"customer_id": 7}, [Hint(Signal.ORDERS, "7")]),
        ("sales_order_save_commit_after", {"customer_id": None}, []),
        ("sales_order_save_commit_after", {"customer_id": ""}, []),
        ("customer_address_save_commit_after", {"entity_id": 3, "customer_id": 7}, [Hint(Signal.CUSTOMER, "7")]),
        ("catalog_product_save_commit_after", {"sku": "TN"}, [Hint(Signal.CATALOGUE)]),
        ("cataloginventory_stock_item_save_commit_after", {}, [Hint(Signal.STOCK), Hint(Signal.CATALOGUE)]),
        ("customer_save_commit_after", {"entity_id": "7"}, [Hint(Signal.CUSTOMER, "7")]),
        ("customer_group_save_commit_after", {}, [Hint(Signal.CUSTOMER), Hint(Signal.PROMOTIONS)]),
        ("company_save_commit_after", {}, [Hint(Signal.CUSTOMER)]),
        ("salesrule_save_commit_after", {}, [Hint(Signal.PROMOTIONS)]),
        ("admin_user_save_after", {}, []),
    ],
)
def test_an_event_says_what_to_read_again(
    read: ReadHook, kind: str, value: dict[str, object], hints: list[Hint]
) -> None:
    assert read(*sent(event(kind, value)), NOW) == Hook("e-1", tuple(hints))


@pytest.mark.parametrize(("number", "header"), [(0, "x-adobe-digital-signature-2"), (1, "x-adobe-digital-signature-1")])
def test_either_signature_by_any_live_key_holds(read: ReadHook, number: int, header: str) -> None:
    assert read(*sent(event("salesrule_save_commit_after"), number, header), NOW).hints


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        sent(event("salesrule_save_commit_after"), number=2),
        ({}, event("salesrule_save_commit_after")),
        ({"x-adobe-digital-signature-1": "not base64"}, event("salesrule_save_commit_after")),
        ({"x-adobe-digital-signature-1": signed(b"another body")}, event("salesrule_save_commit_after")),
        sent(event("salesrule_save_commit_after", recipient_client_id="somebody")),
        ({"x-adobe-commerce-webhook-signature": signed(b"{}")}, b"{}"),
    ],
)
def test_what_nobody_signed_whom_we_know_is_refused(read: ReadHook, headers: dict[str, str], body: bytes) -> None:
    with pytest.raises(HookError) as refused:
        read(headers, body, NOW)
    assert refused.value.code == "hook-unsigned"


@pytest.mark.parametrize("hours", [26, -26])
def test_an_event_of_another_day_is_refused(read: ReadHook, hours: int) -> None:
    old = event("salesrule_save_commit_after", time=(NOW - timedelta(hours=hours)).isoformat())

    with pytest.raises(HookError) as refused:
        read(*sent(old), NOW)
    assert refused.value.code == "hook-too-old"


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"{",
        event("x", id=7),
        event("x", id=""),
        event("x", id="i" * 300),
        event("x", type=None),
        event("x", time="yesterday"),
    ],
)
def test_a_signed_event_without_sense_is_malformed(read: ReadHook, body: bytes) -> None:
    with pytest.raises(HookError) as refused:
        read(*sent(body), NOW)
    assert refused.value.code == "hook-malformed"


@pytest.mark.parametrize("data", [None, [], "text", {"value": None}, {"value": [1]}, {"entity_id": {}}])
def test_an_event_about_nobody_says_nothing(read: ReadHook, data: Any) -> None:
    assert read(*sent(event("sales_quote_save_after", data=data)), NOW) == Hook("e-1", ())


def test_a_synchronous_webhook_signs_the_base64_of_its_body(read: ReadHook) -> None:
    body = json.dumps({"customer_id": 7}).encode()
    headers = {
        "x-adobe-commerce-webhook-signature": signed(b64encode(body)),
        "x-vitrine-event": "observer.sales_order_save_commit_after",
    }
    hook = read(headers, body, NOW)

    assert hook.hints == (Hint(Signal.ORDERS, "7"),)
    assert hook.id != read(headers, body, NOW + timedelta(seconds=1)).id  # it may tell of another change


def test_without_a_key_there_are_no_webhooks() -> None:
    assert (
        ADAPTER.connect(Connection("https://shop.example", "", lambda: NOW, ADAPTER.options().load({}))).read_hook
        is None
    )
