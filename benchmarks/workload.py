"""One seeded workload for every engine: a page of 12 slots with 5 variants each, and the visitors who ask for it.

A segment is a small tree of tuples: ("in", attribute, values), ("any", attribute, values), ("range", attribute, low,
high) with low <= x < high and None for no end, ("and", nodes), ("or", nodes), ("not", node). In a slot the first
variant wins whose segment holds and, where it names a salt, whose sticky 50/50 split has the visitor in its first half;
else the default.
"""

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha1
from itertools import count as count_up
from itertools import islice
from typing import Any

Node = tuple[Any, ...]
Row = tuple[str, str, str | None]  # variant, segment, salt of its split
Visitor = Mapping[str, Any]
DEFAULT, OTHER = "default", "-other"  # the latter is what an arm outside the half is named, where there are arms
HALF, BUCKETS = 5_000, 10_000
COUNTRIES = ("US", "GB", "DE", "FR", "CA", "AU", "NL", "JP")
DEVICES = ("mobile", "desktop", "tablet")
SOURCES = ("organic", "paid", "email", "social", "direct", "affiliate")
USER_TYPES = ("anonymous", "new", "returning", "customer")
TIERS = ("none", "bronze", "silver", "gold", "platinum")
SKUS = tuple(f"sku{number:03d}" for number in range(200))
CATEGORIES = tuple(f"cat{number:02d}" for number in range(12))
ENUMS: Mapping[str, tuple[Any, ...]] = {
    "country": COUNTRIES,
    "device": DEVICES,
    "source": SOURCES,
    "user_type": USER_TYPES,
    "tier": TIERS,
    "b2b": (True, False),
}
NUMBERS: Mapping[str, tuple[float, ...]] = {
    "cart_subtotal": (25.0, 50.0, 75.5, 100.0, 150.0, 250.0),
    "order_count": (1, 2, 3, 5, 10),
    "days_since_order": (7, 14, 30, 60, 90, 180),
}
LISTS: Mapping[str, tuple[str, ...]] = {"cart_skus": SKUS, "cart_categories": CATEGORIES}
ATTRIBUTES = (*ENUMS, *NUMBERS, *LISTS)


@dataclass(frozen=True, slots=True)
class Rules:
    """Segments by key, the rows of each slot in order, and the slots that the page asks for."""

    segments: Mapping[str, Node]
    slots: Mapping[str, tuple[Row, ...]]
    page: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Size:
    """How large the workload is.

    The page draws on the first `page_segments`; a store of more is filled up with segments and slots of the same shape
    that the page does not ask for. A `rare` segment holds for about one visitor in a hundred.
    """

    page_segments: int = 30
    store_segments: int = 0
    slots: int = 12
    variants: int = 5
    rare: bool = False


SIZES: Mapping[str, Size] = {
    "base": Size(),
    "store1000": Size(store_segments=1_000),
    "store10000": Size(store_segments=10_000),
    "deep5": Size(page_segments=240, variants=5, rare=True),
    "deep20": Size(page_segments=240, variants=20, rare=True),
    "deep80": Size(page_segments=240, variants=80, rare=True),
}


def make_rules(size: Size = SIZES["base"], *, seed: int = 7) -> Rules:
    dice = random.Random(seed)
    segments = {_segment_key(number): _segment(dice, rare=size.rare) for number in range(size.page_segments)}
    slots = {name: _rows(dice, name, list(segments), size.variants) for name in map(_slot_key, range(size.slots))}
    page = tuple(slots)
    filler = [_segment_key(number) for number in range(size.page_segments, size.store_segments)]
    segments |= {key: _segment(dice, rare=False) for key in filler}
    filled = range(size.slots, int(size.store_segments / 2.5))  # 2.5 segments a slot, as on the page
    slots |= {name: _rows(dice, name, filler, size.variants) for name in map(_slot_key, filled)}
    return Rules(segments, slots, page)


def _segment_key(number: int) -> str:
    return f"seg{number:05d}"


def _slot_key(number: int) -> str:
    return f"slot{number:05d}"


def _rows(dice: random.Random, slot: str, segments: list[str], variants: int) -> tuple[Row, ...]:
    chosen, split_at = dice.sample(segments, variants), dice.randrange(variants)
    return tuple(
        (f"v{place + 1}", segment, f"{slot}-split" if place == split_at else None)
        for place, segment in enumerate(chosen)
    )


