"""Asking: what of a shopper each question may hold, and what its answer is filed under."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from cms.commerce.client.cache import Held, digest_of
from cms.commerce.client.joining import Reading
from cms.facts.signals import Answer, Customer, Found, Shopper, Signal

OF_CUSTOMERS = frozenset({Signal.CUSTOMER, Signal.ORDERS, Signal.TRAITS})
OF_EVERYBODY = frozenset({Signal.CATALOGUE, Signal.STOCK, Signal.PROMOTIONS})
# A late answer still fills the cache, so a call may take longer than any page waits for it.
CALL_S = {Signal.CATALOGUE: 10.0, Signal.STOCK: 5.0, Signal.PROMOTIONS: 5.0}
DEFAULT_CALL_S = 2.0
_LONGEST_TOKEN = 4096
_MIXED = Reading(None, None, stale=False, why="mismatch")


def askable(wanted: Iterable[Signal], shopper: Shopper) -> Iterator[tuple[Signal, str, Shopper]]:
    """Pair each signal with a digest of the one thing its answer depends on, so that no answer can depend on another.

    A verified id counts only where the shopper's own token is not given.
    """
    for signal in sorted(wanted):
        if signal in OF_EVERYBODY:
            yield signal, "", Shopper()
        elif signal is Signal.CART and shopper.cart_token:
            yield (
                signal,
                digest_of(shopper.cart_token),
                Shopper(cart_token=shopper.cart_token, cart_version=shopper.cart_version),
            )
        elif signal is Signal.CART and shopper.cart_id:
            own = Shopper(cart_id=shopper.cart_id, customer_id=shopper.customer_id, cart_version=shopper.cart_version)
            yield signal, "id-" + digest_of(f"{shopper.customer_id or ''}\0{shopper.cart_id}"), own
        elif signal in OF_CUSTOMERS and shopper.customer_token:
            yield signal, digest_of(shopper.customer_token), Shopper(customer_token=shopper.customer_token)
        elif signal in OF_CUSTOMERS and shopper.customer_id:
            yield signal, "id-" + digest_of(shopper.customer_id), Shopper(customer_id=shopper.customer_id)


def is_sendable(shopper: Shopper) -> bool:
    """Tell whether what names a shopper can stand in a header; no shop has given out a token that cannot."""
    names = (shopper.cart_token, shopper.customer_token, shopper.cart_id, shopper.customer_id)
    return all(
        token.isascii() and token.isprintable() and token == token.strip() and len(token) <= _LONGEST_TOKEN
        for token in names
        if token is not None
    )


def named(answer: Answer) -> Answer:
    """Say whose an answer about a customer is, where it is the customer itself."""
    value = answer.value
    return replace(answer, whose=value.key) if isinstance(value, Customer) and not answer.whose else answer


def served(held: Held, why: str = "") -> Reading:
    """Give what is held; `why`: what kept a newer answer away."""
    entry = held.entry
    unknown = entry.answer.found is Found.UNKNOWN_TOKEN
    unsupported = entry.answer.found is Found.UNSUPPORTED
    return Reading(
        entry.answer,
        entry.observed_at,
        stale=held.stale,
        why="unknown-token" if unknown else "unsupported" if unsupported else why,
    )


def unmixed(
    readings: Mapping[Signal, Sequence[Reading]], asked: Mapping[Signal, Sequence[str]]
) -> Mapping[Signal, Sequence[Reading]]:
    """Leave out all that an upstream, of those asked, says of a customer where its answers name two: one is a stranger's."""
    mixed = {
        name
        for signal in OF_CUSTOMERS & readings.keys()
        for name, one in zip(asked[signal], readings[signal], strict=True)
        if one.why == _MIXED.why
    }
    return {
        signal: [
            _MIXED if signal in OF_CUSTOMERS and name in mixed else one
            for name, one in zip(asked[signal], some, strict=True)
        ]
        for signal, some in readings.items()
    }
