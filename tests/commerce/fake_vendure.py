"""Answers of the shape that Vendure 3.7.3 gave, and a server that gives them by the name of the operation."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from cms.facts.money import Money
from cms.facts.signals import (
    Answer,
    Shopper,
    Signal,
    SignalSource,
)

Reply = tuple[int, Mapping[str, str], object]
Serve = Callable[[Callable[[str, Mapping[str, str], bytes], Reply]], str]

ADA = Shopper(cart_token="cart-of-ada", customer_token="ada")


FORBIDDEN = {"errors": [{"message": "no", "extensions": {"code": "FORBIDDEN"}}], "data": None}


def usd(amount: str) -> Money:
    return Money.parse(amount, "USD")


def clock() -> datetime:
    return datetime(2026, 5, 1, tzinfo=UTC)


def facet(code: str, of: str) -> dict[str, Any]:
    return {"code": code, "facet": {"code": of}}


FILED = {
    "sku": "TN-1",
    "facetValues": [],
    "product": {"facetValues": [facet("outdoor", "category"), facet("trek", "brand")], "collections": []},
}


LINE = {
    "quantity": 2,
    "discountedUnitPrice": 14950,
    "discountedUnitPriceWithTax": 17940,
    "discountedLinePrice": 29900,
    "discountedLinePriceWithTax": 35880,
    "productVariant": FILED,
}


CART = {
    "activeChannel": {"defaultCurrencyCode": "USD"},
    "activeOrder": {
        "currencyCode": "USD",
        "shippingLines": [{"shippingMethod": {"code": "standard-shipping"}}],
        "promotions": [{"name": "Spend 500!", "couponCode": None}],
        "lines": [LINE, {**LINE, "quantity": 0}],
    },
}


def permissions(*names: str) -> dict[str, Any]:
    channels = [{"code": "elsewhere", "permissions": ["SuperAdmin"]}, {"code": "main", "permissions": list(names)}]
    return {"activeChannel": {"code": "main"}, "me": {"channels": channels}}


class FakeVendure:
    """Answers by operation name; knows which tokens it has given out."""

    def __init__(self) -> None:
        self.answers: dict[str, object] = {
            "Cart": CART,
            "Fields": {"__type": None},
            "Customer": {"activeCustomer": {"id": "7"}},
            "Groups": {"customer": {"id": "7", "groups": [{"name": "Wholesale"}]}},
            "Permissions": permissions("ReadCatalog", "ReadOrder"),
        }
        self.fields: dict[str, object] = {}
        self.sessions = {"cart-of-ada", "ada"}
        self.admins: list[str] = []
        self.asked: list[tuple[str, str]] = []
        self.variables: list[tuple[str, Any]] = []
        self.channels: list[str | None] = []

    def answer(self, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        question = json.loads(body)
        name = question["query"].split("(")[0].split("{")[0].split()[1]
        token = headers.get("Authorization", "").removeprefix("Bearer ")
        self.asked.append((name, path))
        self.variables.append((name, question["variables"]))
        self.channels.append(headers.get("vendure-token"))
        if name == "Login":
            return self._log_in(question["variables"])
        if path.startswith("/admin-api") and token not in self.admins[-1:]:
            return 200, {"vendure-auth-token": ""}, FORBIDDEN
        fresh = {} if token in self.sessions or token in self.admins else {"vendure-auth-token": "new"}
        if name == "Fields":
            return 200, fresh, {"data": {"__type": self.fields.get(question["variables"]["type"])}}
        data = self.answers.get(name)
        data = data(question["variables"]) if callable(data) else data
        if fresh and name in ("Cart", "Customer", "Orders"):
            data = {"activeChannel": {"defaultCurrencyCode": "USD"}, "activeOrder": None, "activeCustomer": None,
                    "customer": None}  # fmt: skip
        return (200, fresh, data) if isinstance(data, dict) and "errors" in data else (200, fresh, {"data": data})

    def _log_in(self, variables: Mapping[str, str]) -> Reply:
        if variables != {"username": "root", "password": "se:cret"}:
            return 200, {}, {"data": {"login": {"__typename": "InvalidCredentialsError"}}}
        self.admins.append(f"admin-{len(self.admins)}")
        return 200, {"vendure-auth-token": self.admins[-1]}, {"data": {"login": {"__typename": "CurrentUser"}}}


def ask(shop: SignalSource, signal: Signal, shopper: Shopper = ADA) -> Answer:
    return shop.fetch(signal, shopper, currency="USD", timeout_s=2)


def order(state: str, placed: str | None) -> dict[str, Any]:
    return {"state": state, "orderPlacedAt": placed, "currencyCode": "USD", "total": 100, "totalWithTax": 120,
            "lines": [{"quantity": 1, "productVariant": FILED}]}  # fmt: skip


def ordering(*items: dict[str, Any], total: int | None = None, key: str = "7") -> dict[str, Any]:
    orders = {"totalItems": len(items) if total is None else total, "items": list(items)}
    return {"customer": {"id": key, "orders": orders}}


def variant(sku: str, **said: Any) -> dict[str, Any]:
    return {
        "sku": sku, "enabled": True, "currencyCode": "USD", "price": 14950, "priceWithTax": 17940,
        "trackInventory": "TRUE", "outOfStockThreshold": 0, "useGlobalOutOfStockThreshold": True,
        "translations": [{"languageCode": "en", "name": "Tent"}, {"languageCode": "zh_Hans", "name": "帐篷"}],
        "featuredAsset": None, "facetValues": [], "stockLevels": [{"stockOnHand": 12, "stockAllocated": 2}], **said,
    }  # fmt: skip


def product(key: str, variants: list[dict[str, Any]], **said: Any) -> dict[str, Any]:
    return {
        "id": key, "slug": f"p{key}", "enabled": True, "featuredAsset": {"preview": "https://cdn.example/a.jpg"},
        "collections": [{"slug": "camping"}], "facetValues": [facet("outdoor", "category"), facet("trek", "brand")],
        "customFields": {"related": [], "boughtTogether": None}, "variants": variants, **said,
    }  # fmt: skip


def catalogue(*products: dict[str, Any]) -> dict[str, Any]:
    return {**mark(), "products": {"totalItems": len(products), "items": list(products)}}


def mark(**said: Any) -> dict[str, Any]:
    """Tell what is asked with every part of the catalogue."""
    newest = {"totalItems": 3, "items": [{"updatedAt": "2026-04-01T00:00:00.000Z"}]}
    return {
        "activeChannel": {"code": "main", "updatedAt": "2026-04-01T00:00:00.000Z", "pricesIncludeTax": False},
        "globalSettings": {"updatedAt": "2026-04-01T00:00:00.000Z", "trackInventory": True, "outOfStockThreshold": 0},
        "all": {"totalItems": 3}, "variants": {"totalItems": 3},
        **dict.fromkeys(("collections", "facets", "facetValues", "taxRates"), newest), **said,
    }  # fmt: skip


def part(code: str, **arguments: str) -> dict[str, Any]:
    return {"code": code, "args": [{"name": name, "value": value} for name, value in arguments.items()]}


def promotion(name: str, conditions: list[Any], action: dict[str, Any], **said: Any) -> dict[str, Any]:
    return {"name": name, "couponCode": None, "startsAt": None, "endsAt": None, "conditions": conditions,
            "actions": [action], **said}  # fmt: skip


def minimum(amount: str, tax: str = "true") -> dict[str, Any]:
    return part("minimum_order_amount", amount=amount, taxInclusive=tax)


TEN_PERCENT = part("order_percentage_discount", discount="10")


def promotions(*items: dict[str, Any]) -> dict[str, Any]:
    return {
        "activeChannel": {"defaultCurrencyCode": "USD"},
        "customerGroups": {"items": [{"id": "1", "name": "Wholesale"}]},
        "promotions": {"totalItems": len(items), "items": list(items)},
    }
