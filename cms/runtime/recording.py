"""Recording: decisions written to their log behind the pages, which never wait for it and never fail with it."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from queue import Empty, SimpleQueue
from threading import Event, Thread

from cms import __version__
from cms.decisions.record import SHARED, Made, parts_of, record_of, written
from cms.errors import CmsError
from cms.events.decision_log import DecisionLog, Row, Shared
from cms.facts.signals import Signal, SignalValue

_log = logging.getLogger("cms.runtime")
MOST_WAITING = 10_000  # decisions; each is a reference to what is in memory for its page anyway
_MOST_AT_ONCE = 500
_PAUSE_S = 0.25  # in which decisions gather, so that a busy node syncs its disk four times a second for them
_ENDING_S = 5.0
_RESTS_S = 900.0  # without a decision, until old ones are looked for
_FORGETS_EVERY = timedelta(hours=1)


class Recorder:
    """Takes decisions while pages wait, and writes them on a thread of its own.

    Args:
        log: Where they are kept.
        share: Of all decisions, 0 to 1; which ones, their ids say, so that all nodes keep the same.
        kept_for: How long.
        clock: Gives the time, aware.
        most_waiting: How many may wait to be written; those beyond are dropped and counted.
        rests_s: How long to wait for a decision before old ones are looked for.
    """

    def __init__(
        self,
        log: DecisionLog,
        *,
        share: float,
        kept_for: timedelta,
        clock: Callable[[], datetime],
        most_waiting: int = MOST_WAITING,
        rests_s: float = _RESTS_S,
    ) -> None:
        self._decisions = log
        self._below = round(share * 0x1_0000_0000)
        self._kept_for = kept_for
        self._clock = clock
        self._most_waiting = most_waiting
        self._rests_s = rests_s
        self._waiting: SimpleQueue[Made | None] = SimpleQueue()
        self._ending = Event()
        self._sharing = _Sharing()
        self._forgot: datetime | None = None
        self._trouble = ""
        self._refused = self._known_refused = self._lost = 0
        self._thread = Thread(target=self._run, name="record-decisions", daemon=True)
        self._thread.start()

    def note(self, made: Made) -> None:
        """Take a decision to be written; of who does not consent nothing is kept."""
        if int(made.key[2:10], 16) >= self._below or made.request.values.get("visitor.consent") is False:
            return
        if self._waiting.qsize() >= self._most_waiting:
            self._refused += 1  # two threads at once may count one: it is a sign, not a bill
            return
        self._waiting.put(made)

    @property
    def dropped(self) -> int:
        """Count the decisions that should have been logged and were not."""
        return self._refused + self._lost

    def close(self) -> None:
        """Write what waits and end, within seconds."""
        self._ending.set()
        self._waiting.put(None)
        self._thread.join(_ENDING_S)
        self._decisions.close()

    def _run(self) -> None:
        while True:
            try:
                first = self._waiting.get(timeout=self._rests_s)
            except Empty:
                self._write([])
                continue
            if first is None:
                return
            self._ending.wait(_PAUSE_S)
            self._write([first, *self._gathered()])

    def _gathered(self) -> list[Made]:
        batch: list[Made] = []
        while len(batch) < _MOST_AT_ONCE:
            try:
                made = self._waiting.get_nowait()
            except Empty:
                break
            if made is None:
                self._waiting.put(None)  # for the one who waits for the next batch
                break
            batch.append(made)
        return batch

    def _write(self, batch: list[Made]) -> None:
        refused = self._refused
        kept = self._trying(lambda: self._keep(batch), lost=len(batch)) if batch else ""
        forgotten = self._trying(self._forget, lost=0)
        self._tell(kept or forgotten or ("busy" if refused > self._known_refused else ""))
        self._known_refused = refused

    def _trying(self, use: Callable[[], str], *, lost: int) -> str:
        """Use the log; give what is wrong with it, and count what is lost by that."""
        try:
            return use()
        except CmsError as failure:
            trouble = failure.code
        except Exception as mistake:  # noqa: BLE001 - the thread goes on, whatever the log does
            trouble = type(mistake).__name__
        self._lost += lost
        return trouble

    def _keep(self, batch: list[Made]) -> str:
        """Write a batch; what cannot be written down is left out, and the last reason for that is given."""
        rows: list[Row] = []
        shared: dict[str, Shared] = {}
        trouble = ""
        for made in batch:
            parts = {signal: self._sharing.of(signal, made) for signal in SHARED if signal in made.told}
            try:
                rows.append(_row(made, parts))
            except Exception as mistake:  # noqa: BLE001 - one odd answer of a shop must not cost the others
                self._lost += 1
                trouble = type(mistake).__name__
            shared |= {one.digest: one for one in parts.values()}
        self._decisions.add(rows, shared.values(), now=self._clock())
        return trouble

    def _forget(self) -> str:
        now = self._clock()
        if self._forgot is None or now - self._forgot > _FORGETS_EVERY:
            self._forgot = None if self._decisions.forget(now - self._kept_for) else now
        return ""

    def _tell(self, trouble: str) -> None:
        """Log what keeps decisions from being logged when that changes, not with each batch."""
        if trouble and trouble != self._trouble:
            _log.warning("decisions_not_logged code=%s dropped=%s", trouble, self.dropped)
        elif self._trouble and not trouble:
            _log.info("decisions_logged_again dropped=%s", self.dropped)
        self._trouble = trouble


class _Sharing:
    """Remembers how the latest catalogue and promotions of each currency were written: thousands of pages share one."""

    def __init__(self) -> None:
        self._latest: dict[tuple[Signal, str], tuple[SignalValue, Shared]] = {}

    def of(self, signal: Signal, made: Made) -> Shared:
        value, key = made.told[signal], (signal, made.request.market.currency)
        found = self._latest.get(key)
        if found is None or found[0] is not value:
            found = self._latest[key] = (value, Shared.of(parts_of(value)))
        return found[1]


def _row(made: Made, shared: Mapping[Signal, Shared]) -> Row:
    digests = {signal: one.digest for signal, one in shared.items()}
    return Row(made.key, made.now, written(record_of(made, engine=__version__, shared=digests)))
