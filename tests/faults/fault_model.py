"""What a page may say: all that the resolver says of a visitor with any of the shop's signals missing, and nothing else."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import chain, combinations
from typing import Any, ClassVar

from cms.commerce import SignalClient, only
from cms.content.snapshot import Snapshot
from cms.decisions.requests import RequestReader
from cms.facts.signals import Answer, Found, Shopper, Signal, SignalSource
from cms.runtime.answers import answer

SIGNALS = (Signal.CART, Signal.CUSTOMER, Signal.ORDERS, Signal.CATALOGUE, Signal.PROMOTIONS, Signal.TRAITS)
Shown = tuple[tuple[str, tuple[tuple[str, str], ...]], ...]


def shown(body: Mapping[str, Any]) -> Shown:
    """Give what an answer shows, by slot."""
    return tuple(
        (slot, tuple((one["entry"], one["variant"]) for one in items)) for slot, items in body["slots"].items()
    )


class _Part:
    """Tells what a shop told, as far as it is to."""

    supplies = frozenset(SIGNALS)
    lacks: ClassVar[dict[str, str]] = {}

    def __init__(self, told: Mapping[Signal, Answer], wanted: frozenset[Signal]) -> None:
        self._told = {signal: told[signal] for signal in wanted & told.keys()}

    def fetch(self, signal: Signal, shopper: Shopper, *, currency: str, timeout_s: float) -> Answer:
        return self._told.get(signal, Answer(Found.UNSUPPORTED))


def told_of(shop: SignalSource, shopper: Shopper) -> Mapping[Signal, Answer]:
    return {signal: shop.fetch(signal, shopper, currency="USD", timeout_s=10) for signal in SIGNALS}


def outcomes(
    snapshot: Snapshot, page: str, body: Mapping[str, Any], told: Mapping[Signal, Answer]
) -> Mapping[frozenset[Signal], Shown]:
    """Decide a page with each choice of the signals; the key names those that were missing."""
    request = RequestReader(snapshot, channel="web", trusted=False).read(body)
    return {
        frozenset(SIGNALS) - some: _decided(snapshot, page, request, _Part(told, some)) for some in _choices(SIGNALS)
    }


def _decided(snapshot: Snapshot, page: str, request: Any, shop: SignalSource) -> Shown:
    now = datetime.now(UTC)  # noqa: TID251 - beside a program that runs
    client = SignalClient(only(shop), clock=lambda: now, monotonic=lambda: 0.0)
    made = answer(snapshot, snapshot.pages[page], request, client, now=now)
    client.close()
    slots = made.decision.slots.items()
    return tuple((slot, tuple((one.entry, one.variant) for one in choices)) for slot, choices in slots)


def _choices(signals: Sequence[Signal]) -> Iterator[frozenset[Signal]]:
    sizes = range(len(signals) + 1)
    return map(frozenset, chain.from_iterable(combinations(signals, size) for size in sizes))
