"""A product as every output shows it: title in the reader's language, safe addresses, prices written out."""

import re

from cms.facts.money import Money
from cms.facts.signals import Product
from cms.rendering.formats import shown_money

_SAFE = re.compile(r"(https?://[^\s\\<>\"]+|/(?![/\\])[^\s\\<>\"]*)")


def product_view(product: Product, locale: str) -> dict[str, object]:
    """Give a product as JSON-ready data; an address that is neither http(s) nor a path of the shop is left empty."""
    return {
        "sku": product.sku,
        "title": _title(product, locale),
        "url": _safe(product.url),
        "image": _safe(product.image),
        "price": money_view(product.price, locale) if product.price is not None else None,
        "list_price": _list_price(product, locale),
        "stock": product.stock,
        "rating": product.rating,
    }


def money_view(money: Money, locale: str) -> dict[str, object]:
    return {"amount": money.amount, "currency": money.currency, "text": shown_money(money, locale)}


def _title(product: Product, locale: str) -> str:
    tag = locale
    while tag:
        if product.title.get(tag):
            return product.title[tag]
        tag = tag.rpartition("-")[0]
    known = [product.title.get("", ""), product.title.get("en", ""), *sorted(product.title.values()), product.sku]
    return next(title for title in known if title)


def _list_price(product: Product, locale: str) -> dict[str, object] | None:
    """Show the regular price only where the product costs less now."""
    price, regular = product.price, product.list_price
    if price is None or regular is None or regular.currency != price.currency or regular <= price:
        return None
    return money_view(regular, locale)


def _safe(address: str) -> str:
    return address if _SAFE.fullmatch(address) else ""
