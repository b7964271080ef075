"""Adapter `shopify` keeps every promise, against Shopify made from its schemas."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from cms.commerce.adapters.shopify import ADAPTER
from cms.facts.signals import Shopper
from cms.testing import AdapterSuite, SentHook, Subject
from tests.commerce.shopify.conftest import ACCOUNTS, ADMIN, ALL, KEY, NOW, STOREFRONT, Shopify
from tests.commerce.shopify.good import furnish
from tests.commerce.shopify.test_hooks import signed_headers


class TestShopifyFromItsSchemas(AdapterSuite):
    @pytest.fixture
    def subject(self, shopify: Shopify, shop_answering: Callable[..., str]) -> Subject:
        furnish(shopify)
        shopify.red = None
        said: dict[tuple[str, str, bytes], Any] = {}
        anna = shopify.accounts
        bert = replace(anna, headers={"Authorization": "shcat_2"}, answers=dict(anna.answers))
        bert.answers["QueryRoot.customer"] = anna.answers["QueryRoot.customer"] | {"id": "gid://shopify/Customer/8"}
        known = shopify.admin.answers["QueryRoot.customer"]
        shopify.admin.answers["QueryRoot.customer"] = lambda asked: (
            known(asked) if asked["id"].endswith(("/7", "/8")) else None
        )

        def answer(path: str, headers: Mapping[str, str], body: bytes) -> Any:
            token = headers.get("Authorization", "")
            desks = {
                STOREFRONT: shopify.storefront,
                ADMIN: shopify.admin,
                ACCOUNTS: bert if token == "shcat_2" else anna,
            }
            if (path, token, body) not in said:
                said[path, token, body] = desks[path].answer(path, headers, body)
            return said[path, token, body]

        url = shop_answering(answer)
        body = json.dumps({"id": 1, "customer": {"id": 7}}).encode()
        return Subject(
            adapter=ADAPTER,
            url=url,
            key=KEY,
            options={**ALL, "customer_account_url": url + ACCOUNTS},
            known=Shopper(cart_token="abc?key=k1", customer_token="shcat_1"),
            stranger=Shopper(cart_token="nobodys?key=k1", customer_token="nobodys"),
            other=Shopper(cart_token="def?key=k2", customer_token="shcat_2"),
            by_id=Shopper(cart_id="abc", customer_id="7"),
            empty=Shopper(cart_token="empty?key=k3"),
            clock_at=NOW,
            hook_secrets=("whsec-1",),
            hooks=(SentHook(signed_headers("orders/create", body, "whsec-1"), body, NOW),),
        )
