"""Adapter `sap`: a base site of SAP Commerce over OCC v2."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cms.commerce.adapters.sap import selections
from cms.commerce.adapters.sap.api import NO_CART, Occ, RefusedError, is_key, under
from cms.commerce.adapters.sap.forms import TAKEN_BACK, Habits, cart_form, customer_form, orders_form, stock
from cms.commerce.adapters.sap.promotions import promotions
from cms.commerce.failures import ERROR, GARBAGE, MISMATCH, ShopError
from cms.commerce.payloads import CartPayload, CustomerPayload, OrdersPayload, read
from cms.commerce.wire.transport import CATALOGUE_BYTES
from cms.facts.signals import Answer, Cart, Found, Shopper, Signal

BEARER = "Bearer "
_OF_SHOPPERS = frozenset({Signal.CART, Signal.CUSTOMER, Signal.ORDERS})
_UNKNOWN = Answer(Found.UNKNOWN_TOKEN)
_PAGE = 100
_MOST_ORDERS = 500
_MOST_STOCK_PAGES = 50


@dataclass(frozen=True, slots=True)
class Reach:
    """What this shop is asked for beside carts and customers.

    `order_lines` is how many orders of one customer are opened for their lines, `statuses` are those of orders that count,
    none: all that were not taken back.
    """

    order_lines: int = 0
    statuses: tuple[str, ...] = ()
    stock_search: bool = False
    promotions: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class _Caller:
    """Who is asked about, and by whom: the shopper with a token of their own, or the shop's client for a verified id."""

    user: str
    token: str | None = None


