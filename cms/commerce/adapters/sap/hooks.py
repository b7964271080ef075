"""Webhooks of SAP Commerce: it signs none, so that a shared secret must come with each; they only say what to read again."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from hmac import compare_digest
from typing import Any

from cms.commerce.adapter import Hint, Hook, HookError, ReadHook
from cms.commerce.hooks.reading import object_of
from cms.facts.signals import Signal

SECRET = "x-vitrine-secret"  # noqa: S105 - the name of a header
SIGNAL = "x-vitrine-signal"
_TOLD = frozenset({Signal.CART, Signal.CUSTOMER, Signal.ORDERS, Signal.CATALOGUE, Signal.STOCK})


def reader(secrets: Sequence[str]) -> ReadHook | None:
    """Make the reader; None without a secret, for then anybody could send one."""

    def read(headers: Mapping[str, str], body: bytes, now: datetime) -> Hook:
        signal, secret = _credentials({name.lower(): value for name, value in headers.items()})
        if not _is_live(secret, secrets):
            raise HookError("hook-unsigned", "The webhook does not come with a live secret.")
        if signal not in _TOLD:
            raise HookError("hook-malformed", f"The webhook must say which of {', '.join(sorted(_TOLD))} has changed.")
        hint = Hint(Signal(signal), _whose(Signal(signal), object_of(body)))
        return Hook(_id(body, now), (hint,))

    return read if secrets else None


def _credentials(headers: Mapping[str, str]) -> tuple[str, str]:
    """Find what changed and the secret: in headers of our own, or as user and password, which Backoffice can set."""
    if SECRET in headers:
        return headers.get(SIGNAL, ""), headers[SECRET]
    kind, _, coded = headers.get("authorization", "").partition(" ")
    if kind.lower() != "basic":
        return "", ""
    try:
        signal, _, secret = base64.b64decode(coded, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return signal, secret


def _is_live(secret: str, secrets: Sequence[str]) -> bool:
    """Compare with each of them in the same time, whichever it is."""
    given = secret.encode(errors="surrogateescape")
    matches = [compare_digest(given, one.encode()) for one in secrets if one]
    return any(matches)


def _whose(signal: Signal, item: Mapping[str, Any]) -> str:
    """Find whose cart or customer it is; "" where the item does not say, then it is everybody's."""
    match signal, item:
        case (Signal.CART, {"guid": str(whose)}) | (Signal.CUSTOMER, {"customerID": str(whose)}):
            return whose
        case Signal.ORDERS, {"user": {"customerID": str(whose)}}:
            return whose
    return ""


def _id(body: bytes, now: datetime) -> str:
    """Name a webhook by its body and the second it came: SAP gives it no id, and the same item may change twice."""
    return blake2b(f"{now:%Y%m%dT%H%M%S}".encode() + body, digest_size=16).hexdigest()
