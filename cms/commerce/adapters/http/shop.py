"""The `SignalSource` over the open signals API."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from marshmallow import Schema

from cms.commerce.adapters.http.api import Desk, Said
from cms.commerce.adapters.http.mapping import Rows, Step, stock_form, traits_form
from cms.commerce.failures import MISMATCH, ShopError
from cms.commerce.payloads import (
    CartPayload,
    CustomerPayload,
    OrdersPayload,
    PromotionsPayload,
    StockPayload,
    TraitsPayload,
    read,
)
from cms.facts.signals import Answer, Found, Shopper, Signal

_SCHEMAS: Mapping[Signal, Schema] = {
    Signal.CART: CartPayload(),
    Signal.CUSTOMER: CustomerPayload(),
    Signal.ORDERS: OrdersPayload(),
    Signal.STOCK: StockPayload(),
    Signal.PROMOTIONS: PromotionsPayload(),
    Signal.TRAITS: TraitsPayload(),
}
_OF_SHOPPERS = frozenset({Signal.CART, Signal.CUSTOMER, Signal.ORDERS, Signal.TRAITS})


class HttpShop:
    """A `SignalSource` whose answers are in the open signals API's form, or in any that a table can read.

    Args:
        desk: Where it answers.
        facts: Where in the answer for the traits which fact stands; empty: in the form of the open signals API.
        rows: Where the stock stands; None: in the form of the open signals API.
        has_stock: It tells stock apart from the catalogue.
    """

    lacks: Mapping[str, str] = {}

    def __init__(
        self, desk: Desk, *, facts: Mapping[str, Sequence[Step]], rows: Rows | None, has_stock: bool = False
    ) -> None:
        kept_apart = has_stock or rows is not None or not desk.is_open(Signal.STOCK)
        self.supplies = frozenset(_SCHEMAS) - (frozenset() if kept_apart else {Signal.STOCK})
        self.tells = frozenset(facts)  # traits that are unknown while it is out of reach; empty: any may be
        self._desk = desk
        self._facts = facts
        self._rows = rows

    def fetch(self, signal: Signal, shopper: Shopper, *, currency: str, timeout_s: float) -> Answer:
        if signal not in self.supplies or not self._desk.can_name(signal, shopper):
            return Answer(Found.UNSUPPORTED)
        said = self._desk.ask(signal, shopper, currency, self._desk.monotonic() + timeout_s)
        if said.status >= 400:
            return self._refusal(signal, said)
        is_ours = signal in _OF_SHOPPERS and not (signal is Signal.TRAITS and self._facts)
        whose = self._whose(signal, shopper, said.data) if is_ours else ""
        value = read(_SCHEMAS[signal], self._form(signal, said.data), self._desk.path(signal))
        return Answer(Found.FOUND, value, whose)

    def _form(self, signal: Signal, data: Any) -> Any:
        if signal is Signal.TRAITS and self._facts:
            return traits_form(data, self._facts)
        if signal is Signal.STOCK and self._rows:
            try:
                return stock_form(data, self._rows)
            except TypeError:
                raise self._desk.unclear(signal, "has no list where the table of its stock says") from None
        return data

    def _whose(self, signal: Signal, shopper: Shopper, data: Any) -> str:
        """Give the customer whom an answer names, "" where it names nobody.

        Raises:
            ShopError: `commerce-mismatch`: it says that it is for another shopper, as a cache in between may have mixed up.
        """
        body, is_cart = data if isinstance(data, dict) else {}, signal is Signal.CART
        token = shopper.cart_token if is_cart else shopper.customer_token
        asked_by = token or (shopper.cart_id if is_cart else shopper.customer_id) or ""
        named = None if is_cart else body.get("key" if signal is Signal.CUSTOMER else "customer")
        is_for_another = "for" in body and body["for"] != sha256(asked_by.encode()).hexdigest()
        if is_for_another or (not token and named not in (None, shopper.customer_id)):
            raise ShopError(MISMATCH, f"{self._desk.path(signal)} answered for another shopper", ails=False)
        return named if isinstance(named, str) else ""

    def _refusal(self, signal: Signal, said: Said) -> Answer:
        """Tell an unknown shopper from a refusal."""
        unknown = said.code == "unknown-token" or self._desk.names_shopper(signal)
        if said.status == 404 and unknown and signal in _OF_SHOPPERS:
            return Answer(Found.UNKNOWN_TOKEN)
        raise self._desk.refused(signal, said)
