"""Counters shared by nodes through Redis: written after the log, read before it, rebuilt from it.

A key holds all events that are counted of one visitor or customer, or the daily totals of one entry. Members are
added by id and totals only ever grow, so that whoever writes first, last or twice, the outcome is the same. What
marks a key as whole says when it was built from the log; without the mark, or when that is too long ago, the key
is built again, which brings back whatever was lost on the way. What a node could not tell, it remembers to remove.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cms.errors import CmsError
from cms.events.event import Event, Kind
from cms.events.history import Asked, History, Row, Totals, row_of
from cms.events.log import EventLog
from cms.events.queries import MOST_COUNTED
from cms.facts.counters import KEPT, Counters, milliseconds
from cms.shared_memory import ANSWERS_S, PAUSE_S, connected

HEALED = timedelta(minutes=15)  # how long a key is believed before it is built again
_FORGOTTEN = 2 * HEALED  # how long a key is kept after it was last written
_MOST_HELD = MOST_COUNTED + 1  # in one key, with its mark; of whom more is counted, the log is asked
_MOST_UNTOLD = 10_000  # keys
_WHOLE = "!"  # begins the mark of a whole key; no event's id and no day does
_SEPARATOR = "\x1f"
_Told = Mapping[str, Mapping[str, float]]  # key → member → score
_log = logging.getLogger("cms.events")


class RedisCounters:
    """An event log whose counters are shared; while Redis is in trouble they are counted from the log alone.

    Raises:
        CmsError: `redis-missing` or `bad-setting`, when it is made; later what `EventLog` raises, and nothing of Redis.
    """

    def __init__(
        self, log: EventLog, url: str, *, monotonic: Callable[[], float], answers_s: float = ANSWERS_S
    ) -> None:
        self._events = log
        self._redis, self._failures = connected(url, answers_s=answers_s)
        self._monotonic = monotonic
        self._paused_until = monotonic()
        self._untold: set[str] = set()  # keys that lack what could not be told: gone before Redis is believed again

    def add(self, events: Iterable[Event], *, received_at: datetime) -> frozenset[str]:
        """Store events as the log does, then tell Redis; of a batch sent again too, for that may be what was lost."""
        batch = tuple(events)
        new = self._events.add(batch, received_at=received_at)
        try:
            told, totals = self._counted(batch, received_at)
        except CmsError as failure:  # the batch is stored, so it is not refused; keys are built again in time
            _log.warning("counters_not_shared code=%s", failure.code)
        else:
            self._tell(told, lambda: self._write(told, totals, trimmed_ms=0))
        return new

    def link(self, visitor: str, customer: str, *, now: datetime) -> bool:
        """Link as the log does; both keys are built again, by whoever asks next."""
        new = self._events.link(visitor, customer, now=now)
        if new:
            keys = (_of_visitor(visitor), _of_customer(customer))
            self._tell(keys, lambda: self._redis.delete(*keys))
        return new

    def counters(self, asked: Asked, *, now: datetime) -> Counters:
        """Count from Redis what is there, else from the log."""
        history: History | None = self._without_trouble(lambda: self._history(asked, now))[1]
        if history is None:
            history = known = self._events.history(asked, now=now)
            self._without_trouble(lambda: self._build(asked, known, now))
        return history.counters(asked)

    def close(self) -> None:
        """Let go of Redis and of the log; both can be used again."""
        self._redis.close()
        self._events.close()

    def _tell(self, keys: Iterable[str], tell: Callable[[], Any]) -> None:
        """Tell Redis something of keys, or remember that they lack it."""
        if not self._without_trouble(tell)[0] and len(self._untold) < _MOST_UNTOLD:
            self._untold.update(keys)

    def _without_trouble(self, use: Callable[[], Any]) -> tuple[bool, Any]:
        """Use Redis, and say whether that went well; a failing one is left alone for a while."""
        if self._monotonic() < self._paused_until:
            return False, None
        try:
            self._remove_untold()
            return True, use()
        except self._failures as failure:
            self._paused_until = self._monotonic() + PAUSE_S
            _log.warning("counters_not_shared code=%s", getattr(failure, "code", type(failure).__name__))
            return False, None

    def _remove_untold(self) -> None:
        if untold := tuple(self._untold):
            self._redis.delete(*untold)
            self._untold.difference_update(untold)

    def _counted(self, batch: Collection[Event], now: datetime) -> tuple[_Told, Totals]:
        """Say what keys a batch adds to, and what was shown in total of what it tells."""
        rows = [(event.visitor, row) for event in batch if (row := row_of(event)) is not None]
        linked = self._events.customers_of({visitor for visitor, row in rows if visitor and row.customer is None})
        told: dict[str, dict[str, float]] = defaultdict(dict)
        for visitor, row in rows:
            customers = linked.get(visitor or "", ()) if row.customer is None else (row.customer,)
            for key in (*([] if visitor is None else [_of_visitor(visitor)]), *map(_of_customer, customers)):
                told[key][_member(row)] = row.at_ms
        shown = {event.entry for event in batch if event.kind is Kind.IMPRESSION and event.entry is not None}
        return told, self._events.totals(shown, now=now) if shown else {}

    def _build(self, asked: Asked, history: History, now: datetime) -> None:
        """Bring what was asked for in line with the log; what came in meanwhile stays."""
        told: dict[str, dict[str, float]] = {}
        built_ms = milliseconds(now)
        if asked.visitor is not None:
            customer = history.customer if asked.visitor in history.visitors else None
            told[_of_visitor(asked.visitor)] = {_WHOLE + (customer or ""): built_ms} | _members(history.mine)
        if history.customer is not None:
            first = next(iter(history.visitors), "")
            told[_of_customer(history.customer)] = {_WHOLE + first: built_ms} | _members(history.theirs)
        totals = {entry: {**days, _WHOLE: built_ms} for entry, days in history.totals.items()}
        few = {key: members for key, members in told.items() if len(members) <= _MOST_HELD}
        self._write(few, totals, trimmed_ms=milliseconds(now - KEPT))

    def _write(self, told: _Told, totals: Mapping[str, Mapping[Any, int]], *, trimmed_ms: int) -> None:
        """Add to keys in one go; what is old, or too much, is let go."""
        with self._redis.pipeline() as writing:
            for key, members in told.items():
                writing.zremrangebyscore(key, "-inf", trimmed_ms)
                writing.zadd(key, members)
                writing.zremrangebyrank(key, 0, -_MOST_HELD - 2)  # one too many stays, as a sign
                writing.expire(key, _FORGOTTEN)
            for entry, days in totals.items():
                if days:
                    writing.zadd(_of_entry(entry), days, gt=True)
                    writing.expire(_of_entry(entry), _FORGOTTEN)
            writing.execute()

    def _history(self, asked: Asked, now: datetime) -> History | None:
        """Read what is asked for; None: something is not there, or not to be believed any more."""
        mine = None if asked.visitor is None else _of_visitor(asked.visitor)
        theirs = None if asked.customer is None else _of_customer(asked.customer)
        found = self._read([key for key in (mine, theirs, *map(_of_entry, asked.totals)) if key is not None], now)
        customer = asked.customer
        if found is not None and customer is None and mine is not None and found[mine].mark:
            customer = found[mine].mark
            theirs = _of_customer(customer)
            more = self._read([theirs], now)
            found = None if more is None else found | more
        if found is None:
            return None
        first = found[theirs].mark if theirs is not None else ""
        return History(
            mine=() if mine is None else found[mine].rows(),
            theirs=() if theirs is None else found[theirs].rows(),
            customer=customer,
            visitors=(first,) if first else (),
            totals={entry: found[_of_entry(entry)].days() for entry in asked.totals},
        )

    def _read(self, keys: Collection[str], now: datetime) -> dict[str, "_Part"] | None:
        """Read keys, all of them whole; None: one of them is not."""
        with self._redis.pipeline(transaction=False) as reading:
            for key in keys:
                reading.zrange(key, 0, _MOST_HELD, withscores=True)
            parts = {key: _part(dict(found), now) for key, found in zip(keys, reading.execute(), strict=True)}
        whole = {key: part for key, part in parts.items() if part is not None}
        return whole if len(whole) == len(parts) else None


@dataclass(frozen=True, slots=True)
class _Part:
    """A whole key: its members with their scores, and what its mark says beside: the customer or first visitor."""

    mark: str
    members: Mapping[str, float]

    def rows(self) -> tuple[Row, ...]:
        return tuple(_row(member, int(at_ms)) for member, at_ms in self.members.items() if member[0] != _WHOLE)

    def days(self) -> dict[int, int]:
        return {int(day): int(times) for day, times in self.members.items() if day[0] != _WHOLE}


def _part(members: Mapping[str, float], now: datetime) -> _Part | None:
    """Believe a key that was built from the log, not too long ago, and does not hold too much."""
    marks = [(built_ms, member) for member, built_ms in members.items() if member[0] == _WHOLE]
    built_ms, mark = max(marks, default=(0, ""))
    is_whole = built_ms > milliseconds(now - HEALED) and len(members) <= _MOST_HELD
    return _Part(mark[1:], members) if is_whole else None


def _members(rows: Iterable[Row]) -> dict[str, float]:
    return {_member(row): row.at_ms for row in rows}


def _member(row: Row) -> str:
    return _SEPARATOR.join((row.id, row.kind, row.entry, row.channel, row.customer or ""))


def _row(member: str, at_ms: int) -> Row:
    key, kind, entry, channel, customer = member.split(_SEPARATOR, 4)
    return Row(key, kind, entry, channel, at_ms, customer or None)


def _of_visitor(visitor: str) -> str:
    return f"vitrine:visitor:{visitor}"


def _of_customer(customer: str) -> str:
    return f"vitrine:customer:{customer}"


def _of_entry(entry: str) -> str:
    return f"vitrine:entry:{entry}"
