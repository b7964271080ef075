"""The `SignalSource` over Vendure's shop and admin APIs."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from cms.commerce.adapters.vendure import queries
from cms.commerce.adapters.vendure.api import SHOP, AdminSession, Api, Said
from cms.commerce.adapters.vendure.custom_fields import CustomFields
from cms.commerce.adapters.vendure.forms import Habits, cart_form, customer_form, orders_form, promotions_form
from cms.commerce.failures import ERROR, GARBAGE, MISMATCH, ShopError
from cms.commerce.payloads import CartPayload, CustomerPayload, OrdersPayload, PromotionsPayload, read
from cms.commerce.wire.transport import CATALOGUE_BYTES, SHOPPER_BYTES
from cms.facts.signals import Answer, Found, Shopper, Signal

_OF_SHOPPERS = frozenset({Signal.CART, Signal.CUSTOMER, Signal.ORDERS})
_OF_ADMINISTRATORS = frozenset({Signal.PROMOTIONS})
_UNKNOWN = Answer(Found.UNKNOWN_TOKEN)
_MOST_ORDERS = 500
_MOST_PAGES = 20
_ODD = (KeyError, TypeError, ValueError, AttributeError, OverflowError)
_NO_TAGS = "Vendure knows no tags of customers; use customer groups."
_NO_RATING = "Vendure knows no ratings of products."
_NO_GROUPS = (
    "Customer groups need an administrator: set CMS_COMMERCE_KEY to user:password of one who may read customers."
)
_NO_KIND = "No customer group makes a business customer: name some in the option business_groups."


class VendureShop:
    """A `SignalSource` over Vendure, but for its catalogue.

    Both shopper tokens are Vendure session tokens. Without an administrator's session, customer groups and promotions are
    not supplied, and nobody is known by a verified id.
    """

    def __init__(
        self,
        api: Api,
        admin: AdminSession | None,
        fields: CustomFields,
        *,
        clock: Callable[[], datetime],
        habits: Habits = Habits(),  # noqa: B008 - immutable
    ) -> None:
        self.lacks = lacks_of(habits, has_admin=admin is not None)
        self.supplies = _OF_SHOPPERS | (_OF_ADMINISTRATORS if admin else frozenset())
        self._api = api
        self._admin = admin
        self._fields = fields
        self._clock = clock
        self._habits = habits
        self._questions: Mapping[Signal, Callable[[Shopper, float], Answer]] = {
            Signal.CART: self._cart,
            Signal.CUSTOMER: self._customer,
            Signal.ORDERS: self._orders,
            Signal.PROMOTIONS: self._promotions,
        }

    def fetch(self, signal: Signal, shopper: Shopper, *, currency: str, timeout_s: float) -> Answer:
        del currency  # of prices, and those are the catalogue's
        if signal not in self.supplies:
            return Answer(Found.UNSUPPORTED)
        try:
            return self._questions[signal](shopper, self._api.monotonic() + timeout_s)
        except _ODD as error:
            raise ShopError(GARBAGE, f"Vendure answered {signal} in a form it should not have") from error

    def _cart(self, shopper: Shopper, deadline: float) -> Answer:
        if not shopper.cart_token:
            return self._cart_of(shopper, deadline)
        said = self._shop(queries.CART + queries.FILED, {}, shopper.cart_token, deadline)
        if said.new_session:
            return _UNKNOWN
        return Answer(Found.FOUND, read(CartPayload(), cart_form(said.data, self._habits), "cart"))

    def _cart_of(self, shopper: Shopper, deadline: float) -> Answer:
        """Give a cart by its id, if it still is one and is this customer's."""
        if self._admin is None:
            return Answer(Found.UNSUPPORTED)
        if not (shopper.cart_id and shopper.customer_id):
            return _UNKNOWN
        data = self._administer(queries.CART_OF + queries.FILED, {"id": shopper.cart_id}, deadline)
        order = data["activeOrder"]
        if order is None or not order["active"] or (order["customer"] or {}).get("id") != shopper.customer_id:
            return _UNKNOWN
        _refuse_another(order["id"], shopper.cart_id)
        return Answer(Found.FOUND, read(CartPayload(), cart_form(data, self._habits), "cart"))

    def _customer(self, shopper: Shopper, deadline: float) -> Answer:
        if not shopper.customer_token:
            return self._customer_of(shopper, deadline)
        query = queries.CUSTOMER % self._fields.of_customers(deadline)
        said = self._shop(query, {}, shopper.customer_token, deadline)
        customer = said.data["activeCustomer"]
        if said.new_session or customer is None:
            return _UNKNOWN
        return self._known(customer, self._groups(customer["id"], deadline))

    def _customer_of(self, shopper: Shopper, deadline: float) -> Answer:
        if self._admin is None:
            return Answer(Found.UNSUPPORTED)
        if not shopper.customer_id:
            return _UNKNOWN
        query = queries.CUSTOMER_OF % self._fields.of_customers(deadline, for_admin=True)
        customer = self._administer(query, {"id": shopper.customer_id}, deadline)["customer"]
        if customer is None:
            return _UNKNOWN
        _refuse_another(customer["id"], shopper.customer_id)
        return self._known(customer, customer["groups"])

    def _known(self, customer: Any, groups: Sequence[Any] | None) -> Answer:
        value = read(CustomerPayload(), customer_form(customer, groups, self._habits), "customer")
        return Answer(Found.FOUND, value, whose=value.key)

    def _groups(self, customer_id: str, deadline: float) -> Sequence[Any] | None:
        """Ask for the groups of a customer whose own session has named the id."""
        if self._admin is None:
            return None
        customer = self._administer(queries.GROUPS, {"id": customer_id}, deadline)["customer"]
        _refuse_another(customer["id"], customer_id)
        groups: Sequence[Any] = customer["groups"]
        return groups

    def _orders(self, shopper: Shopper, deadline: float) -> Answer:
        if not shopper.customer_token and self._admin is None:
            return Answer(Found.UNSUPPORTED)
        if not (shopper.customer_token or shopper.customer_id):
            return _UNKNOWN
        orders: list[Any] = []
        whose = shopper.customer_id if not shopper.customer_token else None
        while True:
            customer = self._ordering(shopper, len(orders), deadline)
            if customer is None:
                return _UNKNOWN
            whose = whose or customer["id"]
            _refuse_another(customer["id"], whose)
            found, total = customer["orders"]["items"], customer["orders"]["totalItems"]
            if total > _MOST_ORDERS:
                raise ShopError(ERROR, f"a history of more than {_MOST_ORDERS} orders is not read", ails=False)
            orders += found
            if not found or len(orders) >= total:
                value = read(OrdersPayload(), orders_form(orders, self._habits), "orders")
                return Answer(Found.FOUND, value, whose=whose)

    def _ordering(self, shopper: Shopper, skip: int, deadline: float) -> Any:
        """Give the customer with a page of their orders, None where nobody is known."""
        if not shopper.customer_token:
            variables = {"id": shopper.customer_id, "skip": skip}
            return self._administer(queries.ORDERS_OF + queries.FILED, variables, deadline)["customer"]
        said = self._shop(queries.ORDERS + queries.FILED, {"skip": skip}, shopper.customer_token, deadline)
        return None if said.new_session else said.data["customer"]

    def _promotions(self, _shopper: Shopper, deadline: float) -> Answer:
        items: list[Any] = []
        shop: Any = None
        for _ in range(_MOST_PAGES):
            page = self._administer(queries.PROMOTIONS, {"skip": len(items)}, deadline, max_bytes=CATALOGUE_BYTES)
            shop = shop or page
            found, total = page["promotions"]["items"], page["promotions"]["totalItems"]
            items += found
            if not found or len(items) >= total:
                break
        form = promotions_form(items, shop, self._clock(), self._habits)
        return Answer(Found.FOUND, read(PromotionsPayload(), form, "promotions"))

    def _shop(self, query: str, variables: Mapping[str, Any], token: str, deadline: float) -> Said:
        return self._api.ask(SHOP, query, variables, token=token, deadline=deadline)

    def _administer(
        self, query: str, variables: Mapping[str, Any], deadline: float, max_bytes: int = SHOPPER_BYTES
    ) -> Any:
        if self._admin is None:
            raise AssertionError("not supplied without an administrator's session")
        return self._admin.ask(query, variables, deadline=deadline, max_bytes=max_bytes).data


def lacks_of(habits: Habits, *, has_admin: bool) -> Mapping[str, str]:
    """Say what is never told, with these settings."""
    lacks = {"customer.tags": _NO_TAGS, "product.rating": _NO_RATING}
    if not has_admin:
        return lacks | {"customer.groups": _NO_GROUPS, "customer.kind": _NO_GROUPS}
    return lacks if habits.business_groups else lacks | {"customer.kind": _NO_KIND}


def _refuse_another(named: Any, asked: str | None) -> None:
    if named != asked:
        raise ShopError(MISMATCH, "Vendure answered for another shopper", ails=False)
