"""The workload as an authored workspace, and its visitors as Vitrine knows them.

Each slot lists one entry of the shipped banner. A variant with a split is the control of an experiment on that entry:
the other half gets the arm's own variant, named `…-other`, where the peers go on to the next rule.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from benchmarks.workload import BUCKETS, DEFAULT, HALF, OTHER, TIERS, USER_TYPES, Node, Row, Rules, Visitor
from cms.content.compiling import compile_workspace
from cms.content.snapshot import Snapshot
from cms.facts.context import DecisionContext, Units
from cms.facts.money import Money
from cms.facts.signals import Signal
from cms.workspace import read_folder, read_workspace

ROOT = Path(__file__).parents[1]
PAGE = "page"
FACTS: Mapping[str, str] = {
    "country": "visitor.country",
    "device": "visitor.device",
    "source": "source.kind",
    "user_type": "visitor.standing",
    "tier": "customer.loyalty_tier",
    "b2b": "customer.buys_for_business",
    "cart_subtotal": "cart.subtotal",
    "order_count": "orders.count",
    "days_since_order": "orders.days_ago",
    "cart_skus": "cart.skus",
    "cart_categories": "cart.categories",
}
_ONLINE = ["web", "app"]
_DECLARED: Mapping[str, Any] = {
    "customer.loyalty_tier": {"of": list(TIERS)},
    "visitor.standing": {
        "type": "enum",
        "of": list(USER_TYPES),
        "origin": "request",
        "channels": _ONLINE,
        "title": {"en": "how well we know the visitor"},
    },
    "customer.buys_for_business": {
        "type": "bool",
        "origin": "request",
        "channels": _ONLINE,
        "title": {"en": "buys for a business"},
    },
    "orders.days_ago": {
        "type": "number",
        "minimum": 0,
        "origin": "request",
        "channels": _ONLINE,
        "title": {"en": "days since the last order"},
    },
}
_NOW, _ZONE = datetime(2026, 12, 2, 10, tzinfo=UTC), ZoneInfo("UTC")
_ANSWERED = frozenset({Signal.CART, Signal.CUSTOMER, Signal.ORDERS, Signal.TRAITS})


def context_of(visitor: Visitor) -> DecisionContext:
    """Build a decision's input from a visitor, as an application that has these attributes at hand would."""
    values = {
        "visitor.country": visitor["country"],
        "visitor.device": visitor["device"],
        "source.kind": visitor["source"],
        "visitor.standing": visitor["user_type"],
        "customer.loyalty_tier": visitor["tier"],
        "customer.buys_for_business": visitor["b2b"],
        "cart.subtotal": Money(round(visitor["cart_subtotal"] * 100), "USD"),
        "orders.count": visitor["order_count"],
        "orders.days_ago": visitor["days_since_order"],
        "cart.skus": frozenset(visitor["cart_skus"]),
        "cart.categories": frozenset(visitor["cart_categories"]),
    }
    return DecisionContext(
        _NOW, _ZONE, "en", "USD", "web", values, answered=_ANSWERED, units=Units(visitor=visitor["user_id"])
    )


def snapshot_of(files: Mapping[str, bytes]) -> Snapshot:
    snapshot, problems = compile_workspace(read_workspace(files))
    if snapshot is None:
        raise SystemExit("\n".join(map(str, problems)))
    return snapshot


def workspace_files(rules: Rules) -> dict[str, bytes]:
    """Write the rules as files; the page that is asked for is `page`, further slots lie on pages of as many."""
    files: dict[str, Any] = {
        "content/workspace.json": {"default_locale": "en", "locales": {"en": []}},
        "segments/facts.json": _DECLARED,
    }
    files |= {f"segments/{key}.json": {"title": key, "when": _condition(node)} for key, node in rules.segments.items()}
    for slot, rows in rules.slots.items():
        files |= _entry_files(slot, rows)
    for key, slots in _pages(rules):
        files[f"content/pages/{key}.json"] = {
            "route": "/" if key == PAGE else f"/{key}",
            "stage": "landing",
            "slots": {slot: {"accepts": ["banner"], "entries": [slot]} for slot in slots},
        }
    return shipped("banner") | {path: json.dumps(data).encode() for path, data in files.items()}


def shipped(*components: str) -> dict[str, bytes]:
    """Give the files of some of the components in this repository."""
    folders = tuple(f"components/{name}/" for name in components)
    return {path: content for path, content in read_folder(ROOT).items() if path.startswith(folders)}


def _pages(rules: Rules) -> Iterator[tuple[str, Sequence[str]]]:
    yield PAGE, rules.page
    others, size = [slot for slot in rules.slots if slot not in set(rules.page)], len(rules.page)
    for start in range(0, len(others), size):
        yield f"{PAGE}{start // size:05d}", others[start : start + size]


def _entry_files(slot: str, rows: Sequence[Row]) -> dict[str, Any]:
    variants, files = [], {}
    for key, segment, salt in rows:
        variants.append({"key": key, "when": {"segment": segment}, "content": _copy(slot, key)})
        if salt is not None:
            variants.append({"key": key + OTHER, "content": _copy(slot, key + OTHER)})
            files[f"content/experiments/{salt}.json"] = _experiment(slot, key)
    variants.append({"key": DEFAULT, "content": _copy(slot, DEFAULT)})
    return files | {f"content/entries/{slot}.json": {"component": "banner", "variants": variants}}


def _experiment(slot: str, control: str) -> dict[str, Any]:
    arms = [
        {"key": "control", "variant": control, "buckets": [0, HALF - 1]},
        {"key": "other", "variant": control + OTHER, "buckets": [HALF, BUCKETS - 1]},
    ]
    return {"entry": slot, "arms": arms, "state": "running"}


def _copy(slot: str, variant: str) -> dict[str, Any]:
    body = f"What is written here stands for about **{slot}**, and is as long as copy on a page usually is."
    cta = {"label": "Read more", "href": f"/{slot}/{variant}"}
    return {"en": {"headline": f"{slot} shows its {variant}", "body": body, "cta": cta}}


def _condition(node: Node) -> dict[str, Any]:
    kind = node[0]
    if kind == "in":
        return {FACTS[node[1]]: node[2][0] if len(node[2]) == 1 else node[2]}
    if kind == "any":
        return {FACTS[node[1]]: {"has_any": node[2]}}
    if kind == "range":
        ends = {"at_least": node[2], "less_than": node[3]}
        return {FACTS[node[1]]: {name: _end(node[1], end) for name, end in ends.items() if end is not None}}
    if kind == "not":
        return {"not": _condition(node[1])}
    return {"all" if kind == "and" else "any": [_condition(inner) for inner in node[1]]}


def _end(attribute: str, end: float) -> object:
    return f"{end:.2f}" if attribute == "cart_subtotal" else end
