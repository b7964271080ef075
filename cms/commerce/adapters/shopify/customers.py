"""What Shopify knows of one customer: told by the token of their own account, or by the number of a verified customer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cms.commerce.adapters.shopify import queries
from cms.commerce.adapters.shopify.api import Accounts, Admin, Storefront, is_unknown
from cms.commerce.adapters.shopify.forms import (
    RFM,
    Habits,
    categories,
    customer_form,
    gid,
    groups_form,
    number_of,
    orders_form,
    traits_form,
    variant_of,
)
from cms.commerce.adapters.shopify.history import Orders
from cms.commerce.failures import MISMATCH, ShopError
from cms.commerce.payloads import CustomerPayload, OrdersPayload, TraitsPayload, read
from cms.commerce.wire.graphql import RefusedError
from cms.commerce.wire.transport import CATALOGUE_BYTES
from cms.facts.signals import Answer, Found, Shopper

UNKNOWN = Answer(Found.UNKNOWN_TOKEN)
UNSUPPORTED = Answer(Found.UNSUPPORTED)
_FILED_AT_ONCE = 250
_MEMBERSHIP = "customerSegmentMembership"


@dataclass(frozen=True, slots=True)
class Told:
    """What this shop tells beside its standard: traits by `namespace.key` or `rfm-group`, and our names of its RFM groups.

    `has_all_orders`: the app may read orders older than 60 days; without that the Admin API is not asked for orders.
    """

    traits: Mapping[str, str] = field(default_factory=dict)
    classes: Mapping[str, str] = field(default_factory=dict)
    has_all_orders: bool = False


class Customers:
    """Customers, their orders and traits; each call is one answer, as `SignalSource.fetch` says."""

    def __init__(
        self, storefront: Storefront, accounts: Accounts | None, admin: Admin | None, habits: Habits, told: Told
    ) -> None:
        self._storefront = storefront
        self._accounts = accounts
        self._admin = admin
        self._habits = habits
        self._told = told

    def customer(self, shopper: Shopper, deadline: float) -> Answer:
        if shopper.customer_token is not None:
            return self._own_customer(shopper.customer_token, deadline)
        if self._admin is None:
            return UNSUPPORTED
        number = _number(shopper)
        return UNKNOWN if number is None else self._customer_of(self._admin, number, deadline)

    def orders(self, shopper: Shopper, deadline: float) -> Answer:
        found = self._book(shopper, deadline)
        if isinstance(found, Answer):
            return found
        told = found.read()
        if told is None:
            return UNKNOWN
        customer, orders = told
        form = orders_form(orders, self._filed(orders, deadline), self._habits)
        whose = _same(customer, None if shopper.customer_token else _number(shopper))
        return Answer(Found.FOUND, read(OrdersPayload(), form, "orders"), whose)

    def traits(self, shopper: Shopper, deadline: float) -> Answer:
        if self._admin is None:
            return UNSUPPORTED
        number = _number(shopper)
        if shopper.customer_token is not None:
            if self._accounts is None:
                return UNSUPPORTED
            said = self._accounts.ask(queries.WHO, {}, shopper.customer_token, deadline)
            number = number_of("Customer", said["customer"]["id"]) if said else None
        return UNKNOWN if number is None else self._traits_of(self._admin, number, deadline)

    def _own_customer(self, token: str, deadline: float) -> Answer:
        if self._accounts is None:
            return UNSUPPORTED
        places = [dict(zip(("namespace", "key"), _split(place), strict=True)) for place in self._habits.fields.values()]
        variables = {"b2b": self._habits.is_b2b, "fielded": bool(places), "fields": places}
        said = self._accounts.ask(queries.CUSTOMER, variables, token, deadline)
        if said is None or said["customer"] is None:
            return UNKNOWN
        customer = said["customer"]
        return self._answer(customer, self._groups(customer["id"], deadline))

    def _groups(self, customer: str, deadline: float) -> Sequence[str] | None:
        """Ask for the groups of a customer whose own token has named the id; what the shop cannot say is unknown."""
        if self._admin is None or not self._habits.segments:
            return None
        try:
            said = self._admin.ask(queries.MEMBERSHIP, {"id": customer, "segments": self._segments()}, deadline)
        except RefusedError as refused:
            if not is_unknown(refused, _MEMBERSHIP):
                raise
            return None
        return groups_form(said[_MEMBERSHIP], self._habits)

    def _customer_of(self, admin: Admin, number: str, deadline: float, *, with_groups: bool = True) -> Answer:
        segments = self._segments() if with_groups else []
        variables = {
            "id": gid("Customer", number),
            "b2b": self._habits.is_b2b,
            "fielded": bool(self._habits.fields),
            "fields": list(self._habits.fields.values()),
            "segmented": bool(segments),
            "segments": segments,
        }
        try:
            said = admin.ask(queries.CUSTOMER_OF, variables, deadline)
        except RefusedError as refused:  # Shopify gives no customer at all where one segment is gone
            if not (segments and is_unknown(refused, _MEMBERSHIP)):
                raise
            return self._customer_of(admin, number, deadline, with_groups=False)
        if said["customer"] is None:
            return UNKNOWN
        _same(said["customer"]["id"], number)
        groups = groups_form(said[_MEMBERSHIP], self._habits) if segments else None
        return self._answer(said["customer"], groups)

    def _answer(self, customer: Any, groups: Sequence[str] | None) -> Answer:
        form = customer_form(customer, groups, self._habits)
        return Answer(Found.FOUND, read(CustomerPayload(), form, "customer"), form["key"])

    def _segments(self) -> list[str]:
        return [gid("Segment", number) for number in self._habits.segments.values()]

    def _book(self, shopper: Shopper, deadline: float) -> Orders | Answer:
        """Say where the orders are read, or why nowhere."""
        accounts, admin, token = self._accounts, self._admin, shopper.customer_token
        if token is not None:
            if accounts is None:
                return UNSUPPORTED
            return Orders(lambda q, v: accounts.ask(q, v, token, deadline), queries.ORDERS, queries.ORDER_LINES)
        if admin is None or not self._told.has_all_orders:
            return UNSUPPORTED
        number = _number(shopper)
        if number is None:
            return UNKNOWN
        who = {"id": gid("Customer", number)}
        return Orders(lambda q, v: admin.ask(q, who | dict(v), deadline), queries.ORDERS_OF, queries.ORDER_LINES_OF)

    def _filed(self, orders: Sequence[Any], deadline: float) -> Mapping[str, Sequence[str]]:
        """Ask under which categories what was bought is filed; of what is not sold any more nobody knows."""
        bought = sorted({variant for order in orders for line in order["lines"] if (variant := variant_of(line))})
        filed: dict[str, Sequence[str]] = {}
        for start in range(0, len(bought), _FILED_AT_ONCE):
            asked = {"ids": bought[start : start + _FILED_AT_ONCE]}
            said = self._storefront.ask(queries.FILED, asked, deadline, max_bytes=CATALOGUE_BYTES)
            filed |= {node["id"]: categories(node["product"], self._habits) for node in said["nodes"] if node}
        return filed

    def _traits_of(self, admin: Admin, number: str, deadline: float) -> Answer:
        places = {fact: place for fact, place in self._told.traits.items() if place != RFM}
        variables = {"id": gid("Customer", number), "fielded": bool(places), "fields": list(places.values())}
        customer = admin.ask(queries.TRAITS_OF, variables, deadline)["customer"]
        if customer is None:
            return UNKNOWN
        whose = _same(customer["id"], number)
        form = traits_form(customer, self._told.traits, self._told.classes)
        return Answer(Found.FOUND, read(TraitsPayload(), form, "traits"), whose)


def _split(place: str) -> tuple[str, str]:
    namespace, _, key = place.rpartition(".")
    return namespace, key


def _number(shopper: Shopper) -> str | None:
    """Give the number of a verified customer; None: no customer of Shopify's has such an id."""
    key = shopper.customer_id or ""
    try:
        return number_of("Customer", key if key.startswith("gid:") else gid("Customer", key))
    except ValueError:
        return None


def _same(said: str, asked: str | None) -> str:
    """Give the number of the customer that an answer names.

    Raises:
        ShopError: `commerce-mismatch`: it is about another one than was asked for.
    """
    number = number_of("Customer", said)
    if asked is not None and number != asked:
        raise ShopError(MISMATCH, "Shopify answered about another customer than was asked for", ails=False)
    return number
