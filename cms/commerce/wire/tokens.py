"""Access tokens of a shop's own server: fetched once, used by all, renewed before they end."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from cms.commerce.failures import TIMEOUT, ShopError

_EARLY_S = 60.0  # renewed so long before the end, at most half of its life
_REFUSED_S = 30.0  # a token that was refused right after it was made: the permission is missing


@dataclass(frozen=True, slots=True)
class Token:
    """`lasts_s` is how long it holds from now on; 0: until it is refused."""

    value: str
    lasts_s: float = 0.0


class Tokens:
    """One access token, shared by all threads.

    Args:
        fetch: Gets a new one by the deadline given; raises `ShopError`.
        monotonic: Seconds.
    """

    def __init__(self, fetch: Callable[[float], Token], *, monotonic: Callable[[], float]) -> None:
        self._fetch = fetch
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._value = ""
        self._made = 0.0
        self._ends: float | None = None

    def get(self, deadline: float) -> str:
        """Give a token that holds, waiting for one if need be.

        Raises:
            ShopError: What `fetch` raises, or `commerce-timeout`.
        """
        return self._value if self._holds() else self._renewed("", deadline)

    def renewed(self, refused: str, deadline: float) -> str:
        """Give another one than the one that was refused.

        Raises:
            ShopError: As `get`; `commerce-error` where it was new: then another one would be refused too.
        """
        return self._renewed(refused, deadline)

    def _holds(self) -> bool:
        return bool(self._value) and (self._ends is None or self._monotonic() < self._ends)

    def _renewed(self, refused: str, deadline: float) -> str:
        if not self._lock.acquire(timeout=max(0.0, deadline - self._monotonic())):
            raise ShopError(TIMEOUT, "no access token came in time")
        try:
            if self._holds() and self._value != refused:
                return self._value
            if refused and refused == self._value and self._monotonic() - self._made < _REFUSED_S:
                raise ShopError(
                    "commerce-error", "the access token is new and was refused: it lacks a permission", ails=False
                )
            token = self._fetch(deadline)
            self._made = self._monotonic()
            early = min(_EARLY_S, token.lasts_s / 2)
            self._ends = self._made + token.lasts_s - early if token.lasts_s else None
            self._value = token.value
            return token.value
        finally:
            self._lock.release()
