"""Hints that wait to be told: each once, however many come, and none is lost."""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from cms.commerce.adapter import Hint

MOST = 1000  # of single people; where there are more, all of that signal is read again
SPACED_S = 1.0  # between two times that everybody's is read again


class Pending:
    """A bounded set; safe for threads.

    What is of one person can be taken at once. What is of everybody is given out at once too, and then at most once a second for
    each signal, however many products are imported: reading it again is the same work for one of them as for all.
    """

    def __init__(self, *, monotonic: Callable[[], float], most: int = MOST) -> None:
        self._monotonic = monotonic
        self._most = most
        self._waiting: dict[tuple[str, Hint], None] = {}
        self._given: dict[tuple[str, Hint], float] = {}  # when everybody's was, the last time
        self._changed = threading.Condition()
        self._closed = False

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, upstream: str, hints: Iterable[Hint]) -> None:
        with self._changed:
            self._waiting |= {(upstream, hint): None for hint in hints}
            if len(self._waiting) > self._most:
                self._waiting = {(name, Hint(hint.signal)): None for name, hint in self._waiting}
            self._changed.notify()

    def take(self) -> Mapping[str, list[Hint]]:
        """Wait for hints and take those whose time has come, by upstream; none: it is closed, and nothing waits any more."""
        with self._changed:
            while not (taken := [one for one in self._waiting if self._is_due(*one)]):
                if self._closed:
                    return {}
                self._changed.wait(SPACED_S / 10 if self._waiting else None)
            return self._given_out(taken)

    def close(self) -> None:
        """Let all that waits be taken at once, and then nothing more."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def _is_due(self, upstream: str, hint: Hint) -> bool:
        before = self._given.get((upstream, hint))
        return self._closed or before is None or self._monotonic() - before >= SPACED_S

    def _given_out(self, taken: Iterable[tuple[str, Hint]]) -> Mapping[str, list[Hint]]:
        found: defaultdict[str, list[Hint]] = defaultdict(list)
        for upstream, hint in taken:
            del self._waiting[upstream, hint]
            found[upstream].append(hint)
            if not hint.whose:
                self._given[upstream, hint] = self._monotonic()
        return found
