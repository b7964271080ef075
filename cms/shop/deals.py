"""The deal of the day: one product after the other, each for a day of its market."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from cms.shop.catalogue import Catalogue, Product
from cms.shop.money import CURRENCIES, Money

DEAL = "deal-of-the-day"
ZONES = {"USD": ZoneInfo("America/New_York"), "TWD": ZoneInfo("Asia/Taipei")}


class Calendar:
    """Gives the catalogue of a moment; safe to use from many threads, the last day's is kept."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._last = catalogue

    def at(self, now: datetime) -> Catalogue:
        """Give the catalogue with the prices of the day, which ends at midnight of each market."""
        deals = deals_at(self._catalogue, now)
        if self._last.deals != deals:
            self._last = _priced(self._catalogue, deals)
        return self._last


def deals_at(catalogue: Catalogue, now: datetime) -> dict[str, str]:
    """Pick the deal of each market, by currency; the same all day, the next one tomorrow."""
    rotation = catalogue.promotion(DEAL).rotation
    days = {currency: now.astimezone(ZONES[currency]).date().toordinal() for currency in CURRENCIES}
    return {currency: rotation[day % len(rotation)] for currency, day in days.items()}


def _priced(catalogue: Catalogue, deals: Mapping[str, str]) -> Catalogue:
    percent = 100 - catalogue.promotion(DEAL).percent
    products = dict(catalogue.products)
    for currency, sku in deals.items():
        products[sku] = _reduced(products[sku], currency, products[sku].price[currency].percent(percent))
    return replace(catalogue, products=products, deals=deals)


def _reduced(product: Product, currency: str, price: Money) -> Product:
    return replace(
        product,
        price={**product.price, currency: price},
        list_price={**product.list_price, currency: product.price[currency]},
        tags=tuple(dict.fromkeys((*product.tags, "deal"))),
    )
