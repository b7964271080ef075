"""The signal client: everything a page wants to know of the shop, in parallel, within one wall budget."""

import logging
import random
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from cms.commerce.adapter import Hint, Upstream
from cms.commerce.client import asking
from cms.commerce.client.asking import OF_CUSTOMERS, OF_EVERYBODY
from cms.commerce.client.breaker import Breakers
from cms.commerce.client.cache import DEFAULT_AGES, Ages, AnswerCache, Entry, Held, Key, digest_of
from cms.commerce.client.flights import JOIN_S, Flight, Flights
from cms.commerce.client.joining import Reading, Stocked, joined_traits
from cms.commerce.client.pool import Pool
from cms.commerce.client.shared import SHARED, Shared, SharedAnswers
from cms.commerce.failures import GARBAGE, MISMATCH, REFUSED, TIMEOUT, ShopError
from cms.commerce.lacking import lacking
from cms.errors import CmsError
from cms.facts.signals import Answer, Found, Shopper, Signal

_log = logging.getLogger("cms.commerce")

_WHY = {TIMEOUT: "timeout", REFUSED: "refused", GARBAGE: "garbage", MISMATCH: "mismatch"}
_REFRESH_PATIENCE_S = 1.0
_UNSUPPORTED = Reading(Answer(Found.UNSUPPORTED), None, stale=False, why="unsupported")
_NOBODY = Reading(Answer(Found.UNKNOWN_TOKEN), None, stale=False, why="unknown-token")


