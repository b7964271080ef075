"""Which webhooks came before: known for a day, on one node or on all that share a Redis."""

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from hashlib import blake2b
from typing import Any

from cms.shared_memory import PAUSE_S, connected

KEPT_S = 24 * 3600
_MOST = 100_000  # ids that a process remembers
ANSWERS_S = 0.05
_log = logging.getLogger("cms.commerce")


class Seen:
    """Remembers ids; safe for threads. One that is forgotten too early costs no more than reading once again.

    Args:
        redis_url: What the nodes share, "" for nothing. While it is in trouble a node knows what came to itself.
        monotonic: Seconds.
        most: How many ids this process remembers.
        answers_s: How long Redis may take.

    Raises:
        CmsError: `redis-missing` or `bad-setting`, when it is made.
    """

    def __init__(
        self, redis_url: str, *, monotonic: Callable[[], float], most: int = _MOST, answers_s: float = ANSWERS_S
    ) -> None:
        self._monotonic = monotonic
        self._most = most
        self._known: OrderedDict[bytes, float] = OrderedDict()
        self._lock = threading.Lock()
        self._redis: Any = None
        self._failures: tuple[type[Exception], ...] = ()
        if redis_url:
            self._redis, self._failures = connected(redis_url, answers_s=answers_s)
        self._paused_until = monotonic()

    def is_new(self, upstream: str, key: str) -> bool:
        """Say whether a webhook comes for the first time; of many who ask at once, one is told so."""
        name = blake2b(f"{upstream}\0{key}".encode("utf-8", "replace"), digest_size=16)
        return self._is_new_here(name.digest()) and self._is_new_there(f"vitrine:hook:{name.hexdigest()}")

    def close(self) -> None:
        if self._redis is not None:
            self._redis.close()

    def _is_new_here(self, name: bytes) -> bool:
        with self._lock:
            now = self._monotonic()
            while self._known and now - next(iter(self._known.values())) > KEPT_S:
                self._known.popitem(last=False)
            if name in self._known:
                return False
            self._known[name] = now
            if len(self._known) > self._most:
                self._known.popitem(last=False)
            return True

    def _is_new_there(self, name: str) -> bool:
        if self._redis is None or self._monotonic() < self._paused_until:
            return True
        try:
            return bool(self._redis.set(name, 1, nx=True, ex=KEPT_S))
        except self._failures as failure:
            self._paused_until = self._monotonic() + PAUSE_S
            _log.warning("hook_ids_not_shared code=%s", type(failure).__name__)
            return True
