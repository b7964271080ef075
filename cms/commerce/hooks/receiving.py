"""Receiving webhooks: the signature is checked while the sender waits, all else happens behind."""

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Protocol

from cms.commerce.adapter import Hint, ReadHook
from cms.commerce.hooks.pending import Pending
from cms.commerce.hooks.seen import Seen

_ENDING_S = 2.0
_log = logging.getLogger("cms.commerce")


class Invalidations(Protocol):
    """Whoever keeps answers of shops."""

    def invalidate(self, hints: Iterable[Hint], upstream: str) -> None:
        """Ask anew for what the hints name before it is next used; those of everybody's are read at once, behind."""


def tell(invalidations: Invalidations, upstream: str, hints: Iterable[Hint]) -> None:
    """Pass hints on; a mistake over there must not end the thread that all later ones need."""
    try:
        invalidations.invalidate(hints, upstream)
    except Exception:  # noqa: BLE001 - see above
        _log.exception("hints_not_told upstream=%s", upstream)


class Telling(Protocol):
    """Whoever brings hints to other nodes."""

    def tell(self, hints: Mapping[str, Iterable[Hint]]) -> None:
        """Bring hints, by upstream; must not raise."""


class Hooks:
    """What webhooks of some upstreams set going; safe for threads.

    Args:
        readers: By upstream, of those whose webhooks can be checked.
        invalidations: Who is told, on a thread of its own.
        seen: Knows which came before.
        others: Told after that; None: there is one node.
        monotonic: Seconds.
    """

    def __init__(
        self,
        readers: Mapping[str, ReadHook],
        invalidations: Invalidations,
        *,
        seen: Seen,
        others: Telling | None = None,
        monotonic: Callable[[], float],
    ) -> None:
        self._readers = readers
        self._invalidations = invalidations
        self._seen = seen
        self._others = others
        self._pending = Pending(monotonic=monotonic)
        self._thread = threading.Thread(target=self._run, name="tell-hints", daemon=True)
        self._thread.start()

    def __contains__(self, upstream: str) -> bool:
        return upstream in self._readers

    def receive(self, upstream: str, headers: Mapping[str, str], body: bytes, now: datetime) -> bool:
        """Take a webhook of an upstream that is there; False: it came before, and nothing is done.

        Raises:
            HookError: `hook-unsigned`, `hook-too-old` or `hook-malformed`.
        """
        hook = self._readers[upstream](headers, body, now)
        if not self._seen.is_new(upstream, hook.id):
            return False
        self._pending.add(upstream, hook.hints)
        return True

    def close(self) -> None:
        """Tell what still waits and end, within seconds."""
        self._pending.close()
        self._thread.join(_ENDING_S)

    def _run(self) -> None:
        while hints := self._pending.take():
            for upstream, some in hints.items():
                tell(self._invalidations, upstream, some)
            if self._others is not None:
                self._others.tell(hints)
