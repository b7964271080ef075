"""Counting: what a visitor was shown and closed, read beside the shop's signals and within the same budget."""

import logging
from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime

from cms.commerce import Reading
from cms.commerce.pool import Pool
from cms.errors import CmsError
from cms.events import EventLog
from cms.facts.signals import Answer, Counters, Found

_log = logging.getLogger("cms.runtime")


class Counting:
    """Reads the counters of visitors; safe for threads, never raises, never waits longer than its budget.

    A log that hangs takes the threads of its own and no more: while they are stuck, nobody waits for it at all.
    With as many `readers` as requests are answered at a time, a log that answers is never too busy for one of them.
    """

    def __init__(self, log: EventLog, *, readers: int, monotonic: Callable[[], float]) -> None:
        self._events = log
        self._monotonic = monotonic
        self._pool = Pool(readers, monotonic=monotonic)
        self._trouble = ""

    def ask(self, visitor: str, *, now: datetime, budget_s: float) -> Callable[[], Reading]:
        """Begin to read; what is given waits for the outcome until the budget, counted from now, is used up."""
        counted: Future[Counters] = Future()
        until = self._monotonic() + budget_s

        def read(in_time: bool) -> None:  # noqa: FBT001 - as the pool calls it
            if in_time:
                self._read(counted, visitor, now)

        queued = self._pool.submit(read, patience_s=budget_s)
        return lambda: self._outcome(counted, now, until) if queued else self._unknown("busy", "busy")

    def _read(self, counted: Future[Counters], visitor: str, now: datetime) -> None:
        try:
            counted.set_result(self._events.counters(visitor, now=now))
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
