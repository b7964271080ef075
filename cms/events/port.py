"""The port of everything that is remembered: events go in, counters come out."""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from cms.events.event import Event
from cms.events.history import Asked
from cms.facts.counters import Counters


class Events(Protocol):
    """Remembers events; methods raise a `CmsError` when the log cannot be used."""

    def add(self, events: Iterable[Event], *, received_at: datetime) -> frozenset[str]:
        """Store all events whose id is not there yet, durably.

        Returns:
            The ids that are new.
        """

    def link(self, visitor: str, customer: str, *, now: datetime) -> bool:
        """Remember that a visitor key is this customer's; when they were first seen together is kept.

        Returns:
            Whether that is new.
        """

    def counters(self, asked: Asked, *, now: datetime) -> Counters:
        """Count what somebody was shown, closed and accepted."""

    def close(self) -> None:
        """Let go of what is open; it can be used again."""
