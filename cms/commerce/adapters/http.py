"""Adapter `http`: any shop that speaks Vitrine's open signals API."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import Schema

from cms.commerce.adapter import Adapter, Connected, Connection, unsettled
from cms.commerce.failures import ERROR, ShopError
from cms.commerce.payloads import (
    CartPayload,
    CustomerPayload,
    OrdersPayload,
    ProductsPayload,
    PromotionsPayload,
    TraitsPayload,
    read,
)
from cms.commerce.wire.transport import CATALOGUE_BYTES, SHOPPER_BYTES, Reply, Transport
from cms.facts.signals import Answer, Found, Shopper, Signal

_OF_CUSTOMERS = frozenset({Signal.CUSTOMER, Signal.ORDERS, Signal.TRAITS})
_OF_SHOPPERS = _OF_CUSTOMERS | {Signal.CART}
_CATALOGUES = 4  # one for each currency that is much asked for


@dataclass(frozen=True, slots=True)
class Question:
    path: str
    schema: Schema
    max_bytes: int = SHOPPER_BYTES


QUESTIONS = {
    Signal.CART: Question("/cart", CartPayload()),
    Signal.CUSTOMER: Question("/customer", CustomerPayload()),
    Signal.ORDERS: Question("/orders", OrdersPayload()),
    Signal.CATALOGUE: Question("/products", ProductsPayload(), CATALOGUE_BYTES),
    Signal.PROMOTIONS: Question("/promotions", PromotionsPayload()),
    Signal.TRAITS: Question("/traits", TraitsPayload()),
}


class HttpShop:
    """A `SignalSource` over the open signals API; `service_key` opens it, the shopper's token says whose answer."""

    supplies = frozenset(QUESTIONS)
    lacks: Mapping[str, str] = {}

    def __init__(self, transport: Transport, service_key: str) -> None:
        self._transport = transport
        self._authorization = f"Bearer {service_key}"
        self._catalogues: dict[bytes, Answer] = {}
        self._lock = threading.Lock()

    def fetch(self, signal: Signal, shopper: Shopper, *, currency: str, timeout_s: float) -> Answer:
        question = QUESTIONS[signal]
        reply = self._ask(question, _token(signal, shopper), currency, timeout_s)
        if reply.status >= 400:
            return _refusal(signal, reply)
        if signal is Signal.CATALOGUE:
            return self._catalogue(question, reply)
        return _answer(question, reply)

    def _ask(self, question: Question, token: str | None, currency: str, timeout_s: float) -> Reply:
        headers = {"Authorization": self._authorization} | ({"Shopper-Token": token} if token else {})
        transport = self._transport
        return transport.get(
            question.path,
            params={"currency": currency},
            headers=headers,
            deadline=transport.monotonic() + timeout_s,
            max_bytes=question.max_bytes,
        )

    def _catalogue(self, question: Question, reply: Reply) -> Answer:
        """Read a catalogue only when its bytes have changed: it is large, asked for often and seldom new."""
        with self._lock:
            answer = self._catalogues.get(reply.digest)
        if answer is None:
            answer = _answer(question, reply)
        with self._lock:
            self._catalogues[reply.digest] = answer
            while len(self._catalogues) > _CATALOGUES:
                del self._catalogues[next(iter(self._catalogues))]
        return answer


def _token(signal: Signal, shopper: Shopper) -> str | None:
    if signal is Signal.CART:
        return shopper.cart_token
    return shopper.customer_token if signal in _OF_CUSTOMERS else None


def _answer(question: Question, reply: Reply) -> Answer:
    return Answer(Found.FOUND, read(question.schema, reply.data, question.path))


def _refusal(signal: Signal, reply: Reply) -> Answer:
    """Tell an unknown token from a refusal.

    Raises:
        ShopError: `commerce-error`: the service key, the currency or the address is not taken.
    """
    code: Any = reply.data.get("code") if isinstance(reply.data, dict) else None
    if reply.status == 404 and code == "unknown-token" and signal in _OF_SHOPPERS:
        return Answer(Found.UNKNOWN_TOKEN)
    raise ShopError(ERROR, f"{QUESTIONS[signal].path} answered {reply.status}", ails=False)


def _connect(connection: Connection) -> Connected:
    if not connection.key:
        raise unsettled("Adapter http needs the shop's service key: set CMS_COMMERCE_KEY.")
    transport = Transport(connection.url)
    return Connected(HttpShop(transport, connection.key), (transport,))


ADAPTER = Adapter("http", "open signals API", "service key", _connect)
