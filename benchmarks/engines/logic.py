"""JSON logic: one chain of ifs a slot; it has no hash, so the split is a registered operation."""

from collections.abc import Mapping
from typing import Any

from json_logic import add_operation, jsonLogic

from benchmarks.engines.engine import Engine, Split
from benchmarks.engines.json_rules import json_logic
from benchmarks.workload import DEFAULT, Rules, Visitor, in_half


class JsonLogic(Engine):
    split = Split.SHARED

    def load(self, rules: Rules) -> None:
        add_operation("in_half", in_half)
        segments = {key: json_logic(node, str, piped=False) for key, node in rules.segments.items()}
        self.page, self.trees = rules.page, {slot: _chain(rules, slot, segments) for slot in rules.slots}

    def decide(self, visitor: Visitor) -> Mapping[str, str]:
        trees = self.trees
        return {slot: jsonLogic(trees[slot], visitor) for slot in self.page}


def _chain(rules: Rules, slot: str, segments: Mapping[str, Any]) -> dict[str, Any]:
    chain: list[Any] = []
    for variant, segment, salt in rules.slots[slot]:
        test = segments[segment]
        chain += [test if salt is None else {"and": [test, {"in_half": [salt, {"var": "user_id"}]}]}, variant]
    return {"if": [*chain, DEFAULT]}
