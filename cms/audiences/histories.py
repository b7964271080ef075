"""Histories: `orders.*` and `bought[…]` by SQL, with the meaning of `cms.facts.derive.order_facts`.

A customer with an order that cannot be read (no moment, an amount that is not exact in its currency, a quantity below 1,
a number that another customer's order has too) has an unknown history: nobody can tell what is missing from it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any

import ibis

from cms.audiences.cells import Cells, Reckoning, amount, as_text, words
from cms.audiences.naming import checked
from cms.facts.declarations import FactRef
from cms.segments.columns import NUMBER, WHOLE, column

Column = Any
Table = Any

OF_ORDERS = frozenset({"orders.count", "orders.total", "orders.average", "orders.last", "orders.yearly_volume"})
OF_LINES = frozenset({"bought", "orders.quantity"})
_YEAR, _QUARTER = timedelta(days=365), timedelta(days=90)
_MOST = 1_000_000  # of one product in an order
_EXACT = 2**53  # beyond, engines divide inexactly


def has_lines(tables: Mapping[str, Table]) -> bool:
    """Say whether it is known what was in the orders."""
    return "orders" in tables and ("order_lines" in tables or "sku" in tables["orders"].columns)


def histories(tables: Mapping[str, Table], refs: Iterable[FactRef], reckoning: Reckoning) -> Table:
    """Make a row for each customer with orders: `customer`, `sound`, and a column for each part of each fact.

    Where it was asked what was in the orders, `told` is false of who bought something of unknown categories: it may have
    been of any.
    """
    wanted = list(refs)
    orders = _orders(tables["orders"], reckoning)
    spent = _spent(orders, [ref for ref in wanted if ref.fact.stem in OF_ORDERS], reckoning)
    of_lines = [ref for ref in wanted if ref.fact.stem in OF_LINES]
    if not of_lines:
        return spent
    bought = _bought(_lines(tables, orders), of_lines, reckoning)
    joined = spent.rename(orders_sound="sound").left_join(bought, "customer").drop("customer_right")
    sound = joined.orders_sound & ibis.coalesce(joined.sound, ibis.literal(value=True))
    return joined.mutate(sound=sound).drop("orders_sound")


def unsound(tables: Mapping[str, Table], reckoning: Reckoning) -> Iterator[Column]:
    """Count the rows that cannot be read: of the orders, then of what was in them."""
    if "orders" in tables:
        orders = _orders(tables["orders"], reckoning)
        yield orders.count(where=~orders.sound)
    if has_lines(tables):
        lines = _read_lines(tables)
        yield lines.count(where=~lines.sound)


def _orders(raw: Table, reckoning: Reckoning) -> Table:
    """Give an order one row, however many it has."""
    read = _read_orders(raw, reckoning)
    return _once(read) if "order" in read.columns else read


def _read_orders(raw: Table, reckoning: Reckoning) -> Table:
    """Read `customer`, `order` where there is one, `placed_at`, `minor` and `currency`; `sound` says whether that went well."""
    checked(raw, "orders", ("customer", "placed_at", "total", "currency"))
    currency = as_text(raw["currency"])
    read = raw.select(
        customer=as_text(raw["customer"]),
        placed_at=reckoning.moment(raw["placed_at"]),
        minor=amount(raw["total"], currency),
        currency=currency,
        **({"order": as_text(raw["order"])} if "order" in raw.columns else {}),
    )
    sound = read.placed_at.notnull() & ibis.coalesce(read.minor >= 0, ibis.literal(value=False))
    return read.mutate(sound=sound & read.order.notnull() if "order" in read.columns else sound)


def _once(rows: Table) -> Table:
    """Make the rows of an order one; what differs in the order's own, its customer too, makes it unreadable for all."""
    told = ("placed_at", "minor", "currency")
    alike = ibis.and_(*(rows[name].min() == rows[name].max() for name in told))
    firsts = {name: rows[name].min() for name in told}
    once = rows.group_by("order", "customer").agg(
        sound=rows.sound.all() & ibis.coalesce(alike, ibis.literal(value=False)), **firsts
    )
    owners = once.customer.count().over(ibis.window(group_by="order"))
    return once.mutate(sound=once.sound & (owners == 1))


def _spent(orders: Table, refs: Iterable[FactRef], reckoning: Reckoning) -> Table:
    is_recent = orders.placed_at >= ibis.literal(reckoning.now - _YEAR)
    summed = orders.group_by("customer").agg(
        sound=orders.sound.all(),
        orders_n=orders.count(),
        orders_last=orders.placed_at.max(),
        orders_own=(orders.currency == reckoning.currency).all(),
        orders_total=orders.minor.sum(),
        orders_year=orders.minor.sum(where=is_recent),
    )
    facts = {
        column(ref.name, part): cell for ref in refs for part, cell in _SPENT[ref.fact.stem](summed, reckoning).items()
    }
    return summed.select("customer", "sound", **facts)


