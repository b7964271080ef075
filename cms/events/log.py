"""The event log: adding is durable and counts an id once; one look gives the history of a person."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from functools import cached_property
from threading import Lock
from typing import Any

from sqlalchemy import Connection, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from cms.databases import Database
from cms.errors import CmsError
from cms.events.event import Event, Kind
from cms.events.history import Asked, History
from cms.events.queries import customers_of, history_of, is_linked, totals_of
from cms.events.tables import EVENTS, LINKS, METADATA, TOTALS
from cms.facts.counters import Counters, day_of, milliseconds

_CONFLICT = ("store-conflict", "the same event was sent twice at once; nothing was stored. Send it again.")
_PATIENCE_S = 0.25  # in which a log that works takes dozens of batches
_Row = dict[str, Any]


class EventLog:
    """Events in one database, which several processes may use at once. It is opened, and made, when first needed.

    When the database fails, methods raise a `CmsError`: `storage-full`, `store-busy`, `store-damaged` or
    `store-unavailable`.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._turn = Lock()  # taken in turns sooner than by SQLite's own waiting
        self._stuck = False  # somebody waited in vain for the one whose turn it is

    @cached_property
    def _database(self) -> Database:
        return Database(self._url, METADATA, name="event log", conflict=_CONFLICT, keeps_connections=True)

    def add(self, events: Iterable[Event], *, received_at: datetime) -> frozenset[str]:
        """Store all events whose id is not there yet; on return they are on disk.

        Returns:
            The ids that are new.
        """
        rows: dict[str, _Row] = {}
        for event in events:
            rows.setdefault(event.id, _row(event, received_at))
        if not rows:
            return frozenset()
        with self._alone(), self._database.writing() as connection:
            new = rows.keys() - frozenset(connection.scalars(select(EVENTS.c.id).where(EVENTS.c.id.in_(rows))))
            if new:
                # In one order everywhere, so that two that add the same ids cannot wait for each other.
                added = [rows[key] for key in sorted(new)]
                connection.execute(insert(EVENTS), added)
                _count(connection, added)
            return frozenset(new)

    def link(self, visitor: str, customer: str, *, now: datetime) -> bool:
        """Remember that a visitor key is this customer's; when they were first seen together is kept.

        Returns:
            Whether that is new.
        """
        with self._looking() as connection:
            if is_linked(connection, visitor, customer):
                return False
        linked = {"customer": customer, "visitor": visitor, "at_ms": milliseconds(now)}
        with self._alone(), self._database.writing() as connection:
            connection.execute(_dialect(connection).insert(LINKS).values(linked).on_conflict_do_nothing())
        return True

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Add in turns; a log that hangs holds one thread, and all others only until the first gave up waiting."""
        if not self._turn.acquire(timeout=0 if self._stuck else _PATIENCE_S):
            self._stuck = True
            raise CmsError("store-busy", "the event log is busy; nothing was stored. Try again.")
        try:
            yield
        finally:
            self._stuck = False
            self._turn.release()

    def counters(self, asked: Asked, *, now: datetime) -> Counters:
        """Count what a person was shown and accepted, and find when each entry was last dismissed."""
        return self.history(asked, now=now).counters(asked)

    def history(self, asked: Asked, *, now: datetime) -> History:
        """Look up everything that is counted."""
        with self._looking() as connection:
            return history_of(connection, asked, now=now)

    def customers_of(self, visitors: Collection[str]) -> Mapping[str, frozenset[str]]:
        """Name the customers that visitor keys were linked to last; those without one are left out."""
        if not visitors:
            return {}
        with self._looking() as connection:
            return customers_of(connection, visitors)

    def totals(self, entries: Collection[str], *, now: datetime) -> Mapping[str, Mapping[int, int]]:
        """Count by day how often everybody together was shown each of the entries."""
        with self._looking() as connection:
            return totals_of(connection, entries, now=now)

    @contextmanager
    def _looking(self) -> Iterator[Connection]:
        """Read; a log that is not there yet is made: "nothing" is said only by one that can remember."""
        with self._database.reading() as connection:
            if connection is not None:
                yield connection
                return
        with self._database.writing() as connection:
            yield connection

    def close(self) -> None:
        """Let go of the database; the log can be used again."""
        self._database.close()


def _row(event: Event, received_at: datetime) -> _Row:
    row = asdict(event)
    return row | {"at_ms": milliseconds(row.pop("at")), "received_ms": milliseconds(received_at)}


def _count(connection: Connection, rows: Iterable[_Row]) -> None:
    """Add new impressions to the totals of their days, in one order everywhere."""
    counted = Counter(
        (row["entry"], day_of(row["at_ms"])) for row in rows if row["kind"] == Kind.IMPRESSION and row["entry"]
    )
    if not counted:
        return
    more = _dialect(connection).insert(TOTALS)
    more = more.on_conflict_do_update(
        index_elements=["entry", "day"], set_={"times": TOTALS.c.times + more.excluded.times}
    )
    connection.execute(
        more, [{"entry": entry, "day": day, "times": times} for (entry, day), times in sorted(counted.items())]
    )


def _dialect(connection: Connection) -> Any:
    return postgresql if connection.dialect.name == "postgresql" else sqlite
