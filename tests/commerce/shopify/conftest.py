"""Shopify made from its published schemas: three APIs on one loopback server, each behind its own token."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from cms.commerce.adapter import Connected, Connection
from cms.commerce.adapters.shopify import ADAPTER
from cms.facts.signals import Answer, Shopper, Signal
from tests.commerce.contract_graphql import Contract, published

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
VERSION = "2026-10"
STOREFRONT = f"/api/{VERSION}/graphql.json"
ADMIN = f"/admin/api/{VERSION}/graphql.json"
ACCOUNTS = f"/customer/api/{VERSION}/graphql"
GRANT = "/admin/oauth/access_token"
KEY = json.dumps({"storefront": "private", "admin": "shpat_1"})
ALL: Mapping[str, Any] = {
    "b2b": True,
    "segments": {"vip": "11", "lapsed": "12"},
    "customer_fields": {
        "loyalty_tier": "loyalty.tier",
        "loyalty_points": "loyalty.points",
        "is_member": "loyalty.member",
    },
    "traits": {"rfm.class": "rfm-group", "churn_risk": "crm.churn"},
    "all_orders": True,
    "markets": {"USD": "US", "JPY": "JP"},
    "language": "EN",
}
TOKEN = Shopper(customer_token="shcat_1")
NOBODY = Shopper()
NUMBER = Shopper(customer_id="7")
CART = Shopper(cart_token="gid://shopify/Cart/abc?key=k1")


@dataclass(slots=True)
class Shopify:
    """A shop and what it answers; the contracts are of 2026-10. What they refuse must be among `red`, or the test fails.

    `red` None: anything may be refused, for what is sent back comes from spoiled answers.
    """

    url: str
    storefront: Contract
    admin: Contract
    accounts: Contract
    grants: list[tuple[int, object]]
    red: set[str] | None

    def connected(
        self, options: Mapping[str, Any] | None = None, *, key: str = KEY, accounts: bool = True
    ) -> Connected:
        own = {"customer_account_url": self.url + ACCOUNTS} if accounts else {}
        loaded: Any = ADAPTER.options().load({**own, **(ALL if options is None else options)})
        return ADAPTER.connect(Connection(self.url, key, lambda: NOW, loaded, ("whsec-1", "whsec-0")))

    def ask(self, signal: Signal, shopper: Shopper = NOBODY, options: Mapping[str, Any] | None = None) -> Answer:
        source = self.connected(options).source
        return source.fetch(signal, shopper, currency="USD", timeout_s=5)

    def of(self, api: str) -> Contract:
        return {"storefront": self.storefront, "accounts": self.accounts, "admin": self.admin}[api]

    @property
    def sent(self) -> list[str]:
        return [*self.storefront.operations, *self.accounts.operations, *self.admin.operations]

    @property
    def faults(self) -> list[str]:
        return [*self.storefront.faults, *self.accounts.faults, *self.admin.faults]


@pytest.fixture
def shopify(shop_answering: Callable[..., str]) -> Iterator[Shopify]:
    storefront = Contract(
        published("shopify/storefront-graphql_2026-10.json.gz"), {"Shopify-Storefront-Private-Token": "private"}
    )
    admin = Contract(published("shopify/admin_2026-10.json.gz"), {"X-Shopify-Access-Token": "shpat_1"})
    accounts = Contract(published("shopify/customer_2026-10.json.gz"), {"Authorization": "shcat_1"})
    desks = {STOREFRONT: storefront.answer, ADMIN: admin.answer, ACCOUNTS: accounts.answer}
    grants: list[tuple[int, object]] = []

    def answer(path: str, headers: Mapping[str, str], body: bytes) -> Any:
        if path == GRANT:
            status, said = grants.pop(0)
            return status, {}, said
        return desks[path](path, headers, body) if path in desks else (404, {}, {"errors": "Not Found"})

    shop = Shopify(shop_answering(answer), storefront, admin, accounts, grants, set())
    yield shop
    assert shop.red is None or set(shop.faults) <= shop.red


def usd(amount: str) -> dict[str, str]:
    return {"amount": amount, "currencyCode": "USD"}


def page(nodes: list[Any], after: str | None = None) -> dict[str, Any]:
    """A page of a list; `after` is where the next one begins."""
    return {"nodes": nodes, "pageInfo": {"hasNextPage": after is not None, "endCursor": after}}
