"""One seeded workload: a page of 12 slots with 5 variants each over 30 shared segments, and the visitors who ask.

A segment is a small tree of tuples: ("in", fact, values), ("any", fact, values), ("range", fact, low, high) with
low <= x < high and None for no end, ("and", nodes), ("or", nodes), ("not", node). In a slot the first variant whose
segment holds wins, else the default. It is the workload of the peers' measurements without its sticky splits: an
arm of ours falls back to its control where theirs goes on to the next rule.
"""

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cms.facts.money import Money

Node = tuple[Any, ...]
Visitor = Mapping[str, Any]
DEFAULT = "default"
SKUS = tuple(f"sku{number:03d}" for number in range(200))
CATEGORIES = tuple(f"cat{number:02d}" for number in range(12))
ENUMS: Mapping[str, tuple[Any, ...]] = {
    "visitor.country": ("US", "GB", "DE", "FR", "CA", "AU", "NL", "JP"),
    "visitor.device": ("mobile", "desktop", "tablet"),
    "source.kind": ("organic", "paid", "email", "social", "direct", "affiliate"),
    "rfm.class": ("anonymous", "new", "returning", "customer"),
    "customer.loyalty_tier": ("none", "bronze", "silver", "gold", "platinum"),
    "customer.is_member": (True, False),
}
NUMBERS: Mapping[str, tuple[float, ...]] = {
    "cart.subtotal": (25.0, 50.0, 75.5, 100.0, 150.0, 250.0),
    "orders.count": (1, 2, 3, 5, 10),
    "rfm.recency_days": (7, 14, 30, 60, 90, 180),
}
SETS = ("cart.skus", "cart.categories")
FACTS = (*ENUMS, *NUMBERS, *SETS)


@dataclass(frozen=True, slots=True)
class Rules:
    """Segments by key, and for each slot its (variant, segment) in order."""

    segments: Mapping[str, Node]
    slots: Mapping[str, tuple[tuple[str, str], ...]]


def _leaf(dice: random.Random) -> Node:
    kind = dice.random()
    if kind < 0.30:
        fact = dice.choice(list(ENUMS))
        return ("in", fact, [dice.choice(ENUMS[fact])])
    if kind < 0.55:
        fact = dice.choice(["visitor.country", "source.kind", "rfm.class", "customer.loyalty_tier"])
        return ("in", fact, sorted(dice.sample(ENUMS[fact], dice.randint(2, 3))))
    if kind < 0.82:
        return _range(dice)
    if kind < 0.90:
        return ("any", "cart.skus", sorted(dice.sample(SKUS, dice.randint(5, 20))))
    return ("any", "cart.categories", sorted(dice.sample(CATEGORIES, dice.randint(1, 3))))


def _range(dice: random.Random) -> Node:
    fact = dice.choice(list(NUMBERS))
    shape = dice.random()
    if shape < 0.4:
        return ("range", fact, dice.choice(NUMBERS[fact]), None)
    if shape < 0.7:
        return ("range", fact, None, dice.choice(NUMBERS[fact]))
    low, high = sorted(dice.sample(NUMBERS[fact], 2))
    return ("range", fact, low, high)


def _leaves(dice: random.Random, count: int) -> list[Node]:
    """Give leaves on distinct facts."""
    found: dict[str, Node] = {}
    while len(found) < count:
        leaf = _leaf(dice)
        found.setdefault(leaf[1], leaf)
    return list(found.values())


def _segment(dice: random.Random) -> Node:
    shape = dice.random()
    if shape < 0.55:
        return ("and", _leaves(dice, 2 if shape < 0.30 else 3))
    if shape < 0.75:
        one, two, three = _leaves(dice, 3)
        return ("or", [("and", [one, two]), three])
    if shape < 0.90:
        one, two = _leaves(dice, 2)
        return ("and", [one, ("not", two)])
    one, two, three, four = _leaves(dice, 4)
    return ("and", [one, ("or", [two, three]), ("not", four)])


def make_rules(*, seed: int = 7, segments: int = 30, slots: int = 12, variants: int = 5) -> Rules:
    dice = random.Random(seed)
    made = {f"seg{number:02d}": _segment(dice) for number in range(segments)}
    table = {
        f"slot{number:02d}": tuple(
            (f"v{place + 1}", segment) for place, segment in enumerate(dice.sample(list(made), variants))
        )
        for number in range(slots)
    }
    return Rules(made, table)


