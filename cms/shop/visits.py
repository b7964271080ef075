"""Who is visiting and how: kept in a signed cookie, changed by the visit-as bar, told to Vitrine as facts."""

import secrets
import time
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

from flask import Request, session

from cms.shop.catalogue import Product
from cms.shop.customers import Customer, Directory, Visitor
from cms.shop.money import CURRENCIES
from cms.shop.store import Order
from cms.shop.wording import LOCALES, negotiate

DEVICES = ("desktop", "mobile", "tablet", "app", "mini-program")
SOURCES = ("direct", "organic", "paid", "email", "social", "affiliate", "referral", "wechat")
CHOICES: Mapping[str, tuple[str, ...]] = {
    "device": DEVICES,
    "source": SOURCES,
    "locale": LOCALES,
    "currency": CURRENCIES,
    "consent": ("yes", "no"),
}
PAUSE_S = 1800  # after half an hour a visit is a new one
MOST_VIEWED = 20


@dataclass(frozen=True, slots=True)
class Visit:
    """One request's view of the visitor; `visitor` is None for a person who is just themselves."""

    key: str
    visitor: Visitor | None
    customer: Customer | None
    cart: str  # the cart's token, "" before anything was added
    device: str
    source: str
    locale: str
    currency: str
    consent: bool
    visits: int
    page_views: int
    seconds: int
    viewed: tuple[str, ...]

    def facts(self, product: Product | None = None) -> dict[str, Any]:
        """Say what a page may say of its request."""
        seen: dict[str, Any] = {
            "currency": self.currency,
            "visitor.device": self.device,
            "visitor.is_new": self.visits <= 1,
            "visitor.visits": self.visits,
            "visitor.logged_in": self.customer is not None,
            "visitor.country": self.visitor.country if self.visitor else {"TWD": "TW"}.get(self.currency, "US"),
            "visitor.consent": self.consent,
            "source.kind": self.source,
            "session.page_views": self.page_views,
            "session.seconds": self.seconds,
            "session.viewed": list(self.viewed),
        }
        if product:
            seen |= {"page.product": product.sku, "page.category": product.categories[0]}
        return seen | _facts_of(self.visitor)

    def request_body(self, product: Product | None = None, order: Order | None = None) -> dict[str, Any]:
        """Make the body of a page request; on the page that confirms an order, its lines stand for the cart."""
        body: dict[str, Any] = {
            "visitor": self.key,
            "locale": self.locale,
            "facts": self.facts(product),
            "cart": self._cart(order),
            "format": "html",
        }
        return body | ({"customer": {"token": self.customer.token}} if self.customer else {})

    def _cart(self, order: Order | None) -> dict[str, Any]:
        """Say what is in the cart; without one that it is empty, else nothing would be known of it."""
        if order:  # a guest's order is known to nobody else, and what was just bought is not to be offered again
            return {"lines": [{"sku": line.sku, "quantity": line.quantity} for line in order.lines]}
        return {"token": self.cart} if self.cart else {"lines": []}


def current_visit(request: Request, directory: Directory, *, viewed: str = "") -> Visit:
    """Read the visitor's cookie, count this page and remember the product it shows."""
    session.permanent = True
    _count(session, time.time())
    if viewed:
        session["viewed"] = [viewed, *(sku for sku in session["viewed"] if sku != viewed)][:MOST_VIEWED]
    return same_visit(request, directory)


def same_visit(request: Request, directory: Directory) -> Visit:
    """Read the visitor's cookie without counting a page."""
    if "visitor" not in session:
        _count(session, time.time())
    visitor = directory.visitors.get(session.get("as", ""))
    customer = directory.customers.get(visitor.customer) if visitor else None
    chosen = _defaults(request, visitor) | session.get("chosen", {})
    return Visit(
        key=f"shop-{visitor.key}" if visitor else session["visitor"],
        visitor=visitor,
        customer=customer,
        cart=customer.cart if customer else session["carts"].get(session.get("as", ""), ""),
        device=chosen["device"],
        source=chosen["source"],
        locale=chosen["locale"],
        currency=chosen["currency"],
        consent=chosen["consent"] == "yes",
        visits=visitor.visits if visitor else session["visits"],
        page_views=session["views"],
        seconds=int(time.time() - session["since"]),
        viewed=tuple(session["viewed"]),
    )


def cart_for(visit: Visit) -> str:
    """Give the token of the visitor's cart; a guest without one gets a new one, kept in the cookie."""
    if visit.cart:
        return visit.cart
    token = f"cart-{secrets.token_urlsafe(16)}"
    session["carts"] = session["carts"] | {session.get("as", ""): token}
    return token


def visit_as(key: str, directory: Directory) -> None:
    """Look through somebody else's eyes from now on; an unknown key means oneself again."""
    session["as"] = key if key in directory.visitors else ""
    session["chosen"] = {}
    session.update(since=time.time(), views=0, viewed=[])


def choose(choices: Mapping[str, str]) -> None:
    """Change single traits of the visit; what the shop does not offer is ignored."""
    valid = {name: value for name, value in choices.items() if value in CHOICES.get(name, ())}
    session["chosen"] = session.get("chosen", {}) | valid


def _count(kept: MutableMapping[str, Any], now: float) -> None:
    if "visitor" not in kept:
        kept.update(visitor=f"v-{secrets.token_hex(8)}", visits=0, last=0.0, carts={})
    if now - kept["last"] > PAUSE_S:
        kept.update(visits=kept["visits"] + 1, since=now, views=0, viewed=[])
    kept.update(last=now, views=kept["views"] + 1)


def _defaults(request: Request, visitor: Visitor | None) -> dict[str, str]:
    if visitor:
        own = {"device": visitor.device, "source": visitor.source, "locale": visitor.locale}
        return own | {"currency": visitor.currency, "consent": "yes"}
    mobile = "Mobi" in request.headers.get("User-Agent", "")
    return {
        "device": "mobile" if mobile else "desktop",
        "source": "direct",
        "locale": negotiate([tag for tag, _ in request.accept_languages]),
        "currency": "USD",
        "consent": "yes",
    }


def _facts_of(visitor: Visitor | None) -> dict[str, Any]:
    if visitor is None:
        return {}
    facts = {"source.campaign": visitor.campaign, "source.scene": visitor.scene}
    told: dict[str, Any] = {name: value for name, value in facts.items() if value}
    return told | ({"session.abandoned_cart": True} if visitor.abandoned_cart else {})
