"""What has changed, in the order it did: written by the database itself, read by the catalogue's readers and the webhooks."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["stock", "cart", "customer", "orders"]

# The last ten thousand are kept. A trigger sees every change, whoever makes it, in the transaction that makes it.
SCHEMA = """
CREATE TABLE IF NOT EXISTS changes (number INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, key TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS changes_of ON changes (kind, key, number);
CREATE TRIGGER IF NOT EXISTS changes_end AFTER INSERT ON changes WHEN NEW.number % 1000 = 0 BEGIN
  DELETE FROM changes WHERE number <= NEW.number - 10000; END;
CREATE TRIGGER IF NOT EXISTS stock_begun AFTER INSERT ON stock BEGIN
  INSERT INTO changes (kind, key) VALUES ('stock', NEW.sku); END;
CREATE TRIGGER IF NOT EXISTS stock_changed AFTER UPDATE OF units ON stock WHEN OLD.units <> NEW.units BEGIN
  INSERT INTO changes (kind, key) VALUES ('stock', NEW.sku); END;
CREATE TRIGGER IF NOT EXISTS line_begun AFTER INSERT ON cart_lines BEGIN
  INSERT INTO changes (kind, key) VALUES ('cart', NEW.token); END;
CREATE TRIGGER IF NOT EXISTS line_changed AFTER UPDATE OF quantity ON cart_lines WHEN OLD.quantity <> NEW.quantity BEGIN
  INSERT INTO changes (kind, key) VALUES ('cart', NEW.token); END;
CREATE TRIGGER IF NOT EXISTS line_ended AFTER DELETE ON cart_lines BEGIN
  INSERT INTO changes (kind, key) VALUES ('cart', OLD.token); END;
CREATE TRIGGER IF NOT EXISTS cart_begun AFTER INSERT ON carts BEGIN
  INSERT INTO changes (kind, key) VALUES ('cart', NEW.token); END;
CREATE TRIGGER IF NOT EXISTS cart_changed AFTER UPDATE ON carts
  WHEN OLD.customer <> NEW.customer OR OLD.currency <> NEW.currency BEGIN
  INSERT INTO changes (kind, key) VALUES ('cart', NEW.token); END;
CREATE TRIGGER IF NOT EXISTS order_placed AFTER INSERT ON orders WHEN NEW.customer <> '' BEGIN
  INSERT INTO changes (kind, key) VALUES ('orders', NEW.customer); END;
CREATE TRIGGER IF NOT EXISTS order_changed AFTER UPDATE OF total ON orders WHEN NEW.customer <> '' BEGIN
  INSERT INTO changes (kind, key) VALUES ('orders', NEW.customer); END;
CREATE TRIGGER IF NOT EXISTS member_joined AFTER INSERT ON members BEGIN
  INSERT INTO changes (kind, key) VALUES ('customer', NEW.key); END;
CREATE TRIGGER IF NOT EXISTS subscribed AFTER INSERT ON subscribers BEGIN
  INSERT INTO changes (kind, key) VALUES ('customer', NEW.customer); END;
"""


@dataclass(frozen=True, slots=True)
class Change:
    """`number` ascends; `key` is a SKU, a cart's token or a customer's key."""

    number: int
    kind: Kind
    key: str
