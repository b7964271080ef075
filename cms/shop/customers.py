"""The seeded customers and the visitors one may look through the eyes of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cms.shop.money import DEFAULT_CURRENCY
from cms.shop.records import read_data
from cms.shop.sources import Source


@dataclass(frozen=True, slots=True)
class Customer:
    """Somebody the shop knows. `traits` are facts a CRM or CDP would tell; `past` and `waiting` only fill a new shop."""

    key: str
    token: str
    name: str
    cart: str
    currency: str
    kind: str
    groups: frozenset[str]
    company: str | None
    company_level: str | None
    account: str | None
    loyalty_tier: str | None
    loyalty_points: int | None
    is_member: bool
    tags: tuple[str, ...]
    traits: Mapping[str, Any]
    past: tuple[tuple[int, tuple[tuple[str, int], ...]], ...]  # (days ago, lines)
    waiting: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Visitor:
    """One choice of the visit-as bar: how somebody comes to the shop; `customer` "" is a stranger."""

    key: str
    title: Mapping[str, str]
    customer: str
    device: str
    source: Source
    locale: str
    currency: str
    country: str
    region: str
    visits: int
    abandoned_cart: bool


@dataclass(frozen=True)
class Directory:
    customers: Mapping[str, Customer]
    visitors: Mapping[str, Visitor]

    def by_token(self, token: str) -> Customer | None:
        return next((customer for customer in self.customers.values() if customer.token == token), None)


def new_member(key: str, token: str, cart: str) -> Customer:
    """Make the customer that somebody becomes who joins; the name stays with them."""
    return _customer(
        {
            "key": key, "token": token, "name": "", "cart": cart, "kind": "consumer", "is_member": True,
            "loyalty_tier": "green", "loyalty_points": 0, "tags": (), "traits": {}, "orders": (),
        }
    )  # fmt: skip


def load_directory() -> Directory:
    customers = [_customer(record) for record in read_data("customers")]
    visitors = [_visitor(record) for record in read_data("visitors")]
    return Directory({c.key: c for c in customers}, {v.key: v for v in visitors})


def _customer(record: Mapping[str, Any]) -> Customer:
    return Customer(
        key=record["key"],
        token=record["token"],
        name=record["name"],
        cart=record["cart"],
        currency=record.get("currency", DEFAULT_CURRENCY),
        kind=record["kind"],
        groups=frozenset(record.get("groups", ())),
        company=record.get("company"),
        company_level=record.get("company_level"),
        account=record.get("account"),
        loyalty_tier=record.get("loyalty_tier"),
        loyalty_points=record.get("loyalty_points"),
        is_member=record["is_member"],
        tags=tuple(record["tags"]),
        traits=record["traits"],
        past=tuple((order["days_ago"], _lines(order["lines"])) for order in record["orders"]),
        waiting=_lines(record.get("waiting", ())),
    )


def _lines(lines: Sequence[Sequence[Any]]) -> tuple[tuple[str, int], ...]:
    return tuple((sku, quantity) for sku, quantity in lines)


def _visitor(record: Mapping[str, Any]) -> Visitor:
    return Visitor(
        key=record["key"],
        title=record["title"],
        customer=record.get("customer", ""),
        device=record["device"],
        source=Source(
            kind=record["source"],
            medium=record.get("medium", ""),
            campaign=record.get("campaign", ""),
            scene=record.get("scene", ""),
            referrer_host=record.get("referrer", ""),
        ),
        locale=record["locale"],
        currency=record["currency"],
        country=record["country"],
        region=record.get("region", ""),
        visits=record["visits"],
        abandoned_cart=record.get("abandoned_cart", False),
    )
