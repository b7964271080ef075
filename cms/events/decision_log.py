"""The decision log: what decisions were made of, beside the events; what many share is stored once, by its content."""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from hashlib import sha256
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Delete,
    Index,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    delete,
    func,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from cms.databases import Database
from cms.errors import CmsError

_METADATA = MetaData()
_DECISIONS = Table(
    "decisions",
    _METADATA,
    Column("id", String(64), primary_key=True),
    Column("at_ms", BigInteger, nullable=False),  # milliseconds since 1970, UTC
    Column("digest", String(64), nullable=False),  # of the record
    Column("record", Text, nullable=False),  # JSON
    Index("decisions_by_age", "at_ms"),
)
_PARTS = Table(
    "decision_parts",
    _METADATA,
    Column("digest", String(64), primary_key=True),
    Column("used_ms", BigInteger, nullable=False),  # last, within a day
    Column("content", LargeBinary, nullable=False),
    Index("decision_parts_by_use", "used_ms"),
)
_CONFLICT = ("store-conflict", "the same decision was logged twice at once.")
_DAMAGED = "the record of {name} is not what was written: it was changed or damaged, so it proves nothing."
_DAY = timedelta(days=1)
_MOST_FORGOTTEN = 1000  # at once: events are added to the same database, and wait meanwhile
_READ_AT_ONCE = 500
_INSERT = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


@dataclass(frozen=True, slots=True)
class Row:
    """A decision as it is kept."""

    decision: str
    at: datetime
    record: bytes


@dataclass(frozen=True, slots=True)
class Shared:
    """Content that many decisions name by its digest, in parts of which most stay the same when it changes."""

    digest: str
    parts: tuple[bytes, ...]
    listing: bytes  # the digests of the parts, in order

    @classmethod
    def of(cls, parts: tuple[bytes, ...]) -> "Shared":
        listing = json.dumps([_digest(part) for part in parts]).encode()
        return cls(_digest(listing), parts, listing)


class DecisionLog:
    """Decisions in one database, which several processes may use at once. It is opened, and made, when first needed.

    When the database fails, methods raise a `CmsError`: `storage-full`, `store-busy`, `store-damaged` or
    `store-unavailable`.
    """

    def __init__(self, url: str) -> None:
        self._url = url

    @cached_property
    def _database(self) -> Database:
        return Database(self._url, _METADATA, name="decision log", conflict=_CONFLICT, keeps_connections=True)

    def add(self, rows: Iterable[Row], shared: Collection[Shared], *, now: datetime) -> None:
        """Keep decisions and what they share; of decisions with one id, the first is kept."""
        kept = {row.decision: row for row in rows}
        with self._database.writing() as connection:
            _keep_shared(connection, {one.digest: one for one in shared}, now)
            if kept:
                # In one order everywhere, so that two that add the same ids cannot wait for each other.
                values = [_values(kept[key]) for key in sorted(kept)]
                connection.execute(_insert(connection, _DECISIONS).on_conflict_do_nothing(), values)

    def find(self, decision: str) -> bytes:
        """Give the record of a decision as it was written.

        Raises:
            CmsError: `no-such-decision` or `decision-damaged`.
        """
        wanted = select(_DECISIONS.c.record, _DECISIONS.c.digest).where(_DECISIONS.c.id == decision)
        with self._database.reading() as connection:
            found = connection.execute(wanted).one_or_none() if connection else None
        if found is None:
            raise CmsError(
                "no-such-decision",
                f"no decision {decision[:64]} in the log. It was never logged (CMS_DECISION_LOG_SHARE, no consent), "
                "is too old (CMS_DECISION_LOG_DAYS), or was made where CMS_EVENTS_URL is another.",
            )
        record: bytes = found.record.encode()
        _refuse_changed(record, found.digest, decision)
        return record

    def count(self, since: datetime) -> int:
        """Count the decisions since a moment."""
        counted = select(func.count()).select_from(_DECISIONS).where(_DECISIONS.c.at_ms >= _ms(since))
        with self._database.reading() as connection:
            return connection.scalar(counted) or 0 if connection else 0

    def since(self, moment: datetime, *, sample: int | None = None) -> Iterator[tuple[str, bytes | None]]:
        """Give the id and the record of each decision since a moment, the oldest first; None for one that is damaged.

        A sample is of so many at most, picked by their ids, which are as good as random: the same whenever it is asked for.
        """
        wanted = select(_DECISIONS).where(_DECISIONS.c.at_ms >= _ms(moment))
        if sample is not None:
            picked = select(_DECISIONS.c.id).where(_DECISIONS.c.at_ms >= _ms(moment)).order_by(_DECISIONS.c.id)
            wanted = wanted.where(_DECISIONS.c.id.in_(picked.limit(sample)))
        place = tuple_(_DECISIONS.c.at_ms, _DECISIONS.c.id)
        last = (_ms(moment) - 1, "")
        while True:
            page = wanted.where(place > last).order_by(_DECISIONS.c.at_ms, _DECISIONS.c.id).limit(_READ_AT_ONCE)
            with self._database.reading() as connection:
                rows = list(connection.execute(page)) if connection else []
            for row in rows:
                record: bytes = row.record.encode()
                yield row.id, record if _digest(record) == row.digest else None
            if len(rows) < _READ_AT_ONCE:
                return
            last = (rows[-1].at_ms, rows[-1].id)

    def shared(self, digest: str) -> tuple[bytes, ...]:
        """Give the parts of what is shared.

        Raises:
            CmsError: `decision-damaged`: not there, or changed.
        """
        with self._database.reading() as connection:
            return _shared(connection, digest)

    def forget(self, before: datetime) -> bool:
        """Delete decisions older than a moment, and what none has used for a day more; so few that nobody waits long.

        Returns:
            Whether there may be more of them.
        """
        with self._database.reading() as connection:
            if connection is None:
                return False
        with self._database.writing() as connection:
            old = _oldest(_DECISIONS.c.id, _DECISIONS.c.at_ms, before)
            unused = _oldest(_PARTS.c.digest, _PARTS.c.used_ms, before - _DAY)
            gone = [connection.execute(statement).rowcount for statement in (old, unused)]
        return max(gone) >= _MOST_FORGOTTEN

    def close(self) -> None:
        """Let go of the database; the log can be used again."""
        self._database.close()


