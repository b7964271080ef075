"""Warming: what every visitor needs of the shop is read ahead, so that no visitor waits for it first."""

import threading
from collections.abc import Iterable

from cms.commerce import SignalClient
from cms.facts.signals import Shopper, Signal
from cms.runtime.live import Live

_EVERY_S = 10.0  # within the fresh age of stock and prices
_BUDGET_S = 5.0


def keep_warm(client: SignalClient, live: Live) -> None:
    """Read catalogue and promotions of every market again and again, on a thread that ends with the process."""

    def run() -> None:
        pause = threading.Event()
        while True:
            for currency in _currencies(live):
                client.read([Signal.CATALOGUE, Signal.PROMOTIONS], Shopper(), currency=currency, budget_s=_BUDGET_S)
            pause.wait(_EVERY_S)

    threading.Thread(target=run, name="keep-warm", daemon=True).start()


def _currencies(live: Live) -> Iterable[str]:
    site = live.site
    markets = site.snapshot.settings.markets.values() if site else ()
    return sorted({market.currency for market in markets})
