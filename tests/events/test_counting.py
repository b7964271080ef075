"""Counting for a page: within its budget, whatever the log does."""

import logging
import threading
import time
from collections.abc import Iterator
from datetime import datetime

import pytest

from cms.errors import CmsError
from cms.events import Asked, Event, EventLog, Kind
from cms.facts.counters import Counters, milliseconds
from cms.facts.signals import Found
from cms.runtime.counting import Counting


class MoodyLog(EventLog):
    """A log that can be told to hang or to fail."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.failure: Exception | None = None
        self.awake = threading.Event()
        self.awake.set()

    def counters(self, asked: Asked, *, now: datetime) -> Counters:
        self.awake.wait(10)
        if self.failure is not None:
            raise self.failure
        return super().counters(asked, now=now)


@pytest.fixture
def moody(url: str) -> Iterator[MoodyLog]:
    opened = MoodyLog(url)
    yield opened
    opened.awake.set()
    opened.close()


def test_counters_are_found_as_of_now(log: EventLog, now: datetime) -> None:
    log.add([Event("e-1", Kind.DISMISS, now, "v-1", entry="welcome")], received_at=now)
    reading = Counting(log, readers=4, monotonic=time.monotonic).ask(Asked("v-1"), now=now, budget_s=5)()
    assert reading.answer is not None
    assert (reading.answer.found, reading.answer.value) == (
        Found.FOUND,
        Counters(dismissed={"welcome": milliseconds(now)}),
    )
    assert (reading.observed_at, reading.stale, reading.why) == (now, False, "")


def test_a_hanging_log_costs_few_budgets_and_then_nothing(moody: MoodyLog, now: datetime) -> None:
    moody.awake.clear()
    counting = Counting(moody, readers=4, monotonic=time.monotonic)
    waited, whys = [], []
    for _ in range(10):
        start = time.monotonic()
        whys.append(counting.ask(Asked("v-1"), now=now, budget_s=0.05)().why)
        waited.append(time.monotonic() - start)
    assert max(waited) < 0.5
    assert set(whys) <= {"timeout", "busy"}
    assert whys[-1] == "busy"
    assert sum(waited) < 5 * 0.05 + 0.5
    moody.awake.set()
    time.sleep(0.2)
    assert counting.ask(Asked("v-1"), now=now, budget_s=5)().why == ""


def test_a_log_that_answers_is_busy_for_none_of_as_many_as_it_has_readers(log: EventLog, now: datetime) -> None:
    counting = Counting(log, readers=8, monotonic=time.monotonic)
    whys: list[str] = []

    def ask() -> None:
        whys.extend(counting.ask(Asked("v-1"), now=now, budget_s=5)().why for _ in range(50))

    visitors = [threading.Thread(target=ask) for _ in range(8)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    assert whys == [""] * 400


@pytest.mark.parametrize("failure", [CmsError("store-damaged", "broken"), RuntimeError("unforeseen")])
def test_a_failing_log_is_unknown_and_told_once(
    moody: MoodyLog, now: datetime, caplog: pytest.LogCaptureFixture, failure: Exception
) -> None:
    caplog.set_level(logging.INFO, "cms.runtime")
    counting = Counting(moody, readers=4, monotonic=time.monotonic)
    moody.failure = failure
    readings = [counting.ask(Asked("v-1"), now=now, budget_s=5)() for _ in range(8)]
    assert {(reading.answer, reading.why) for reading in readings} == {(None, "error")}
    moody.failure = None
    assert counting.ask(Asked("v-1"), now=now, budget_s=5)().answer is not None
    code = failure.code if isinstance(failure, CmsError) else "RuntimeError"
    assert caplog.messages == [f"counters_unavailable code={code}", "counters_available"]
