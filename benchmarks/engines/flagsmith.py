"""Flagsmith: `get_evaluation_result`, which evaluates every segment and feature it is given."""

from collections.abc import Mapping
from typing import Any

from flag_engine.engine import get_evaluation_result

from benchmarks.engines.engine import Engine
from benchmarks.normal_form import flat, written
from benchmarks.workload import DEFAULT, Node, Rules, Visitor

_HALF = {"property": "$.identity.key", "operator": "PERCENTAGE_SPLIT", "value": "50"}


class Flagsmith(Engine):
    def load(self, rules: Rules) -> None:
        self.page = rules.page
        self.base = {
            "environment": {"key": "env", "name": "bench"},
            "segments": _segments(rules),
            "features": {slot: {"key": slot, "name": slot, "enabled": True, "value": DEFAULT} for slot in rules.slots},
        }

    def visitor(self, visitor: Visitor) -> dict[str, Any]:
        user = visitor["user_id"]
        return {**self.base, "identity": {"identifier": user, "key": user, "traits": flat(visitor)}}

    def decide(self, visitor: Any) -> Mapping[str, str]:
        flags = get_evaluation_result(visitor)["flags"]
        return {slot: flags[slot]["value"] for slot in self.page}


def _segments(rules: Rules) -> dict[str, Any]:
    """Give segments with what they override; a split makes a segment of its own, for it is drawn by the segment's key."""
    trees = {key: _rule(node) for key, node in rules.segments.items()}
    found: dict[str, Any] = {}
    for slot, rows in rules.slots.items():
        for place, (variant, segment, salt) in enumerate(rows):
            key = salt or segment
            table = [trees[segment]] + ([_row("ALL", [_HALF])] if salt else [])
            made = found.setdefault(key, {"key": key, "name": key, "rules": table, "overrides": []})
            wins = {"key": f"{slot}{variant}", "name": slot, "enabled": True, "value": variant, "priority": place}
            made["overrides"].append(wins)
    return found


def _row(kind: str, conditions: list[Any], rules: list[Any] | None = None) -> dict[str, Any]:
    return {"type": kind, "conditions": conditions, "rules": rules or []}


def _rule(node: Node) -> dict[str, Any]:
    kind = node[0]
    if kind == "not":
        return _row("NONE", [], [_rule(node[1])])
    if kind == "or":
        return _row("ANY", [], [_rule(inner) for inner in node[1]])
    if kind == "and":
        plain = [inner for inner in node[1] if inner[0] in {"in", "range"}]
        others = [inner for inner in node[1] if inner[0] not in {"in", "range"}]
        return _row("ALL", [test for inner in plain for test in _tests(inner)], [_rule(inner) for inner in others])
    return _row("ANY" if kind == "any" else "ALL", _tests(node))


def _tests(node: Node) -> list[dict[str, Any]]:
    kind, name = node[0], node[1]
    if kind == "any":
        return [{"property": name, "operator": "CONTAINS", "value": f"|{value}|"} for value in node[2]]
    if kind == "range":
        ends = (("GREATER_THAN_INCLUSIVE", node[2]), ("LESS_THAN", node[3]))
        return [{"property": name, "operator": word, "value": str(end)} for word, end in ends if end is not None]
    if name == "b2b":
        return [{"property": name, "operator": "EQUAL", "value": written(node[2][0])}]
    return [{"property": name, "operator": "IN", "value": list(node[2])}]
