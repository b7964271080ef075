"""A small bounded pool: what hangs in it holds up neither the process's exit nor the next request."""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Job:
    """`run(True)` when its turn comes in time, `run(False)` when it waited longer than `patience_s`."""

    run: Callable[[bool], None]
    patience_s: float
    queued_at: float


class Pool:
    """Daemon threads, started when first needed.

    `concurrent.futures` joins its threads at exit, so that one hanging call would keep the process alive.
    """

    def __init__(self, workers: int, *, monotonic: Callable[[], float]) -> None:
        self._workers = workers
        self._monotonic = monotonic
        self._changed = threading.Condition()
        self._queue: deque[Job] = deque()
        self._running: dict[int, float] = {}
        self._threads = 0
        self._closed = False

    def submit(self, run: Callable[[bool], None], *, patience_s: float) -> bool:
        """Queue a job, or refuse: closed, queue full, or every worker stuck for longer than `patience_s`."""
        with self._changed:
            now = self._monotonic()
            if self._closed or len(self._queue) >= 2 * self._workers or self._is_jammed(now, patience_s):
                return False
            self._queue.append(Job(run, patience_s, now))
            self._engage()
            self._changed.notify()
            return True

    def close(self) -> None:
        """Take no more jobs and let idle threads end; running jobs are left to themselves."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _is_jammed(self, now: float, patience_s: float) -> bool:
        return len(self._running) >= self._workers and all(now - at > patience_s for at in self._running.values())

    def _engage(self) -> None:
        if self._threads < min(self._workers, len(self._running) + len(self._queue)):
            self._threads += 1
            threading.Thread(target=self._work, name="commerce", daemon=True).start()

    def _work(self) -> None:
        while (job := self._next()) is not None:
            job.run(self._monotonic() - job.queued_at <= job.patience_s)
            with self._changed:
                del self._running[threading.get_ident()]

    def _next(self) -> Job | None:
        with self._changed:
            while not self._queue and not self._closed:
                self._changed.wait()
            if not self._queue:
                return None
            self._running[threading.get_ident()] = self._monotonic()
            return self._queue.popleft()