class SignalClient:
    """Asks upstreams for signals; safe for threads, never raises, never waits longer than its budget.

    Args:
        upstreams: Whom to ask for what.
        clock: Aware UTC time, for `observed_at`.
        monotonic: Seconds for every age, budget and pause.
        ages: Fresh and maximum age per signal.
        workers: How many calls of one upstream may be under way at once in this process.
        shared: The answers other nodes were given; None: there are none.
        dice: A number from 0 to 1, by which pauses of nodes differ.

    `lacks` are facts of what is asked that nobody asked can tell, by stem; `failures` counts by upstream, signal and why.
    """

    def __init__(
        self,
        upstreams: Sequence[Upstream],
        *,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
        ages: Mapping[Signal, Ages] = DEFAULT_AGES,
        workers: int = 16,
        shared: SharedAnswers | None = None,
        dice: Callable[[], float] = random.random,
    ) -> None:
        self._upstreams = {upstream.name: upstream for upstream in upstreams}
        self._asked = {signal: tuple(one.name for one in upstreams if signal in one.asks) for signal in Signal}
        self._clock = clock
        self._monotonic = monotonic
        self._ages = ages
        self._cache = AnswerCache(ages)
        self._flights = Flights()
        self._breakers = Breakers(dice)
        # One for each: a system that hangs holds up no other.
        self._pools = {name: Pool(workers, monotonic=monotonic) for name in self._upstreams}
        self._shared = shared
        self._stocked = Stocked()
        self.lacks = frozenset(lacking(upstreams))
        self._lock = threading.Lock()
        self.failures: Counter[str] = Counter()

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

        A cart is asked every time, unless the shop tells of its changes or the caller of its version. Others are served from the
        cache while fresh, and while stale are served and refreshed behind; what the shop said has changed is asked anew. What is
        late is unknown for this request; its answer fills the cache for the next. What is in `anew` is asked in any case:
        because it has just changed, or to fill caches ahead. Stock of its own is part of the catalogue; its reading says why
        there is none.
        """
        deadline = self._monotonic() + budget_s
        signals = set(wanted) - {Signal.STOCK}
        if Signal.CATALOGUE in signals and self._asked[Signal.STOCK]:
            signals.add(Signal.STOCK)
        asked = {
            signal: [
                self._ask(Key(name, signal, whose, currency), own, budget_s, anew=signal in anew)
                for name in self._asked[signal]
            ]
            for signal, whose, own in asking.askable(signals, shopper)
        }
        readings = {
            signal: [self._await(one, deadline, budget_s) for one in outcomes] for signal, outcomes in asked.items()
        }
        found = {signal: self._joined(signal, some) for signal, some in asking.unmixed(readings, self._asked).items()}
        return self._with_stock(found, currency)

    def invalidate(self, hints: Iterable[Hint], upstream: str) -> None:
        """Ask anew for what an upstream says has changed; what everybody shares at once, the rest when it is wanted next."""
        with self._lock:
            now, shared = self._monotonic(), set[Signal]()
            for hint in hints:
                whose = digest_of(hint.whose) if hint.signal is Signal.CART else hint.whose
                self._cache.change(upstream, hint.signal, whose, now)
                shared |= {hint.signal} & OF_EVERYBODY
            for key in [key for signal in shared for key in self._cache.keys(upstream, signal)]:
                self._launch(key, Shopper(), now, patience_s=_REFRESH_PATIENCE_S)

    def close(self) -> None:
        """Ask nothing more; calls under way are left to themselves and do not hold up the process."""
        for pool in self._pools.values():
            pool.close()
        if self._shared is not None:
            self._shared.close()

    def _ask(self, key: Key, shopper: Shopper, budget_s: float, *, anew: bool) -> Reading | Flight:
        if not asking.is_sendable(shopper):
            return _NOBODY
        with self._lock:
            now = self._monotonic()
            held = self._cache.get(key, now)
            if held is None or anew or held.changed or not self._is_current(key, held, shopper):
                flight, why = self._launch(key, shopper, now, patience_s=budget_s, anew=anew)
                return flight or self._fallback(key, why)
            why = self._launch(key, shopper, now, patience_s=_REFRESH_PATIENCE_S)[1] if held.stale else ""
            return asking.served(held, why)

    def _is_current(self, key: Key, held: Held, shopper: Shopper) -> bool:
        """Say whether an answer may be believed unasked: of a cart only while fresh, and if its changes would be known."""
        if key.signal is not Signal.CART:
            return True
        known = shopper.cart_version == held.entry.version if shopper.cart_version else False
        # What changes is told by the cart's token.
        told = shopper.cart_token is not None and Signal.CART in self._upstreams[key.upstream].hooked
        return not held.stale and (known or told)

    def _launch(
        self, key: Key, shopper: Shopper, now: float, *, patience_s: float, anew: bool = False
    ) -> tuple[Flight | None, str]:
        """Join a flight that will do or start one; else say why there is none."""
        version, since = shopper.cart_version or "", self._cache.changed_at(key)
        if anew and key.signal not in OF_EVERYBODY:
            since = max(since, now - JOIN_S)  # what has just changed was not asked for before
        if joined := self._flights.joinable(key, now, since=since, version=version, anew=anew):
            return joined, ""
        if self._flights.is_full(key):
            return None, "timeout"
        if (why := self._breakers.admits(key.upstream, key.signal, now)) is not None:
            return None, why
        flight = Flight(key, shopper, version=version, anew=anew)
        if not self._pools[key.upstream].submit(
            lambda in_time: self._fly(flight, in_time=in_time), patience_s=patience_s
        ):
            self._breakers.abandoned(key.upstream, key.signal)
            return None, "busy"
        self._flights.add(flight)
        return flight, ""

    def _await(self, outcome: Reading | Flight, deadline: float, budget_s: float) -> Reading:
        """Wait for a flight within the budget; one that is late already costs no further request any time."""
        if isinstance(outcome, Reading):
            return outcome
        flight, now = outcome, self._monotonic()
        until = deadline if flight.asked_at is None else min(deadline, flight.asked_at + budget_s)
        flight.landed.wait(max(0.0, until - now))
        with self._lock:
            if not flight.landed.is_set():
                return self._fallback(flight.key, "busy" if flight.asked_at is None else "timeout")
            if flight.answer is None:
                return self._fallback(flight.key, flight.why)
            held = self._cache.get(flight.key, self._monotonic())
            return asking.served(held) if held else self._fallback(flight.key, "timeout")

    def _fallback(self, key: Key, why: str) -> Reading:
        held = self._cache.get(key, self._monotonic())
        return asking.served(held, why) if held else Reading(None, None, stale=False, why=why)

    def _joined(self, signal: Signal, readings: Sequence[Reading]) -> Reading:
        if not readings:
            return _UNSUPPORTED
        if signal is Signal.TRAITS:
            tells = [frozenset(getattr(self._upstreams[name].source, "tells", ())) for name in self._asked[signal]]
            return joined_traits(list(zip(readings, tells, strict=True)))
        return readings[0]

    def _with_stock(self, found: dict[Signal, Reading], currency: str) -> Mapping[Signal, Reading]:
        stock = found.get(Signal.STOCK)
        if stock is None:
            return found
        return found | {
            Signal.CATALOGUE: self._stocked.joined(found[Signal.CATALOGUE], stock, currency),
            Signal.STOCK: Reading(None, None, stale=False, why=stock.why),
        }

    def _fly(self, flight: Flight, *, in_time: bool) -> None:
        """Put the question, on a thread of the pool; whatever an adapter does, the flight lands."""
        if not in_time:
            self._land_unasked(flight)
            return
        key = flight.key
        try:
            if self._lands_by_others(flight):
                return
            flight.asked_at, observed_at = self._monotonic(), self._clock()
            call_s = asking.CALL_S.get(key.signal, asking.DEFAULT_CALL_S)
            source = self._upstreams[key.upstream].source
            answer = asking.named(source.fetch(key.signal, flight.shopper, currency=key.currency, timeout_s=call_s))
        except CmsError as error:
            self._land_failed(flight, error)
        except Exception as error:  # noqa: BLE001 - an adapter's mistake must not take the worker or the page down
            self._land_failed(flight, ShopError("commerce-error", f"the adapter failed: {type(error).__name__}"))
        else:
            self._land(flight, Entry(answer, observed_at, flight.asked_at, flight.version))

    def _lands_by_others(self, flight: Flight) -> bool:
        """Land a flight by what another node was told, if that is fresh; of what is only kept, keep it."""
        key = flight.key
        if self._shared is None or flight.anew or key.signal not in SHARED:
            return False
        shared = self._shared.get(key)
        if shared is None:
            return False
        with self._lock:
            now = self._monotonic()
            asked_at = now - self._ages[key.signal].maximum_s + shared.left_s
            entry = Entry(shared.answer, shared.observed_at, asked_at)
            if any(self._strangers(key, entry)):
                return False
            self._cache.put(key, entry)
            held = self._cache.get(key, now)
            if held is None or held.stale or held.changed:
                return False
            self._breakers.abandoned(key.upstream, key.signal)
            self._flights.remove(flight)
        flight.land(shared.answer)
        return True

    def _land(self, flight: Flight, entry: Entry) -> None:
        key = flight.key
        with self._lock:
            now = self._monotonic()
            self._breakers.succeeded(key.upstream, key.signal, now)
            strangers = list(self._strangers(key, entry))
            if not strangers:
                self._cache.put(key, entry)
                self._flights.remove(flight)
            for stranger in strangers:
                self._cache.drop(stranger)
            held = self._cache.get(key, now)
        if strangers:
            self._land_failed(flight, ShopError(MISMATCH, "answers about one shopper name two customers", ails=False))
            return
        flight.land(entry.answer)
        is_news = held is not None and held.entry is entry and not held.changed
        if self._shared is not None and key.signal in SHARED and is_news:
            left_s = entry.asked_at + self._ages[key.signal].maximum_s - now
            self._shared.put(key, Shared(entry.answer, entry.observed_at, left_s))

    def _strangers(self, key: Key, entry: Entry) -> Iterator[Key]:
        """List what is kept of the same shopper and names another customer: whose of them is wrong nobody can say."""
        if key.signal not in OF_CUSTOMERS or not entry.answer.whose:
            return
        now = self._monotonic()
        for signal in OF_CUSTOMERS:
            other = replace(key, signal=signal)
            held = self._cache.get(other, now)
            if held is not None and held.entry.answer.whose not in {"", entry.answer.whose}:
                yield other

    def _land_failed(self, flight: Flight, error: CmsError) -> None:
        key, why, now = flight.key, _WHY.get(error.code, "error"), self._monotonic()
        with self._lock:
            self.failures[f"{key.upstream} {key.signal} {why}"] += 1
            if not isinstance(error, ShopError):
                self._breakers.failed(key.upstream, key.signal, now, why)
            elif error.ails:
                self._breakers.failed(key.upstream, key.signal, now, why, retry_after_s=error.retry_after_s)
            else:
                self._breakers.succeeded(key.upstream, key.signal, now)
            self._flights.remove(flight)
        flight.land(None, why)
        level = logging.ERROR if error.code == MISMATCH else logging.WARNING
        told = (key.upstream, key.signal, error.code, error.message)
        _log.log(level, "signal_failed upstream=%s signal=%s code=%s message=%s", *told)

    def _land_unasked(self, flight: Flight) -> None:
        with self._lock:
            self._breakers.abandoned(flight.key.upstream, flight.key.signal)
            self._flights.remove(flight)
        flight.land(None, "busy")
