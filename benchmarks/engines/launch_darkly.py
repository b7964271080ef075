"""LaunchDarkly: the client with a file as its source, events off, clauses inline, a split as a weighted segment."""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import ldclient
from ldclient.config import Config
from ldclient.integrations import Files

from benchmarks.engines.engine import Engine
from benchmarks.normal_form import Literal, conjunctions
from benchmarks.workload import DEFAULT, Row, Rules, Visitor

_OPERATORS = {"in": "in", "any": "in", "ge": "greaterThanOrEqual", "lt": "lessThan"}


class LaunchDarkly(Engine):
    def load(self, rules: Rules) -> None:
        salts = {salt for rows in rules.slots.values() for _, _, salt in rows if salt is not None}
        data = {
            "flags": {slot: _flag(rules, slot) for slot in rules.slots},
            "segments": {salt: _half(salt) for salt in salts},
        }
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "flags.json"
            file.write_text(json.dumps(data))
            source = Files.new_data_source(paths=[str(file)], auto_update=False)
            config = Config("bench", update_processor_class=source, send_events=False, diagnostic_opt_out=True)
            self.client = ldclient.LDClient(config, start_wait=60)
        if not self.client.is_initialized():
            raise RuntimeError("the file was not loaded")
        self.page = rules.page

    def visitor(self, visitor: Visitor) -> ldclient.Context:
        builder = ldclient.Context.builder(visitor["user_id"])
        for key, value in visitor.items():
            if key != "user_id":
                builder.set(key, value)
        return builder.build()

    def decide(self, visitor: ldclient.Context) -> Mapping[str, str]:
        ask = self.client.variation
        return {slot: ask(slot, visitor, DEFAULT) for slot in self.page}

    def close(self) -> None:
        self.client.close()


def _half(salt: str) -> dict[str, Any]:
    rule = {"id": "half", "clauses": [], "weight": 50_000}
    return {"key": salt, "version": 1, "included": [], "excluded": [], "salt": salt, "rules": [rule]}


def _flag(rules: Rules, slot: str) -> dict[str, Any]:
    rows = rules.slots[slot]
    return {
        "key": slot,
        "version": 1,
        "on": True,
        "salt": slot,
        "trackEvents": False,
        "targets": [],
        "prerequisites": [],
        "variations": [DEFAULT, *(variant for variant, _, _ in rows)],
        "fallthrough": {"variation": 0},
        "offVariation": 0,
        "rules": [rule for place, row in enumerate(rows) for rule in _rules(rules, place, row)],
    }


def _rules(rules: Rules, place: int, row: Row) -> list[dict[str, Any]]:
    _, segment, salt = row
    split = [{"attribute": "", "op": "segmentMatch", "values": [salt], "negate": False}] if salt else []
    return [
        {
            "id": f"{place}-{number}",
            "variation": place + 1,
            "clauses": [*map(_clause, term), *split],
            "trackEvents": False,
        }
        for number, term in enumerate(conjunctions(rules.segments[segment]))
    ]


def _clause(literal: Literal) -> dict[str, Any]:
    kind, attribute, value, negated = literal
    values = list(value) if kind in {"in", "any"} else [value]
    return {
        "contextKind": "user",
        "attribute": attribute,
        "op": _OPERATORS[kind],
        "negate": negated,
        "values": values,
    }
