"""The event log: adding is durable and counts an id once; one query gives the counters of a visitor."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from functools import cached_property
from threading import Lock
from typing import Any

from sqlalchemy import Select, bindparam, func, insert, literal, select, union_all

from cms.databases import Database
from cms.errors import CmsError
from cms.events.event import Event, Kind
from cms.events.tables import EVENTS, METADATA
from cms.facts.signals import Counters

COUNTED = timedelta(days=7)
_MOST_COUNTED = 1000  # a visitor's latest; a key that somebody floods must not make its pages slow
_CONFLICT = ("store-conflict", "the same event was sent twice at once; nothing was stored. Send it again.")
_PATIENCE_S = 0.25  # in which a log that works takes dozens of batches
_MILLISECOND = timedelta(milliseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


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
        rows: dict[str, dict[str, object]] = {}
        for event in events:
            rows.setdefault(event.id, _row(event, received_at))
        if not rows:
            return frozenset()
        with self._alone(), self._database.writing() as connection:
            new = rows.keys() - frozenset(connection.scalars(select(EVENTS.c.id).where(EVENTS.c.id.in_(rows))))
            if new:
                # In one order everywhere, so that two that add the same ids cannot wait for each other.
                connection.execute(insert(EVENTS), [rows[key] for key in sorted(new)])
            return frozenset(new)

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

    def counters(self, visitor: str, *, now: datetime) -> Counters:
        """Count what a visitor was shown within seven days and find when each entry was last dismissed.

        A log that is not there yet is made: "nothing was shown" is said only by one that can remember.
        """
        asked = {"visitor": visitor, "since_ms": _milliseconds(now - COUNTED)}
        with self._database.reading() as connection:
            found: Sequence[Any] | None = connection.execute(_COUNTERS, asked).all() if connection else None
        if found is None:
            with self._database.writing():
                return Counters({}, {})
        return Counters(
            shown={entry: count for kind, entry, count, _ in found if kind == Kind.IMPRESSION},
            dismissed={entry: _moment(at_ms) for kind, entry, _, at_ms in found if kind == Kind.DISMISS},
        )

    def close(self) -> None:
        """Let go of the database; the log can be used again."""
        self._database.close()


def _row(event: Event, received_at: datetime) -> dict[str, object]:
    row = asdict(event)
    return row | {"at_ms": _milliseconds(row.pop("at")), "received_ms": _milliseconds(received_at)}


def _milliseconds(at: datetime) -> int:
    return (at - _EPOCH) // _MILLISECOND


def _moment(milliseconds: int) -> datetime:
    return _EPOCH + milliseconds * _MILLISECOND


def _latest(kind: Kind, since_ms: object) -> Select[Any]:
    """Select the visitor's latest events of a kind by entry: how many, and the last of them."""
    its = (EVENTS.c.visitor == bindparam("visitor"), EVENTS.c.kind == kind, EVENTS.c.at_ms > since_ms)
    newest = EVENTS.c.at_ms.desc()
    latest = select(EVENTS.c.entry, EVENTS.c.at_ms).where(*its).order_by(newest).limit(_MOST_COUNTED).subquery()
    counted = (literal(str(kind)).label("kind"), latest.c.entry, func.count(), func.max(latest.c.at_ms))
    return select(*counted).group_by(latest.c.entry)


_COUNTERS = union_all(_latest(Kind.IMPRESSION, bindparam("since_ms")), _latest(Kind.DISMISS, 0))
