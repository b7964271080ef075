"""Webhooks of SAP Commerce: a secret that comes with them, and what they have read again."""

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from commerce.sap.occ_world import ANNA, GUID, NOW, connected

from cms.commerce.adapter import Hint, HookError
from cms.facts.signals import Signal

NEW, OLD = "the-new-secret", "the-old-secret"


def read(headers: dict[str, str], item: Any, *, secrets: tuple[str, ...] = (NEW, OLD), later_s: int = 0) -> Any:
    body = item if isinstance(item, bytes) else json.dumps(item).encode()
    return connected("http://x", secrets=secrets).read_hook(headers, body, NOW + timedelta(seconds=later_s))


def basic(signal: str, secret: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{signal}:{secret}".encode()).decode()}


def own(signal: str, secret: str) -> dict[str, str]:
    return {"X-Vitrine-Signal": signal, "X-Vitrine-Secret": secret}


@pytest.mark.parametrize("headers", [basic, own])
@pytest.mark.parametrize("secret", [NEW, OLD])
@pytest.mark.parametrize(
    ("signal", "item", "whose"),
    [
        ("catalogue", {"code": "1934793", "integrationKey": "Online|Default|1934793"}, ""),
        ("stock", {"productCode": "1934793"}, ""),
        ("customer", {"customerID": ANNA}, ANNA),
        ("customer", {"name": "Anna"}, ""),
        ("orders", {"code": "00002001", "user": {"customerID": ANNA}}, ANNA),
        ("cart", {"guid": GUID}, GUID),
    ],
)
def test_a_hook_says_what_to_read_again(headers: Any, secret: str, signal: str, item: Any, whose: str) -> None:
    assert read(headers(signal, secret), item).hints == (Hint(Signal(signal), whose),)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        basic("catalogue", "wrong"),
        basic("catalogue", ""),
        own("catalogue", ""),
        own("catalogue", "wröng"),
        {"Authorization": f"Bearer {NEW}"},
        {"Authorization": "Basic ?"},
        {"Authorization": "Basic /w=="},
    ],
)
def test_a_hook_without_a_live_secret_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(HookError) as refused:
        read(headers, {})
    assert refused.value.code == "hook-unsigned"


@pytest.mark.parametrize(
    ("signal", "body"),
    [("promotions", {}), ("", {}), ("catalogue", []), ("catalogue", b"{"), ("catalogue", b'{"a": NaN}')],
)
def test_a_hook_of_another_form_is_malformed(signal: str, body: Any) -> None:
    with pytest.raises(HookError) as refused:
        read(own(signal, NEW), body)
    assert refused.value.code == "hook-malformed"


def test_without_a_secret_no_hooks_are_taken() -> None:
    assert connected("http://x").read_hook is None
    with pytest.raises(HookError):
        read(own("catalogue", ""), {}, secrets=("",))


def test_the_same_item_may_change_twice() -> None:
    item = {"code": "1934793"}
    first, again, later = (read(own("catalogue", NEW), item, later_s=seconds).id for seconds in (0, 0, 60))
    assert first == again != later
