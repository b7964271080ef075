"""What a customer's orders say about them: stamps, membership, what runs out. Nothing of it is typed in."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from cms.shop.catalogue import Product
from cms.shop.customers import Customer
from cms.shop.pricing import CARD
from cms.shop.store import Order

VIP, VIP_LASTS = "vip-year", timedelta(days=365)
LASTS = timedelta(days=45)  # a refill, in use
Products = Mapping[str, Product]


def stamps_of(customer: Customer, orders: Sequence[Order], products: Products) -> int | None:
    """Count the stamps on a consumer's card: one for each consumable, the tenth begins a new card; a company has none."""
    if customer.kind != "consumer":
        return None
    bought = [line.quantity for order in orders for line in order.lines if _is_stamped(products.get(line.sku))]
    return sum(bought) % CARD


def is_vip(orders: Sequence[Order], now: datetime) -> bool:
    return any(_has(order, VIP) and now - order.placed_at < VIP_LASTS for order in orders)


def computed_traits(customer: Customer, orders: Sequence[Order], products: Products, now: datetime) -> dict[str, Any]:
    """Say as facts what the orders tell; `orders` are newest first."""
    stamps = stamps_of(customer, orders, products)
    card = {} if stamps is None else {"loyalty.stamps": stamps, "loyalty.stamps_to_free": CARD - stamps}
    return {**_rfm(orders, now), **card, "membership.vip": is_vip(orders, now), **_due(orders, products)}


def _rfm(orders: Sequence[Order], now: datetime) -> dict[str, Any]:
    if not orders:
        return {}
    same = [order.total for order in orders if order.total.currency == orders[0].total.currency]
    return {
        "rfm.recency_days": (now - orders[0].placed_at).days,
        "rfm.frequency": len(orders),
        "rfm.monetary": sum(same[1:], same[0]).as_json(),
    }


def _due(orders: Sequence[Order], products: Products) -> dict[str, str]:
    """Say when each refill that was bought runs out, by its last purchase."""
    last = {line.sku: order.placed_at for order in reversed(orders) for line in order.lines}
    refills = {sku: when for sku, when in last.items() if sku in products and "refill" in products[sku].tags}
    return {f"replenish_due[{sku}]": (when + LASTS).date().isoformat() for sku, when in refills.items()}


def _is_stamped(product: Product | None) -> bool:
    return product is not None and "consumables" in product.categories


def _has(order: Order, sku: str) -> bool:
    return any(line.sku == sku for line in order.lines)
