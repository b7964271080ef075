"""The aged answers of shops: bounded, keyed without tokens, newest question wins, and what was said to have changed is known."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

from cms.facts.signals import Answer, Found, Signal

_MOST_CHANGES = 10_000  # of single people that are remembered


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
    """What was asked, and of which upstream; `whose` is a digest, so that no token lies in memory longer than its request."""

    upstream: str
    signal: Signal
    whose: str
    currency: str


def digest_of(token: str) -> str:
    """Name a token; "" for none."""
    return blake2b(token.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest() if token else ""


@dataclass(frozen=True, slots=True)
class Entry:
    """An answer and the moment its question was put: on the wall for people, monotonic for its age.

    `version` is what the caller said of the cart's state, "" nothing.
    """

    answer: Answer
    observed_at: datetime
    asked_at: float
    version: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """`changed`: since then the shop said that it is no longer so."""

    entry: Entry
    stale: bool
    changed: bool = False


class AnswerCache:
    """The least recently used answers go first; not safe for threads on its own."""

    def __init__(self, ages: Mapping[Signal, Ages], *, size: int = 10_000) -> None:
        self._ages = ages
        self._size = size
        self._entries: OrderedDict[Key, Entry] = OrderedDict()
        self._changes: OrderedDict[tuple[str, Signal, str], float] = OrderedDict()

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
        return Held(entry, stale=age > ages.fresh_s, changed=entry.asked_at <= self.changed_at(key, entry))

    def put(self, key: Key, entry: Entry) -> None:
        """Keep an answer unless a later question has been answered already."""
        known = self._entries.get(key)
        if known is not None and known.asked_at > entry.asked_at:
            return
        self._entries[key] = entry
        self._entries.move_to_end(key)
        while len(self._entries) > self._size:
            self._entries.popitem(last=False)

    def drop(self, key: Key) -> None:
        self._entries.pop(key, None)

    def change(self, upstream: str, signal: Signal, whose: str, now: float) -> None:
        """Remember that what was asked until now is no longer so.

        Args:
            upstream: Who said so.
            signal: Of what.
            whose: A customer's key, a cart token's digest, or "" for everybody's.
            now: Monotonic.
        """
        if not whose:
            for known in [one for one in self._changes if one[:2] == (upstream, signal)]:
                del self._changes[known]
        self._changes[upstream, signal, whose] = now
        self._changes.move_to_end((upstream, signal, whose))
        if len(self._changes) > _MOST_CHANGES:
            (by, of, _), at = self._changes.popitem(last=False)
            self._changes[by, of, ""] = max(at, self._changes.get((by, of, ""), at))

    def keys(self, upstream: str, signal: Signal) -> list[Key]:
        return [key for key in self._entries if key.upstream == upstream and key.signal is signal]

    def changed_at(self, key: Key, entry: Entry | None = None) -> float:
        """Say when the latest change was that touches a key; minus infinity: none is known."""
        entry = entry or self._entries.get(key)
        named = {"", key.whose, entry.answer.whose if entry is not None else ""}
        return max(self._changes.get((key.upstream, key.signal, one), float("-inf")) for one in named)