def _oldest(key: Column[str], at_ms: Column[int], before: datetime) -> Delete:
    """Delete the rows whose moment comes first, of those before a moment."""
    oldest = select(key).where(at_ms < _ms(before)).order_by(at_ms).limit(_MOST_FORGOTTEN)
    return delete(key.table).where(key.in_(oldest))


def _keep_shared(connection: Connection, shared: dict[str, Shared], now: datetime) -> None:
    """Write what is not there yet, and say of the rest that it is still used: once a day is often enough."""
    fresh = select(_PARTS.c.digest).where(_PARTS.c.digest.in_(shared), _PARTS.c.used_ms > _ms(now - _DAY))
    for digest in sorted(shared.keys() - frozenset(connection.scalars(fresh))):
        contents = {_digest(part): part for part in (shared[digest].listing, *shared[digest].parts)}
        there = frozenset(connection.scalars(select(_PARTS.c.digest).where(_PARTS.c.digest.in_(contents))))
        connection.execute(update(_PARTS).where(_PARTS.c.digest.in_(there)).values(used_ms=_ms(now)))
        new = [
            {"digest": key, "used_ms": _ms(now), "content": contents[key]} for key in sorted(contents.keys() - there)
        ]
        if new:
            connection.execute(_insert(connection, _PARTS).on_conflict_do_nothing(), new)


def _shared(connection: Connection | None, digest: str) -> tuple[bytes, ...]:
    listed: Sequence[str] = json.loads(_part(connection, digest))
    return tuple(_part(connection, part) for part in listed)


def _part(connection: Connection | None, digest: str) -> bytes:
    wanted = select(_PARTS.c.content).where(_PARTS.c.digest == digest)
    content = bytes(connection.scalar(wanted) or b"") if connection else b""
    _refuse_changed(content, digest, "what it shares with others")
    return content


def _refuse_changed(content: bytes, digest: str, name: str) -> None:
    if _digest(content) != digest:
        raise CmsError("decision-damaged", _DAMAGED.format(name=name))


def _insert(connection: Connection, table: Table) -> Any:
    return _INSERT[connection.dialect.name](table)


def _values(row: Row) -> dict[str, object]:
    return {"id": row.decision, "at_ms": _ms(row.at), "digest": _digest(row.record), "record": row.record.decode()}


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