class SapShop:
    """A `SignalSource` over OCC v2."""

    def __init__(
        self, occ: Occ, *, clock: Callable[[], datetime], habits: Habits, reach: Reach, lacks: Mapping[str, str]
    ) -> None:
        self.lacks = lacks
        self._occ = occ
        self._clock = clock
        self._habits = habits
        self._reach = reach
        self._questions: dict[Signal, Callable[[Shopper, str, float], Answer]] = {
            Signal.CART: self._cart,
            Signal.CUSTOMER: self._customer,
            Signal.ORDERS: self._orders,
        }
        if reach.stock_search:
            self._questions[Signal.STOCK] = self._stock
        if reach.promotions:
            self._questions[Signal.PROMOTIONS] = self._promotions
        self.supplies = frozenset(self._questions)

    def fetch(self, signal: Signal, shopper: Shopper, *, currency: str, timeout_s: float) -> Answer:
        if signal not in self.supplies:
            return Answer(Found.UNSUPPORTED)
        try:
            return self._questions[signal](shopper, currency, self._occ.transport.monotonic() + timeout_s)
        except RefusedError as refusal:
            if refusal.is_unknown and signal in _OF_SHOPPERS:
                return _UNKNOWN
            raise
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise ShopError(GARBAGE, f"SAP Commerce answered {signal} in a form it should not have") from error

    def _cart(self, shopper: Shopper, currency: str, deadline: float) -> Answer:
        """Read a guest's cart by its GUID, a customer's by its code or, with the customer's own token, the current one."""
        token = shopper.cart_token or ""
        if token.startswith(BEARER):
            return self._current_cart(token.removeprefix(BEARER), currency, deadline)
        user, cart = ("anonymous", token) if token else (shopper.customer_id or "", shopper.cart_id or "")
        if not is_key(cart) or not (token or is_key(user)):
            return _UNKNOWN
        data = self._occ.ask(under("users", user, "carts", cart), selections.CART, deadline=deadline, currency=currency)
        if cart not in ((data["guid"],) if token else (data["guid"], data["code"])):
            raise ShopError(MISMATCH, "SAP Commerce answered with another cart than the one asked for", ails=False)
        return _found(read(CartPayload(), cart_form(data, currency), "cart"))

    def _current_cart(self, token: str, currency: str, deadline: float) -> Answer:
        """Read the current cart of the customer whose token it is; who has none has an empty one."""
        if not token:
            return _UNKNOWN
        path = "users/current/carts/current"
        try:
            data = self._occ.ask(path, selections.CART, deadline=deadline, currency=currency, token=token)
        except RefusedError as refusal:
            if NO_CART in refusal.kinds:
                return _found(Cart((), currency))
            raise
        return _found(read(CartPayload(), cart_form(data, currency), "cart"))

    def _customer(self, shopper: Shopper, _currency: str, deadline: float) -> Answer:
        caller = _caller(shopper)
        if caller is None:
            return _UNKNOWN
        data = self._user(caller, deadline)
        key = data["customerId"]
        if not is_key(key):
            raise ValueError("a customer without an id that can be asked for")
        if caller.user not in ("current", key):
            raise ShopError(MISMATCH, "SAP Commerce answered with another customer than the one asked for", ails=False)
        groups = self._occ.ask(
            under("users", key, "customergroups"), selections.GROUPS, deadline=deadline, token=caller.token
        )
        customer = read(CustomerPayload(), customer_form(data, groups, self._habits), "customer")
        return Answer(Found.FOUND, customer, key)

    def _user(self, caller: _Caller, deadline: float) -> Any:
        if self._habits.sells_to_companies:
            path, asked = under("orgUsers", caller.user), selections.EMPLOYEE
        else:
            path, asked = under("users", caller.user), selections.CUSTOMER
        return self._occ.ask(path, asked, deadline=deadline, token=caller.token)

    def _orders(self, shopper: Shopper, _currency: str, deadline: float) -> Answer:
        caller = _caller(shopper)
        if caller is None:
            return _UNKNOWN
        orders = [order for order in self._history(caller, deadline) if self._counts(order)]
        lines = self._lines(caller, orders, deadline) if self._reach.order_lines else {}
        return _found(read(OrdersPayload(), orders_form(orders, lines), "orders"))

    def _history(self, caller: _Caller, deadline: float) -> list[Any]:
        """Read all orders, page by page; too many are none, for a part of a history would say "never" too often."""
        orders: list[Any] = []
        path, page, last = under("users", caller.user, "orders"), 0, False
        asked = {"statuses": ",".join(self._reach.statuses)} if self._reach.statuses else {}
        while not last:
            params = {**asked, "pageSize": _PAGE, "currentPage": page}
            data = self._occ.ask(path, selections.ORDERS, deadline=deadline, token=caller.token, params=params)
            if data["pagination"]["totalResults"] > _MOST_ORDERS:
                raise ShopError(ERROR, f"the customer has more than {_MOST_ORDERS} orders", ails=False)
            orders += data.get("orders") or []
            page += 1
            last = page >= min(
                data["pagination"]["totalPages"], _MOST_ORDERS
            )  # a shop may keep pages smaller than asked
        return list({order["code"]: order for order in orders}.values())

    def _counts(self, order: Any) -> bool:
        return bool(self._reach.statuses) or order.get("status") not in TAKEN_BACK

    def _lines(self, caller: _Caller, orders: Sequence[Any], deadline: float) -> dict[str, Any]:
        """Open each order for its lines: OCC's history tells none."""
        if len(orders) > self._reach.order_lines:
            raise ShopError(
                ERROR,
                f"the customer has more orders than the option order_lines allows to open ({self._reach.order_lines})",
                ails=False,
            )
        return {order["code"]: self._order(caller, order["code"], deadline) for order in orders}

    def _order(self, caller: _Caller, code: str, deadline: float) -> Any:
        if not is_key(code):
            raise ValueError("an order without a code that can be asked for")
        path = under("users", caller.user, "orders", code)
        data = self._occ.ask(path, selections.ORDER, deadline=deadline, token=caller.token)
        if data["code"] != code:
            raise ShopError(MISMATCH, "SAP Commerce answered with another order than the one asked for", ails=False)
        return data

    def _stock(self, _shopper: Shopper, currency: str, deadline: float) -> Answer:
        counts: dict[str, int] = {}
        page, last = 0, False
        while not last:
            data = self._searched(page, currency, deadline)
            pages = data["pagination"]["totalPages"]
            if pages > _MOST_STOCK_PAGES:
                raise ShopError(ERROR, f"the search finds more than {_MOST_STOCK_PAGES * _PAGE} products", ails=False)
            found = {product["code"]: stock(product) for product in data.get("products") or ()}
            counts |= {code: count for code, count in found.items() if count is not None}
            page += 1
            last = page >= pages
        return _found(counts)

    def _searched(self, page: int, currency: str, deadline: float) -> Any:
        return self._occ.ask(
            "products/search",
            selections.SEARCH,
            deadline=deadline,
            currency=currency,
            max_bytes=CATALOGUE_BYTES,
            params={"query": ":relevance", "pageSize": _PAGE, "currentPage": page},
        )

    def _promotions(self, _shopper: Shopper, currency: str, _deadline: float) -> Answer:
        return _found(promotions(self._reach.promotions, currency, self._clock()))


def _caller(shopper: Shopper) -> _Caller | None:
    """Say who asks: the customer's own token goes before an id; None for an id that names nobody."""
    if shopper.customer_token:
        return _Caller("current", shopper.customer_token)
    return _Caller(shopper.customer_id) if shopper.customer_id and is_key(shopper.customer_id) else None


def _found(value: Any) -> Answer:
    return Answer(Found.FOUND, value)
