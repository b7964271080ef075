"""Counters: what one person was shown, closed and accepted, in the one form that deciding counts in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

KEPT = timedelta(days=28)  # how far back impressions and what was accepted are known
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_DAY_MS = 86_400_000


def milliseconds(at: datetime) -> int:
    """Count the milliseconds since 1970."""
    return (at - _EPOCH) // _MILLISECOND


def moment(at_ms: int) -> datetime:
    """Give the moment some milliseconds after 1970, in UTC."""
    return _EPOCH + at_ms * _MILLISECOND


def day_of(at_ms: int) -> int:
    """Number the day of a moment in UTC, from 1970 on."""
    return at_ms // _DAY_MS


@dataclass(frozen=True, slots=True)
class Counters:
    """What happened within `KEPT`, by entry; dismissals of any age. Moments are in milliseconds since 1970.

    A person is the customer, with all visitor keys known to be theirs; without a customer the visitor alone.
    """

    seen: Mapping[str, tuple[int, ...]] = field(default_factory=dict)  # by this visitor, each impression's moment
    shown: Mapping[str, Mapping[str, tuple[int, ...]]] = field(default_factory=dict)  # the person's, by channel
    dismissed: Mapping[str, int] = field(default_factory=dict)  # by the person, the last time
    accepted: Mapping[str, int] = field(default_factory=dict)  # clicked, put in the cart, ordered; the last time
    totals: Mapping[str, Mapping[int, int]] = field(default_factory=dict)  # everybody's, by day; of those asked for
    customer: str | None = None
    first_visitor: str | None = None  # the key that this customer was first seen with
    of_nobody: bool = False  # nobody was named, so that only the totals are known

    def times(self, entry: str, per: str, every: timedelta, now: datetime) -> int | None:
        """Count the impressions in a window that ends now; None: nobody knows.

        Totals are kept by whole days of UTC, the one in which the window begins included, so that they are never
        too few.
        """
        since_ms = milliseconds(now - every)
        if per == "total":
            days = self.totals.get(entry)
            return None if days is None else sum(times for day, times in days.items() if day >= day_of(since_ms))
        if self.of_nobody:
            return None
        if per == "visitor":
            return _after(since_ms, self.seen.get(entry, ()))
        return sum(_after(since_ms, moments) for moments in self.shown.get(entry, {}).values())


def _after(since_ms: int, moments: tuple[int, ...]) -> int:
    return sum(at_ms > since_ms for at_ms in moments)
