"""Breakers: they spare a sick shop, and tell in advance that asking is no use."""

from collections import deque
from collections.abc import Callable

WINDOW_S = 10.0
FAILURES = 5
OPEN_S = 5.0
LONGEST_PAUSE_S = 60.0
PROBE_LEASE_S = 15.0
_NEARLY_ALL = 0.8  # of the calls of an upstream: one sick signal must not take the others with it
_JITTER = 0.2  # of the pause, so that nodes do not all try at once


class Breaker:
    """Closed until, in ten seconds, five calls and a share of all have failed; then open for five seconds or a little more.

    After that one call is let through as a probe; its outcome closes or opens again. A probe that is never heard
    of again is given up after its lease. Times are monotonic seconds. Not safe for threads on its own.

    Args:
        dice: Gives a number from 0 to 1.
        share: Of the calls that must have failed.
    """

    def __init__(self, dice: Callable[[], float], *, share: float = 0.5) -> None:
        self.why = ""  # of the last failure
        self._dice = dice
        self._share = share
        self._outcomes: deque[tuple[float, bool]] = deque(maxlen=200)
        self._open_until: float | None = None
        self._probe_until: float | None = None

    def would_admit(self, now: float) -> bool:
        """Say whether a call would be let through."""
        if self._open_until is None:
            return True
        return now >= self._open_until and (self._probe_until is None or now >= self._probe_until)

    def admit(self, now: float) -> None:
        """Let a call through; it owes `succeeded`, `failed` or `abandoned`."""
        if self._open_until is not None:
            self._probe_until = now + PROBE_LEASE_S

    def succeeded(self, now: float) -> None:
        if self._open_until is not None:
            self._outcomes.clear()
        self._open_until = self._probe_until = None
        self._outcomes.append((now, True))

    def failed(self, now: float, why: str, *, retry_after_s: float = 0.0) -> None:
        """Count a failure; a pause the shop asked for opens at once, for a minute at most."""
        self.why = why
        self._outcomes.append((now, False))
        if retry_after_s > 0 or self._probe_until is not None or self._is_sick(now):
            pause = max(OPEN_S * (1 + _JITTER * self._dice()), min(retry_after_s, LONGEST_PAUSE_S))
            self._open_until = max(self._open_until or 0.0, now + pause)
            self._probe_until = None

    def abandoned(self) -> None:
        """Take back a call that was let through and never made."""
        self._probe_until = None

    def _is_sick(self, now: float) -> bool:
        if self._open_until is not None:
            return False
        recent = [good for at, good in self._outcomes if now - at <= WINDOW_S]
        failures = recent.count(False)
        return failures >= FAILURES and failures >= self._share * len(recent)


class Breakers:
    """Two before each call: that of the one signal, which may fail alone, and that of its whole upstream."""

    def __init__(self, dice: Callable[[], float]) -> None:
        self._dice = dice
        self._signals: dict[tuple[str, str], Breaker] = {}
        self._upstreams: dict[str, Breaker] = {}

    def admits(self, upstream: str, signal: str, now: float) -> str | None:
        """Let a call through (None), or give why it is no use; what is let through owes one of the following."""
        both = self._both(upstream, signal)
        for breaker in both:
            if not breaker.would_admit(now):
                return breaker.why
        for breaker in both:
            breaker.admit(now)
        return None

    def succeeded(self, upstream: str, signal: str, now: float) -> None:
        for breaker in self._both(upstream, signal):
            breaker.succeeded(now)

    def failed(self, upstream: str, signal: str, now: float, why: str, *, retry_after_s: float = 0.0) -> None:
        """Count a failure; a pause that was asked for is that of the one signal, for limits differ."""
        of_signal, of_upstream = self._both(upstream, signal)
        of_signal.failed(now, why, retry_after_s=retry_after_s)
        of_upstream.failed(now, why)

    def abandoned(self, upstream: str, signal: str) -> None:
        """Take back a call that was let through and never made."""
        for breaker in self._both(upstream, signal):
            breaker.abandoned()

    def _both(self, upstream: str, signal: str) -> tuple[Breaker, Breaker]:
        if (upstream, signal) not in self._signals:
            self._signals[upstream, signal] = Breaker(self._dice)
        if upstream not in self._upstreams:
            self._upstreams[upstream] = Breaker(self._dice, share=_NEARLY_ALL)
        return self._signals[upstream, signal], self._upstreams[upstream]
