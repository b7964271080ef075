"""Webhooks: tells Vitrine what to read again, signed as https://www.standardwebhooks.com says, never while somebody waits."""

import contextlib
import json
import logging
import secrets
import threading
import time
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from hmac import digest

import requests

from cms.shop.changes import Change, Kind
from cms.shop.store import Store
from cms.shop.trade import Clock

PAUSES_S = (0.0, 0.2, 1.0)  # before each try; after the last one the age of what was read has to do
TIMEOUT_S = 3.0
MOST_IDS = 500
_BASE64 = "whsec_"
_TYPES: dict[Kind, str] = {
    "stock": "stock.changed",
    "cart": "cart.changed",
    "customer": "customer.changed",
    "orders": "orders.changed",
}
_log = logging.getLogger("cms.shop")


class Hooks:
    """Sends what changes in a store to one address, on a thread of its own; `secret` is `whsec_` and base64, or plain."""

    def __init__(self, store: Store, url: str, secret: str, *, clock: Clock) -> None:
        self._store = store
        self._url = url
        self._key = key_of(secret)
        self._clock = clock
        self._session = requests.Session()
        self._session.trust_env = False

    def start(self) -> None:
        """Tell of all that changes from now on, until the process ends."""
        since = self._store.last_change()
        threading.Thread(target=self._tell, args=(since,), name="hooks", daemon=True).start()

    def _tell(self, since: int) -> None:
        while True:
            self._store.written.wait()
            self._store.written.clear()
            now = self._store.last_change()
            for body in bodies(self._store.changes_since(since) or (), at=self._clock().isoformat()):
                self._send(body)
            since = now

    def _send(self, body: bytes) -> None:
        name = f"msg_{secrets.token_hex(12)}"
        for pause_s in PAUSES_S:
            time.sleep(pause_s)
            headers = signed(name, body, self._key, at=int(self._clock().timestamp()))
            with contextlib.suppress(requests.RequestException):
                if self._session.post(self._url, body, headers=headers, timeout=TIMEOUT_S).status_code < 500:
                    return
        _log.warning("a webhook was not taken by %s", self._url)


def key_of(secret: str) -> bytes:
    """Read a secret of Standard Webhooks."""
    return b64decode(secret[len(_BASE64) :], validate=True) if secret.startswith(_BASE64) else secret.encode()


def bodies(changes: Iterable[Change], *, at: str) -> Iterator[bytes]:
    """Say what has changed: what kind, and of whom."""
    keys: dict[Kind, dict[str, None]] = {}
    for change in changes:
        keys.setdefault(change.kind, {})[change.key] = None
    for kind, changed in keys.items():
        for ids in _portions(list(changed)):
            yield json.dumps({"type": _TYPES[kind], "ids": ids, "at": at}).encode()


def _portions(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for begin in range(0, len(ids), MOST_IDS):
        yield ids[begin : begin + MOST_IDS]


def signed(name: str, body: bytes, key: bytes, *, at: int) -> dict[str, str]:
    """Make the headers of a webhook; `at` are seconds of Unix time."""
    content = b".".join((name.encode(), str(at).encode(), body))
    signature = b64encode(digest(key, content, sha256)).decode()
    return {
        "Content-Type": "application/json",
        "webhook-id": name,
        "webhook-timestamp": str(at),
        "webhook-signature": f"v1,{signature}",
    }
