"""What is asked of the log's database: who somebody is, what they did, and what was shown in total."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, or_, select, union_all
from sqlalchemy.sql import ColumnElement

from cms.events.event import Kind
from cms.events.history import ACCEPTED, Asked, History, Row, Totals
from cms.events.tables import EVENTS, LINKS, TOTALS
from cms.facts.counters import KEPT, day_of, milliseconds

MOST_COUNTED = 1000  # a person's latest; a key that somebody floods must not make its pages slow
_MOST_VISITORS = 50  # of one customer: the first one, and the latest


def history_of(connection: Connection, asked: Asked, *, now: datetime) -> History:
    """Find everything that is counted of somebody."""
    customer, linked = _identity(connection, asked)
    visitors = [key for key in dict.fromkeys((asked.visitor, *linked)) if key is not None]
    asking = {"visitors": visitors, "customer": customer, "since_ms": milliseconds(now - KEPT)}
    found = connection.execute(_OF_VISITORS, asking).all() if visitors else []
    mine = tuple(Row._make(row) for visitor, *row in found if visitor == asked.visitor)
    theirs: tuple[Row, ...] = ()
    if customer is not None:
        known, own = frozenset(linked), connection.execute(_OF_CUSTOMER, asking)
        likely = ((visitor, Row._make(row)) for rows in (found, own) for visitor, *row in rows)
        theirs = tuple(row for visitor, row in likely if _is_theirs(row, customer, visitor, known))
    totals = totals_of(connection, asked.totals, now=now) if asked.totals else {}
    return History(mine, theirs, customer, linked, totals)


def _is_theirs(row: Row, customer: str, visitor: str | None, linked: frozenset[str]) -> bool:
    return row.customer == customer or (row.customer is None and visitor in linked)


def _identity(connection: Connection, asked: Asked) -> tuple[str | None, tuple[str, ...]]:
    """Name the customer, and the visitor keys linked to them, the first one first."""
    if asked.customer is None and asked.visitor is None:
        return None, ()
    statement, key = (_CUSTOMER, asked.customer) if asked.customer else (_CUSTOMER_OF_VISITOR, asked.visitor)
    links = connection.execute(statement, {"key": key}).all()
    if not links:
        return asked.customer, ()
    visitors = [link.visitor for link in (links[-1], *links[:-1])]
    return links[0].customer, tuple(visitors[:_MOST_VISITORS])


def customers_of(connection: Connection, visitors: Collection[str]) -> Mapping[str, frozenset[str]]:
    """Name the customers that visitor keys are linked to."""
    found: dict[str, set[str]] = defaultdict(set)
    query = select(LINKS.c.visitor, LINKS.c.customer).where(LINKS.c.visitor.in_(visitors))
    for visitor, customer in connection.execute(query):
        found[visitor].add(customer)
    return {visitor: frozenset(customers) for visitor, customers in found.items()}


def totals_of(connection: Connection, entries: Collection[str], *, now: datetime) -> Totals:
    """Count by day; an entry never shown has no days."""
    totals: dict[str, dict[int, int]] = {entry: {} for entry in entries}
    asking = {"entries": sorted(entries), "day": day_of(milliseconds(now - KEPT))}
    for entry, day, times in connection.execute(_TOTALS, asking):
        totals[entry][day] = times
    return totals


def _latest(whose: ColumnElement[bool], *which: ColumnElement[bool]) -> Select[Any]:
    """Select the latest of some events of a person."""
    counted = (EVENTS.c[name] for name in ("visitor", *Row._fields))
    newest = select(*counted).where(whose, EVENTS.c.entry.is_not(None), *which).order_by(EVENTS.c.at_ms.desc())
    return select(newest.limit(MOST_COUNTED).subquery())


def _of(whose: ColumnElement[bool]) -> Any:
    """Select what is counted: dismissals of any age, all else while it is kept."""
    recent = EVENTS.c.at_ms > bindparam("since_ms")
    return union_all(
        _latest(whose, EVENTS.c.kind == str(Kind.IMPRESSION), recent),
        _latest(whose, EVENTS.c.kind == str(Kind.DISMISS)),
        _latest(whose, or_(*(EVENTS.c.kind == str(kind) for kind in ACCEPTED)), recent),
    )


def _links(customer: Any) -> Select[Any]:
    """Select a customer's links, the latest first."""
    return select(LINKS).where(LINKS.c.customer == customer).order_by(LINKS.c.at_ms.desc(), LINKS.c.visitor.desc())


_VISITORS: Any = bindparam("visitors", expanding=True)
_BY_OTHERS = or_(EVENTS.c.visitor.is_(None), EVENTS.c.visitor.not_in(_VISITORS))
_OF_VISITORS = _of(EVENTS.c.visitor.in_(_VISITORS))
_OF_CUSTOMER = _of((EVENTS.c.customer == bindparam("customer")) & _BY_OTHERS)
_CUSTOMER = _links(bindparam("key"))
_LAST_LINK = (
    select(LINKS.c.customer)
    .where(LINKS.c.visitor == bindparam("key"))
    .order_by(LINKS.c.at_ms.desc(), LINKS.c.customer)
    .limit(1)
)
_CUSTOMER_OF_VISITOR = _links(_LAST_LINK.scalar_subquery())
_TOTALS = select(TOTALS).where(
    TOTALS.c.entry.in_(bindparam("entries", expanding=True)), TOTALS.c.day >= bindparam("day")
)
