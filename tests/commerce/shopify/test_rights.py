"""What `cms commerce doctor` says of the keys."""

from collections.abc import Sequence
from typing import Any

from graphql import GraphQLError

from tests.commerce.shopify.conftest import ALL, Shopify


def _missing(shopify: Shopify, scopes: list[str], options: dict[str, Any] | None = None) -> Sequence[str]:
    granted = {"accessScopes": [{"handle": scope} for scope in scopes]}
    shopify.admin.answers["QueryRoot.currentAppInstallation"] = granted
    missing = shopify.connected(options).missing
    assert missing is not None
    return missing(5)


_GRANTED = [
    "read_customers", "read_discounts", "write_products", "read_orders", "read_all_orders", "read_companies", "read_themes",
]  # fmt: skip


def test_nothing_is_missing_where_all_is_granted(shopify: Shopify) -> None:
    assert _missing(shopify, _GRANTED) == []


def test_each_scope_that_the_options_need_is_named(shopify: Shopify) -> None:
    said = " ".join(_missing(shopify, []))
    for scope in (
        "read_customers",
        "read_discounts",
        "read_products",
        "read_orders",
        "read_all_orders",
        "read_companies",
    ):
        assert f"the scope {scope}" in said
    assert len(_missing(shopify, [], {**ALL, "b2b": False, "all_orders": False})) == 3


def test_the_storefronts_scopes_are_tried(shopify: Shopify) -> None:
    def denied(_: object) -> object:
        raise GraphQLError("no", extensions={"code": "ACCESS_DENIED"})

    def not_there(_: object) -> object:
        raise GraphQLError("no such cart", extensions={"code": "NOT_FOUND"})

    shopify.storefront.answers |= {"QueryRoot.products": denied, "QueryRoot.cart": not_there}
    (said,) = _missing(shopify, _GRANTED)
    assert "unauthenticated_read_product_inventory" in said
    shopify.storefront.answers["QueryRoot.cart"] = denied
    assert "unauthenticated_read_checkouts" in _missing(shopify, _GRANTED)[0]