def make_visitors(count: int, *, seed: int = 11) -> list[Visitor]:
    dice = random.Random(seed)
    return [_visitor(dice) for _ in range(count)]


def _visitor(dice: random.Random) -> Visitor:
    skus = dice.sample(SKUS, dice.choice([0, 0, 1, 1, 2, 3, 5]))
    orders = dice.choice([0, 0, 0, 1, 1, 2, 3, 5, 8, 20])
    return {
        "visitor.country": dice.choices(ENUMS["visitor.country"], [40, 14, 12, 10, 8, 6, 5, 5])[0],
        "visitor.device": dice.choices(ENUMS["visitor.device"], [55, 38, 7])[0],
        "source.kind": dice.choice(ENUMS["source.kind"]),
        "rfm.class": dice.choice(ENUMS["rfm.class"]),
        "customer.loyalty_tier": dice.choices(ENUMS["customer.loyalty_tier"], [50, 20, 15, 10, 5])[0],
        "customer.is_member": dice.random() < 0.2,
        "cart.subtotal": round(len(skus) * dice.uniform(5, 90), 2),
        "cart.skus": skus,
        "cart.categories": sorted({CATEGORIES[int(sku[3:]) % 12] for sku in skus}),
        "orders.count": orders,
        "rfm.recency_days": dice.randint(0, 400) if orders else 9999,
    }


def values_of(visitor: Visitor) -> dict[str, Any]:
    """Give a visitor's facts as Vitrine holds them."""
    values = {name: frozenset(found) if isinstance(found, list) else found for name, found in visitor.items()}
    cents = int(Decimal(str(visitor["cart.subtotal"])) * 100)
    return values | {"cart.subtotal": Money(cents, "USD")}


def workspace_of(rules: Rules, shipped: Mapping[str, bytes]) -> dict[str, bytes]:
    """Write the rules as authored files, with the banner of the shipped components in every slot."""
    files: dict[str, Any] = {
        "content/workspace.json": {"default_locale": "en", "locales": {"en": []}},
        "segments/facts.json": {
            "rfm.class": {"of": list(ENUMS["rfm.class"])},
            "customer.loyalty_tier": {"of": list(ENUMS["customer.loyalty_tier"])},
        },
        "content/pages/page.json": {
            "route": "/",
            "stage": "landing",
            "slots": {slot: {"accepts": ["banner"], "entries": [slot]} for slot in rules.slots},
        },
    }
    files |= {f"segments/{key}.json": {"title": key, "when": _condition(node)} for key, node in rules.segments.items()}
    for slot, rows in rules.slots.items():
        variants = [{"key": key, "when": {"segment": segment}, "content": _copy(slot, key)} for key, segment in rows]
        variants.append({"key": DEFAULT, "content": _copy(slot, DEFAULT)})
        files[f"content/entries/{slot}.json"] = {"component": "banner", "variants": variants}
    banner = {path: content for path, content in shipped.items() if path.startswith("components/banner/")}
    return banner | {path: json.dumps(data).encode() for path, data in files.items()}


def _copy(slot: str, variant: str) -> dict[str, Any]:
    body = f"What is written here stands for about **{slot}**, and is as long as copy on a page usually is."
    cta = {"label": "Read more", "href": f"/{slot}/{variant}"}
    return {"en": {"headline": f"{slot} shows its {variant}", "body": body, "cta": cta}}


def _condition(node: Node) -> dict[str, Any]:
    kind = node[0]
    if kind == "in":
        return {node[1]: node[2][0] if len(node[2]) == 1 else node[2]}
    if kind == "any":
        return {node[1]: {"has_any": node[2]}}
    if kind == "range":
        ends = {"at_least": node[2], "less_than": node[3]}
        return {node[1]: {name: _number(node[1], end) for name, end in ends.items() if end is not None}}
    if kind == "not":
        return {"not": _condition(node[1])}
    return {"all" if kind == "and" else "any": [_condition(inner) for inner in node[1]]}


def _number(fact: str, number: float) -> object:
    return f"{number:.2f}" if fact == "cart.subtotal" else number
