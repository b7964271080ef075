"""Adapter `adobe`: Adobe Commerce, Magento Open Source and Adobe Commerce as a Cloud Service."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cms.commerce.adapters.adobe.api import UNKNOWN, RefusedError, Storefront, too_many
from cms.commerce.adapters.adobe.forms import (
    Habits,
    cart_form,
    customer_form,
    orders_form,
    plain_id,
    segment_keys,
    whole,
    zone_of,
)
from cms.commerce.adapters.adobe.office import MOST_ORDERS, Office, mismatch
from cms.commerce.adapters.adobe.queries import ORDERS, Dialect
from cms.commerce.failures import GARBAGE, MALFORMED, ShopError
from cms.commerce.keys import slug
from cms.commerce.payloads import CartPayload, CustomerPayload, OrdersPayload, read
from cms.commerce.wire import graphql
from cms.commerce.wire.transport import CATALOGUE_BYTES
from cms.facts.signals import Answer, Found, Shopper, Signal

_UNKNOWN = Answer(Found.UNKNOWN_TOKEN)
_UNSUPPORTED = Answer(Found.UNSUPPORTED)
_OF_SHOPPERS = frozenset({Signal.CART, Signal.CUSTOMER, Signal.ORDERS})
_MOST_LINES = 1_000
_AT_ONCE = 100
_NOT_FOUND = 404
_OF_ONE = ("/customers/", "/carts/")


class AdobeShop:
    """A `SignalSource` over GraphQL with the shopper's own tokens; `office` tells what only an administrator may read."""

    def __init__(
        self,
        storefront: Storefront,
        office: Office | None,
        dialect: Dialect,
        *,
        customer_query: str,
        habits: Habits,
        lacks: Mapping[str, str],
        monotonic: Callable[[], float],
    ) -> None:
        self.lacks = lacks
        self.supplies = _OF_SHOPPERS | (office.supplies if office else frozenset())
        self._storefront = storefront
        self._office = office
        self._dialect = dialect
        self._customer_query = customer_query
        self._habits = habits
        self._monotonic = monotonic

    def fetch(self, signal: Signal, shopper: Shopper, *, currency: str, timeout_s: float) -> Answer:
        del currency  # a cart and an order have their own, rules are in the shop's
        if signal not in self.supplies:
            return _UNSUPPORTED
        try:
            return self._answer(signal, shopper, self._monotonic() + timeout_s)
        except graphql.RefusedError as error:
            if error.codes <= UNKNOWN:
                return _UNKNOWN
            raise
        except RefusedError as error:
            if error.status == _NOT_FOUND and error.path.startswith(_OF_ONE):
                return _UNKNOWN
            raise
        except MALFORMED as error:
            raise ShopError(GARBAGE, f"Adobe Commerce answered {signal} in a form it should not have") from error

    def _answer(self, signal: Signal, shopper: Shopper, deadline: float) -> Answer:
        if signal not in _OF_SHOPPERS:
            return self._office.tell(signal, deadline) if self._office else _UNSUPPORTED
        token = shopper.cart_token if signal is Signal.CART else shopper.customer_token
        if not token:
            return self._office.tell_of(signal, shopper, deadline) if self._office else _UNSUPPORTED
        own = {Signal.CART: self._cart, Signal.CUSTOMER: self._customer, Signal.ORDERS: self._orders}
        return own[signal](token, deadline)

    def _cart(self, token: str, deadline: float) -> Answer:
        """Read a cart by its masked id; a customer's own opens only with the customer's token, after a colon."""
        masked, _, customer = token.partition(":")
        first: Any = None
        items: list[Any] = []
        while first is None or len(items) < first["cart"]["itemsV2"]["total_count"]:
            variables = {"cart": masked, "page": len(items) // _AT_ONCE + 1}
            data = self._storefront.ask(self._dialect.cart, variables, deadline=deadline, token=customer).data
            cart = data["cart"]
            if cart is None:
                return _UNKNOWN
            if cart["id"] != masked:
                raise mismatch("cart")
            first = first or data
            items += cart["itemsV2"]["items"]
            if cart["itemsV2"]["total_count"] > _MOST_LINES:
                raise too_many("lines in a cart", _MOST_LINES)
            if not cart["itemsV2"]["items"]:
                break
        form = cart_form(first["cart"], items, self._promotions_of(first, deadline), self._habits)
        return Answer(Found.FOUND, read(CartPayload(), form, "cart"))

    def _promotions_of(self, data: Any, deadline: float) -> Sequence[str] | None:
        """Name the rules applied to a cart; None where the shop does not share them, or one cannot be named."""
        rules = data["cart"]["rules"]
        if rules is None or not (data["shared"] or {}).get("rules"):
            return None
        if self._dialect.names_groups:
            return [slug(rule["name"]) for rule in rules]
        named = [self._rule_keys(deadline).get(plain_id(rule["uid"])) for rule in rules]
        return [name for name in named if name] if all(named) else None

    def _rule_keys(self, deadline: float) -> Mapping[str, str]:
        """Name rules by id; a cart is worth telling without them."""
        try:
            return self._office.rule_keys(deadline) if self._office else {}
        except ShopError:
            return {}

    def _customer(self, token: str, deadline: float) -> Answer:
        optional = ("segmented", "rewarded", "employed")
        data = self._storefront.ask(self._customer_query, {}, deadline=deadline, token=token, optional=optional).data
        if data["customer"] is None:
            return _UNKNOWN
        key = plain_id(data["customer"]["id"])
        groups = self._groups(key, data, deadline)
        employers = _within(data, "employed", "companies", "items")
        company = next(iter(employers or ()), None)
        form = customer_form(key, groups, company, is_b2b=employers is not None, habits=self._habits)
        form |= {"loyalty_points": self._points(data), "tags": self._tags(data)}
        return Answer(Found.FOUND, read(CustomerPayload(), form, "customer"), key)

    def _groups(self, key: str, data: Any, deadline: float) -> Sequence[str] | None:
        """Name the group as the shop shares it, else as the office knows it of the id the customer's token named."""
        group = data["customer"]["group"]
        if group is None or not (data["shared"] or {}).get("groups"):
            return self._office.groups_of(key, deadline) if self._office else None
        if self._dialect.names_groups:
            return [slug(group["name"])] if group["name"] else None
        return self._office.group_keys(plain_id(group["uid"]), deadline) if self._office else None

    def _points(self, data: Any) -> int | None:
        points = _within(data, "rewarded", "reward_points", "balance", "points")
        return None if points is None else whole(points)

    def _tags(self, data: Any) -> Sequence[str] | None:
        """Name the segments; where the shop does not say whether it shares them, none may be all of them."""
        segments = _within(data, "segmented", "segments")
        is_shared = (data["shared"] or {}).get("segments", bool(segments))
        return segment_keys(segments, self._habits) if segments is not None and is_shared else None

    def _orders(self, token: str, deadline: float) -> Answer:
        orders: list[Any] = []
        for page in range(1, MOST_ORDERS // _AT_ONCE + 1):
            variables = {"page": page}
            said = self._storefront.ask(ORDERS, variables, deadline=deadline, token=token, max_bytes=CATALOGUE_BYTES)
            customer = said.data["customer"]
            if customer is None:
                return _UNKNOWN
            found = customer["orders"]
            if found["total_count"] > MOST_ORDERS:
                raise too_many("orders of a customer", MOST_ORDERS)
            orders += found["items"]
            if not found["items"] or len(orders) >= found["total_count"]:
                break
        form = orders_form(orders, zone_of(said.data["storeConfig"]["timezone"]))
        return Answer(Found.FOUND, read(OrdersPayload(), form, "orders"), plain_id(customer["id"]))


def _within(data: Any, *names: str) -> Any:
    """Follow names; None where the shop says nothing on the way."""
    for name in names:
        data = (data or {}).get(name)
    return data
