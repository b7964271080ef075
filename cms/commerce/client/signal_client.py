"""The signal client: everything a page wants to know of the shop, in parallel, within one wall budget."""

import logging
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from cms.commerce.client.breaker import Breaker
from cms.commerce.client.cache import DEFAULT_AGES, Ages, AnswerCache, Entry, Held, Key, key_of
from cms.commerce.client.flights import Flight, Flights
from cms.commerce.client.pool import Pool
from cms.commerce.failures import GARBAGE, REFUSED, TIMEOUT, ShopError
from cms.errors import CmsError
from cms.facts.signals import Answer, Found, Shopper, Signal, SignalSource

_log = logging.getLogger("cms.commerce")

_OF_CUSTOMERS = frozenset({Signal.CUSTOMER, Signal.ORDERS, Signal.TRAITS})
_OF_EVERYBODY = frozenset({Signal.CATALOGUE, Signal.STOCK, Signal.PROMOTIONS})
_WHY = {TIMEOUT: "timeout", REFUSED: "refused", GARBAGE: "garbage"}
# A late answer still fills the cache, so a call may take longer than any page waits for it.
_CALL_S = {Signal.CATALOGUE: 10.0, Signal.PROMOTIONS: 5.0}
_DEFAULT_CALL_S = 2.0
_REFRESH_PATIENCE_S = 1.0
_LONGEST_TOKEN = 4096


@dataclass(frozen=True, slots=True)
class Reading:
    """One signal's outcome for one request.

    `answer` None: unavailable. `observed_at`: when the shop was asked for it. `stale`: past its fresh age, within
    its maximum. `why` is "" when fine, else timeout, refused, error, garbage, busy, unsupported or unknown-token;
    an older answer that stands in for one that failed has both `answer` and `why`.
    """

    answer: Answer | None
    observed_at: datetime | None
    stale: bool
    why: str = ""


_NOBODY = Reading(Answer(Found.UNKNOWN_TOKEN), None, stale=False, why="unknown-token")


