"""People: what the tables `customers` and `traits` tell of each customer."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import ibis

from cms.audiences.cells import Cells, Reckoning, as_text, cells_of, literals, nothing
from cms.audiences.naming import checked
from cms.facts.declarations import Fact, FactRef, Origin
from cms.facts.money import Money
from cms.facts.signals import Signal
from cms.facts.values import Value, absent_value
from cms.segments.columns import column

Column = Any
Table = Any

_CUSTOMER = "customer."
_SUMS = frozenset({"orders.total", "orders.yearly_volume"})  # of no orders


def is_of_customers(ref: FactRef) -> bool:
    return ref.fact.stem.startswith(_CUSTOMER) and ref.fact.signals == {Signal.CUSTOMER}


def is_trait(ref: FactRef) -> bool:
    return ref.fact.origin in {Origin.TRAIT, Origin.SIGNAL} and ref.fact.signals <= {Signal.TRAITS}


def customers(raw: Table, refs: Iterable[FactRef], reckoning: Reckoning) -> Table:
    """Make a row for each customer: `customer` and the facts of it; what has no column, or is NULL, is unknown."""
    checked(raw, "customers", ("customer",))
    named = {ref: ref.fact.stem.removeprefix(_CUSTOMER) for ref in refs}
    once = _once(raw, list(filter(raw.columns.__contains__, named.values())))
    cells = {
        ref: cells_of(ref.fact, once[name], reckoning) if name in once.columns else nothing(ref.fact)
        for ref, name in named.items()
    }
    return once.select("customer", **_columns(cells))


def traits(raw: Table, refs: Iterable[FactRef], reckoning: Reckoning) -> Table:
    """Make a row for each customer who has one: in the table a trait is a row of `name` and `value`, or a column.

    A trait that is there and cannot be read is unknown; one that is not there is absent, where its fact has absence.
    """
    checked(raw, "traits", ("customer",))
    is_long = {"name", "value"} <= set(raw.columns)
    return _long(raw, refs, reckoning) if is_long else _wide(raw, refs, reckoning)


def absence(fact: Fact, reckoning: Reckoning) -> Value | None:
    """Give the value of those of whom a table that is there tells nothing; None is unknown."""
    if fact.stem in _SUMS:
        return Money(0, reckoning.currency)
    if fact.stem == "orders.count":
        return 0
    return None if fact.absent is None else absent_value(fact, reckoning.currency)


def _once(raw: Table, names: Sequence[str]) -> Table:
    """Keep a row for each customer; where there are several, it tells nothing."""
    each = ibis.window(group_by="customer")
    rows = raw.select(customer=as_text(raw["customer"]), **{name: raw[name] for name in names})
    rows = rows.mutate(rows_n=ibis.row_number().over(each), rows_all=rows.count().over(each))
    firsts = rows.filter(rows.rows_n == 0)
    known = {name: ibis.ifelse(firsts.rows_all == 1, firsts[name], ibis.null(firsts[name].type())) for name in names}
    return firsts.select("customer", **known)


def _wide(raw: Table, refs: Iterable[FactRef], reckoning: Reckoning) -> Table:
    there = {ref: ref.name for ref in refs if ref.name in raw.columns}
    told_at = ["observed_at"] if "observed_at" in raw.columns else []
    once = _once(raw, [*there.values(), *told_at])
    cells = {ref: cells_of(ref.fact, once[name], reckoning) for ref, name in there.items()}
    if told_at:
        moment = reckoning.moment(once.observed_at)
        cells = {ref: _young(ref.fact, found, moment, reckoning) for ref, found in cells.items()}
    cells |= {ref: literals(ref.fact, absence(ref.fact, reckoning)) for ref in refs if ref not in there}
    return once.select("customer", **_columns(cells))


def _long(raw: Table, refs: Iterable[FactRef], reckoning: Reckoning) -> Table:
    """Turn rows into columns, all traits at once."""
    rows = raw.mutate(customer=as_text(raw["customer"]))
    wanted = list(refs)
    counts = {column(ref.name, "times"): rows.count(where=rows.name == ref.name) for ref in wanted}
    values = {column(ref.name, "value"): rows.value.max(where=rows.name == ref.name) for ref in wanted}
    has_times = "observed_at" in raw.columns
    times = {column(ref.name, "at"): rows.observed_at.max(where=rows.name == ref.name) for ref in wanted if has_times}
    once = rows.group_by("customer").agg(**counts, **values, **times)
    cells: dict[FactRef, Cells] = {}
    for ref in wanted:
        found = cells_of(ref.fact, once[column(ref.name, "value")], reckoning)
        if has_times:
            found = _young(ref.fact, found, reckoning.moment(once[column(ref.name, "at")]), reckoning)
        cells[ref] = _told(ref.fact, found, once[column(ref.name, "times")], reckoning)
    return once.select("customer", **_columns(cells))


def _told(fact: Fact, found: Cells, times: Column, reckoning: Reckoning) -> Cells:
    """Take what was told once; twice is unknown."""
    absent = literals(fact, absence(fact, reckoning))
    unknown = nothing(fact)
    return {part: times.cases((0, absent[part]), (1, cell), else_=unknown[part]) for part, cell in found.items()}


def _young(fact: Fact, found: Cells, moment: Column, reckoning: Reckoning) -> Cells:
    """Forget what was told too long ago."""
    if fact.max_age is None:
        return found
    is_young = moment >= ibis.literal(reckoning.now - fact.max_age)
    unknown = nothing(fact)
    return {part: ibis.ifelse(is_young, cell, unknown[part]) for part, cell in found.items()}


def _columns(cells: Mapping[FactRef, Cells]) -> dict[str, Column]:
    return {column(ref.name, part): cell for ref, found in cells.items() for part, cell in found.items()}
