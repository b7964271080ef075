"""Adapter `salesforce`: a B2C Commerce site over its Shopper APIs."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from cms.commerce.adapters.salesforce.api import Api, Scapi, data_of
from cms.commerce.adapters.salesforce.forms import (
    MALFORMED,
    Habits,
    cart_form,
    customer_form,
    orders_form,
    promotions_form,
)
from cms.commerce.adapters.salesforce.shoppers import Bearer, TrustedSystem, bearer_of
from cms.commerce.failures import ERROR, GARBAGE, MISMATCH, ShopError
from cms.commerce.payloads import CartPayload, CustomerPayload, OrdersPayload, PromotionsPayload, read
from cms.commerce.wire.transport import CATALOGUE_BYTES, SHOPPER_BYTES
from cms.facts.signals import Answer, Cart, Found, Shopper, Signal

OF_SHOPPERS = frozenset({Signal.CART, Signal.CUSTOMER, Signal.ORDERS})
_ORDERS_A_PAGE = 50
_MOST_ORDERS = 500
_PROMOTIONS_A_CALL = 50
_A_MOMENT = timedelta(minutes=1)


class _NobodyError(Exception):
    """The system does not know this token, or nobody whom it names."""


class SalesforceShop:
    """A `SignalSource` over SCAPI; the catalogue comes by its feed.

    Both shopper tokens are the access token (JWT) that SLAS gave the shopper. Without `trusted`, nothing is told by id alone.
    `campaigns` are those whose promotions are told beside the ones that `habits` names.
    """

    def __init__(
        self,
        scapi: Scapi,
        *,
        supplies: frozenset[Signal],
        lacks: Mapping[str, str],
        clock: Callable[[], datetime],
        habits: Habits,
        trusted: TrustedSystem | None = None,
        campaigns: Sequence[str] = (),
    ) -> None:
        self.supplies = supplies
        self.lacks = lacks
        self._scapi = scapi
        self._clock = clock
        self._habits = habits
        self._trusted = trusted
        self._campaigns = campaigns
        self._questions: Mapping[Signal, Callable[[Bearer, Shopper, str, float], Any]] = {
            Signal.CART: self._cart,
            Signal.CUSTOMER: self._customer,
            Signal.ORDERS: self._orders,
        }

    def fetch(self, signal: Signal, shopper: Shopper, *, currency: str, timeout_s: float) -> Answer:
        if signal not in self.supplies:
            return Answer(Found.UNSUPPORTED)
        deadline = self._scapi.monotonic() + timeout_s
        try:
            if signal is Signal.PROMOTIONS:
                return Answer(Found.FOUND, self._promotions(currency, deadline))
            return self._of_shopper(signal, shopper, currency, deadline)
        except MALFORMED as error:
            raise ShopError(GARBAGE, f"SCAPI answered {signal} in a form it should not have") from error

    def _of_shopper(self, signal: Signal, shopper: Shopper, currency: str, deadline: float) -> Answer:
        token = shopper.cart_token if signal is Signal.CART else shopper.customer_token
        if token:
            return self._told(signal, bearer_of(token), Shopper(), currency, deadline)
        if self._trusted is None or not shopper.customer_id:
            return Answer(Found.UNSUPPORTED)
        bearer = self._trusted.bearer(shopper.customer_id, deadline)
        answer = self._told(signal, bearer, shopper, currency, deadline)
        if bearer is not None and answer.found is Found.UNKNOWN_TOKEN:
            self._trusted.forget(shopper.customer_id)  # it may have been revoked
        return answer

    def _told(self, signal: Signal, bearer: Bearer | None, named: Shopper, currency: str, deadline: float) -> Answer:
        """Ask with a token; `named` are the verified ids it was got for, if it was. Guests are no customers."""
        if bearer is None or not (bearer.is_registered or signal is Signal.CART):
            return Answer(Found.UNKNOWN_TOKEN)
        try:
            value = self._questions[signal](bearer, named, currency, deadline)
        except _NobodyError:
            return Answer(Found.UNKNOWN_TOKEN)
        return Answer(Found.FOUND, value, named.customer_id or bearer.customer_id)

    def _cart(self, bearer: Bearer, named: Shopper, currency: str, deadline: float) -> Cart:
        data = self._own(bearer, "/baskets", {}, deadline)
        baskets = [one for one in data["baskets"] if not one.get("temporaryBasket")] if data["total"] else []
        if named.cart_id:
            baskets = [one for one in baskets if one["basketId"] == named.cart_id]
            if not baskets:
                raise _NobodyError
        if not baskets:
            return Cart((), currency)
        basket = max(baskets, key=lambda one: str(one["lastModified"]))
        _must_be_of(bearer, basket.get("customerInfo") or {})
        cart: Cart = read(CartPayload(), cart_form(basket), "baskets")
        return cart

    def _customer(self, bearer: Bearer, named: Shopper, _currency: str, deadline: float) -> Any:
        customer = self._own(bearer, "", {"expand": "none"}, deadline)
        _must_be_of(bearer, {"customerId": customer["customerId"]})
        form = customer_form(customer, self._habits)
        return read(CustomerPayload(), form | {"key": named.customer_id or form["key"]}, "customer")

    def _orders(self, bearer: Bearer, _named: Shopper, _currency: str, deadline: float) -> Any:
        orders: list[Any] = []
        while True:
            params = {"limit": _ORDERS_A_PAGE, "offset": len(orders)}
            page = self._own(bearer, "/orders", params, deadline, CATALOGUE_BYTES)
            found = page["data"] if page["total"] else []
            orders += found
            if page["total"] > _MOST_ORDERS:
                raise ShopError(ERROR, f"a customer has more than {_MOST_ORDERS} orders", ails=False)
            if len(orders) >= page["total"]:
                break
            if not found:
                raise ValueError("orders are missing")
        for order in orders:
            _must_be_of(bearer, order.get("customerInfo") or {})
        numbered = enumerate(orders)  # one that is placed meanwhile moves the others on, so that one comes twice
        once = {order.get("orderNo", place): order for place, order in numbered}
        return read(OrdersPayload(), orders_form(once.values()), "orders")

    def _own(
        self, bearer: Bearer, path: str, params: Mapping[str, Any], deadline: float, max_bytes: int = SHOPPER_BYTES
    ) -> Any:
        """Ask for what belongs to a shopper, with nothing but the shopper's own token."""
        reply = self._scapi.ask(
            Api.CUSTOMERS,
            f"customers/{bearer.customer_id}{path}",
            params,
            token=bearer.token,
            deadline=deadline,
            max_bytes=max_bytes,
        )
        if reply.status in (401, 404):
            raise _NobodyError
        return data_of(reply, Api.CUSTOMERS)

    def _promotions(self, currency: str, deadline: float) -> Any:
        ids = list(self._habits.promotions)
        found: list[Any] = []
        for start in range(0, len(ids), _PROMOTIONS_A_CALL):
            asked = {"ids": ",".join(ids[start : start + _PROMOTIONS_A_CALL])}
            found += self._listed("promotions", asked, deadline)
        now = self._clock()
        within = {"startDate": _minute(now), "endDate": _minute(now + _A_MOMENT)}
        for campaign in self._campaigns:
            found += self._listed(f"promotions/campaigns/{quote(campaign, safe='')}", within, deadline)
        return read(PromotionsPayload(), promotions_form(found, currency, now, self._habits), "promotions")

    def _listed(self, path: str, params: Mapping[str, Any], deadline: float) -> list[Any]:
        """List promotions; of none that is enabled SCAPI says that there are none with this id."""
        reply = self._scapi.ask_as_guest(Api.PROMOTIONS, path, params, deadline=deadline)
        return [] if reply.status == 404 else list(data_of(reply, Api.PROMOTIONS)["data"])


def _must_be_of(bearer: Bearer, named: Any) -> None:
    if named.get("customerId", bearer.customer_id) != bearer.customer_id:
        raise ShopError(MISMATCH, "SCAPI answered for another customer than was asked for", ails=False)


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M}Z"
