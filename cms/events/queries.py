"""What is asked of the log's database: who somebody is, what they did, and what was shown in total."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, or_, select, union_all
from sqlalchemy.sql import ColumnElement

from cms.events.event import Kind
from cms.events.history import ACCEPTED, Asked, History, Row, Totals
from cms.events.tables import EVENTS, LINKS, TOTALS
from cms.facts.counters import KEPT, day_of, milliseconds

MOST_COUNTED = 1000  # a person's latest; a key that somebody floods must not make its pages slow
_MOST_VISITORS = 50  # of one customer: the first one, and the latest
_MOST_CUSTOMERS = 50  # of one visitor key, the latest, that an event is told to at once


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
        each = {row.id: row for visitor, row in likely if _is_theirs(row, customer, visitor, known)}
        theirs = tuple(each.values())
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
    first = min(links, key=lambda link: (link.at_ms, link.visitor))
    return first.customer, tuple(dict.fromkeys(link.visitor for link in (first, *links)))


def is_linked(connection: Connection, visitor: str, customer: str) -> bool:
    """Say whether a visitor key is known to be a customer's."""
    linked = select(LINKS.c.at_ms).where(LINKS.c.customer == customer, LINKS.c.visitor == visitor)
    return connection.scalar(linked) is not None


def customers_of(connection: Connection, visitors: Collection[str]) -> Mapping[str, frozenset[str]]:
    """Name the customers that visitor keys were linked to last, so many that a till of a store costs no more."""
    found: dict[str, set[str]] = defaultdict(set)
    for visitor, customer in connection.execute(_LATEST_LINKS, {"visitors": sorted(visitors)}):
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


def _links(customer: Any) -> Any:
    """Select a customer's links: the first one, and the latest."""
    theirs = select(LINKS).where(LINKS.c.customer == customer)
    first = theirs.order_by(LINKS.c.at_ms, LINKS.c.visitor).limit(1).subquery()
    latest = theirs.order_by(LINKS.c.at_ms.desc(), LINKS.c.visitor.desc()).limit(_MOST_VISITORS - 1).subquery()
    return union_all(select(first), select(latest))


_VISITORS: Any = bindparam("visitors", expanding=True)
_OF_VISITORS = _of(EVENTS.c.visitor.in_(_VISITORS))
_OF_CUSTOMER = _of(EVENTS.c.customer == bindparam("customer"))
_CUSTOMER = _links(bindparam("key"))
_LAST_LINK = (
    select(LINKS.c.customer)
    .where(LINKS.c.visitor == bindparam("key"))
    .order_by(LINKS.c.at_ms.desc(), LINKS.c.customer)
    .limit(1)
)
_CUSTOMER_OF_VISITOR = _links(_LAST_LINK.scalar_subquery())
_RANKED = (
    select(
        LINKS.c.visitor,
        LINKS.c.customer,
        func.row_number().over(partition_by=LINKS.c.visitor, order_by=LINKS.c.at_ms.desc()).label("place"),
    )
    .where(LINKS.c.visitor.in_(_VISITORS))
    .subquery()
)
_LATEST_LINKS = select(_RANKED.c.visitor, _RANKED.c.customer).where(_RANKED.c.place <= _MOST_CUSTOMERS)
_TOTALS = select(TOTALS).where(
    TOTALS.c.entry.in_(bindparam("entries", expanding=True)), TOTALS.c.day >= bindparam("day")
)
