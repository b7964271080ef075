"""Warming: what every visitor needs of the shop is read ahead, so that no visitor waits for it first."""

import threading
from collections import Counter
from collections.abc import Iterable

from cms.commerce import SignalClient
from cms.facts.signals import Shopper, Signal
from cms.runtime.live import Live

_EVERY_S = 10.0  # within the fresh age of stock and prices
_BUDGET_S = 5.0
_ROUNDS_OF_REST = 30  # after a refusal: the shop does not sell in that currency


def keep_warm(client: SignalClient, live: Live) -> None:
    """Read catalogue and promotions of every market again and again, on a thread that ends with the process."""

    def run() -> None:
        pause, resting = threading.Event(), Counter[str]()
        while True:
            for currency in _currencies(live):
                resting[currency] -= 1
                if resting[currency] <= 0 and not _read(client, currency):
                    resting[currency] = _ROUNDS_OF_REST
            pause.wait(_EVERY_S)

    threading.Thread(target=run, name="keep-warm", daemon=True).start()


def _read(client: SignalClient, currency: str) -> bool:
    wanted = (Signal.CATALOGUE, Signal.PROMOTIONS)
    readings = client.read(wanted, Shopper(), currency=currency, budget_s=_BUDGET_S, anew=wanted)
    return all(reading.why != "error" for reading in readings.values())


def _currencies(live: Live) -> Iterable[str]:
    site = live.site
    markets = site.snapshot.settings.markets.values() if site else ()
    return sorted({market.currency for market in markets})
