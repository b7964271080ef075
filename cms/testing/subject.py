"""What the author of an adapter gives the suite: a shop or a stand-in for one, and people it knows."""

from collections.abc import Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic
from typing import Any, TypeVar
from unittest import SkipTest

from cms.commerce.adapter import Adapter, Connected, Connection
from cms.commerce.catalogue import SyncedCatalogue, WithCatalogue
from cms.commerce.client.asking import askable
from cms.errors import CmsError
from cms.facts.signals import Answer, Shopper, Signal, SignalSource
from cms.testing.proxy import Mood, Proxy, well

LONG_S = 10.0
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class SentHook:
    """A webhook as the system sends it: headers, raw body, and when."""

    headers: Mapping[str, str]
    body: bytes
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """An adapter, where its shop or stand-in is, and whom that knows. All that has a default may be left out.

    Whatever is written in `options` and begins with `url` is put behind the same proxy as `url`.
    """

    adapter: Adapter
    url: str
    key: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)  # as they are written, before the adapter's schema
    known: Shopper  # with a cart and an account, by tokens or by verified ids
    stranger: Shopper  # what `known` has, but never given out
    other: Shopper | None = None  # a second one with another cart and account
    by_id: Shopper | None = None  # `cart_id` and `customer_id` of `known`, as a signed reference would give them
    empty: Shopper | None = None  # whose cart is there and has no lines
    signals: frozenset[Signal] = frozenset()  # what it is connected for; empty: all that it tells
    currency: str = "USD"
    clock_at: datetime = datetime(2026, 5, 1, tzinfo=UTC)
    hook_secrets: tuple[str, ...] = ()
    hooks: tuple[SentHook, ...] = ()
    signs_bodies: bool = True  # False: its webhooks carry a secret and no signature

    def connected(self, url: str = "", *, hook_secrets: tuple[str, ...] | None = None) -> Connected:
        """Connect anew, to another address if one is given."""
        options: Any = self.adapter.options().load(_moved(self.options, self.url, url or self.url))
        secrets = self.hook_secrets if hook_secrets is None else hook_secrets
        connection = Connection(url or self.url, self.key, lambda: self.clock_at, options, secrets, self.signals)
        return self.adapter.connect(connection)

    def source(self, url: str = "") -> SignalSource:
        """Connect anew, with the catalogue's parts put together."""
        made = self.connected(url)
        if made.feed is None:
            return made.source
        return WithCatalogue(made.source, SyncedCatalogue(made.feed, None, name="suite", monotonic=monotonic))

    def behind(self, mood: Mood = well) -> AbstractContextManager[Proxy]:
        """Put a proxy before the shop; its `url` is what to connect to."""
        return Proxy(self.url, mood)

    def askable(self, source: SignalSource) -> list[Signal]:
        """List what it is connected for and can be asked of `known`: of everybody, and what that says enough for."""
        asked = source.supplies & self.signals if self.signals else source.supplies
        return [signal for signal in Signal if signal in asked and part(signal, self.known)]

    def asked(self) -> list[Signal]:
        """List those of `askable` for which the system is asked; what the options say is told without it."""
        with self.behind() as proxy:
            source = self.source(proxy.url)
            return [signal for signal in self.askable(source) if self._reaches(proxy, source, signal)]

    def _reaches(self, proxy: Proxy, source: SignalSource, signal: Signal) -> bool:
        before = len(proxy.asked)
        with suppress(CmsError):
            self.ask(source, signal)
        return len(proxy.asked) > before

    def ask(
        self, source: SignalSource, signal: Signal, shopper: Shopper | None = None, *, timeout_s: float = LONG_S
    ) -> Answer:
        """Ask as the signal client does: with what the one answer depends on and nothing else."""
        asker = part(signal, self.known if shopper is None else shopper)
        return source.fetch(signal, asker or Shopper(), currency=self.currency, timeout_s=timeout_s)


def needed(value: _T | None, what: str) -> _T:
    """Give what a promise needs to be tried.

    Raises:
        SkipTest: The subject does not have it.
    """
    if not value:
        raise SkipTest(f"the subject has no {what}")
    return value


def part(signal: Signal, shopper: Shopper) -> Shopper | None:
    """Take of a shopper what the answer depends on: their own token, else the ids that were verified; None: not told."""
    return next((own for _, _, own in askable([signal], shopper)), None)


def _moved(options: Any, before: str, now: str) -> Any:
    match options:
        case str() if options.startswith(before):
            return now + options.removeprefix(before)
        case Mapping():
            return {name: _moved(value, before, now) for name, value in options.items()}
        case list():
            return [_moved(value, before, now) for value in options]
    return options
