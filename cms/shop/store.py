"""What changes while the shop runs: stock, carts and orders, in one SQLite file."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cms.shop import changes
from cms.shop.catalogue import EXPRESS, MOST_OF_ONE
from cms.shop.changes import Change
from cms.shop.money import Money

_SCHEMA = """
CREATE TABLE IF NOT EXISTS stock (sku TEXT PRIMARY KEY, units INTEGER NOT NULL CHECK (units >= 0));
CREATE TABLE IF NOT EXISTS carts (token TEXT PRIMARY KEY, customer TEXT NOT NULL, currency TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS cart_lines (
  token TEXT NOT NULL REFERENCES carts ON DELETE CASCADE, sku TEXT NOT NULL, quantity INTEGER NOT NULL CHECK (quantity > 0),
  PRIMARY KEY (token, sku));
CREATE TABLE IF NOT EXISTS orders (
  number TEXT PRIMARY KEY, visitor TEXT NOT NULL, customer TEXT NOT NULL, placed_at TEXT NOT NULL, currency TEXT NOT NULL,
  discount INTEGER NOT NULL, shipping INTEGER NOT NULL, total INTEGER NOT NULL, address TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS order_lines (
  number TEXT NOT NULL REFERENCES orders ON DELETE CASCADE, sku TEXT NOT NULL, quantity INTEGER NOT NULL, unit INTEGER NOT NULL,
  PRIMARY KEY (number, sku));
CREATE INDEX IF NOT EXISTS orders_of_customer ON orders (customer, placed_at);
CREATE TABLE IF NOT EXISTS members (token TEXT PRIMARY KEY, key TEXT NOT NULL, cart TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS subscribers (customer TEXT PRIMARY KEY);
"""


@dataclass(frozen=True, slots=True)
class Cart:
    """A stored cart; `customer` is "" for a guest's. `lines` are (sku, quantity) in the order they were added."""

    token: str
    customer: str
    currency: str
    lines: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class OrderLine:
    sku: str
    quantity: int
    unit: Money

    @property
    def total(self) -> Money:
        return self.unit.times(self.quantity)


@dataclass(frozen=True, slots=True)
class Order:
    """A placed order, prices as they were; `customer` is "" for a guest. Express shipping is a line and the shipping."""

    number: str
    visitor: str
    customer: str
    placed_at: datetime
    discount: Money
    shipping: Money
    total: Money
    address: str
    lines: tuple[OrderLine, ...]

    @property
    def things(self) -> tuple[OrderLine, ...]:
        """List what is not shipping."""
        return tuple(line for line in self.lines if line.sku != EXPRESS)

    @property
    def is_express(self) -> bool:
        return len(self.things) < len(self.lines)


class Store:
    """The shop's database; safe to use from many threads, each has its own connection. `written` is set by every change."""

    def __init__(self, path: Path) -> None:
        self.written = threading.Event()
        self._path = path
        self._local = threading.local()
        self._db.executescript(_SCHEMA + changes.SCHEMA)

    def last_change(self) -> int:
        """Give the number of the last change; 0 before the first."""
        row = self._db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'changes'").fetchone()
        return int(row[0]) if row else 0

    def changes_since(self, number: int) -> list[Change] | None:
        """List the changes after one, in order; None where they are not all known any more, or that one is yet to come."""
        (first,) = self._db.execute("SELECT min(number) FROM changes").fetchone()
        if number > self.last_change() or (first is not None and number < first - 1):
            return None
        rows = self._db.execute("SELECT number, kind, key FROM changes WHERE number > ? ORDER BY number", (number,))
        return [Change(*row) for row in rows.fetchall()]

    def stock(self) -> dict[str, int]:
        return dict(self._db.execute("SELECT sku, units FROM stock").fetchall())

    def set_stock(self, sku: str, units: int) -> None:
        with self._write() as db:
            db.execute(
                "INSERT INTO stock VALUES (?, ?) ON CONFLICT (sku) DO UPDATE SET units = excluded.units", (sku, units)
            )

    def cart(self, token: str) -> Cart | None:
        row = self._db.execute("SELECT customer, currency FROM carts WHERE token = ?", (token,)).fetchone()
        if row is None:
            return None
        customer, currency = row
        lines = self._db.execute("SELECT sku, quantity FROM cart_lines WHERE token = ? ORDER BY rowid", (token,))
        return Cart(token, customer, currency, tuple(lines.fetchall()))

    def cart_version(self, token: str) -> str:
        """Give a word that changes with a cart, and with the orders of whose it is: they fill a stamp card."""
        found = "SELECT max(number) FROM changes WHERE kind = 'cart' AND key = :token OR kind = 'orders' AND key = "
        whose = "(SELECT customer FROM carts WHERE token = :token)"
        (number,) = self._db.execute(f"{found}{whose}", {"token": token}).fetchone()
        return str(number or 0)

    def open_cart(self, token: str, *, customer: str, currency: str) -> None:
        """Make sure a cart exists, is the customer's and is in the given currency."""
        with self._write() as db:
            db.execute(
                "INSERT INTO carts VALUES (?, ?, ?) ON CONFLICT (token) DO UPDATE "
                "SET customer = excluded.customer, currency = excluded.currency",
                (token, customer, currency),
            )

    def set_quantity(self, token: str, sku: str, quantity: int) -> None:
        """Put a line to a quantity, at most 99; 0 or less takes the line out."""
        with self._write() as db:
            if quantity <= 0:
                db.execute("DELETE FROM cart_lines WHERE token = ? AND sku = ?", (token, sku))
                return
            db.execute(
                "INSERT INTO cart_lines VALUES (?, ?, ?) ON CONFLICT (token, sku) DO UPDATE SET quantity = excluded.quantity",
                (token, sku, min(quantity, MOST_OF_ONE)),
            )

    def add_order(self, order: Order, *, cart: str = "") -> bool:
        """Keep an order: in one transaction what it has leaves the shelf and the cart.

        An order without a cart is a past one: what it took is long gone from the shelf.
        False: not all of it is in the cart any more, as on a second click, or on the shelf; then nothing happened.
        """
        with self._write() as db:
            if cart and not _is_there(db, order, cart):
                return False
            db.execute(
                "INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    order.number,
                    order.visitor,
                    order.customer,
                    order.placed_at.isoformat(),
                    order.total.currency,
                    order.discount.minor,
                    order.shipping.minor,
                    order.total.minor,
                    order.address,
                ),
            )
            for line in order.lines:
                values = (order.number, line.sku, line.quantity, line.unit.minor)
                db.execute("INSERT INTO order_lines VALUES (?, ?, ?, ?)", values)
                if cart:
                    db.execute("DELETE FROM cart_lines WHERE token = ? AND sku = ?", (cart, line.sku))
                    db.execute("UPDATE stock SET units = units - ? WHERE sku = ?", (line.quantity, line.sku))
        return True

    def extend_order(self, number: str, line: OrderLine, *, without: str = "") -> bool:
        """Add a line to a placed order, in the place of the one that is `without`.

        False: it has that line already, as on a second click, or the shelf is empty; then nothing happened.
        """
        found = "FROM order_lines WHERE number = ? AND sku = ?"
        with self._write() as db:
            if db.execute(f"SELECT 1 {found}", (number, line.sku)).fetchone():
                return False
            take = "UPDATE stock SET units = units - :n WHERE sku = :sku AND units >= :n"
            if not db.execute(take, {"n": line.quantity, "sku": line.sku}).rowcount:
                return False
            given_back = db.execute(f"SELECT quantity * unit {found}", (number, without)).fetchone()
            db.execute(f"DELETE {found}", (number, without))
            db.execute(
                "INSERT INTO order_lines VALUES (?, ?, ?, ?)", (number, line.sku, line.quantity, line.unit.minor)
            )
            more = line.total.minor - (given_back[0] if given_back else 0)
            db.execute("UPDATE orders SET total = total + ? WHERE number = ?", (more, number))
        return True

    def order(self, number: str) -> Order | None:
        row = self._db.execute("SELECT * FROM orders WHERE number = ?", (number,)).fetchone()
        return self._order(row) if row else None

    def orders_of(self, customer: str) -> list[Order]:
        """List a customer's orders, newest first."""
        rows = self._db.execute("SELECT * FROM orders WHERE customer = ? ORDER BY placed_at DESC", (customer,))
        return [self._order(row) for row in rows.fetchall()]

    def add_member(self, token: str, *, key: str, cart: str) -> None:
        """Remember that somebody joined; neither name nor address."""
        with self._write() as db:
            db.execute("INSERT INTO members VALUES (?, ?, ?)", (token, key, cart))

    def member(self, token: str) -> tuple[str, str] | None:
        """Give the key and the cart of somebody who joined."""
        row: tuple[str, str] | None = self._db.execute(
            "SELECT key, cart FROM members WHERE token = ?", (token,)
        ).fetchone()
        return row

    def member_by_key(self, key: str) -> tuple[str, str] | None:
        """Give the token and the cart of somebody who joined."""
        row: tuple[str, str] | None = self._db.execute(
            "SELECT token, cart FROM members WHERE key = ?", (key,)
        ).fetchone()
        return row

    def subscribe(self, customer: str) -> None:
        with self._write() as db:
            db.execute("INSERT OR IGNORE INTO subscribers VALUES (?)", (customer,))

    def is_subscribed(self, customer: str) -> bool:
        return bool(self._db.execute("SELECT 1 FROM subscribers WHERE customer = ?", (customer,)).fetchone())

    def _order(self, row: tuple[str, str, str, str, str, int, int, int, str]) -> Order:
        number, visitor, customer, placed_at, currency, discount, shipping, total, address = row
        found = self._db.execute(
            "SELECT sku, quantity, unit FROM order_lines WHERE number = ? ORDER BY rowid", (number,)
        )
        return Order(
            number=number,
            visitor=visitor,
            customer=customer,
            placed_at=datetime.fromisoformat(placed_at),
            discount=Money(discount, currency),
            shipping=Money(shipping, currency),
            total=Money(total, currency),
            address=address,
            lines=tuple(OrderLine(sku, quantity, Money(unit, currency)) for sku, quantity, unit in found.fetchall()),
        )

    @property
    def _db(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(self._path, timeout=5, isolation_level=None)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA foreign_keys = ON")
            self._local.connection = connection
        return connection

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield self._db
        except BaseException:
            self._db.rollback()
            raise
        self._db.commit()
        self.written.set()


def _is_there(db: sqlite3.Connection, order: Order, cart: str) -> bool:
    """Tell whether all of an order is in the cart, in this quantity, and on the shelf."""
    there = "SELECT sku, quantity FROM cart_lines JOIN stock USING (sku) WHERE token = ? AND quantity <= units"
    return {(line.sku, line.quantity) for line in order.lines} <= set(db.execute(there, (cart,)))
