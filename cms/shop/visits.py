"""Who is visiting and how: kept in a signed cookie, changed by the visit-as bar, told to Vitrine as facts."""

import secrets
import time
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from flask import Request, session

from cms.shop.customers import Customer, Visitor
from cms.shop.money import CURRENCIES
from cms.shop.sources import SOURCES, Source, source_of
from cms.shop.store import Order
from cms.shop.trade import Shop
from cms.shop.wording import LOCALES, negotiate

DEVICES = ("desktop", "mobile", "tablet", "app", "mini-program")
REGIONS = ("", "US-OR", "US-TX", "TW-TPE", "CN-SH")  # "" is not known
CHOICES: Mapping[str, tuple[str, ...]] = {
    "device": DEVICES,
    "source": SOURCES,
    "locale": LOCALES,
    "currency": CURRENCIES,
    "region": REGIONS,
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
    origin: Source
    locale: str
    currency: str
    country: str
    region: str
    consent: bool
    visits: int
    page_views: int
    seconds: int
    viewed: tuple[str, ...]
    left_cart: bool  # what is in the cart was put there in an earlier visit

    @property
    def source(self) -> str:
        return self.origin.kind

    def facts(self) -> dict[str, Any]:
        """Say what a page may say of its request, whatever the page."""
        told: dict[str, Any] = {
            "currency": self.currency,
            "visitor.device": self.device,
            "visitor.is_new": self.visits <= 1,
            "visitor.visits": self.visits,
            "visitor.logged_in": self.customer is not None,
            "visitor.country": self.country,
            "visitor.consent": self.consent,
            "session.page_views": self.page_views,
            "session.seconds": self.seconds,
            "session.viewed": list(self.viewed),
        }
        return told | ({"visitor.region": self.region} if self.region else {}) | self.origin.facts()

    def request_body(
        self, about: Mapping[str, Any], order: Order | None = None, *, version: str, waiting: bool = False
    ) -> dict[str, Any]:
        """Make the body of a page request.

        `about` are the facts of the page itself; `version` is the cart's, `waiting` tells that something is in it. On a
        page about an order that was just placed its lines stand for the cart.
        """
        facts = {**self.facts(), **about, "session.abandoned_cart": self.left_cart and waiting}
        body = {
            "visitor": self.key,
            "locale": self.locale,
            "facts": facts,
            "cart": self._cart(order, version),
            "format": "html",
        }
        return body | ({"customer": {"token": self.customer.token}} if self.customer else {})

    def _cart(self, order: Order | None, version: str) -> dict[str, Any]:
        """Say what is in the cart; without one that it is empty, else nothing would be known of it."""
        if order:  # a guest's order is known to nobody else, and what was just bought is not to be offered again
            return {"lines": [{"sku": line.sku, "quantity": line.quantity} for line in order.lines]}
        return {"token": self.cart, "version": version} if self.cart else {"lines": []}


def current_visit(request: Request, shop: Shop, *, viewed: str = "") -> Visit:
    """Read the visitor's cookie, count this page and remember the product it shows and where the visit came from."""
    session.permanent = True
    _count(session, time.time())
    if viewed:
        session["viewed"] = [viewed, *(sku for sku in session["viewed"] if sku != viewed)][:MOST_VIEWED]
    if told := source_of(request.args, request.headers.get("Referer", ""), own_host=request.host):
        session["source"] = asdict(told)
    return same_visit(request, shop)


def same_visit(request: Request, shop: Shop) -> Visit:
    """Read the visitor's cookie without counting a page."""
    if "visitor" not in session:
        _count(session, time.time())
    visitor = shop.directory.visitors.get(session.get("as", ""))
    customer = _customer(shop, visitor)
    own = _defaults(request, visitor)
    chosen = own | session.get("chosen", {})
    return Visit(
        key=_key(visitor),
        visitor=visitor,
        customer=customer,
        cart=customer.cart if customer else session["carts"].get(session.get("as", ""), ""),
        device=chosen["device"],
        origin=_origin(visitor) if chosen["source"] == own["source"] else Source(chosen["source"]),
        locale=chosen["locale"],
        currency=chosen["currency"],
        country=_country(visitor, chosen),
        region=chosen["region"],
        consent=chosen["consent"] == "yes",
        visits=visitor.visits if visitor else session["visits"],
        page_views=session["views"],
        seconds=int(time.time() - session["since"]),
        viewed=tuple(session["viewed"]),
        left_cart=visitor.abandoned_cart if visitor else session.get("filled", time.time()) < session["since"],
    )


def forget_viewed(shop: Shop, skus: Sequence[str]) -> None:
    """Take products, in all their sizes, out of what was looked at."""
    products = shop.catalogue.products
    parents = {products[sku].parent for sku in skus}
    sizes = {product.sku for product in products.values() if product.parent in parents}
    session["viewed"] = [sku for sku in session["viewed"] if sku not in sizes]


def cart_for(visit: Visit) -> str:
    """Give the token of the visitor's cart; a guest without one gets a new one, kept in the cookie."""
    session["filled"] = time.time()
    if visit.cart:
        return visit.cart
    token = f"cart-{secrets.token_urlsafe(16)}"
    session["carts"] = session["carts"] | {session.get("as", ""): token}
    return token


def visit_as(key: str, shop: Shop) -> None:
    """Look through somebody else's eyes from now on; an unknown key means oneself again."""
    session["as"] = key if key in shop.directory.visitors else ""
    session["chosen"] = {}
    session.update(since=time.time(), views=0, viewed=[])


def choose(choices: Mapping[str, str]) -> None:
    """Change single traits of the visit; what the shop does not offer is ignored."""
    valid = {name: value for name, value in choices.items() if value in CHOICES.get(name, ())}
    session["chosen"] = session.get("chosen", {}) | valid


def joined(customer: Customer, name: str) -> None:
    """Be this new customer from now on; the name is kept in the cookie and nowhere else."""
    session["joined"] = session.get("joined", {}) | {session.get("as", ""): [customer.token, name]}


def left() -> None:
    """Be a guest again, with an empty cart."""
    now = session.get("as", "")
    session["joined"] = {key: who for key, who in session.get("joined", {}).items() if key != now}
    session["carts"] = {key: cart for key, cart in session.get("carts", {}).items() if key != now}


def _key(visitor: Visitor | None) -> str:
    """Name the visitor: a demo customer is one person wherever they are, a stranger another one in each browser."""
    if visitor is None:
        return str(session["visitor"])
    return f"shop-{visitor.key}" if visitor.customer else f"shop-{visitor.key}-{session['visitor']}"


def _customer(shop: Shop, visitor: Visitor | None) -> Customer | None:
    if visitor and visitor.customer:
        return shop.directory.customers[visitor.customer]
    token, name = session.get("joined", {}).get(session.get("as", ""), ("", ""))
    member = shop.customer_of(token) if token else None
    return replace(member, name=name) if member else None


def _count(kept: MutableMapping[str, Any], now: float) -> None:
    if "visitor" not in kept:
        kept.update(visitor=f"v-{secrets.token_hex(8)}", visits=0, last=0.0, carts={})
    if now - kept["last"] > PAUSE_S:
        kept.update(visits=kept["visits"] + 1, since=now, views=0, viewed=[])
        kept.pop("source", None)
    kept.update(last=now, views=kept["views"] + 1)


def _origin(visitor: Visitor | None) -> Source:
    return visitor.source if visitor else Source(**session.get("source", {}))


def _country(visitor: Visitor | None, chosen: Mapping[str, str]) -> str:
    """Say the country: of the region where that is known, else of the market."""
    if chosen["region"]:
        return chosen["region"][:2]
    return visitor.country if visitor else {"TWD": "TW"}.get(chosen["currency"], "US")


def _defaults(request: Request, visitor: Visitor | None) -> dict[str, str]:
    if visitor:
        own = {
            "device": visitor.device,
            "locale": visitor.locale,
            "currency": visitor.currency,
            "region": visitor.region,
        }
    else:
        mobile = "Mobi" in request.headers.get("User-Agent", "")
        locale = negotiate([tag for tag, _ in request.accept_languages])
        own = {"device": "mobile" if mobile else "desktop", "locale": locale, "currency": "USD", "region": ""}
    return own | {"source": _origin(visitor).kind, "consent": "yes"}
