"""Eppo: the Rust core, `get_string_assignment` with assignment logging off."""

import json
from collections.abc import Mapping
from typing import Any

import eppo_client
from eppo_client.config import AssignmentLogger, Config

from benchmarks.engines.engine import Engine
from benchmarks.normal_form import conjunctions, flat, written
from benchmarks.workload import BUCKETS, DEFAULT, HALF, Rules, Visitor


class Eppo(Engine):
    def load(self, rules: Rules) -> None:
        segments = {
            key: [{"conditions": [_condition(*literal) for literal in term]} for term in conjunctions(node)]
            for key, node in rules.segments.items()
        }
        data = {
            "createdAt": "2026-01-01T00:00:00Z",
            "format": "SERVER",
            "environment": {"name": "bench"},
            "flags": {slot: _flag(rules, slot, segments) for slot in rules.slots},
        }
        config = Config(
            api_key="bench",
            assignment_logger=AssignmentLogger(),
            poll_interval_seconds=None,
            initial_configuration=eppo_client.Configuration(flags_configuration=json.dumps(data).encode()),
        )
        self.client, self.page = eppo_client.init(config), rules.page

    def visitor(self, visitor: Visitor) -> tuple[str, dict[str, Any]]:
        return visitor["user_id"], flat(visitor)

    def decide(self, visitor: tuple[str, dict[str, Any]]) -> Mapping[str, str]:
        ask, (user, attributes) = self.client.get_string_assignment, visitor
        return {slot: ask(slot, user, attributes, DEFAULT) for slot in self.page}

    def close(self) -> None:
        self.client.shutdown()


def _condition(kind: str, attribute: str, value: Any, negated: bool) -> dict[str, Any]:  # noqa: FBT001 - a literal
    operator, target = "GTE" if kind == "ge" else "LT", value
    if kind == "in":
        operator, target = "NOT_ONE_OF" if negated else "ONE_OF", [written(one) for one in value]
    elif kind == "any":
        operator, target = "NOT_MATCHES" if negated else "MATCHES", rf"\|({'|'.join(value)})\|"
    return {"attribute": attribute, "operator": operator, "value": target}


def _flag(rules: Rules, slot: str, segments: Mapping[str, Any]) -> dict[str, Any]:
    rows = rules.slots[slot]
    names = [*(variant for variant, _, _ in rows), DEFAULT]
    allocations = [
        _allocation(f"a{place}", segments[segment], variant, salt)
        for place, (variant, segment, salt) in enumerate(rows)
    ]
    return {
        "key": slot,
        "enabled": True,
        "variationType": "STRING",
        "totalShards": BUCKETS,
        "variations": {name: {"key": name, "value": name} for name in names},
        "allocations": [*allocations, _allocation("rest", [], DEFAULT, None)],
    }


def _allocation(key: str, rules: Any, variant: str, salt: str | None) -> dict[str, Any]:
    shards = [] if salt is None else [{"salt": salt, "ranges": [{"start": 0, "end": HALF}]}]
    return {"key": key, "rules": rules, "doLog": False, "splits": [{"variationKey": variant, "shards": shards}]}
