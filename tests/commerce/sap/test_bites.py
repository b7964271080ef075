"""The published OCC schema refuses a wrong field, a wrong or missing parameter, and a wrong or missing token."""

from collections.abc import Callable
from typing import Any

import pytest
import requests
from commerce.contract_openapi import Server
from commerce.sap.occ_world import (
    ANNAS_TOKEN,
    CLIENT_TOKEN,
    GUID,
    ask,
    connected,
    occ,
)

from cms.commerce.adapters.sap import selections as asked
from cms.commerce.failures import ShopError
from cms.facts.signals import (
    Shopper,
    Signal,
)

Serve = Callable[..., Server]
GUEST = Shopper(cart_token=GUID)


@pytest.mark.parametrize(
    ("path", "query", "token", "status", "why"),
    [
        (f"users/anonymous/carts/{GUID}", {"fields": "code,guid,total"}, CLIENT_TOKEN, 400, "Incorrect field: total"),
        (f"users/anonymous/carts/{GUID}", {"fields": "code,entries(sku)"}, CLIENT_TOKEN, 400, "Incorrect field: sku"),
        (f"users/anonymous/carts/{GUID}", {"fields": "entries"}, CLIENT_TOKEN, 400, "must be followed"),
        (f"users/anonymous/carts/{GUID}", {"field": "code"}, CLIENT_TOKEN, 400, "not declared: field"),
        ("products/expressupdate", {"fields": asked.UPDATES}, CLIENT_TOKEN, 400, "timestamp"),
        ("users/current/orders", {"fields": asked.ORDERS, "pageSize": "many"}, ANNAS_TOKEN, 400, "pageSize"),
        ("users/current/orders", {"fields": asked.ORDERS}, CLIENT_TOKEN, 401, "opens nothing"),
        ("users/current/orders", {"fields": asked.ORDERS}, "", 401, "no Authorization"),
        ("users/current/loyalty", {"fields": "points"}, ANNAS_TOKEN, 404, "PathNotFound"),
    ],
)
def test_the_contract_bites(serve: Serve, path: str, query: Any, token: str, status: int, why: str) -> None:
    server = serve()
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = requests.get(f"{server.url}/occ/v2/electronics/{path}", params=query, headers=headers, timeout=5)
    assert (answer.status_code, server.sent) == (status, [])
    assert why in server.refused[0]


@pytest.mark.parametrize("wrong", [{"code": 1}, {"code": "1", "cost": 5}, {"entries": [{"quantity": "two"}]}])
def test_a_fixture_that_the_schema_does_not_know_fails_its_test(wrong: Any) -> None:
    def ask_for_it() -> None:
        with occ({"getCart": wrong}) as server:
            path = f"/occ/v2/electronics/users/anonymous/carts/{GUID}?fields=code"
            requests.get(server.url + path, headers={"Authorization": f"Bearer {CLIENT_TOKEN}"}, timeout=5)

    with pytest.raises(AssertionError, match=r"getCart: \$"):
        ask_for_it()


@pytest.mark.parametrize("key", ["vitrine:wrong", "other:s3cret"])
def test_a_wrong_key_opens_nothing(serve: Serve, key: str) -> None:
    server = serve()
    with pytest.raises(ShopError, match="not let in: invalid_client") as refused:
        ask(server, Signal.CART, GUEST, key=key)
    assert not refused.value.ails
    assert connected(server.url, key=key).missing(5) == [
        "The OAuth client of CMS_COMMERCE_KEY cannot be used: the OAuth client was not let in: invalid_client."
    ]
