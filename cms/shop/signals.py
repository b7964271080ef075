"""The open signals API: what Vitrine may know of carts, customers, orders, products and promotions."""

from collections.abc import Callable, Sequence
from hmac import compare_digest
from typing import Any

from flask import Blueprint, Response, jsonify, request

from cms.shop.catalogue import Product, Promotion
from cms.shop.config import ShopConfig
from cms.shop.customers import Customer
from cms.shop.money import CURRENCIES, DEFAULT_CURRENCY
from cms.shop.pricing import Totals
from cms.shop.store import Order
from cms.shop.trade import Shop


def signals_blueprint(shop: Shop, config: ShopConfig) -> Blueprint:
    """Make the API; every route wants the service key, shopper routes also the shopper's own token."""
    blueprint = Blueprint("signals", __name__, url_prefix="/signals/v1")
    blueprint.before_request(lambda: _refuse_strangers(config.service_key) or _refuse_currency())
    for path, answer in {
        "/cart": lambda: _cart(shop),
        "/customer": lambda: _for_customer(shop, lambda customer: _customer_json(shop, customer)),
        "/orders": lambda: _for_customer(shop, lambda customer: _orders_json(shop, customer)),
        "/traits": lambda: _for_customer(shop, lambda customer: {"traits": shop.traits(customer)}),
        "/products": lambda: jsonify(_products_json(shop, config)),
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


def _shopper_token() -> str:
    return request.headers.get("Shopper-Token", "")


def _unknown_token() -> Response:
    return problem(404, "unknown-token", "Nobody here has this `Shopper-Token`.")


def _cart(shop: Shop) -> Response:
    cart = shop.store.cart(_shopper_token())
    if cart is None:
        return _unknown_token()
    return jsonify(_cart_json(cart.token, shop.totals(cart.token, _asked_currency())))


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
        "id": f"c-{token}",
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
    customer = shop.customer_of(_shopper_token())
    return jsonify(answer(customer)) if customer else _unknown_token()


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
    return {"orders": [_order_json(shop, order) for order in shop.store.orders_of(customer.key)]}


def _order_json(shop: Shop, order: Order) -> dict[str, Any]:
    products = shop.catalogue.products
    lines = [
        {"sku": line.sku, "quantity": line.quantity, "categories": list(products[line.sku].categories)}
        for line in order.lines
    ]
    return {"placed_at": order.placed_at.isoformat(), "total": order.total.as_json(), "lines": lines}


def _products_json(shop: Shop, config: ShopConfig) -> dict[str, Any]:
    stock, currency = shop.store.stock(), _asked_currency()
    asked = _asked_products(shop, request.args.getlist("sku"))
    return {"products": [_product_json(p, stock.get(p.sku, 0), currency, config.public_url) for p in asked]}


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
