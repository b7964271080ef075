"""The aged answers of a shop: bounded, keyed without tokens, newest question wins."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

from cms.facts.signals import Answer, Found, Signal


@dataclass(frozen=True, slots=True)
class Ages:
    """How long an answer is fresh, and how old it may be at most before it is unknown; seconds."""

    fresh_s: float
    maximum_s: float


DEFAULT_AGES: Mapping[Signal, Ages] = {
    Signal.CART: Ages(5, 30),
    Signal.CUSTOMER: Ages(60, 600),
    Signal.ORDERS: Ages(60, 600),
    Signal.CATALOGUE: Ages(15, 60),
    Signal.STOCK: Ages(15, 60),
    Signal.PROMOTIONS: Ages(15, 60),
    Signal.TRAITS: Ages(60, 600),
}


@dataclass(frozen=True, slots=True)
class Key:
    """What was asked; `whose` is a digest, so that no token lies in memory longer than its request."""

    signal: Signal
    whose: bytes
    currency: str


def key_of(signal: Signal, token: str, currency: str) -> Key:
    return Key(signal, blake2b(token.encode(), digest_size=16).digest() if token else b"", currency)


@dataclass(frozen=True, slots=True)
class Entry:
    """An answer and the moment its question was put: on the wall for people, monotonic for its age."""

    answer: Answer
    observed_at: datetime
    asked_at: float


@dataclass(frozen=True, slots=True)
class Held:
    entry: Entry
    stale: bool


class AnswerCache:
    """The least recently used answers go first; not safe for threads on its own."""

    def __init__(self, ages: Mapping[Signal, Ages], *, size: int = 10_000) -> None:
        self._ages = ages
        self._size = size
        self._entries: OrderedDict[Key, Entry] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Key, now: float) -> Held | None:
        """Give the answer if it is not past its maximum age; an unknown token is not served past its fresh age."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        age, ages = now - entry.asked_at, self._ages[key.signal]
        if age > (ages.maximum_s if entry.answer.found is Found.FOUND else ages.fresh_s):
            del self._entries[key]
            return None
        self._entries.move_to_end(key)
        return Held(entry, stale=age > ages.fresh_s)

    def put(self, key: Key, entry: Entry) -> None:
        """Keep an answer unless a later question has been answered already."""
        known = self._entries.get(key)
        if known is not None and known.asked_at > entry.asked_at:
            return
        self._entries[key] = entry
        self._entries.move_to_end(key)
        while len(self._entries) > self._size:
            self._entries.popitem(last=False)
