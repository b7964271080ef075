"""Webhooks of Adobe Commerce: Adobe I/O Events and synchronous webhooks, both signed with RSA; they only say what to read again."""

from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from cms.commerce.adapter import Hint, Hook, HookError, ReadHook
from cms.commerce.hooks.reading import object_of
from cms.commerce.hooks.signatures import header_of, public_key, rsa_sha256
from cms.facts.signals import Signal

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

EVENT = "x-vitrine-event"  # which event a synchronous webhook is for: set it as a header of the webhook
_SYNCHRONOUS = "x-adobe-commerce-webhook-signature"
_EVENTS = ("x-adobe-digital-signature-1", "x-adobe-digital-signature-2")
_LONGEST_AGO = timedelta(hours=25)  # an event is sent again for a day

Whose = Callable[[Mapping[str, Any]], object]  # what was saved → the key of whom it is about, "" everybody, None nobody


def _everybody(_saved: Mapping[str, Any]) -> object:
    return ""


# The first that an event's name holds counts.
_HINTS: Sequence[tuple[str, Sequence[Signal], Whose]] = (
    ("customer_group", (Signal.CUSTOMER, Signal.PROMOTIONS), _everybody),
    ("company", (Signal.CUSTOMER,), _everybody),
    (
        "customer",
        (Signal.CUSTOMER,),
        lambda saved: saved.get("customer_id") or saved.get("entity_id") or saved.get("id") or None,
    ),
    ("checkout_cart", (Signal.CART,), lambda saved: saved.get("quote_id") or None),
    ("sales_quote", (Signal.CART,), lambda saved: saved.get("entity_id") or saved.get("id") or None),
    ("sales_order", (Signal.ORDERS,), lambda saved: saved.get("customer_id") or None),
    ("salesrule", (Signal.PROMOTIONS,), _everybody),
    ("inventory", (Signal.STOCK, Signal.CATALOGUE), _everybody),
    ("catalog", (Signal.CATALOGUE,), _everybody),
)


def reader(pems: Sequence[str], client_id: str) -> ReadHook | None:
    """Make the reader of webhooks; None without a public key, for then nobody can sign one.

    Args:
        pems: The public keys that are live, of Adobe I/O Events and of this shop's webhooks.
        client_id: To whom events must be addressed.

    Raises:
        CmsError: `commerce-settings` or `adobe-missing`: what `public_key` raises.
    """
    keys = [public_key(pem) for pem in pems]

    def read(headers: Mapping[str, str], body: bytes, now: datetime) -> Hook:
        if header_of(headers, _SYNCHRONOUS):
            return _synchronous(headers, body, now, keys=keys)
        return _event(headers, body, now, keys=keys, client_id=client_id)

    return read if keys else None


def _synchronous(headers: Mapping[str, str], body: bytes, now: datetime, *, keys: Sequence["RSAPublicKey"]) -> Hook:
    """Read a synchronous webhook: the base64 of its body is signed, and it has neither an id nor a time.

    The same body may tell of another change, as of a price that went up and down again: each one counts.
    """
    rsa_sha256(b64encode(body), [header_of(headers, _SYNCHRONOUS)], keys)
    data = object_of(body)
    hints = _hints(header_of(headers, EVENT), _saved(data))
    return Hook(f"{blake2b(body, digest_size=16).hexdigest()} {now.isoformat()}", tuple(hints))


def _event(
    headers: Mapping[str, str], body: bytes, now: datetime, *, keys: Sequence["RSAPublicKey"], client_id: str
) -> Hook:
    rsa_sha256(body, [header_of(headers, name) for name in _EVENTS], keys)
    event = object_of(body)
    if event.get("recipient_client_id") != client_id:
        raise HookError("hook-unsigned", "The event is addressed to another client than option hook_client_id.")
    match event:
        case {"id": str(number), "type": str(kind)} if 0 < len(number) <= 256:
            _check_age(event.get("time"), now)
            return Hook(number, tuple(_hints(kind, _saved(event.get("data")))))
    raise HookError("hook-malformed", "The event has no id or type.")


def _check_age(time: object, now: datetime) -> None:
    """Refuse an event older than it could be sent again; one that tells no time is only told apart by its id."""
    if time is None:
        return
    try:
        at = datetime.fromisoformat(str(time))
    except ValueError as error:
        raise HookError("hook-malformed", "The event's time is none.") from error
    if abs(now - (at if at.tzinfo else at.replace(tzinfo=UTC))) > _LONGEST_AGO:
        raise HookError("hook-too-old", "The event is older than a day.")


def _saved(data: object) -> Mapping[str, Any]:
    """Find what was saved: events wrap it."""
    inner = data.get("value", data) if isinstance(data, dict) else {}
    return inner if isinstance(inner, dict) else {}


def _hints(event: str, saved: Mapping[str, Any]) -> Iterator[Hint]:
    """Say what to read again; an event of which no signal depends on says nothing."""
    found = next(((signals, whose) for name, signals, whose in _HINTS if name in event), None)
    if found is None:
        return
    signals, whose = found
    who = whose(saved)
    if isinstance(who, int | str):
        for signal in signals:
            yield Hint(signal, str(who))
