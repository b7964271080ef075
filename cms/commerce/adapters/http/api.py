"""Asking over HTTP: which path, whose headers, and what a refusal means."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from cms.commerce.failures import ERROR, GARBAGE, ShopError
from cms.commerce.wire.transport import CATALOGUE_BYTES, SHOPPER_BYTES, Transport
from cms.facts.signals import Shopper, Signal

PLACES = ("customer", "cart", "currency")  # that a path of the options may have
_PATHS: Mapping[Signal, str] = {
    Signal.CART: "/cart",
    Signal.CUSTOMER: "/customer",
    Signal.ORDERS: "/orders",
    Signal.CATALOGUE: "/products",
    Signal.STOCK: "/stock",
    Signal.PROMOTIONS: "/promotions",
    Signal.TRAITS: "/traits",
}
_OF_EVERYBODY = frozenset({Signal.CATALOGUE, Signal.STOCK, Signal.PROMOTIONS})
_LARGE = frozenset({Signal.CATALOGUE, Signal.STOCK})


def key_header(auth: str, key: str) -> dict[str, str]:
    """Make the header that opens the shop: `bearer`, `basic`, or the name of a header and perhaps a word before the key."""
    if auth == "bearer":
        return {"Authorization": f"Bearer {key}"}
    if auth == "basic":
        return {"Authorization": f"Basic {b64encode(key.encode()).decode()}"}
    name, _, word = auth.partition(": ")
    return {name: f"{word} {key}" if word else key}


@dataclass(frozen=True, slots=True)
class Said:
    """`code` is that of a refusal, "" where it has none; of an answer `status` is below 400; `digest` names its bytes."""

    status: int
    data: Any
    code: str
    digest: bytes


class Desk:
    """Where a shop answers.

    Args:
        transport: The way to it.
        headers: Sent with every question; the key is among them.
        token_header: Which one the shopper's own token goes in.
        paths: Of signals that are not where the open signals API has them; they get no parameters of ours.
    """

    def __init__(
        self, transport: Transport, headers: Mapping[str, str], *, token_header: str, paths: Mapping[Signal, str]
    ) -> None:
        self.monotonic = transport.monotonic
        self._transport = transport
        self._headers = headers
        self._token_header = token_header
        self._paths = paths

    def path(self, signal: Signal) -> str:
        return self._paths.get(signal, _PATHS[signal])

    def is_open(self, signal: Signal) -> bool:
        """Tell whether a signal is asked for as the open signals API says."""
        return signal not in self._paths

    def can_name(self, signal: Signal, shopper: Shopper) -> bool:
        """Tell whether all is known that its path names; an id of dots would lead to another path."""
        ids = {"{customer}": shopper.customer_id, "{cart}": shopper.cart_id}
        return all((one or "").strip(".") for place, one in ids.items() if place in self.path(signal))

    def names_shopper(self, signal: Signal) -> bool:
        """Tell whether the shopper stands in its path, so that what is not there is somebody who is not known."""
        return any(place in self.path(signal) for place in ("{customer}", "{cart}"))

    def ask(
        self, signal: Signal, shopper: Shopper, currency: str, deadline: float, params: Mapping[str, str] | None = None
    ) -> Said:
        """Ask for one signal.

        Raises:
            ShopError: As `Transport`.
        """
        path = self.path(signal)
        given = {"customer": shopper.customer_id, "cart": shopper.cart_id, "currency": currency}
        filled = path.format_map({place: quote(value or "", safe="") for place, value in given.items()})
        reply = self._transport.get(
            filled,
            named=path,
            params={"currency": currency, **(params or {})} if self.is_open(signal) else {},
            headers={**self._headers, **self._whose(signal, shopper)},
            deadline=deadline,
            max_bytes=CATALOGUE_BYTES if signal in _LARGE else SHOPPER_BYTES,
        )
        code = reply.data.get("code") if isinstance(reply.data, dict) else None
        return Said(reply.status, reply.data, code if isinstance(code, str) else "", reply.digest)

    def _whose(self, signal: Signal, shopper: Shopper) -> dict[str, str]:
        """Say whose answer is wanted: by the shopper's own token, else by the ids that are verified."""
        if signal in _OF_EVERYBODY or self.names_shopper(signal):
            return {}
        is_cart = signal is Signal.CART
        if token := shopper.cart_token if is_cart else shopper.customer_token:
            return {self._token_header: token}
        ids = {"Cart-Id": shopper.cart_id if is_cart else None, "Customer-Id": shopper.customer_id}
        return {name: value for name, value in ids.items() if value}

    def refused(self, signal: Signal, said: Said) -> ShopError:
        """Make the error of a refusal: the key, the currency or the address is not taken."""
        return ShopError(ERROR, f"{self.path(signal)} answered {said.status}", ails=False)

    def unclear(self, signal: Signal, what: str) -> ShopError:
        return ShopError(GARBAGE, f"{self.path(signal)} {what}")