def _sum(name: str) -> Callable[[Table, Reckoning], Cells]:
    """Sum amounts of the market's currency; those of several currencies have no sum."""

    def cells(summed: Table, reckoning: Reckoning) -> Cells:
        return _own(summed, ibis.coalesce(summed[name], 0).cast(WHOLE), reckoning)

    return cells


def _own(summed: Table, minor: Column, reckoning: Reckoning) -> Cells:
    known = ibis.ifelse(summed.orders_own, minor, ibis.null(WHOLE))
    return {"": known, "currency": ibis.ifelse(known.notnull(), reckoning.currency, ibis.null("string"))}


def _average(summed: Table, reckoning: Reckoning) -> Cells:
    """Divide as `Money.rounded` does, half up: what is left over is taken off first, so that the division is exact."""
    times = summed.orders_n * 2
    doubled = summed.orders_total * 2 + summed.orders_n
    within = ibis.ifelse(doubled < _EXACT, doubled, ibis.null(doubled.type())).cast("int64")
    return _own(summed, ((within - within % times) // times).cast(WHOLE), reckoning)


_SPENT: Mapping[str, Callable[[Table, Reckoning], Cells]] = {
    "orders.count": lambda summed, _: {"": summed.orders_n.cast(NUMBER)},
    "orders.total": _sum("orders_total"),
    "orders.average": _average,
    "orders.last": lambda summed, reckoning: _dated(summed.orders_last, reckoning),
    "orders.yearly_volume": _sum("orders_year"),
}


def _dated(moment: Column, reckoning: Reckoning) -> Cells:
    return {
        "": reckoning.day(moment),
        "ever": ibis.ifelse(moment.notnull(), ibis.literal(value=True), ibis.null("boolean")),
    }


def _lines(tables: Mapping[str, Table], orders: Table) -> Table:
    """Give what was in the orders its `customer` and `placed_at`."""
    checked(tables["orders"], "orders", ("order",))
    return _read_lines(tables).inner_join(orders.select("order", "customer", "placed_at"), "order")


def _read_lines(tables: Mapping[str, Table]) -> Table:
    """Read `order`, `sku`, `quantity` and `categories`; `sound` says whether that went well."""
    name = "order_lines" if "order_lines" in tables else "orders"
    raw = tables[name]
    checked(raw, name, ("order", "sku", "quantity"))
    quantity = as_text(raw["quantity"]).re_extract(r"^([0-9]{1,7})(\.0+)?$", 1).nullif("").cast("int64")
    return raw.select(
        order=as_text(raw["order"]),
        sku=as_text(raw["sku"]),
        quantity=quantity,
        categories=words(raw["categories"]) if "categories" in raw.columns else ibis.null("array<string>"),
        sound=ibis.coalesce(quantity.between(1, _MOST), ibis.literal(value=False)) & raw["sku"].notnull(),
    )


def _bought(lines: Table, refs: Iterable[FactRef], reckoning: Reckoning) -> Table:
    """Sum up the lines of each customer, all facts at once."""
    is_recent = lines.placed_at >= ibis.literal(reckoning.now - _QUARTER)
    sums: dict[str, Column] = {}
    for ref in refs:
        is_in = ibis.coalesce(lines.categories.contains(ref.parameter), ibis.literal(value=False))
        if ref.fact.stem == "bought":
            sums[column(ref.name)] = lines.placed_at.max(where=is_in | (lines.sku == ref.parameter))
        else:
            sums[column(ref.name)] = lines.quantity.sum(where=is_in & is_recent)
    told = (ibis.coalesce(lines.categories.length(), 0) > 0).all()
    summed = lines.group_by("customer").agg(sound=lines.sound.all(), told=told, **sums)
    facts = {column(ref.name, part): cell for ref in refs for part, cell in _cells(summed, ref, reckoning).items()}
    return summed.select("customer", "sound", "told", **facts)


def _cells(summed: Table, ref: FactRef, reckoning: Reckoning) -> Cells:
    if ref.fact.stem == "bought":
        return _dated(summed[column(ref.name)], reckoning)
    known = ibis.ifelse(summed.told, ibis.coalesce(summed[column(ref.name)], 0), ibis.null("int64"))
    return {"": known.cast(NUMBER)}
