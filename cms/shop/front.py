"""How a page of the storefront is made: the shop's own template with Vitrine's content in its slots."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import abort, render_template, url_for
from markupsafe import Markup

from cms.shop.catalogue import Product
from cms.shop.money import Money, show_money
from cms.shop.pricing import CARD, SHIPPING_MINOR, Totals
from cms.shop.store import Order
from cms.shop.trade import Shop
from cms.shop.visits import CHOICES, Visit
from cms.shop.vitrine import PageContent, Vitrine
from cms.shop.wording import LOCALE_NAMES, show_date, show_discount, words_in

_STATIC = Path(__file__).parent / "static"
NO_CONTENT = PageContent()


@dataclass(frozen=True)
class Front:
    """What every page view needs."""

    shop: Shop
    vitrine: Vitrine

    def ask(
        self, page: str, visit: Visit, *, about: Mapping[str, Any] | None = None, order: Order | None = None
    ) -> PageContent:
        """Ask Vitrine what fills the slots of a page; `about` are the facts of the page itself."""
        version, waiting = self.shop.store.cart_version(visit.cart), bool(self.totals(visit).lines)
        return self.vitrine.page(page, visit.request_body(about or {}, order, version=version, waiting=waiting))

    def show(
        self, template: str, visit: Visit, *, page: str = "", content: PageContent = NO_CONTENT, **values: Any
    ) -> str:
        """Render a page; its slots are filled by the content of Vitrine or, where that failed, by the template."""
        return render_template(
            template,
            visit=visit,
            totals=self.totals(visit),
            t=words_in(visit.locale),
            page=page,
            content=content,
            slot=partial(_slot, content),
            stock=self.shop.store.stock(),
            **self._shown(visit),
            **values,
        )

    def totals(self, visit: Visit) -> Totals:
        return self.shop.totals(visit.cart, visit.currency)

    def some(self, count: int, *, but: Sequence[str] = ()) -> list[Product]:
        """Pick best sellers that can be bought: the shop's own idea of a rail."""
        stock = self.shop.store.stock()
        return [p for p in self.shop.catalogue.by_popularity if stock.get(p.sku) and p.sku not in but][:count]

    def sold(self, sku: str) -> Product:
        """Find a product or answer 404."""
        return self.shop.catalogue.products.get(sku) or abort(404)

    def said(self, visit: Visit, key: str) -> str:
        return words_in(visit.locale)(key)

    def _shown(self, visit: Visit) -> dict[str, Any]:
        catalogue = self.shop.catalogue
        return {
            "money": lambda amount: show_money(amount, visit.locale),
            "price": lambda product: product.price[visit.currency],
            "was": lambda product: product.list_price.get(visit.currency),
            "name": lambda product: product.title[visit.locale],
            "date": lambda when: show_date(when, visit.locale),
            "off": lambda percent: show_discount(percent, visit.locale),
            "sku_product": catalogue.products.get,
            "thresholds": _thresholds(self.shop, visit.currency),
            "flat": Money(SHIPPING_MINOR[visit.currency], visit.currency),
            "stamps": self.shop.stamps(visit.customer),
            "card_size": CARD,
            "directory": self.shop.directory,
            "locale_names": LOCALE_NAMES,
            "choices": CHOICES,
            "static": _static,
        }


def _slot(content: PageContent, name: str, caller: Callable[[], str] | None = None) -> Markup:
    """Fill a slot: with Vitrine's items, with nothing where it chose none, or with the template's own default."""
    if content.failure:
        inside = caller().strip() if caller else ""
    else:
        inside = "".join(item.html for item in content.slots.get(name, ()))
    return Markup('<div class="slot slot-{}">{}</div>').format(name, Markup(inside)) if inside else Markup("")  # noqa: S704 - Vitrine escapes


def _thresholds(shop: Shop, currency: str) -> dict[str, Any]:
    return {
        promotion.key: [tier.threshold for tier in promotion.tiers[currency]] for promotion in shop.catalogue.promotions
    }


def _static(name: str) -> str:
    return url_for("static", filename=name, v=_version(name))


@cache
def _version(name: str) -> str:
    return sha256((_STATIC / name).read_bytes()).hexdigest()[:12]
