"""A product as every output shows it: title in the reader's language, safe addresses, prices written out."""

import re
from collections.abc import Mapping

from cms.facts.formats import shown_money, shown_number
from cms.facts.money import Money
from cms.facts.signals import Product
from cms.rendering.words import word_for

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
        "review_count": product.review_count,
        "rated": _rated(product, locale),
        "details": details_of(product, locale),
    }


def money_view(money: Money, locale: str) -> dict[str, object]:
    return {"amount": money.amount, "currency": money.currency, "text": shown_money(money, locale)}


def details_of(product: Product, locale: str) -> list[dict[str, str]]:
    """Give what a product is described by, in the reader's language."""
    return [
        {"label": _in(detail.label, locale), "value": _in(detail.value, locale)}
        for detail in product.details
        if _in(detail.label, locale) and _in(detail.value, locale)
    ]


def _title(product: Product, locale: str) -> str:
    return _in(product.title, locale) or product.sku


def _in(texts: Mapping[str, str], locale: str) -> str:
    """Choose a text in the reader's language, else one in no particular language, in English, or any."""
    tag = locale
    while tag:
        if texts.get(tag):
            return texts[tag]
        tag = tag.rpartition("-")[0]
    known = [texts.get("", ""), texts.get("en", ""), *sorted(texts.values())]
    return next((text for text in known if text), "")


def _rated(product: Product, locale: str) -> str | None:
    """Say a rating and by how many, such as "4.8 of 5 · 310 reviews"."""
    if product.rating is None:
        return None
    rating = word_for("rated", locale, rating=shown_number(round(product.rating, 1), locale))
    if not product.review_count:
        return rating
    word = "review" if product.review_count == 1 else "reviews"
    return f"{rating} · {word_for(word, locale, count=shown_number(product.review_count, locale))}"


def _list_price(product: Product, locale: str) -> dict[str, object] | None:
    """Show the regular price only where the product costs less now."""
    price, regular = product.price, product.list_price
    if price is None or regular is None or regular.currency != price.currency or regular <= price:
        return None
    return money_view(regular, locale)


def _safe(address: str) -> str:
    return address if _SAFE.fullmatch(address) else ""
