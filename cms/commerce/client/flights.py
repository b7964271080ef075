"""Questions in the air: each is put once, and whoever needs its answer waits for the same one."""

import threading
from collections.abc import Iterator

from cms.commerce.client.cache import Key
from cms.facts.signals import Answer, Shopper, Signal

MOST_PER_KEY = 2
JOIN_S = 0.02


class Flight:
    """One question on its way; `answer` or `why` is set when `landed` is. `anew`: nothing kept elsewhere will do."""

    __slots__ = ("anew", "answer", "asked_at", "key", "landed", "shopper", "version", "why")

    def __init__(self, key: Key, shopper: Shopper, *, version: str = "", anew: bool = False) -> None:
        self.key = key
        self.shopper = shopper
        self.version = version
        self.anew = anew
        self.asked_at: float | None = None
        self.answer: Answer | None = None
        self.why = ""
        self.landed = threading.Event()

    def land(self, answer: Answer | None, why: str = "") -> None:
        self.answer, self.why = answer, why
        self.landed.set()


class Flights:
    """The flights in the air by key; not safe for threads on its own."""

    def __init__(self) -> None:
        self._by_key: dict[Key, list[Flight]] = {}

    def __iter__(self) -> Iterator[Flight]:
        return (flight for flights in self._by_key.values() for flight in flights)

    def joinable(self, key: Key, now: float, *, since: float, version: str = "", anew: bool = False) -> Flight | None:
        """Find a flight whose answer will do: one that was put after `since`, the latest change that is known.

        A cart may have changed since the question was put, so only one of the same version will do, or one put a moment ago
        where no version is known: an added product must show on the very next request.
        """
        flight = next(reversed(self._by_key.get(key, ())), None)
        if flight is None or flight.asked_at is None:
            return None if flight is None or (anew and not flight.anew) else flight
        if flight.asked_at <= since:
            return None
        if key.signal is not Signal.CART or (version and flight.version == version):
            return flight
        if version and flight.version:
            return None
        return flight if now - flight.asked_at <= JOIN_S else None

    def is_full(self, key: Key) -> bool:
        """Tell whether one shopper's question has taken its share of the workers."""
        return len(self._by_key.get(key, ())) >= MOST_PER_KEY

    def add(self, flight: Flight) -> None:
        self._by_key.setdefault(flight.key, []).append(flight)

    def remove(self, flight: Flight) -> None:
        flights = self._by_key[flight.key]
        flights.remove(flight)
        if not flights:
            del self._by_key[flight.key]
