"""What webhooks of the open signals API, and so of Vendure's bridge, have read again."""

import json
from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from hmac import digest

import pytest

from cms.commerce import connect
from cms.commerce.adapter import Connection, Hint, HookError, ReadHook
from cms.facts.signals import Signal

NOW = datetime(2026, 5, 1, tzinfo=UTC)
KEY = b"a key of this shop and of no other"
SECRET = "whsec_" + b64encode(KEY).decode()


def reader(adapter: str, *secrets: str) -> ReadHook | None:
    connection = Connection("http://shop.example", "user:password", lambda: NOW, hook_secrets=secrets)
    return connect(adapter, connection, monotonic=lambda: 0.0).connected.read_hook


def signed(body: bytes, key: bytes = KEY) -> Mapping[str, str]:
    at = str(int(NOW.timestamp()))
    signature = b64encode(digest(key, b".".join((b"msg_1", at.encode(), body)), sha256)).decode()
    return {"Webhook-Id": "msg_1", "Webhook-Timestamp": at, "Webhook-Signature": f"v1,{signature}"}


def told(said: object) -> tuple[Hint, ...]:
    read, body = reader("http", SECRET), json.dumps(said).encode()
    assert read is not None
    return read(signed(body), body, NOW).hints


@pytest.mark.parametrize("adapter", ["http", "vendure"])
def test_a_change_of_a_cart_has_that_cart_read_again(adapter: str) -> None:
    read, body = reader(adapter, "whsec_" + b64encode(b"a newer key than the first").decode(), SECRET), b""
    body = b'{"type": "cart.changed", "ids": ["cart-1", "cart-2"], "at": "2026-05-01T00:00:00Z"}'
    assert read is not None
    hook = read(signed(body), body, NOW)

    assert (hook.id, hook.hints) == ("msg_1", (Hint(Signal.CART, "cart-1"), Hint(Signal.CART, "cart-2")))


@pytest.mark.parametrize(
    ("kind", "ids", "hints"),
    [
        ("customer.changed", ["ana"], {Hint(Signal.CUSTOMER, "ana"), Hint(Signal.TRAITS, "ana")}),
        ("orders.changed", ["ana"], {Hint(Signal.ORDERS, "ana"), Hint(Signal.TRAITS, "ana")}),
        ("stock.changed", ["pothos", "fern"], {Hint(Signal.CATALOGUE), Hint(Signal.STOCK)}),
        ("products.changed", [], {Hint(Signal.CATALOGUE)}),
        ("promotions.changed", [], {Hint(Signal.PROMOTIONS)}),
        ("customer.changed", [], set()),
        ("weather.changed", ["rain"], set()),
    ],
)
def test_each_kind_of_change_has_its_signals_read_again(kind: str, ids: list[str], hints: set[Hint]) -> None:
    assert set(told({"type": kind, "ids": ids})) == hints


@pytest.mark.parametrize(
    "said",
    [{}, {"type": 5}, {"type": "cart.changed", "ids": "cart-1"}, {"type": "cart.changed", "ids": [5]}, [], 5,
     {"type": "cart.changed", "ids": ["x"] * 1_001}, {"type": ["cart.changed"]}],
)  # fmt: skip
def test_what_is_signed_and_has_another_form_is_malformed(said: object) -> None:
    with pytest.raises(HookError) as failure:
        told(said)

    assert failure.value.code == "hook-malformed"


def test_what_somebody_else_signed_is_refused() -> None:
    read, body = reader("http", SECRET), b'{"type": "products.changed"}'
    assert read is not None

    with pytest.raises(HookError) as failure:
        read(signed(body, b"a key of somebody else"), body, NOW)
    assert failure.value.code == "hook-unsigned"


@pytest.mark.parametrize("adapter", ["http", "vendure"])
def test_without_a_secret_no_webhook_is_taken(adapter: str) -> None:
    assert reader(adapter) is None


def test_a_shop_is_believed_to_tell_all_changes_only_where_it_is_said_to_and_can() -> None:
    def hooked(*secrets: str) -> frozenset[Signal]:
        options = {"hooked": ["cart"]}
        connection = Connection("http://shop.example", "k", lambda: NOW, options, hook_secrets=secrets)
        return connect("http", connection, monotonic=lambda: 0.0).connected.hooked

    assert (hooked(SECRET), hooked()) == (frozenset({Signal.CART}), frozenset())
