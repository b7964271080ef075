"""Answers that nodes share through Redis: asked before the shop, told after it, and in no page's way when it is in trouble."""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from cms.commerce.client.cache import Key
from cms.facts.signals import Answer, Customer, Found, Order, Promotion, Signal
from cms.shared_memory import PAUSE_S, connected

# A catalogue is large, the same for all and asked for a few times a minute: each node keeps its own. A cart is asked every time.
SHARED = frozenset(Signal) - {Signal.CART, Signal.CATALOGUE, Signal.COUNTERS}
_PREFIX = "vitrine:signal:1:"  # with the number of the form
_VALUES: Mapping[Signal, Any] = {
    Signal.CUSTOMER: Customer,
    Signal.ORDERS: tuple[Order, ...],
    Signal.STOCK: dict[str, int],
    Signal.PROMOTIONS: tuple[Promotion, ...],
    Signal.TRAITS: dict[str, Any],
}
_log = logging.getLogger("cms.commerce")


class _Written(msgspec.Struct, frozen=True):
    observed_at: datetime
    found: Found
    whose: str
    value: msgspec.Raw


@dataclass(frozen=True, slots=True)
class Shared:
    """An answer that some node was given, when it asked, and how long until the answer is past its maximum age.

    Redis counts what is left: clocks of nodes differ.
    """

    answer: Answer
    observed_at: datetime
    left_s: float


class SharedAnswers:
    """Reads and writes answers in Redis; safe for threads, never raises.

    Keys name a digest of the shopper's token, and answers are forgotten at their maximum age.

    Raises:
        CmsError: `redis-missing` or `bad-setting`, when it is made.
    """

    def __init__(self, url: str, *, monotonic: Callable[[], float]) -> None:
        self._redis, _ = connected(url, decodes=False)
        self._monotonic = monotonic
        self._paused_until = float("-inf")
        self._trying = threading.Lock()

    def get(self, key: Key) -> Shared | None:
        """Give what is known; None too while Redis is in trouble."""
        text, left_ms = self._without_trouble(lambda: self._found(_name(key))) or (None, 0)
        if not isinstance(text, bytes) or left_ms <= 0:
            return None
        try:
            written = msgspec.json.decode(text, type=_Written)
            is_found = written.found is Found.FOUND
            value = msgspec.json.decode(written.value, type=_VALUES[key.signal]) if is_found else None
        except (ValueError, TypeError):
            return None
        return Shared(Answer(written.found, value, written.whose), written.observed_at, left_ms / 1000)

    def put(self, key: Key, shared: Shared) -> None:
        """Tell the other nodes; what an adapter gave that JSON cannot say stays here."""
        answer = shared.answer
        try:
            value = msgspec.Raw(msgspec.json.encode(answer.value))
            text = msgspec.json.encode(_Written(shared.observed_at, answer.found, answer.whose, value))
        except (ValueError, TypeError):
            return
        self._without_trouble(lambda: self._redis.set(_name(key), text, px=max(1, int(shared.left_s * 1000))))

    def close(self) -> None:
        self._redis.close()

    def _found(self, name: str) -> Any:
        return self._redis.pipeline(transaction=False).get(name).pttl(name).execute()

    def _without_trouble(self, use: Callable[[], Any]) -> Any:
        """Use Redis unless it failed a moment ago; then one call at a time finds out whether it is back."""
        paused_until = self._paused_until
        probes = paused_until > float("-inf")
        if self._monotonic() < paused_until or (probes and not self._trying.acquire(blocking=False)):
            return None
        try:
            found = use()
            self._paused_until = float("-inf")
        except Exception as failure:  # noqa: BLE001 - whatever Redis and its client do, also while they are closed
            self._paused_until = self._monotonic() + PAUSE_S
            _log.warning("answers_not_shared code=%s", type(failure).__name__)
            return None
        else:
            return found
        finally:
            if probes:
                self._trying.release()


def _name(key: Key) -> str:
    return f"{_PREFIX}{key.upstream}:{key.signal}:{key.currency}:{key.whose}"
