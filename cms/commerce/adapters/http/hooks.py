"""Webhooks of the open signals API: `{"type": "cart.changed", "ids": ["cart-1"], "at": "…"}`, signed as Standard Webhooks say."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cms.commerce.adapter import Hint, HookError, ReadHook
from cms.commerce.hooks.reading import standard_reader
from cms.facts.signals import Signal

CHANGED: Mapping[str, tuple[Signal, ...]] = {
    "cart.changed": (Signal.CART,),
    "customer.changed": (Signal.CUSTOMER, Signal.TRAITS),
    "orders.changed": (Signal.ORDERS, Signal.TRAITS),
    "products.changed": (Signal.CATALOGUE,),
    "stock.changed": (Signal.CATALOGUE, Signal.STOCK),
    "promotions.changed": (Signal.PROMOTIONS,),
}
_OF_SHOPPERS = frozenset({"cart.changed", "customer.changed", "orders.changed"})
_MOST = 1_000


def read_hook(secrets: Sequence[str]) -> ReadHook | None:
    """Make the reader of a shop's webhooks; None where no secret is set."""
    return standard_reader(secrets, hints)


def hints(body: Mapping[str, Any]) -> Iterator[Hint]:
    """Say what is to be read again; a type that is not known here is about nothing that is read."""
    kind, ids = body.get("type"), body.get("ids", [])
    if not isinstance(kind, str) or not isinstance(ids, list) or not all(isinstance(one, str) for one in ids):
        raise HookError("hook-malformed", 'A webhook is {"type": "cart.changed", "ids": ["…"]}.')
    if len(ids) > _MOST:
        raise HookError("hook-malformed", f"A webhook names at most {_MOST} ids.")
    whose = ids if kind in _OF_SHOPPERS else [""]
    for signal in CHANGED.get(kind, ()):
        yield from (Hint(signal, one) for one in whose)
