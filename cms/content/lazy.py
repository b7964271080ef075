"""A mapping whose values are made when they are first asked for."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from threading import RLock
from typing import TypeVar

T = TypeVar("T")


class Lazy(Mapping[str, T]):
    """Knows its keys from the start and makes each value once, whoever asks for it on how many threads.

    Args:
        keys: In the order they are iterated in.
        make: Gives the value of a key; what it raises is raised to whoever asked, and the next one makes it try again.
        lock: Shared by mappings whose values are made of each other's, so that none waits for another.
    """

    def __init__(self, keys: Iterable[str], make: Callable[[str], T], lock: RLock) -> None:
        self._keys = dict.fromkeys(keys)
        self._make = make
        self._lock = lock
        self._made: dict[str, T] = {}

    def __getitem__(self, key: str) -> T:
        try:
            return self._made[key]
        except KeyError:
            return self._first(key)

    def _first(self, key: str) -> T:
        if key not in self._keys:
            raise KeyError(key)
        with self._lock:
            if key not in self._made:
                self._made[key] = self._make(key)
            return self._made[key]

    def __contains__(self, key: object) -> bool:
        return key in self._keys

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)
