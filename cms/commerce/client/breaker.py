"""A breaker: spares a sick shop, and tells in advance that asking is no use."""

from collections import deque

WINDOW_S = 10.0
FAILURES = 5
OPEN_S = 5.0
LONGEST_PAUSE_S = 60.0
PROBE_LEASE_S = 15.0


class Breaker:
    """Closed until, in ten seconds, five calls and at least half of all have failed; then open for five seconds.

    After that one call is let through as a probe; its outcome closes or opens again. A probe that is never heard
    of again is given up after its lease. Times are monotonic seconds. Not safe for threads on its own.
    """

    def __init__(self) -> None:
        self.why = ""  # of the last failure
        self._outcomes: deque[tuple[float, bool]] = deque(maxlen=200)
        self._open_until: float | None = None
        self._probe_until: float | None = None

    def admits(self, now: float) -> bool:
        """Let a call through or not; one that is let through owes `succeeded`, `failed` or `abandoned`."""
        if self._open_until is None:
            return True
        if now < self._open_until or (self._probe_until is not None and now < self._probe_until):
            return False
        self._probe_until = now + PROBE_LEASE_S
        return True

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
            pause = max(OPEN_S, min(retry_after_s, LONGEST_PAUSE_S))
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
        return failures >= FAILURES and 2 * failures >= len(recent)
