"""Members: who is in which segment, by one query over a source."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import ibis

from cms.audiences.cells import Cells, Reckoning, as_text, literals, nothing
from cms.audiences.histories import OF_LINES, OF_ORDERS, has_lines, histories, unsound
from cms.audiences.naming import checked
from cms.audiences.people import absence, customers, is_of_customers, is_trait, traits
from cms.audiences.sources import BROKEN, Source
from cms.errors import CmsError
from cms.facts.builtin import WEEKDAYS
from cms.facts.declarations import FactRef, Origin
from cms.facts.values import Value
from cms.segments.columns import TYPES, column
from cms.segments.conditions import Condition
from cms.segments.sql import truth

Table = Any
Tables = Mapping[str, Table]
_AT_ONCE = 50_000  # rows


@dataclass(frozen=True, slots=True)
class Member:
    """A customer who is in at least one of the segments asked for; `cells` are those of the facts wanted, by column."""

    customer: str
    segments: tuple[str, ...]
    cells: Mapping[str, object]


def table_for(ref: FactRef) -> str:
    """Name the table that tells a fact; "" where only a visit does."""
    if ref.fact.stem in OF_ORDERS:
        return "orders"
    if ref.fact.stem in OF_LINES:
        return "order_lines"
    return "customers" if is_of_customers(ref) else "traits" if is_trait(ref) else ""


def is_knowable(ref: FactRef, tables: Tables) -> bool:
    """Say whether a source can tell a fact at all."""
    name = table_for(ref)
    return ref.fact.origin is Origin.CLOCK or (has_lines(tables) if name == "order_lines" else name in tables)


def members(
    source: Source,
    segments: Mapping[str, Condition],
    asked: Sequence[str],
    facts: Iterable[FactRef],
    reckoning: Reckoning,
    *,
    wanted: Sequence[FactRef] = (),
) -> Iterator[Member]:
    """List who is in the segments asked for, by key, a part of them in memory at a time.

    Args:
        source: What is told of customers.
        segments: All named conditions.
        asked: Those that are asked for.
        facts: All that these read.
        reckoning: The market and the moment.
        wanted: Facts to give with each member.

    Raises:
        CmsError: `source-column`, `no-offset`, `source-failed`.
    """
    try:
        table = facts_table(source.tables, dict.fromkeys([*facts, *wanted]), reckoning)
        answers = {
            f"in {place}": truth(segments[key], segments, table, today=reckoning.today)
            for place, key in enumerate(asked)
        }
        cells = [column(ref.name, part) for ref in wanted for part in TYPES[ref.fact.type]]
        found = table.select("customer", *cells, **answers)
        found = found.filter(ibis.or_(*(found[name] for name in answers))).order_by("customer")
        for batch in source.connection.to_pyarrow_batches(found, chunk_size=_AT_ONCE):
            for row in batch.to_pylist():
                inside = tuple(key for place, key in enumerate(asked) if row[f"in {place}"])
                yield Member(row["customer"], inside, {name: row[name] for name in cells})
    except BROKEN as failure:
        raise _failed(failure) from failure


def unreadable(source: Source, reckoning: Reckoning) -> int:
    """Count the rows of orders, and of what was in them, that cannot be read, so that of their customers nothing is known.

    Raises:
        CmsError: As `members`.
    """
    try:
        return sum(int(source.connection.execute(rows)) for rows in unsound(source.tables, reckoning))
    except BROKEN as failure:
        raise _failed(failure) from failure


def facts_table(tables: Tables, refs: Iterable[FactRef], reckoning: Reckoning) -> Table:
    """Make the table of facts that `cms.segments.sql` asks, with the column `customer`."""
    facts = list(refs)
    joined = _everybody(tables)
    for name, (make, is_of) in _PARTS.items():
        of_part = [ref for ref in facts if is_of(ref) and is_knowable(ref, tables)]
        if of_part:
            part = make(tables, of_part, reckoning).mutate(**{f"has {name}": ibis.literal(value=True)})
            joined = joined.left_join(part, "customer").drop("customer_right")
    cells = {
        column(ref.name, part): cell.cast(TYPES[ref.fact.type][part])
        for ref in facts
        for part, cell in _cells(joined, ref, tables, reckoning).items()
    }
    return joined.select("customer", **cells)


def _everybody(tables: Tables) -> Table:
    """List every customer whom some table names, once."""
    named = {name: tables[name] for name in ("customers", "orders", "traits") if name in tables}
    for name, table in named.items():
        checked(table, name, ("customer",))
    keys = [table.select(customer=as_text(table["customer"])) for table in named.values()]
    everybody = ibis.union(*keys, distinct=True) if len(keys) > 1 else keys[0].distinct()
    return everybody.filter(everybody.customer != "")


_Make = Callable[[Tables, list[FactRef], Reckoning], Table]
_PARTS: Mapping[str, tuple[_Make, Callable[[FactRef], bool]]] = {
    "orders": (histories, lambda ref: ref.fact.stem in OF_ORDERS | OF_LINES),
    "customers": (lambda tables, refs, reckoning: customers(tables["customers"], refs, reckoning), is_of_customers),
    "traits": (lambda tables, refs, reckoning: traits(tables["traits"], refs, reckoning), is_trait),
}


def _cells(joined: Table, ref: FactRef, tables: Tables, reckoning: Reckoning) -> Cells:
    """Give a fact's cells: what its table holds, what absence from a known table means, else unknown."""
    fact = ref.fact
    if fact.origin is Origin.CLOCK:
        return literals(fact, _CLOCK[fact.stem](reckoning.now.astimezone(reckoning.zone)))
    if not is_knowable(ref, tables):
        return nothing(fact)
    held = {part: joined[column(ref.name, part)] for part in TYPES[fact.type]}
    if is_of_customers(ref):
        return held
    absent = literals(fact, absence(fact, reckoning))
    if is_trait(ref):
        return {part: ibis.ifelse(joined["has traits"].notnull(), cell, absent[part]) for part, cell in held.items()}
    if fact.stem in OF_LINES:
        told = ibis.coalesce(joined.told, ibis.literal(value=True))
        held = {part: ibis.ifelse(told, ibis.coalesce(cell, absent[part]), cell) for part, cell in held.items()}
    unknown = nothing(fact)
    return {
        part: ibis.cases((joined.sound.isnull(), absent[part]), (joined.sound, cell), else_=unknown[part])
        for part, cell in held.items()
    }


_CLOCK: Mapping[str, Callable[[datetime], Value]] = {
    "now.date": datetime.date,
    "now.hour": lambda local: local.hour,
    "now.weekday": lambda local: WEEKDAYS[local.weekday()],
}


def _failed(failure: Exception) -> CmsError:
    return CmsError("source-failed", f"the source could not be asked: {str(failure).strip().splitlines()[0]}")
