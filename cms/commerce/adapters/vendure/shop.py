"""Adapter `vendure`: a Vendure 3 shop over its shop and admin APIs."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from marshmallow import ValidationError

from cms.commerce.adapters.vendure import queries
from cms.commerce.adapters.vendure.api import SHOP, AdminSession, Said, ask
from cms.commerce.adapters.vendure.forms import (
    CUSTOMER_FIELDS,
    Habits,
    cart_form,
    customer_form,
    orders_form,
    products_form,
    promotions_form,
)
from cms.commerce.failures import GARBAGE, ShopError
from cms.commerce.payloads import CartPayload, CustomerPayload, OrdersPayload, PromotionsPayload, read, sound_products
from cms.commerce.wire.transport import CATALOGUE_BYTES, SHOPPER_BYTES, Transport
from cms.facts.signals import Answer, Found, Shopper, Signal

_OF_SHOPPERS = frozenset({Signal.CART, Signal.CUSTOMER, Signal.ORDERS})
_OF_ADMINISTRATORS = frozenset({Signal.CATALOGUE, Signal.PROMOTIONS})
_UNKNOWN = Answer(Found.UNKNOWN_TOKEN)
_MOST_PAGES = 100


class VendureShop:
    """A `SignalSource` over Vendure.

    Both shopper tokens are Vendure session tokens. Without an administrator's session, customer groups, the
    catalogue and promotions are not supplied.
    """

    def __init__(
        self,
        transport: Transport,
        admin: AdminSession | None,
        *,
        clock: Callable[[], datetime],
        habits: Habits = Habits(),  # noqa: B008 - immutable
    ) -> None:
        self.lacks: Mapping[str, str] = {}
        self.supplies = _OF_SHOPPERS | (_OF_ADMINISTRATORS if admin else frozenset())
        self._transport = transport
        self._admin = admin
        self._clock = clock
        self._habits = habits
        self._fields: dict[str, Mapping[str, str]] = {}
        self._questions: Mapping[Signal, Callable[[Shopper, str, float], Answer]] = {
            Signal.CART: self._cart,
            Signal.CUSTOMER: self._customer,
            Signal.ORDERS: self._orders,
            Signal.CATALOGUE: self._catalogue,
            Signal.PROMOTIONS: self._promotions,
        }

    def fetch(self, signal: Signal, shopper: Shopper, *, currency: str, timeout_s: float) -> Answer:
        if signal not in self.supplies:
            return Answer(Found.UNSUPPORTED)
        try:
            return self._questions[signal](shopper, currency, self._transport.monotonic() + timeout_s)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise ShopError(GARBAGE, f"Vendure answered {signal} in a form it should not have") from error

    def _cart(self, shopper: Shopper, _currency: str, deadline: float) -> Answer:
        said = self._shop(queries.CART + queries.FILED, {}, shopper.cart_token, deadline)
        if said.new_session:
            return _UNKNOWN
        return _found(read(CartPayload(), cart_form(said.data, self._habits), "cart"))

    def _customer(self, shopper: Shopper, _currency: str, deadline: float) -> Answer:
        known = [name for name in self._fields_of("CustomerCustomFields", deadline) if name in CUSTOMER_FIELDS]
        asked = f"customFields {{ {' '.join(known)} }}" if known else ""
        said = self._shop(queries.CUSTOMER % asked, {}, shopper.customer_token, deadline)
        customer = said.data["activeCustomer"]
        if said.new_session or customer is None:
            return _UNKNOWN
        form = customer_form(customer, self._groups(customer["id"], deadline), self._habits)
        return _found(read(CustomerPayload(), form, "customer"))

    def _groups(self, customer_id: str, deadline: float) -> Sequence[Any] | None:
        """Ask for the groups of a customer whose own session has named the id."""
        if self._admin is None:
            return None
        data = self._admin.ask(queries.GROUPS, {"id": customer_id}, deadline=deadline, max_bytes=SHOPPER_BYTES)
        groups: Sequence[Any] = data["customer"]["groups"]
        return groups

    def _orders(self, shopper: Shopper, _currency: str, deadline: float) -> Answer:
        orders: list[Any] = []
        for _ in range(_MOST_PAGES):
            query = queries.ORDERS + queries.FILED
            said = self._shop(query, {"skip": len(orders)}, shopper.customer_token, deadline)
            customer = said.data["activeCustomer"]
            if said.new_session or customer is None:
                return _UNKNOWN
            orders += customer["orders"]["items"]
            if not customer["orders"]["items"] or len(orders) >= customer["orders"]["totalItems"]:
                break
        return _found(read(OrdersPayload(), orders_form(orders, self._habits), "orders"))

    def _catalogue(self, _shopper: Shopper, currency: str, deadline: float) -> Answer:
        fields = self._fields_of("ProductCustomFields", deadline)
        links = [name for name, kind in fields.items() if kind == "Product"]
        asked = f"customFields {{ {' '.join(f'{link} {{ id }}' for link in links)} }}" if links else ""
        products, shop = self._all(queries.CATALOGUE % asked, "products", deadline, currency)
        try:
            return _found(sound_products(products_form(products, shop, links, self._habits)))
        except ValidationError as error:
            raise ShopError(GARBAGE, "Vendure's catalogue holds no product that is well formed") from error

    def _promotions(self, _shopper: Shopper, _currency: str, deadline: float) -> Answer:
        promotions, shop = self._all(queries.PROMOTIONS, "promotions", deadline)
        form = promotions_form(promotions, shop, self._clock(), self._habits)
        return _found(read(PromotionsPayload(), form, "promotions"))

    def _shop(self, query: str, variables: Mapping[str, Any], token: str | None, deadline: float) -> Said:
        return ask(self._transport, SHOP, query, variables, token=token or "", deadline=deadline)

    def _all(self, query: str, name: str, deadline: float, currency: str = "") -> tuple[list[Any], Any]:
        """Read a list page by page; also give what the first page told beside it."""
        if self._admin is None:
            raise AssertionError("not supplied without an administrator's session")
        items: list[Any] = []
        first: Any = None
        for _ in range(_MOST_PAGES):
            variables = {"skip": len(items)}
            page = self._admin.ask(query, variables, deadline=deadline, currency=currency, max_bytes=CATALOGUE_BYTES)
            first = first or page
            items += page[name]["items"]
            if not page[name]["items"] or len(items) >= page[name]["totalItems"]:
                break
        return items, first

    def _fields_of(self, type_name: str, deadline: float) -> Mapping[str, str]:
        """Ask once which custom fields this shop has, and of which type; a shop that hides its schema has none."""
        if type_name not in self._fields:
            self._fields[type_name] = self._introspect(type_name, deadline)
        return self._fields[type_name]

    def _introspect(self, type_name: str, deadline: float) -> Mapping[str, str]:
        variables = {"type": type_name}
        try:
            if self._admin is None or type_name.startswith("Customer"):
                data = self._shop(queries.FIELDS, variables, None, deadline).data
            else:
                data = self._admin.ask(queries.FIELDS, variables, deadline=deadline, max_bytes=SHOPPER_BYTES)
        except ShopError as error:
            if error.ails:
                raise
            return {}
        fields = (data["__type"] or {}).get("fields") or []
        return {field["name"]: _innermost(field["type"]) for field in fields}


def _innermost(kind: Any) -> str:
    while kind.get("ofType"):
        kind = kind["ofType"]
    return str(kind["name"])


def _found(value: Any) -> Answer:
    return Answer(Found.FOUND, value)