def _leaf(dice: random.Random) -> Node:
    kind = dice.random()
    if kind < 0.30:
        attribute = dice.choice(list(ENUMS))
        return ("in", attribute, [dice.choice(ENUMS[attribute])])
    if kind < 0.55:
        attribute = dice.choice(["country", "source", "user_type", "tier"])
        return ("in", attribute, sorted(dice.sample(ENUMS[attribute], dice.randint(2, 3))))
    if kind < 0.82:
        return _range(dice)
    if kind < 0.90:
        return ("any", "cart_skus", sorted(dice.sample(SKUS, dice.randint(5, 20))))
    return ("any", "cart_categories", sorted(dice.sample(CATEGORIES, dice.randint(1, 3))))


def _range(dice: random.Random) -> Node:
    attribute = dice.choice(list(NUMBERS))
    cuts, shape = NUMBERS[attribute], dice.random()
    if shape < 0.4:
        return ("range", attribute, dice.choice(cuts), None)
    if shape < 0.7:
        return ("range", attribute, None, dice.choice(cuts))
    low, high = sorted(dice.sample(cuts, 2))
    return ("range", attribute, low, high)


def _leaves(dice: random.Random, count: int) -> list[Node]:
    """Give leaves on distinct attributes."""
    found: dict[str, Node] = {}
    while len(found) < count:
        leaf = _leaf(dice)
        found.setdefault(leaf[1], leaf)
    return list(found.values())


def _segment(dice: random.Random, *, rare: bool) -> Node:
    if rare:
        return ("and", _leaves(dice, 5))
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


def make_visitors(count: int, *, seed: int = 11) -> list[Visitor]:
    return list(islice(stream_of_visitors(seed), count))


def stream_of_visitors(seed: int) -> Iterator[Visitor]:
    """Never end: what is kept for one visitor must not make the next one cheap."""
    dice = random.Random(seed)
    return (_visitor(dice, f"visitor-{seed}-{number:06d}") for number in count_up())


def _visitor(dice: random.Random, key: str) -> Visitor:
    skus = dice.sample(SKUS, dice.choice([0, 0, 1, 1, 2, 3, 5]))
    orders = dice.choice([0, 0, 0, 1, 1, 2, 3, 5, 8, 20])
    return {
        "user_id": key,
        "country": dice.choices(COUNTRIES, [40, 14, 12, 10, 8, 6, 5, 5])[0],
        "device": dice.choices(DEVICES, [55, 38, 7])[0],
        "source": dice.choice(SOURCES),
        "user_type": dice.choice(USER_TYPES),
        "tier": dice.choices(TIERS, [50, 20, 15, 10, 5])[0],
        "b2b": dice.random() < 0.2,
        "cart_subtotal": round(len(skus) * dice.uniform(5, 90), 2),
        "cart_skus": skus,
        "cart_categories": sorted({CATEGORIES[int(sku[3:]) % 12] for sku in skus}),
        "order_count": orders,
        "days_since_order": dice.randint(0, 400) if orders else 9999,
    }


def bucket(salt: str, user: str) -> int:
    """Place a visitor in one of 10,000 sticky buckets of a split."""
    return int.from_bytes(sha1(f"{salt}:{user}".encode(), usedforsecurity=False).digest()[:4], "big") % BUCKETS


def in_half(salt: str, user: str) -> bool:
    return bucket(salt, user) < HALF


def holds(node: Node, visitor: Visitor) -> bool:
    """Read a segment as it is: the slow, obvious way."""
    kind = node[0]
    if kind == "in":
        return visitor[node[1]] in node[2]
    if kind == "any":
        return any(value in node[2] for value in visitor[node[1]])
    if kind == "range":
        value, low, high = visitor[node[1]], node[2], node[3]
        return (low is None or value >= low) and (high is None or value < high)
    if kind == "not":
        return not holds(node[1], visitor)
    return (all if kind == "and" else any)(holds(inner, visitor) for inner in node[1])


def pick(rules: Rules, slot: str, visitor: Visitor, split: Callable[[str], bool]) -> str:
    """Choose a slot's variant; `split` says whether the visitor is in the first half of a salt's split."""
    for variant, segment, salt in rules.slots[slot]:
        if holds(rules.segments[segment], visitor) and (salt is None or split(salt)):
            return variant
    return DEFAULT


def oracle(rules: Rules, visitor: Visitor) -> dict[str, str]:
    """Choose as every engine should."""
    user = visitor["user_id"]
    return {slot: pick(rules, slot, visitor, lambda salt: in_half(salt, user)) for slot in rules.page}
