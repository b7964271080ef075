"""The open signals API: what Vitrine may know of carts, customers, orders, products, stock and promotions."""

from collections.abc import Callable, Sequence
from hashlib import sha256
from hmac import compare_digest
from typing import Any

from flask import Blueprint, Response, jsonify, request

from cms.shop.catalogue import Product, Promotion
from cms.shop.config import ShopConfig
from cms.shop.customers import Customer
from cms.shop.money import CURRENCIES, DEFAULT_CURRENCY
from cms.shop.parts import Part, part_of
from cms.shop.pricing import Totals
from cms.shop.records import edition_of
from cms.shop.store import Cart, Order
from cms.shop.trade import Shop

CART_ID = "c-"  # what a cart's id begins with


def signals_blueprint(shop: Shop, config: ShopConfig) -> Blueprint:
    """Make the API; every route wants the service key, shopper routes also the shopper's own token or verified ids."""
    edition = edition_of("products", "promotions") + sha256(config.public_url.encode()).hexdigest()[:4]
    blueprint = Blueprint("signals", __name__, url_prefix="/signals/v1")
    blueprint.before_request(lambda: _refuse_strangers(config.service_key) or _refuse_currency())
    for path, answer in {
        "/cart": lambda: _cart(shop),
        "/customer": lambda: _for_customer(shop, lambda customer: _customer_json(shop, customer)),
        "/orders": lambda: _for_customer(shop, lambda customer: _orders_json(shop, customer)),
        "/traits": lambda: _for_customer(shop, lambda customer: _traits_json(shop, customer)),
        "/products": lambda: _products(shop, config, edition),
        "/stock": lambda: jsonify({"stock": shop.store.stock()}),
        "/promotions": lambda: jsonify(_promotions_json(shop)),
    }.items():
        blueprint.add_url_rule(path, endpoint=path[1:], view_func=answer)
    return blueprint


def problem(status: int, code: str, detail: str) -> Response:
    """Make an RFC 9457 answer with a stable code."""
    response = jsonify({"status": status, "code": code, "title": code.replace("-", " ").capitalize(), "detail": detail})
    response.status_code = status
    response.content_type = "application/problem+json"
    return response


def _refuse_strangers(service_key: str) -> Response | None:
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if compare_digest(given.encode(), service_key.encode()):
        return None
    refusal = problem(401, "unauthorized", "Send the shop's service key as `Authorization: Bearer KEY`.")
    refusal.headers["WWW-Authenticate"] = "Bearer"
    return refusal


def _refuse_currency() -> Response | None:
    if _asked_currency() in CURRENCIES:
        return None
    return problem(422, "unknown-currency", f"The shop sells in {' and '.join(CURRENCIES)} only.")


def _asked_currency() -> str:
    return request.args.get("currency", DEFAULT_CURRENCY)


def _told(header: str) -> str:
    return request.headers.get(header, "")


def _unknown_shopper() -> Response:
    return problem(404, "unknown-token", "Nobody here has this `Shopper-Token`, `Cart-Id` or `Customer-Id`.")


def _answered(asked_by: str, answer: dict[str, Any]) -> Response:
    """Answer, and say by a digest whom: so that a mix-up on the way is seen."""
    return jsonify({**answer, "for": sha256(asked_by.encode()).hexdigest()})


def _cart(shop: Shop) -> Response:
    cart = shop.store.cart(_told("Shopper-Token")) if _told("Shopper-Token") else _cart_by_id(shop)
    if cart is None:
        return _unknown_shopper()
    totals = shop.totals(cart.token, _asked_currency())
    return _answered(_told("Shopper-Token") or _told("Cart-Id"), _cart_json(cart.token, totals))


def _cart_by_id(shop: Shop) -> Cart | None:
    """Find a cart by its id; a customer's own only together with the customer's."""
    cart = shop.store.cart(_told("Cart-Id").removeprefix(CART_ID)) if _told("Cart-Id").startswith(CART_ID) else None
    return cart if cart and cart.customer == _told("Customer-Id") else None


def _cart_json(token: str, totals: Totals) -> dict[str, Any]:
    held = (*totals.lines, totals.express) if totals.express else totals.lines
    lines = [
        {
            "sku": line.product.sku,
            "quantity": line.quantity,
            "unit_price": line.unit.as_json(),
            "categories": list(line.product.categories),
        }
        for line in held
    ]
    return {
        "id": f"{CART_ID}{token}",
        "currency": totals.subtotal.currency,
        "lines": lines,
        "subtotal": totals.subtotal.as_json(),
        "shipping_method": _shipping_method(totals),
        "promotions": list(totals.promotions),
    }


