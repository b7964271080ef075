"""Random customers with orders and traits, as files of a shop and as the facts that the Python form would have."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from cms.facts.context import DecisionContext, View
from cms.facts.declarations import FactRef, FactSchema, FactType
from cms.facts.derive import customer_facts, order_facts, untold_of_orders
from cms.facts.money import Money
from cms.facts.signals import Customer, Order, OrderLine, Signal
from cms.facts.values import value_of

Json = Any
ANSWERED = frozenset({Signal.ORDERS, Signal.TRAITS})


@dataclass(slots=True)
class Person:
    """A customer as the shop's files tell of them."""

    key: str
    customer: dict[str, Json] | None = None
    orders: list[Order] = field(default_factory=list)
    traits: dict[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Peopling:
    """Makes people and their facts for one workspace at one moment; edges of days, years and currencies are likely."""

    schema: FactSchema
    now: datetime
    zone: ZoneInfo
    products: Mapping[str, tuple[str, ...]]  # SKU to categories
    traits: Sequence[FactRef] = ()

    def person(self, key: str, random: Random) -> Person:
        person = Person(key)
        if random.random() < 0.8:
            person.customer = {
                "kind": random.choice(["consumer", "business", None]),
                "groups": random.choice([None, [], ["wholesale"], ["wholesale", "vip"]]),
                "company": random.choice([None, "Green & Co", "蕨"]),
                "company_level": random.choice([None, "bronze", "silver", "gold"]),
                "loyalty_tier": random.choice([None, "green", "silver", "gold"]),
                "loyalty_points": random.choice([None, 0, 1, 250]),
                "is_member": random.choice([None, True, False]),
                "tags": random.choice([None, [], ["a", "b"]]),
            }
        person.orders = [self._order(random) for _ in range(random.choice([0, 0, 1, 1, 2, 5]))]
        person.traits = {ref.name: self._trait(ref, random) for ref in self.traits if random.random() < 0.6}
        return person

    def _order(self, random: Random) -> Order:
        spans = [timedelta(days=days) for days in (0, 1, 2, 25, 30, 60, 90, 180, 365, 700)]
        edge = random.choice([timedelta(0), timedelta(microseconds=1), timedelta(seconds=-1), timedelta(hours=7)])
        placed_at = self.now - random.choice(spans) - edge
        lines = [
            OrderLine(sku, random.randint(1, 5), self.products[sku])
            for sku in random.sample(sorted(self.products), random.randint(0, min(3, len(self.products))))
        ]
        currency = random.choice(["USD"] * 9 + ["TWD"])
        minor = random.choice([0, 1, 333, 12345, 1_000_000, 2_500_000, random.randint(0, 3_000_000)])
        return Order(placed_at, Money(minor, currency), tuple(lines))

    def _trait(self, ref: FactRef, random: Random) -> Json:
        days = [(self.now - timedelta(days=ago)).date().isoformat() for ago in (-3, 0, 1, 30)]
        likely: Mapping[FactType, Sequence[Json]] = {
            FactType.BOOL: [True, False],
            FactType.NUMBER: [0, 1, 0.7, 0.35, Decimal("0.333333333333333333333"), 3, "garbled"],
            FactType.MONEY: ["1000.00", "999.99", "0.00", "30000.00 TWD", "1.001"],
            FactType.ENUM: [*ref.fact.of, "no choice"],
            FactType.SET: [[], ["fern"], ["fern", "pot"], ["蕨"]],
            FactType.DURATION: ["P1D", "PT20M", "P30D", "PT1S", "P"],
            FactType.DATE: [*days, *(f"{day}T23:30:00Z" for day in days), "soon"],
        }
        return random.choice(likely.get(ref.fact.type, ["fern", "Fern", "é"]))

    def view(self, person: Person, *, channel: str = "web") -> View:
        values = dict(order_facts(person.orders, currency="USD", now=self.now, zone=self.zone))
        if person.customer is not None:
            sets = {
                name: frozenset(person.customer[name])
                for name in ("groups", "tags")
                if person.customer[name] is not None
            }
            values |= customer_facts(Customer(person.key, **{**person.customer, **sets}))
        read = {name: self._read(name, raw) for name, raw in person.traits.items()}
        values |= {name: value for name, value in read.items() if value is not None}
        untold = frozenset(name for name, value in read.items() if value is None) | untold_of_orders(person.orders)
        return View(
            DecisionContext(self.now, self.zone, "en", "USD", channel, values, answered=ANSWERED, untold=untold)
        )

    def _read(self, name: str, raw: Json) -> Any:
        ref = self.schema.find(name)
        assert ref is not None
        if isinstance(raw, str) and raw.endswith(" TWD"):
            raw = {"amount": raw.removesuffix(" TWD"), "currency": "TWD"}
        try:
            return value_of(ref.fact, raw, currency="USD", zone=self.zone)
        except ValueError:
            return None


def written_text(value: Json) -> str:
    """Write a value of a trait as a text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "|".join(value) or "|" if isinstance(value, list) else str(value)


def write_files(folder: Path, people: Sequence[Person]) -> Path:
    """Write customers as CSV, orders as JSON lines, lines as JSON lines, traits as CSV rows of name and value."""
    import csv

    def rows(name: str, header: Sequence[str], body: Iterator[Sequence[Json]]) -> None:
        with (folder / name).open("w", encoding="utf-8", newline="") as out:
            csv.writer(out).writerows([header, *body])

    folder.mkdir(exist_ok=True)
    known = [person for person in people if person.customer is not None]
    columns = list(known[0].customer or ())
    rows(
        "customers.csv",
        ["customer", *columns],
        (
            [person.key, *("" if value is None else written_text(value) for value in (person.customer or {}).values())]
            for person in known
        ),
    )
    rows(
        "traits.csv",
        ["customer", "name", "value"],
        ([person.key, name, written_text(value)] for person in people for name, value in person.traits.items()),
    )
    orders, lines = [], []
    for person in people:
        for number, order in enumerate(person.orders):
            key = f"{person.key}-{number}"
            placed_at = order.placed_at.astimezone(UTC).isoformat()
            orders.append(
                {
                    "order": key,
                    "customer": person.key,
                    "placed_at": placed_at,
                    "total": order.total.amount,
                    "currency": order.total.currency,
                }
            )
            lines += [
                {"order": key, "sku": line.sku, "quantity": line.quantity, "categories": list(line.categories)}
                for line in order.lines
            ]
    for name, found in (("orders.jsonl", orders), ("order_lines.jsonl", lines)):
        (folder / name).write_text(
            "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in found), encoding="utf-8"
        )
    return folder
