"""Optimizely: `decide_for_keys` with decision events off, audiences shared."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from optimizely import optimizely
from optimizely.decision.optimizely_decide_option import OptimizelyDecideOption
from optimizely.helpers.sdk_settings import OptimizelySdkSettings

from benchmarks.engines.engine import Engine
from benchmarks.normal_form import flat
from benchmarks.workload import ATTRIBUTES, BUCKETS, DEFAULT, HALF, Node, Rules, Visitor

_BARE: Mapping[str, Any] = {
    "version": "4",
    "projectId": "1",
    "accountId": "1",
    "revision": "1",
    "anonymizeIP": False,
    "botFiltering": False,
    "attributes": [{"id": name, "key": name} for name in ATTRIBUTES],
    "events": [],
    "groups": [],
    "audiences": [],
    "variables": [],
}


class _Silent:
    @staticmethod
    def dispatch_event(_: object) -> None:
        pass


class Optimizely(Engine):
    def load(self, rules: Rules) -> None:
        datafile = {
            **_BARE,
            "typedAudiences": [_audience(key, node) for key, node in rules.segments.items()],
            "experiments": [experiment for slot in rules.slots for experiment in _experiments(rules, slot)],
            "rollouts": [_rollout(slot) for slot in rules.slots],
            "featureFlags": [_flag(slot, len(rows)) for slot, rows in rules.slots.items()],
        }
        self.client = optimizely.Optimizely(
            json.dumps(datafile),
            event_dispatcher=_Silent,
            skip_json_validation=True,
            settings=OptimizelySdkSettings(odp_disabled=True),
        )
        self.options, self.page = [OptimizelyDecideOption.DISABLE_DECISION_EVENT], list(rules.page)

    def visitor(self, visitor: Visitor) -> Any:
        return self.client.create_user_context(visitor["user_id"], flat(visitor))

    def decide(self, visitor: Any) -> Mapping[str, str]:
        found = visitor.decide_for_keys(self.page, self.options)
        return {slot: found[slot].variation_key for slot in self.page}

    def close(self) -> None:
        self.client.close()


def _audience(key: str, node: Node) -> dict[str, Any]:
    condition = _condition(node)
    return {"id": key, "name": key, "conditions": condition if isinstance(condition, list) else ["or", condition]}


def _condition(node: Node) -> Any:
    kind = node[0]
    if kind in {"and", "or"}:
        return [kind, *map(_condition, node[1])]
    if kind == "not":
        return ["not", _condition(node[1])]
    if kind == "range":
        tests = [(word, end) for word, end in (("ge", node[2]), ("lt", node[3])) if end is not None]
    else:
        tests = [("exact", value) if kind == "in" else ("substring", f"|{value}|") for value in node[2]]
    leaves = [{"type": "custom_attribute", "name": node[1], "match": match, "value": value} for match, value in tests]
    return leaves[0] if len(leaves) == 1 else ["and" if kind == "range" else "or", *leaves]


def _experiments(rules: Rules, slot: str) -> Iterator[dict[str, Any]]:
    for place, (variant, segment, salt) in enumerate(rules.slots[slot]):
        end = BUCKETS if salt is None else HALF
        yield _experiment(f"{slot}_{place}", variant, layer=salt, audiences=[segment], end=end)


def _rollout(slot: str) -> dict[str, Any]:
    """Everybody else gets the default."""
    everybody = _experiment(f"{slot}_re", DEFAULT, layer=f"{slot}_r", audiences=[], end=BUCKETS)
    return {"id": f"{slot}_r", "experiments": [everybody]}


def _experiment(key: str, variant: str, *, layer: str | None, audiences: list[str], end: int) -> dict[str, Any]:
    return {
        "id": key,
        "key": key,
        "layerId": layer or key,
        "status": "Running",
        "forcedVariations": {},
        "audienceIds": audiences,
        "variations": [{"id": f"{key}v", "key": variant, "featureEnabled": True, "variables": []}],
        "trafficAllocation": [{"entityId": f"{key}v", "endOfRange": end}],
    }


def _flag(slot: str, rows: int) -> dict[str, Any]:
    mine = [f"{slot}_{place}" for place in range(rows)]
    return {"id": slot, "key": slot, "rolloutId": f"{slot}_r", "experimentIds": mine, "variables": []}
