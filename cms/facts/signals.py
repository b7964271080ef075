"""The one normal form of what commerce, CRM and CDP systems tell, and the port they are asked through."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from cms.facts.counters import Counters
from cms.facts.money import Money


class Signal(StrEnum):
    """What can be asked for; a page asks only for the ones its rules, placeholders and rails read."""

    CART = "cart"
    CUSTOMER = "customer"
    ORDERS = "orders"
    CATALOGUE = "catalogue"
    STOCK = "stock"  # where it is kept apart from the catalogue, as an ERP does; then the catalogue's own counts for nothing
    PROMOTIONS = "promotions"
    TRAITS = "traits"
    COUNTERS = "counters"  # from our own event log; no shop is asked for them


@dataclass(frozen=True, slots=True)
class CartLine:
    sku: str
    quantity: int
    unit_price: Money | None = None  # None: priced by the catalogue, else the line is unknown
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cart:
    """A cart that was found; an empty one has no lines. `subtotal` None: the sum of the lines."""

    lines: tuple[CartLine, ...]
    currency: str
    subtotal: Money | None = None
    shipping_method: str | None = None
    promotions: frozenset[str] | None = None  # those applied to this cart; None: unknown


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer as commerce knows them; None: commerce does not say (unknown, never false)."""

    key: str  # stable pseudonymous id, never an e-mail address
    kind: str | None = None  # "consumer" or "business"
    groups: frozenset[str] | None = None
    company: str | None = None
    company_level: str | None = None
    account: str | None = None  # key of the company account
    loyalty_tier: str | None = None
    loyalty_points: int | None = None
    is_member: bool | None = None
    tags: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class OrderLine:
    sku: str
    quantity: int
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Order:
    placed_at: datetime  # aware
    total: Money
    lines: tuple[OrderLine, ...]


@dataclass(frozen=True, slots=True)
class Detail:
    """One thing a product is described by, such as its height; texts by locale, "" in no particular one."""

    label: Mapping[str, str]
    value: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Product:
    """One sellable unit. `links` are the merchant's own: kind ("accessories", "upgrade", …) to SKUs in order."""

    sku: str
    title: Mapping[str, str]  # locale → text; "" is the title in no particular locale
    url: str
    price: Money | None
    image: str = ""
    parent: str = ""  # key shared by the variants of one product; "" = the SKU itself
    list_price: Money | None = None
    categories: tuple[str, ...] = ()
    tags: frozenset[str] = frozenset()
    stock: int | None = None  # units that can be sold now; None: unknown
    rating: float | None = None
    review_count: int | None = None
    popularity: int = 0  # higher sells more
    popularity_in: Mapping[str, int] = field(default_factory=dict)  # the same within a country or region
    details: tuple[Detail, ...] = ()  # in the order in which people compare
    links: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def family(self) -> str:
        """The key that all variants of one product share."""
        return self.parent or self.sku


@dataclass(frozen=True, slots=True)
class Tier:
    threshold: Money
    percent: int | None = None  # discount from this threshold on; None: another benefit, e.g. free shipping


@dataclass(frozen=True, slots=True)
class Promotion:
    """A running promotion; `tiers` ascend by threshold, none means it has no threshold."""

    key: str
    tiers: tuple[Tier, ...] = ()
    free_shipping: bool = False
    groups: frozenset[str] = frozenset()  # customer groups it is limited to; empty: everybody
    not_for: frozenset[str] = frozenset()  # customer groups that cannot have it


@dataclass(frozen=True, slots=True)
class Shopper:
    """By what the shop recognises the visitor: the shopper's own tokens, passed through and never logged.

    The ids are those of a signed visitor reference, so they are verified; an id that anybody can send never stands here.
    `cart_version` is anything that changes when the cart does, as the page says; it is compared and never sent.
    """

    cart_token: str | None = None
    customer_token: str | None = None
    cart_id: str | None = None
    customer_id: str | None = None
    cart_version: str | None = None

    @property
    def is_customer(self) -> bool:
        """Say whether they are known to be somebody, to us or to themselves."""
        return self.customer_token is not None or self.customer_id is not None

    @property
    def has_cart(self) -> bool:
        return self.cart_token is not None or self.cart_id is not None


SignalValue = (
    Cart | Customer | Sequence[Order] | Mapping[str, Product] | Sequence[Promotion] | Mapping[str, object] | Counters
)


class Found(StrEnum):
    FOUND = "found"
    UNKNOWN_TOKEN = "unknown-token"  # noqa: S105 - a state, not a secret
    UNSUPPORTED = "unsupported"  # this shop cannot tell


@dataclass(frozen=True, slots=True)
class Answer:
    """What a shop said: `value` is set exactly when `found` is FOUND.

    `whose` is the key of the customer (`Customer.key`) that an answer about one names, "" where it names nobody: the answer
    for another one is thrown away.
    """

    found: Found
    value: SignalValue | None = None
    whose: str = ""


class SignalSource(Protocol):
    """A shop behind one normal form. Each call is one answer or an exception: no retries, no caching, no waiting.

    `supplies` are the signals it can be asked for. `lacks` are facts of those signals that it can never tell, by stem
    (`customer.groups`), each with a sentence for people that says why and what to do: they are unknown, never absent.
    Both are known before anything was asked.
    """

    supplies: frozenset[Signal]
    lacks: Mapping[str, str]

    def fetch(self, signal: Signal, shopper: Shopper, *, currency: str, timeout_s: float) -> Answer:
        """Ask the shop for one signal.

        Returns:
            CART `Cart`, CUSTOMER `Customer`, ORDERS `Sequence[Order]` (the whole history, newest first),
            CATALOGUE `Mapping[sku, Product]`, STOCK `Mapping[sku, units]`, PROMOTIONS `Sequence[Promotion]`,
            TRAITS `Mapping[fact name, JSON value]`.

        Raises:
            CmsError: `commerce-timeout`, `commerce-refused`, `commerce-error` or `commerce-garbage`.
        """
