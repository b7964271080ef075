"""GrowthBook: one shared object, its attributes set for each page, conditions inline."""

import json
from collections.abc import Mapping
from typing import Any

from growthbook import GrowthBook

from benchmarks.engines.engine import Engine
from benchmarks.workload import BUCKETS, DEFAULT, HALF, Node, Row, Rules, Visitor


class GrowthBookEngine(Engine):
    def load(self, rules: Rules) -> None:
        conditions = {key: _condition(node) for key, node in rules.segments.items()}
        features = {
            slot: {"defaultValue": DEFAULT, "rules": [_rule(row, conditions) for row in rows]}
            for slot, rows in rules.slots.items()
        }
        self.page, self.client = rules.page, GrowthBook(features=json.loads(json.dumps(features)))

    def decide(self, visitor: Visitor) -> Mapping[str, str]:
        self.client.set_attributes(visitor)
        value = self.client.get_feature_value
        return {slot: value(slot, DEFAULT) for slot in self.page}


def _rule(row: Row, conditions: Mapping[str, Any]) -> dict[str, Any]:
    variant, segment, salt = row
    rule = {"condition": conditions[segment], "force": variant}
    split = {"coverage": HALF / BUCKETS, "hashAttribute": "user_id", "seed": salt, "hashVersion": 2}
    return rule if salt is None else rule | split


def _condition(node: Node) -> dict[str, Any]:
    kind = node[0]
    if kind in {"in", "any"}:
        is_one = kind == "in" and len(node[2]) == 1
        return {node[1]: node[2][0] if is_one else {"$in": list(node[2])}}
    if kind == "range":
        return {node[1]: {word: end for word, end in (("$gte", node[2]), ("$lt", node[3])) if end is not None}}
    if kind == "not":
        return {"$not": _condition(node[1])}
    parts = [_condition(inner) for inner in node[1]]
    if kind == "or":
        return {"$or": parts}
    keys = [key for part in parts for key in part]
    merged = {key: value for part in parts for key, value in part.items()}
    return merged if len(merged) == len(keys) else {"$and": parts}
