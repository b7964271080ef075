"""Warming: what every visitor needs of the shop is read ahead, so that no visitor waits for it first."""

import threading
from collections import Counter
from collections.abc import Iterable

from cms.commerce import SignalClient
from cms.facts.signals import Shopper, Signal
from cms.runtime.live import Live

_EVERY_S = 10.0  # within the fresh age of stock and prices
_BUDGET_S = 5.0
_ROUNDS_OF_REST = 30  # after a refusal: the shop does not sell in that currency, or the key may not read that
_POLLED = (Signal.CATALOGUE, Signal.PROMOTIONS)
Resting = Counter[tuple[str, Signal]]  # rounds that are left, by currency and signal


def keep_warm(client: SignalClient, live: Live) -> None:
    """Read catalogue, stock and promotions of every market again and again, on a thread that ends with the process.

    So changes show without a webhook too: a catalogue that is a copy is asked only for what has changed since.
    """

    def run() -> None:
        pause, resting = threading.Event(), Resting()
        while True:
            for currency in _currencies(live):
                read_ahead(client, currency, resting)
            pause.wait(_EVERY_S)

    threading.Thread(target=run, name="keep-warm", daemon=True).start()


def read_ahead(client: SignalClient, currency: str, resting: Resting) -> None:
    """Read what was not refused lately; one signal that is refused does not keep the other from being read."""
    resting.subtract((currency, signal) for signal in _POLLED)
    wanted = [signal for signal in _POLLED if resting[currency, signal] <= 0]
    anew = (*wanted, Signal.STOCK)
    for signal, reading in client.read(wanted, Shopper(), currency=currency, budget_s=_BUDGET_S, anew=anew).items():
        if reading.why == "error" and reading.answer is None:  # what was answered a moment ago is not refused
            resting[currency, signal] = _ROUNDS_OF_REST


def _currencies(live: Live) -> Iterable[str]:
    site = live.site
    markets = site.snapshot.settings.markets.values() if site else ()
    return sorted({market.currency for market in markets})