def _shipping_method(totals: Totals) -> str | None:
    """Say how a cart is sent; services alone are not."""
    if totals.express:
        return "express"
    return "standard" if totals.subtotal.minor else None


def _for_customer(shop: Shop, answer: Callable[[Customer], dict[str, Any]]) -> Response:
    token, key = _told("Shopper-Token"), _told("Customer-Id")
    customer = shop.customer_of(token) if token else shop.customer_by_key(key)
    return _answered(token or key, answer(customer)) if customer else _unknown_shopper()


def _customer_json(shop: Shop, customer: Customer) -> dict[str, Any]:
    return {
        "key": customer.key,
        "kind": customer.kind,
        "groups": sorted(customer.groups),
        "company": customer.company,
        "company_level": customer.company_level,
        "account": customer.account,
        "loyalty_tier": customer.loyalty_tier,
        "loyalty_points": customer.loyalty_points,
        "is_member": customer.is_member,
        "tags": shop.tags(customer),
    }


def _orders_json(shop: Shop, customer: Customer) -> dict[str, Any]:
    orders = shop.store.orders_of(customer.key)
    return {"customer": customer.key, "orders": [_order_json(shop, order) for order in orders]}


def _traits_json(shop: Shop, customer: Customer) -> dict[str, Any]:
    return {"customer": customer.key, "traits": shop.traits(customer)}


def _order_json(shop: Shop, order: Order) -> dict[str, Any]:
    products = shop.catalogue.products
    lines = [
        {"sku": line.sku, "quantity": line.quantity, "categories": list(products[line.sku].categories)}
        for line in order.lines
    ]
    return {"placed_at": order.placed_at.isoformat(), "total": order.total.as_json(), "lines": lines}


def _products(shop: Shop, config: ShopConfig, edition: str) -> Response:
    """Tell the asked products; where the reader keeps a copy, one part of them all or what has changed."""
    if "cursor" not in request.args:
        return jsonify(_products_json(shop, config, _asked_products(shop, request.args.getlist("sku"))))
    part = part_of(shop, request.args["cursor"], edition=edition, currency=_asked_currency())
    if part is None:
        return problem(410, "unknown-cursor", "Begin anew with an empty `cursor`.")
    return jsonify({**_products_json(shop, config, part.products), **_rest_json(part)})


def _rest_json(part: Part) -> dict[str, Any]:
    return {"cursor": part.cursor, "more": part.more, "gone": [], "total": part.total}


def _products_json(shop: Shop, config: ShopConfig, products: Sequence[Product]) -> dict[str, Any]:
    stock, currency = shop.store.stock(), _asked_currency()
    return {"products": [_product_json(p, stock.get(p.sku, 0), currency, config.public_url) for p in products]}


def _asked_products(shop: Shop, skus: Sequence[str]) -> list[Product]:
    products = shop.catalogue.products
    return [products[sku] for sku in dict.fromkeys(skus) if sku in products] if skus else list(products.values())


def _product_json(product: Product, stock: int, currency: str, public_url: str) -> dict[str, Any]:
    was = product.list_price.get(currency)
    return {
        "sku": product.sku,
        "parent": product.parent,
        "title": dict(product.title),
        "url": public_url + product.path,
        "image": public_url + product.picture,
        "price": product.price[currency].as_json(),
        "list_price": was.as_json() if was else None,
        "categories": list(product.categories),
        "tags": list(product.tags),
        "stock": stock,
        "rating": product.rating,
        "review_count": product.review_count,
        "popularity": product.popularity,
        "popularity_in": dict(product.popularity_in),
        "details": [detail.as_json() for detail in product.details],
        "links": {kind: list(skus) for kind, skus in product.links.items()},
    }


def _promotions_json(shop: Shop) -> dict[str, Any]:
    currency = _asked_currency()
    return {"promotions": [_promotion_json(promotion, currency) for promotion in shop.catalogue.promotions]}


def _promotion_json(promotion: Promotion, currency: str) -> dict[str, Any]:
    tiers = [{"threshold": tier.threshold.as_json(), "percent": tier.percent} for tier in promotion.tiers[currency]]
    return {
        "key": promotion.key,
        "tiers": tiers,
        "free_shipping": promotion.free_shipping,
        "groups": sorted(promotion.groups),
        "not_for": sorted(promotion.not_for),
    }