class SignalClient:
    """Asks one source for signals; safe for threads, never raises, never waits longer than its budget.

    Args:
        source: The shop's adapter.
        clock: Aware UTC time, for `observed_at`.
        monotonic: Seconds for every age, budget and pause.
        ages: Fresh and maximum age per signal.
        workers: How many calls may be under way at once in this process.
    """

    def __init__(
        self,
        source: SignalSource,
        *,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
        ages: Mapping[Signal, Ages] = DEFAULT_AGES,
        workers: int = 16,
    ) -> None:
        self._source = source
        self._clock = clock
        self._monotonic = monotonic
        self._cache = AnswerCache(ages)
        self._flights = Flights()
        self._breakers = {signal: Breaker() for signal in Signal}
        self._pool = Pool(workers, monotonic=monotonic)
        self._lock = threading.Lock()

    def read(
        self,
        wanted: Iterable[Signal],
        shopper: Shopper,
        *,
        currency: str,
        budget_s: float,
        anew: Collection[Signal] = (),
    ) -> Mapping[Signal, Reading]:
        """Read the wanted signals together; one whose token the shopper did not give, or that is no shop's, is absent.

        The cart is asked every time. Others are served from the cache while fresh, and while stale are served and
        refreshed behind. What is late is unknown for this request; its answer fills the cache for the next.
        What is in `anew` is asked as the cart is: because it has just changed, or to fill caches ahead.
        """
        deadline = self._monotonic() + budget_s
        asked = {
            signal: self._ask(key_of(signal, token, currency), own, budget_s, anew=signal in anew)
            if _is_sendable(token)
            else _NOBODY
            for signal, token, own in _askable(wanted, shopper)
        }
        return {
            signal: self._await(outcome, deadline, budget_s) if isinstance(outcome, Flight) else outcome
            for signal, outcome in asked.items()
        }

    def close(self) -> None:
        """Ask nothing more; calls under way are left to themselves and do not hold up the process."""
        self._pool.close()

    def _ask(self, key: Key, shopper: Shopper, budget_s: float, *, anew: bool) -> Reading | Flight:
        if key.signal not in self._source.supplies:
            return Reading(Answer(Found.UNSUPPORTED), None, stale=False, why="unsupported")
        with self._lock:
            now = self._monotonic()
            held = None if anew or key.signal is Signal.CART else self._cache.get(key, now)
            if held is None:
                flight, why = self._launch(key, shopper, now, patience_s=budget_s)
                return flight or self._fallback(key, why)
            why = self._launch(key, shopper, now, patience_s=_REFRESH_PATIENCE_S)[1] if held.stale else ""
            return _served(held, why)

    def _launch(self, key: Key, shopper: Shopper, now: float, *, patience_s: float) -> tuple[Flight | None, str]:
        """Join a flight that will do or start one; else say why there is none."""
        if joined := self._flights.joinable(key, now):
            return joined, ""
        breaker = self._breakers[key.signal]
        if self._flights.is_full(key):
            return None, "timeout"
        if not breaker.admits(now):
            return None, breaker.why
        flight = Flight(key, shopper)
        if not self._pool.submit(lambda in_time: self._fly(flight, in_time=in_time), patience_s=patience_s):
            breaker.abandoned()
            return None, "busy"
        self._flights.add(flight)
        return flight, ""

    def _await(self, flight: Flight, deadline: float, budget_s: float) -> Reading:
        """Wait for a flight within the budget; one that is late already costs no further request any time."""
        now = self._monotonic()
        until = deadline if flight.asked_at is None else min(deadline, flight.asked_at + budget_s)
        flight.landed.wait(max(0.0, until - now))
        with self._lock:
            if not flight.landed.is_set():
                return self._fallback(flight.key, "busy" if flight.asked_at is None else "timeout")
            if flight.answer is None:
                return self._fallback(flight.key, flight.why)
            held = self._cache.get(flight.key, self._monotonic())
            return _served(held) if held else self._fallback(flight.key, "timeout")

    def _fallback(self, key: Key, why: str) -> Reading:
        held = self._cache.get(key, self._monotonic())
        return _served(held, why) if held else Reading(None, None, stale=False, why=why)

    def _fly(self, flight: Flight, *, in_time: bool) -> None:
        """Put the question, on a thread of the pool; whatever an adapter does, the flight lands."""
        if not in_time:
            self._land_unasked(flight)
            return
        flight.asked_at, observed_at = self._monotonic(), self._clock()
        key = flight.key
        try:
            call_s = _CALL_S.get(key.signal, _DEFAULT_CALL_S)
            answer = self._source.fetch(key.signal, flight.shopper, currency=key.currency, timeout_s=call_s)
        except CmsError as error:
            self._land_failed(flight, error)
        except Exception as error:  # noqa: BLE001 - an adapter's mistake must not take the worker or the page down
            self._land_failed(flight, ShopError("commerce-error", f"the adapter failed: {type(error).__name__}"))
        else:
            self._land(flight, Entry(answer, observed_at, flight.asked_at))

    def _land(self, flight: Flight, entry: Entry) -> None:
        with self._lock:
            self._breakers[flight.key.signal].succeeded(self._monotonic())
            self._cache.put(flight.key, entry)
            self._flights.remove(flight)
        flight.land(entry.answer)

    def _land_failed(self, flight: Flight, error: CmsError) -> None:
        why = _WHY.get(error.code, "error")
        breaker, now = self._breakers[flight.key.signal], self._monotonic()
        with self._lock:
            if not isinstance(error, ShopError):
                breaker.failed(now, why)
            elif error.ails:
                breaker.failed(now, why, retry_after_s=error.retry_after_s)
            else:
                breaker.succeeded(now)
            self._flights.remove(flight)
        flight.land(None, why)
        _log.warning("signal_failed signal=%s code=%s message=%s", flight.key.signal, error.code, error.message)

    def _land_unasked(self, flight: Flight) -> None:
        with self._lock:
            self._breakers[flight.key.signal].abandoned()
            self._flights.remove(flight)
        flight.land(None, "busy")


def _askable(wanted: Iterable[Signal], shopper: Shopper) -> Iterator[tuple[Signal, str, Shopper]]:
    """Pair each signal with the one token its answer depends on, so that no answer can depend on another."""
    for signal in dict.fromkeys(wanted):
        if signal in _OF_EVERYBODY:
            yield signal, "", Shopper()
        elif signal is Signal.CART and shopper.cart_token:
            yield signal, shopper.cart_token, Shopper(cart_token=shopper.cart_token)
        elif signal in _OF_CUSTOMERS and shopper.customer_token:
            yield signal, shopper.customer_token, Shopper(customer_token=shopper.customer_token)


def _is_sendable(token: str) -> bool:
    """Tell whether a token can stand in a header; no shop has given out one that cannot."""
    return token.isascii() and token.isprintable() and token == token.strip() and len(token) <= _LONGEST_TOKEN


def _served(held: Held, why: str = "") -> Reading:
    entry = held.entry
    unknown = entry.answer.found is Found.UNKNOWN_TOKEN
    unsupported = entry.answer.found is Found.UNSUPPORTED
    return Reading(
        entry.answer,
        entry.observed_at,
        stale=held.stale,
        why="unknown-token" if unknown else "unsupported" if unsupported else why,
    )
