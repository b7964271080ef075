"""Recording never delays or fails a page: whatever the log does, decisions are written, or dropped and counted."""

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from corner import NOW, CornerShop, corner_site
from programs import wait_for

from cms.commerce import SignalClient, only
from cms.decisions.record import Made, joined, read, replay
from cms.decisions.requests import RequestReader
from cms.errors import CmsError
from cms.events import DecisionLog
from cms.events.decision_log import Row, Shared
from cms.facts.signals import Signal
from cms.runtime.answers import Answer, answer
from cms.runtime.recording import Recorder, _Sharing


class Log(DecisionLog):
    """Keeps in memory; `mood` is well, gone or odd, and `held` makes it hang."""

    def __init__(self) -> None:
        self.mood = "well"
        self.held = threading.Lock()
        self.rows: list[Row] = []
        self.batches = 0
        self.forgot: list[datetime] = []
        self.more = 0  # times that something is left to be forgotten

    def add(self, rows: Iterable[Row], shared: Collection[Shared], *, now: datetime) -> None:
        with self.held:
            if self.mood == "gone":
                raise CmsError("store-unavailable", "gone")
            if self.mood == "odd":
                raise RuntimeError("odd")
            self.rows += rows
            self.batches += 1

    def forget(self, before: datetime) -> bool:
        if self.mood == "sticky":
            raise CmsError("store-busy", "busy")
        self.forgot.append(before)
        self.more -= 1
        return self.more >= 0

    def close(self) -> None:
        pass


def recording(log: DecisionLog, *, share: float = 1, most_waiting: int = 10_000, rests_s: float = 900) -> Recorder:
    return Recorder(
        log,
        share=share,
        kept_for=timedelta(days=7),
        clock=lambda: NOW,
        most_waiting=most_waiting,
        rests_s=rests_s,
    )


def decided(recorder: Recorder, visitor: str = "v-1", *, consent: bool | None = None) -> Answer:
    site, shop = corner_site(), CornerShop()
    body = {"visitor": visitor, "cart": {"token": "near"}, "facts": {"visitor.consent": consent}}
    request = RequestReader(site.snapshot, channel="web", trusted=False).read(body)
    client = SignalClient(only(shop), clock=lambda: NOW, monotonic=time.monotonic)
    return answer(site.snapshot, site.snapshot.pages["cart"], request, client, now=NOW, recorder=recorder)


def made(number: int) -> Made:
    kept: list[Made] = []
    recorder = recording(Log())
    recorder.note = kept.append  # type: ignore[method-assign]
    decided(recorder, f"v-{number}")
    recorder.close()
    return kept[0]


def messages(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if "decisions_" in record.getMessage()]


def test_what_is_logged_makes_the_same_decision_again(tmp_path: Path) -> None:
    log = DecisionLog(f"sqlite:///{tmp_path}/events.sqlite")
    recorder = recording(log)
    answers = [decided(recorder, f"v-{number}") for number in range(5)]
    recorder.close()

    for found in answers:
        record = read(log.find(found.key))
        shared = {
            signal: joined(signal, log.shared(digest))
            for signal in (Signal.CATALOGUE, Signal.PROMOTIONS)
            if (digest := getattr(record.heard, signal)) is not None
        }
        again = replay(record, corner_site().snapshot, shared)
        assert () == again.differs
        assert again.decision.slots == found.decision.slots
    assert 0 == recorder.dropped


def test_nothing_is_kept_of_who_does_not_consent() -> None:
    log = Log()
    recorder = recording(log)
    decided(recorder, "v-1", consent=False)
    decided(recorder, "v-2", consent=True)
    decided(recorder, "v-3")
    recorder.close()

    assert [b"v-2" in row.record or b"v-3" in row.record for row in log.rows] == [True, True]


def test_the_id_says_whether_a_decision_is_in_the_share() -> None:
    one, log, again = made(1), Log(), Log()
    keys = [f"d_{number * 0x01000193 % 2**32:08x}" for number in range(2000)]
    for kept in (log, again):
        recorder = recording(kept, share=0.25)
        for key in keys:
            recorder.note(one._replace(key=key))
        recorder.close()

    assert {row.decision for row in log.rows} == {row.decision for row in again.rows}
    assert 400 < len(log.rows) < 600


