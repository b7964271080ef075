"""A small shop in which every signal is told: what is well formed, for tests that spoil it or ask all of it."""

from typing import Any

from tests.commerce.shopify.conftest import Shopify, page, usd

_VARIANT = "gid://shopify/ProductVariant/1"
_EVERYBODY = {"__typename": "DiscountBuyerSelectionAll"}
_FROM_100 = {"__typename": "DiscountMinimumSubtotal", "greaterThanOrEqualToSubtotal": usd("100.0")}


def furnish(shopify: Shopify) -> None:
    """Fill the shop: a cart, customer 7 and what they bought, two discounts, a product and what was taken off sale."""
    shopify.storefront.answers |= {
        "QueryRoot.cart": lambda asked: _cart(asked["id"]),
        "QueryRoot.nodes": lambda asked: [
            {"__typename": "ProductVariant", "id": key, "product": _product()} for key in asked["ids"]
        ],
        "QueryRoot.products": lambda _: page([_product()]),
        "QueryRoot.productRecommendations": lambda _: [_product()],
    }
    total = {"currentTotalPriceSet": {"presentmentMoney": usd("20.0")}}
    which = {"variant": {"id": _VARIANT}}
    segments = {"memberships": [{"segmentId": "gid://shopify/Segment/11", "isMember": True}]}
    shopify.accounts.answers["QueryRoot.customer"] = _customer(
        "7", {"totalPrice": usd("20.0")}, {"variantId": _VARIANT}
    ) | {"companyContacts": {"nodes": [{"company": _COMPANY}]}, "metafields": _METAFIELDS}
    shopify.admin.answers |= {
        "QueryRoot.customer": lambda asked: (
            _customer(asked["id"].rpartition("/")[2], total, which)
            | {
                "companyContactProfiles": [{"company": _COMPANY}],
                "metafields": {"nodes": _METAFIELDS},
                "statistics": {"rfmGroup": "LOYAL"},
            }
        ),
        "Metafield.jsonValue": 0.5,
        "QueryRoot.customerSegmentMembership": segments,
        "QueryRoot.discountNodes": page([{"discount": _basic()}, {"discount": _shipping()}]),
        "QueryRoot.products": page([{"variants": {"nodes": [{"id": _VARIANT, "sku": "OLD"}]}}]),
        "QueryRoot.currentAppInstallation": {"accessScopes": [{"handle": "read_customers"}]},
    }


_COMPANY = {"id": "gid://shopify/Company/5", "name": "Acme"}
_METAFIELDS = [
    {"namespace": "loyalty", "key": "tier", "value": "gold"},
    {"namespace": "loyalty", "key": "points", "value": "120"},
    {"namespace": "loyalty", "key": "member", "value": "true"},
    {"namespace": "crm", "key": "churn", "value": "0.5"},
]


def _cart(key: str) -> Any:
    if "empty" not in key and "abc" not in key and "def" not in key:
        return None
    line = {
        "__typename": "CartLine",
        "quantity": 2 if "abc" in key else 3,
        "cost": {"amountPerQuantity": usd("30.0")},
        "merchandise": {"__typename": "ProductVariant", "id": _VARIANT, "sku": "TENT"},
    }
    return {
        "id": key,
        "cost": {"subtotalAmount": usd("60.0") if "empty" not in key else usd("0.0")},
        "lines": page([line] if "empty" not in key else []),
        "discountApplications": [{"__typename": "CartAutomaticDiscountApplication", "title": "May"}],
        "deliveryGroups": {"nodes": [{"selectedDeliveryOption": {"title": "Express"}}]},
    }


def _customer(number: str, total: Any, which: Any) -> dict[str, Any]:
    order = {
        "id": "gid://shopify/Order/1",
        "processedAt": "2026-04-01T10:00:00Z",
        "cancelledAt": None,
        "lineItems": page([{"sku": "TENT", "quantity": 1, **which}]),
        **total,
    }
    return {"id": f"gid://shopify/Customer/{number}", "tags": ["press"], "orders": page([order])}


def _discount(title: str) -> dict[str, Any]:
    return {
        "title": title,
        "status": "ACTIVE",
        "startsAt": "2026-04-01T00:00:00Z",
        "endsAt": "2026-12-01T00:00:00Z",
        "minimumRequirement": _FROM_100,
        "context": _EVERYBODY,
    }


def _basic() -> dict[str, Any]:
    value = {"__typename": "DiscountPercentage", "percentage": 0.1}
    gets = {"appliesOnOneTimePurchase": True, "items": {"__typename": "AllDiscountItems"}, "value": value}
    return {"__typename": "DiscountAutomaticBasic", "customerGets": gets, **_discount("May")}


def _shipping() -> dict[str, Any]:
    return {
        "__typename": "DiscountAutomaticFreeShipping",
        "appliesOnOneTimePurchase": True,
        "maximumShippingPrice": None,
        "destinationSelection": {"__typename": "DiscountCountryAll"},
        **_discount("Free shipping"),
    }


def _product() -> dict[str, Any]:
    variant = {
        "id": _VARIANT,
        "sku": "TENT",
        "title": "Default Title",
        "availableForSale": True,
        "quantityAvailable": 4,
        "image": None,
        "price": usd("30.0"),
        "compareAtPrice": usd("40.0"),
    }
    return {
        "id": "gid://shopify/Product/1",
        "handle": "tent",
        "title": "Tent",
        "productType": "Tents",
        "tags": ["new"],
        "updatedAt": "2026-04-01T08:00:00Z",
        "featuredImage": {"url": "https://cdn.example/1.jpg"},
        "collections": {"nodes": [{"handle": "outdoor"}]},
        "metafields": [{"key": "rating", "value": '{"value": "4.5"}'}, {"key": "rating_count", "value": "8"}],
        "variants": page([variant]),
    }
