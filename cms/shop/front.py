"""How a page of the storefront is made: the shop's own template with Vitrine's content in its slots."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import render_template, url_for
from markupsafe import Markup

from cms.shop.catalogue import Product
from cms.shop.money import show_money
from cms.shop.pricing import Totals
from cms.shop.store import Order
from cms.shop.trade import Shop
from cms.shop.visits import CHOICES, Visit
from cms.shop.vitrine import PageContent, Vitrine
from cms.shop.wording import LOCALE_NAMES, show_date, show_discount, words_in

_STYLES = Path(__file__).parent / "static" / "shop.css"
NO_CONTENT = PageContent()


@dataclass(frozen=True)
class Front:
    """What every page view needs."""

    shop: Shop
    vitrine: Vitrine

    def show(
        self,
        template: str,
        visit: Visit,
        *,
        page: str = "",
        product: Product | None = None,
        order: Order | None = None,
        **values: Any,
    ) -> str:
        """Render a page; one with a page key has its slots filled by Vitrine or, failing that, by the template."""
        content = self.vitrine.page(page, visit.request_body(product, order)) if page else NO_CONTENT
        return render_template(
            template,
            visit=visit,
            totals=self.totals(visit),
            t=words_in(visit.locale),
            page=page,
            content=content,
            slot=partial(_slot, content),
            product=product,
            order=order,
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

    def _shown(self, visit: Visit) -> dict[str, Any]:
        shop = self.shop
        return {
            "money": lambda amount: show_money(amount, visit.locale),
            "price": lambda product: product.price[visit.currency],
            "name": lambda product: product.title[visit.locale],
            "date": lambda when: show_date(when, visit.locale),
            "off": lambda percent: show_discount(percent, visit.locale),
            "sku_product": shop.catalogue.products.get,
            "thresholds": _thresholds(shop, visit.currency),
            "directory": shop.directory,
            "locale_names": LOCALE_NAMES,
            "choices": CHOICES,
            "styles": partial(url_for, "static", filename="shop.css", v=_version()),
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


def _version() -> str:
    return sha256(_STYLES.read_bytes()).hexdigest()[:12]
