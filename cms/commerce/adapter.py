"""What an adapter is made of: all that its author has to know, beside `SignalSource` and the normal form of `cms.facts.signals`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from marshmallow import RAISE, Schema

from cms.commerce.wire.transport import Transport
from cms.errors import CmsError
from cms.facts.signals import Product, Signal, SignalSource


class Options(Schema):
    """What an adapter can be told beside its address and key; a key it does not know is an error."""

    class Meta:
        unknown = RAISE


@dataclass(frozen=True, slots=True)
class Connection:
    """Where a shop is and what opens it.

    `key` is what opens it, in the form the adapter's docs give. `options` were loaded by the adapter's schema.
    `hook_secrets` are those its webhooks may be signed with, the newest first. `signals` are those it is connected for;
    empty: all that it can tell.
    """

    url: str
    key: str
    clock: Callable[[], datetime]
    options: Mapping[str, Any] = field(default_factory=dict)
    hook_secrets: tuple[str, ...] = ()
    signals: frozenset[Signal] = frozenset()


@dataclass(frozen=True, slots=True)
class Batch:
    """A part of a catalogue.

    `cursor` is where the next part begins, in whatever form the feed likes; it outlives the process. `is_last` when there is
    nothing more for now: the next call with `cursor` then tells what has changed since, or, where `cursor` is "", all again.
    `total` is how many products are to come in all, None where the shop does not say.
    """

    products: Mapping[str, Product]
    cursor: str
    is_last: bool
    gone: frozenset[str] = frozenset()  # SKUs that are not sold any more
    total: int | None = None


class CatalogueFeed(Protocol):
    """A catalogue too large to be read at once: in parts, and then only what has changed."""

    def batch(self, cursor: str, *, currency: str, timeout_s: float) -> Batch:
        """Read the next part; cursor "" begins anew.

        Raises:
            CmsError: What `SignalSource.fetch` raises. The same part is asked for again.
        """


@dataclass(frozen=True, slots=True)
class Hint:
    """What a webhook says: read this again. `whose` is a customer's key or a cart's token, "" everybody's."""

    signal: Signal
    whose: str = ""


class HookError(CmsError):
    """A webhook that nobody signed whom we know, or that is too old: `hook-unsigned`, `hook-too-old`, `hook-malformed`."""


@dataclass(frozen=True, slots=True)
class Hook:
    """A webhook whose signature holds. `id` is the same when it is sent again."""

    id: str
    hints: tuple[Hint, ...]


ReadHook = Callable[[Mapping[str, str], bytes, datetime], Hook]  # headers (any case), raw body, now; raises HookError


@dataclass(frozen=True, slots=True)
class Connected:
    """A shop that was connected to; nothing was asked of it yet.

    `feed` is its catalogue in parts; then `source` need not supply the catalogue. `read_hook` None: it sends no webhooks.
    `hooked` are signals of which it tells every change by webhook, within a second: only then a cart is believed while
    fresh. `missing` asks, for `cms commerce doctor`, what the key may not do, in sentences for people.
    """

    source: SignalSource
    transports: tuple[Transport, ...] = ()
    feed: CatalogueFeed | None = None
    read_hook: ReadHook | None = None
    missing: Callable[[float], Sequence[str]] | None = None  # timeout in seconds → sentences
    hooked: frozenset[Signal] = frozenset()


@dataclass(frozen=True, slots=True)
class Adapter:
    """One commerce system. `key_form` says in a few words what `Connection.key` looks like.

    `connect` raises CmsError `commerce-settings`, with what to set.
    """

    name: str
    title: str
    key_form: str
    connect: Callable[[Connection], Connected]
    options: type[Options] = Options


def unsettled(message: str) -> CmsError:
    """Make the error of settings that cannot be used; the message says what to set."""
    return CmsError("commerce-settings", message)


class Upstream(Protocol):
    """A connected system as others see it; `asks` are the signals it is asked for, `hooked` those whose changes it tells."""

    @property
    def name(self) -> str: ...
    @property
    def source(self) -> SignalSource: ...
    @property
    def asks(self) -> frozenset[Signal]: ...
    @property
    def hooked(self) -> frozenset[Signal]: ...
