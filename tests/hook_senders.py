"""The other side of webhooks: what a sender does, and who is told of it."""

import hmac
import threading
from base64 import b64encode
from collections.abc import Iterable, Mapping
from hashlib import sha256

from cms.commerce.adapter import Hint
from cms.facts.signals import Signal

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # of the published example
PLAIN = "plain-text-secret-of-32-characters"
CATALOGUE = Hint(Signal.CATALOGUE)


def signature(key: bytes, content: bytes) -> str:
    return b64encode(hmac.new(key, content, sha256).digest()).decode()


def signed(body: bytes, *, at: int, key: str = "msg_1", secret: str = PLAIN) -> dict[str, str]:
    """Sign with a plain secret, as a sender of Standard Webhooks does."""
    content = f"{key}.{at}.".encode() + body
    return {
        "webhook-id": key,
        "webhook-timestamp": str(at),
        "webhook-signature": f"v1,{signature(secret.encode(), content)}",
    }


def hints_of(data: Mapping[str, object]) -> Iterable[Hint]:
    """Read the hooks of a shop that names a signal and somebody."""
    return [Hint(Signal(str(data["signal"])), str(data.get("whose", "")))]


class Told:
    """Keeps what it is told, and lets others wait for that."""

    def __init__(self) -> None:
        self.hints: list[tuple[str, Hint]] = []
        self.rounds = 0
        self._changed = threading.Condition()

    def invalidate(self, hints: Iterable[Hint], upstream: str) -> None:
        with self._changed:
            self.hints += [(upstream, hint) for hint in hints]
            self.rounds += 1
            self._changed.notify_all()

    def waits_for(self, count: int, *, within_s: float = 5.0) -> list[tuple[str, Hint]]:
        """Give what it was told, once it is as much as this."""
        with self._changed:
            self._changed.wait_for(lambda: len(self.hints) >= count, timeout=within_s)
            return list(self.hints)

    def hears(self, hint: Hint, *, within_s: float = 5.0) -> bool:
        """Say whether it is told a hint of the shop in time."""
        with self._changed:
            return self._changed.wait_for(lambda: ("shop", hint) in self.hints, timeout=within_s)
