"""Unleash: the Rust engine through its Python binding, and the public client over the same engine."""

import json
import tempfile
from collections.abc import Mapping
from typing import Any

from UnleashClient import UnleashClient
from UnleashClient.cache import FileCache
from yggdrasil_engine.engine import UnleashEngine

from benchmarks.engines.engine import Engine
from benchmarks.normal_form import conjunctions, flat, written
from benchmarks.workload import DEFAULT, Rules, Visitor

_NOWHERE = "http://127.0.0.1:9/api"
_STICKY = {"stickiness": "userId"}


class Yggdrasil(Engine):
    """`check_variant`, which counts no metrics."""

    def load(self, rules: Rules) -> None:
        self.engine, self.page = UnleashEngine(), rules.page
        self.engine.take_state(json.dumps(_state(rules)))

    def visitor(self, visitor: Visitor) -> dict[str, Any]:
        return {
            "userId": visitor["user_id"],
            "properties": {key: written(value) for key, value in flat(visitor).items()},
        }

    def decide(self, visitor: Any) -> Mapping[str, str]:
        ask = self.engine.check_variant
        return {slot: _named(ask(slot, visitor).variant.name) for slot in self.page}


class Unleash(Yggdrasil):
    """Bootstrapped from a file; no polling, no registration, no metrics."""

    def load(self, rules: Rules) -> None:
        self.folder, self.page = tempfile.TemporaryDirectory(), rules.page
        cache = FileCache("bench", directory=self.folder.name)
        cache.bootstrap_from_dict(_state(rules))
        self.client = UnleashClient(
            url=_NOWHERE,
            app_name="bench",
            cache=cache,
            disable_metrics=True,
            disable_registration=True,
            refresh_interval=86_400,
        )
        self.client.initialize_client(fetch_toggles=False)

    def decide(self, visitor: Any) -> Mapping[str, str]:
        ask = self.client.get_variant
        return {slot: _named(ask(slot, visitor)["name"]) for slot in self.page}

    def close(self) -> None:
        self.client.destroy()
        self.folder.cleanup()


def _named(variant: str) -> str:
    return DEFAULT if variant == "disabled" else variant


def _state(rules: Rules) -> dict[str, Any]:
    segments: list[dict[str, Any]] = []
    numbers: dict[str, list[int]] = {}
    for key, node in rules.segments.items():
        terms = conjunctions(node)
        numbers[key] = list(range(len(segments) + 1, len(segments) + len(terms) + 1))
        for number, term in zip(numbers[key], terms, strict=True):
            constraints = [_constraint(*literal) for literal in term]
            segments.append({"id": number, "name": f"{key}-{number}", "constraints": constraints})
    return {"version": 2, "features": [_feature(rules, slot, numbers) for slot in rules.slots], "segments": segments}


def _constraint(kind: str, attribute: str, value: Any, negated: bool) -> dict[str, Any]:  # noqa: FBT001 - a literal
    common = {"contextName": attribute, "inverted": negated, "caseInsensitive": False}
    if kind == "in":
        return common | {"operator": "IN", "values": [written(one) for one in value]}
    if kind == "any":
        return common | {"operator": "STR_CONTAINS", "values": [f"|{one}|" for one in value]}
    return common | {"operator": "NUM_GTE" if kind == "ge" else "NUM_LT", "value": str(value), "values": []}


def _feature(rules: Rules, slot: str, numbers: Mapping[str, list[int]]) -> dict[str, Any]:
    strategies = [
        _strategy(variant, number, salt or slot, "100" if salt is None else "50")
        for variant, segment, salt in rules.slots[slot]
        for number in numbers[segment]
    ]
    flags = {"enabled": True, "stale": False, "impressionData": False}
    return {"name": slot, "type": "release", "project": "default", "variants": [], "strategies": strategies} | flags


def _strategy(variant: str, segment: int, group: str, rollout: str) -> dict[str, Any]:
    return {
        "name": "flexibleRollout",
        "constraints": [],
        "segments": [segment],
        "parameters": {"rollout": rollout, "groupId": group, **_STICKY},
        "variants": [{"name": variant, "weight": 1000, "weightType": "variable", **_STICKY}],
    }
