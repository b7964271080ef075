"""Counting: what a person was shown and closed, read beside the shop's signals and within the same budget."""

import logging
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from datetime import datetime

from cms.commerce import Reading
from cms.commerce.client.pool import Pool
from cms.content.snapshot import Page
from cms.decisions.requests import Request
from cms.errors import CmsError
from cms.events import Asked, Events
from cms.facts.counters import Counters
from cms.facts.signals import Answer, Found

_MOST_LINKS = 10_000  # that are known to be stored
_PATIENCE_S = 1.0  # in which a link has to get its turn
_log = logging.getLogger("cms.runtime")


class Counting:
    """Reads the counters of people; safe for threads, never raises, never waits longer than its budget.

    A log that hangs takes the threads of its own and no more: while they are stuck, nobody waits for it at all.
    With as many `readers` as requests are answered at a time, a log that answers is never too busy for one of them.
    """

    def __init__(self, log: Events, *, readers: int, monotonic: Callable[[], float]) -> None:
        self._events = log
        self._monotonic = monotonic
        self._pool = Pool(readers, monotonic=monotonic)
        self._trouble = ""
        self._linked: set[tuple[str, str]] = set()

    def about(
        self, page: Page, request: Request, *, wanted: bool, now: datetime, budget_s: float
    ) -> Callable[[str | None], Reading | None]:
        """Begin to read what a page needs of whoever asks for it; unless `wanted` it needs nothing.

        Returns:
            What waits for the outcome, once it is told the customer's key, if the shop knew one in time; it gives None
            where nothing was to be read. Only where the visitor was not yet known to be that customer is it read
            again, in what is left of the budget. That they are the same is remembered later, on another thread.
        """
        refused = request.values.get("visitor.consent") is False
        visitor = None if refused else request.visitor
        totals = _totals_of(page) if wanted else frozenset()
        until = self._monotonic() + budget_s
        asked = Asked(visitor, totals=totals)
        begun = self.ask(asked, now=now, budget_s=budget_s) if wanted and (visitor or totals) else None

        def outcome(told: str | None) -> Reading | None:
            customer = None if refused else told
            if visitor and customer:
                self._link(visitor, customer, now)
            reading = begun() if begun else None
            if wanted and customer and _misses(reading, customer):
                left_s = max(0.0, until - self._monotonic())
                return self.ask(replace(asked, customer=customer), now=now, budget_s=left_s)()
            return reading

        return outcome

    def ask(self, asked: Asked, *, now: datetime, budget_s: float) -> Callable[[], Reading]:
        """Begin to read; what is given waits for the outcome until the budget, counted from now, is used up."""
        counted: Future[Counters] = Future()
        until = self._monotonic() + budget_s

        def read(in_time: bool) -> None:  # noqa: FBT001 - as the pool calls it
            if in_time:
                self._read(counted, asked, now)

        queued = self._pool.submit(read, patience_s=budget_s)
        return lambda: self._outcome(counted, now, until) if queued else self._unknown("busy", "busy")

    def _read(self, counted: Future[Counters], asked: Asked, now: datetime) -> None:
        try:
            counted.set_result(self._events.counters(asked, now=now))
        except CmsError as failure:
            counted.set_exception(failure)
        except Exception as mistake:  # noqa: BLE001 - a page is answered, and the thread goes on, whatever the log does
            counted.set_exception(CmsError(type(mistake).__name__, "the event log failed in a way nobody foresaw"))

    def _outcome(self, counted: Future[Counters], now: datetime, until: float) -> Reading:
        try:
            counters = counted.result(max(0.0, until - self._monotonic()))
        except TimeoutError:
            return self._unknown("timeout", "timeout")
        except CmsError as failure:
            return self._unknown("error", failure.code)
        self._tell("")
        return Reading(Answer(Found.FOUND, counters), now, stale=False)

    def _link(self, visitor: str, customer: str, now: datetime) -> None:
        """Have it remembered once that a visitor key is a customer's; no page waits for that."""
        if (visitor, customer) in self._linked:
            return
        if len(self._linked) >= _MOST_LINKS:
            self._linked.clear()
        self._linked.add((visitor, customer))

        def link(in_time: bool) -> None:  # noqa: FBT001 - as the pool calls it
            try:
                if in_time:
                    self._events.link(visitor, customer, now=now)
                    return
            except Exception as failure:  # noqa: BLE001 - the thread goes on, whatever the log does
                _log.warning("link_not_stored code=%s", getattr(failure, "code", type(failure).__name__))
            self._linked.discard((visitor, customer))  # their next page tries again

        if not self._pool.submit(link, patience_s=_PATIENCE_S):
            self._linked.discard((visitor, customer))

    def _unknown(self, why: str, trouble: str) -> Reading:
        self._tell(trouble)
        return Reading(None, None, stale=False, why=why)

    def _tell(self, trouble: str) -> None:
        """Log what keeps the counters away when that changes, not with each page."""
        if trouble and trouble != self._trouble:
            _log.warning("counters_unavailable code=%s", trouble)
        elif self._trouble and not trouble:
            _log.info("counters_available")
        self._trouble = trouble


def _totals_of(page: Page) -> frozenset[str]:
    """Name the entries of a page that are capped for everybody together."""
    entries = (entry for slot in page.slots for entry in slot.entries if entry.caps)
    return frozenset(entry.key for entry in entries if any(cap.per == "total" for cap in entry.caps))


def _misses(reading: Reading | None, customer: str) -> bool:
    """Say whether counters are to be read again for a customer: none were, or they are another's."""
    if reading is None:
        return True
    counters = reading.answer.value if reading.answer is not None else None
    return isinstance(counters, Counters) and counters.customer != customer
