"""Promises about webhooks: only what is signed is believed, and only as far as to read again."""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta

from cms.commerce.adapter import Hook, HookError, ReadHook
from cms.errors import CmsError
from cms.facts.signals import Signal
from cms.testing.subject import SentHook, Subject, needed

_PLAIN = frozenset({"content-type", "content-length", "user-agent", "host", "accept"})


def a_signed_hook_is_read(subject: Subject) -> Iterator[str]:
    """A webhook as the system signs it is read, whatever the case of its headers, and has the same id when sent again."""
    read, hooks = _reading(subject)
    for number, sent in enumerate(hooks):
        told = _told(read, sent.headers, sent)
        again = _told(read, {name.upper(): value for name, value in sent.headers.items()}, sent)
        if not isinstance(told, Hook):
            yield f"hook {number}: signed, and refused with {told}"
            continue
        if told != again or not told.id:
            yield f"hook {number}: sent again it has another id, or none"
        if not all(isinstance(hint.signal, Signal) and isinstance(hint.whose, str) for hint in told.hints):
            yield f"hook {number}: a hint is of no signal"


def an_unsigned_hook_is_refused(subject: Subject) -> Iterator[str]:
    """Without signature, with another secret, or with one byte changed it raises `HookError`."""
    read, hooks = _reading(subject)
    for number, sent in enumerate(hooks):
        bare = {name: value for name, value in sent.headers.items() if name.lower() in _PLAIN}
        if _told(read, bare, sent) != "HookError":
            yield f"hook {number}: without its signature it is not refused"
        for at in {0, len(sent.body) // 2, len(sent.body) - 1} if subject.signs_bodies else ():
            changed = SentHook(sent.headers, _changed(sent.body, at), sent.at)
            if _told(read, sent.headers, changed) != "HookError":
                yield f"hook {number}: with byte {at} changed it is not refused"
    yield from _believed_without_secret(subject, hooks)


def an_old_hook_is_refused_or_known(subject: Subject) -> Iterator[str]:
    """Sent again a day later it is too old, or has the id that it had; a system that signs nothing may mean it anew."""
    read, hooks = _reading(subject)
    needed(subject.signs_bodies, "signed webhooks")
    for number, sent in enumerate(hooks):
        told, later = _told(read, sent.headers, sent), SentHook(sent.headers, sent.body, sent.at + timedelta(days=1))
        again = _told(read, sent.headers, later)
        if again not in ("HookError", told):
            yield f"hook {number}: sent again a day later it is a new one"


def _believed_without_secret(subject: Subject, hooks: tuple[SentHook, ...]) -> Iterator[str]:
    for secrets in ((), ("c2VjcmV0IG9mIHNvbWVib2R5IGVsc2Uu",)):
        try:
            read = subject.connected(hook_secrets=secrets).read_hook
        except CmsError:
            continue  # a secret that cannot be one is refused at once
        for number, sent in enumerate(hooks):
            if read is not None and _told(read, sent.headers, sent) != "HookError":
                yield f"hook {number}: believed {'with another secret' if secrets else 'without any secret'}"


def _reading(subject: Subject) -> tuple[ReadHook, tuple[SentHook, ...]]:
    hooks = needed(subject.hooks, "webhooks")
    return needed(subject.connected().read_hook, "webhooks"), hooks


def _told(read: ReadHook, headers: Mapping[str, str], sent: SentHook) -> Hook | str:
    """Give the hook, or the name of what it raised."""
    return _tried(lambda: read(headers, sent.body, sent.at))


def _tried(read: Callable[[], Hook]) -> Hook | str:
    try:
        return read()
    except HookError:
        return "HookError"
    except Exception as error:  # noqa: BLE001 - any other one is the breach
        return type(error).__name__


def _changed(body: bytes, at: int) -> bytes:
    return body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :] if body else b"x"
