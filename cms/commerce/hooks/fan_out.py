"""Telling the other nodes through Redis what to read again. What is lost on the way costs no more than the age an answer may have."""

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from cms.commerce.adapter import Hint
from cms.commerce.hooks.receiving import Invalidations, tell
from cms.facts.signals import Signal
from cms.shared_memory import connected

CHANNEL = "vitrine:hints:1"  # with the number of the form
ANSWERS_S = 0.05
QUIET_S = 5.0  # after which a listener asks whether Redis is still there
_AGAIN_S = 0.5  # after a lost connection
_log = logging.getLogger("cms.commerce")


class _Message(msgspec.Struct, frozen=True):
    node: str
    hints: dict[str, list[tuple[Signal, str]]]


class FanOut:
    """One node's place among those that share a Redis; safe for threads, never raises once it is made.

    Args:
        url: Of Redis.
        invalidations: Who is told what other nodes say.
        node: A name that no other process has.
        monotonic: Seconds.
        quiet_s: How long nothing may be heard of Redis until it is asked; after three times that the connection is made anew.

    Raises:
        CmsError: `redis-missing` or `bad-setting`, when it is made.
    """

    def __init__(
        self,
        url: str,
        invalidations: Invalidations,
        *,
        node: str,
        monotonic: Callable[[], float],
        quiet_s: float = QUIET_S,
    ) -> None:
        self._redis, self._failures = connected(url, answers_s=ANSWERS_S, decodes=False)
        self._invalidations = invalidations
        self._node = node
        self._monotonic = monotonic
        self._quiet_s = quiet_s
        self._ended = threading.Event()
        self._trouble = ""
        threading.Thread(target=self._listen, name="listen-for-hints", daemon=True).start()

    def tell(self, hints: Mapping[str, Iterable[Hint]]) -> None:
        """Tell the other nodes, by upstream; waits for Redis 50 ms at most."""
        named = {upstream: [(hint.signal, hint.whose) for hint in some] for upstream, some in hints.items()}
        try:
            self._redis.publish(CHANNEL, msgspec.json.encode(_Message(self._node, named)))
        except self._failures as failure:
            self._say(type(failure).__name__)
        else:
            self._say("")

    def close(self) -> None:
        """Listen no more; the thread lets go of Redis within `quiet_s`."""
        self._ended.set()

    def _listen(self) -> None:
        while not self._ended.is_set():
            try:
                self._follow()
            except Exception as failure:  # noqa: BLE001 - the thread goes on, whatever a lost connection raises
                if not self._ended.is_set():
                    self._say(type(failure).__name__)
                self._ended.wait(_AGAIN_S)
        self._redis.close()

    def _follow(self) -> None:
        """Take what comes until the connection is lost, or Redis says nothing though it was asked."""
        with self._redis.pubsub() as listening:
            listening.subscribe(CHANNEL)
            heard_at = self._monotonic()
            while not self._ended.is_set():
                message = listening.get_message(timeout=self._quiet_s)
                if message is not None:
                    heard_at = self._monotonic()
                    self._take(message)
                elif self._monotonic() - heard_at > 3 * self._quiet_s:
                    raise TimeoutError
                else:
                    listening.ping()

    def _take(self, message: Mapping[str, Any]) -> None:
        if message["type"] == "subscribe":
            self._say("")
        if message["type"] != "message":
            return
        try:
            said = msgspec.json.decode(message["data"], type=_Message)
        except msgspec.DecodeError:  # another version's, or somebody else's
            return
        if said.node != self._node:
            for upstream, hints in said.hints.items():
                tell(self._invalidations, upstream, [Hint(signal, whose) for signal, whose in hints])

    def _say(self, trouble: str) -> None:
        """Log that nodes do not hear of each other when it begins and when it ends, not with each hint."""
        if trouble and not self._trouble:
            _log.warning("hints_not_shared code=%s", trouble)
        elif self._trouble and not trouble:
            _log.info("hints_shared_again")
        self._trouble = trouble