def test_a_hanging_log_delays_no_page_and_what_does_not_fit_is_counted(caplog: pytest.LogCaptureFixture) -> None:
    log, one = Log(), made(1)
    recorder = recording(log, most_waiting=20)
    caplog.set_level(logging.INFO, "cms.runtime")
    with log.held:
        recorder.note(one)
        time.sleep(0.5)  # it is being written now
        start = time.perf_counter()
        for _ in range(50):
            recorder.note(one)
        took = time.perf_counter() - start
        assert 30 == recorder.dropped
    wait_for(lambda: len(log.rows) == 21)
    recorder.note(one)
    wait_for(lambda: len(log.rows) == 22)
    recorder.close()

    assert took < 0.05
    assert ["decisions_not_logged code=busy dropped=30", "decisions_logged_again dropped=30"] == messages(caplog)


@pytest.mark.parametrize(("mood", "code"), [("gone", "store-unavailable"), ("odd", "RuntimeError")])
def test_a_failing_log_is_told_once_and_used_again_when_it_is_back(
    caplog: pytest.LogCaptureFixture, mood: str, code: str
) -> None:
    log, one = Log(), made(1)
    recorder = recording(log)
    log.mood = mood
    with caplog.at_level(logging.INFO, "cms.runtime"):
        for lost in (1, 2):
            recorder.note(one)
            wait_for(lambda lost=lost: recorder.dropped == lost)
        log.mood = "well"
        recorder.note(one)
        wait_for(lambda: len(log.rows) == 1)
        recorder.close()

    assert [f"decisions_not_logged code={code} dropped=1", "decisions_logged_again dropped=2"] == messages(caplog)


def test_one_decision_that_cannot_be_written_down_costs_no_other() -> None:
    log, one = Log(), made(1)
    recorder = recording(log)
    recorder.note(one._replace(key="d_00000001", told={**one.told, Signal.TRAITS: {"clv": object()}}))
    recorder.note(one._replace(key="d_00000002"))
    recorder.close()

    assert ["d_00000002"] == [row.decision for row in log.rows]
    assert 1 == recorder.dropped


def test_the_end_writes_what_waits_in_few_batches() -> None:
    log, one = Log(), made(1)
    recorder = recording(log)
    for number in range(1200):
        recorder.note(one._replace(key=f"d_{number:08x}"))
    recorder.close()

    assert 1200 == len(log.rows)
    assert log.batches <= 4
    assert [NOW - timedelta(days=7)] == log.forgot


def test_old_decisions_are_forgotten_where_none_is_made_any_more_and_a_few_at_a_time() -> None:
    log = Log()
    log.more = 2
    recorder = recording(log, share=0, rests_s=0.01)
    wait_for(lambda: len(log.forgot) == 3)
    time.sleep(0.1)
    recorder.close()

    assert [NOW - timedelta(days=7)] * 3 == log.forgot
    assert 0 == log.batches


def test_what_was_written_is_not_lost_when_old_decisions_cannot_be_forgotten(caplog: pytest.LogCaptureFixture) -> None:
    log, one = Log(), made(1)
    log.mood = "sticky"
    recorder = recording(log)
    recorder.note(one)
    wait_for(lambda: len(log.rows) == 1)
    recorder.close()

    assert 0 == recorder.dropped
    assert ["decisions_not_logged code=store-busy dropped=0"] == messages(caplog)


def test_a_catalogue_is_written_down_once_however_many_currencies_take_turns() -> None:
    one, sharing = made(1), _Sharing()
    markets = [
        replace(one.request.market, currency=currency) for currency in ("USD", "EUR", "GBP", "JPY", "CNY", "CHF")
    ]
    told = [{Signal.CATALOGUE: dict(one.told[Signal.CATALOGUE])} for _ in markets]  # type: ignore[call-overload]
    mades = [
        one._replace(request=replace(one.request, market=market), told=own)
        for market, own in zip(markets, told, strict=True)
    ]
    first = [sharing.of(Signal.CATALOGUE, each) for each in mades]

    assert all(sharing.of(Signal.CATALOGUE, each) is kept for each, kept in zip(mades, first, strict=True))


def test_a_log_that_can_never_be_opened_costs_pages_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    recorder = recording(DecisionLog(f"sqlite:///{tmp_path}/file/events.sqlite"))

    found = decided(recorder)
    wait_for(lambda: recorder.dropped == 1)
    recorder.close()

    assert found.decision.slots["top"]


def test_a_shared_catalogue_is_written_down_once_per_content(tmp_path: Path) -> None:
    log, one = Log(), made(1)
    written: list[Collection[Shared]] = []
    adding: Callable[..., None] = log.add
    log.add = lambda rows, shared, now: (written.append(list(shared)), adding(rows, shared, now=now))  # type: ignore[assignment]
    recorder = recording(log)
    for number in range(100):
        recorder.note(one._replace(key=f"d_{number:08x}"))
    recorder.close()

    assert all(len(shared) <= 2 for shared in written)
    assert 1 == len({part for shared in written for each in shared for part in each.parts if b"monstera" in part})
