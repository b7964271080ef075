"""The corner shop: a small authored workspace and a shop held in memory, for tests of the edges."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

from cms.email.message import Letterhead
from cms.errors import CmsError
from cms.facts.money import Money
from cms.facts.signals import (
    Answer,
    Cart,
    CartLine,
    Customer,
    Found,
    Product,
    Promotion,
    Shopper,
    Signal,
    SignalValue,
    Tier,
)
from cms.runtime.site import Site
from cms.runtime.verification import verify
from cms.workspace import read_folder

ROOT = Path(__file__).parents[1]
AUTHORED = Path(__file__).parent / "workspaces" / "corner"
COMPONENTS = ("banner", "free-shipping-bar", "rail")
NOW = datetime(2026, 12, 2, 15, tzinfo=UTC)
LETTERHEAD = Letterhead("Corner Shop", "https://corner.example", "1 Corner, Portland")
PRODUCTS: Mapping[str, Product] = {
    sku: Product(sku, {"en": title}, f"/p/{sku}", Money(cents, "USD"), stock=stock, popularity=popularity)
    for sku, title, cents, stock, popularity in (
        ("pothos", "Pothos", 2300, 12, 90),
        ("fern", "Fern", 1500, 4, 80),
        ("monstera", "Monstera", 8000, 3, 70),
        ("moss", "Moss", 500, 0, 60),
    )
}
NEAR: Mapping[str, Any] = {
    "cart.count": 3,
    "cart.subtotal": "69.00",
    "shop.promotions": ["free-shipping"],
    "shop.free_shipping_threshold": "75.00",
    "cart.gap[free-shipping]": "6.00",
}
PERSONAS: Mapping[str, Mapping[str, Any]] = {
    "gold": {
        "title": "Gold member <on a phone>",
        "request": {"facts": {"visitor.device": "mobile"}},
        "facts": {**NEAR, "customer.loyalty_tier": "gold"},
        "expect": {"pages/cart/side": "members:gold", "cart/top": "free-shipping:reached", "cart/rail": "none"},
    },
    "near": {
        "title": "6.00 short",
        "request": {"locale": "en"},
        "facts": NEAR,
        "expect": {"cart/top": "free-shipping"},
    },
    "taipei": {
        "title": "6.00 short, in Taipei",
        "request": {"locale": "zh-Hant", "facts": {"visitor.device": "mobile"}},
        "facts": NEAR,
    },
}
PROMOTIONS = (Promotion("free-shipping", (Tier(Money(7500, "USD")),), free_shipping=True),)


def corner_folder(into: Path) -> Path:
    """Write the workspace, with the shipped components it uses, to a new folder."""
    shutil.copytree(AUTHORED, into)
    for name in COMPONENTS:
        shutil.copytree(ROOT / "components" / name, into / "components" / name)
    return into


def peopled_folder(into: Path) -> Path:
    """Write the workspace with three personas; all are short of free shipping, one is wrong about it."""
    folder = corner_folder(into)
    (folder / "content/personas").mkdir()
    for key, persona in PERSONAS.items():
        told = {**persona, "now": "2026-12-02T10:00:00+08:00"}
        (folder / f"content/personas/{key}.json").write_text(json.dumps(told), encoding="utf-8")
    return folder


@cache
def corner_files() -> Mapping[str, bytes]:
    shipped = read_folder(ROOT)
    used = {
        path: shipped[path] for path in shipped if path.split("/")[:2] in [["components", name] for name in COMPONENTS]
    }
    return {**read_folder(AUTHORED), **used}


def site_of(files: Mapping[str, bytes], sequence: int = 1, *, signals_ms: int = 2000) -> Site:
    """Build a site that waits for the shop as long as a busy machine needs, unless a test is about time."""
    verified = verify(files, now=NOW)
    assert verified.is_fit, verified.problems
    assert verified.snapshot is not None
    patient = replace(verified.snapshot.settings, signals_ms=signals_ms)
    return Site.build(replace(verified.snapshot, settings=patient), sequence, letterhead=LETTERHEAD)


@cache
def corner_site() -> Site:
    return site_of(corner_files())


@dataclass
class CornerShop:
    """A `SignalSource` in memory; `failing` gives the error code with which a signal fails, `asked` what was asked."""

    carts: dict[str, Cart] = field(
        default_factory=lambda: {
            "near": Cart((CartLine("pothos", 3),), "USD"),
            "full": Cart((CartLine("monstera", 1),), "USD"),
            "empty": Cart((), "USD"),
        }
    )
    customers: dict[str, Customer] = field(
        default_factory=lambda: {
            "gold": Customer("c-1", loyalty_tier="gold"),
            "green": Customer("c-2", loyalty_tier="green"),
        }
    )
    failing: dict[Signal, str] = field(default_factory=dict)
    asked: list[tuple[Signal, Shopper]] = field(default_factory=list)
    supplies = frozenset(Signal) - {Signal.COUNTERS, Signal.STOCK}
    lacks: ClassVar[Mapping[str, str]] = {}

    def fetch(self, signal: Signal, shopper: Shopper, *, currency: str, timeout_s: float) -> Answer:
        self.asked.append((signal, shopper))
        if signal in self.failing:
            raise CmsError(self.failing[signal], "the shop is out")
        value = self._value(signal, shopper)
        return Answer(Found.UNKNOWN_TOKEN) if value is None else Answer(Found.FOUND, value)

    def _value(self, signal: Signal, shopper: Shopper) -> SignalValue | None:
        of_everybody: Mapping[Signal, SignalValue] = {
            Signal.CATALOGUE: PRODUCTS,
            Signal.PROMOTIONS: PROMOTIONS,
            Signal.ORDERS: (),
            Signal.TRAITS: {},
        }
        if signal is Signal.CART:
            return self.carts.get(shopper.cart_token or "")
        if signal is Signal.CUSTOMER:
            return self.customers.get(shopper.customer_token or "")
        return of_everybody[signal]
