"""Statsig: the Rust core with dynamic configs; exposure logging and network off."""

import json
from collections.abc import Mapping
from typing import Any

from statsig_python_core import DataStore, DynamicConfigEvaluationOptions, Statsig, StatsigOptions, StatsigUser
from statsig_python_core.data_store import DataStoreResponse

from benchmarks.engines.engine import Engine
from benchmarks.normal_form import Literal, conjunctions
from benchmarks.workload import DEFAULT, Rules, Visitor

_TIME = 1_700_000_000_000
_BARE: Mapping[str, Any] = {
    "feature_gates": {},
    "layer_configs": {},
    "layers": {},
    "has_updates": True,
    "time": _TIME,
    "id_lists": {},
    "sdk_configs": {},
    "sdk_flags": {},
    "experiment_to_layer": {},
    "app_id": "bench",
    "company_id": "bench",
    "response_format": "dcs-v2",
}


class StatsigCore(Engine):
    def load(self, rules: Rules) -> None:
        specs = _Specs().of(rules)

        class Local(DataStore):  # type: ignore[misc]
            def get(self, _: str) -> Any:
                return DataStoreResponse(result=specs, time=_TIME)

        options = StatsigOptions(
            data_store=Local(),
            disable_network=True,
            disable_all_logging=True,
            disable_country_lookup=True,
            enable_id_lists=False,
            disable_disk_access=True,
            output_log_level="none",
        )
        self.client, self.page = Statsig("secret-bench", options), rules.page
        self.client.initialize().wait()
        self.options = DynamicConfigEvaluationOptions(disable_exposure_logging=True)

    def visitor(self, visitor: Visitor) -> StatsigUser:
        custom = {key: value for key, value in visitor.items() if key != "user_id"}
        return StatsigUser(user_id=visitor["user_id"], custom=custom)

    def decide(self, visitor: StatsigUser) -> Mapping[str, str]:
        ask, options = self.client.get_dynamic_config, self.options
        return {slot: ask(visitor, slot, options).value["v"] for slot in self.page}

    def close(self) -> None:
        self.client.shutdown().wait()


class _Specs:
    """The datafile: rules name conditions, and equal conditions are one."""

    def __init__(self) -> None:
        self.conditions: dict[str, dict[str, Any]] = {}
        self.keys: dict[str, str] = {}

    def of(self, rules: Rules) -> str:
        configs = {slot: self._config(rules, slot) for slot in rules.slots}
        return json.dumps({**_BARE, "dynamic_configs": configs, "condition_map": self.conditions})

    def _config(self, rules: Rules, slot: str) -> dict[str, Any]:
        table = [
            self._rule(f"{slot}-{variant}-{number}", variant, term, salt)
            for variant, segment, salt in rules.slots[slot]
            for number, term in enumerate(conjunctions(rules.segments[segment]))
        ]
        kind = {"type": "dynamic_config", "entity": "dynamic_config", "idType": "userID"}
        return kind | {"salt": slot, "enabled": True, "defaultValue": {"v": DEFAULT}, "rules": table}

    def _rule(self, name: str, variant: str, term: list[Literal], salt: str | None) -> dict[str, Any]:
        found = [self._condition("user_field", attribute, *_test(kind, attribute, value, negated=negated))
                 for kind, attribute, value, negated in term]  # fmt: skip
        if salt is not None:
            found.append(self._condition("user_bucket", None, "lt", 500, {"salt": salt}))
        named = {"name": name, "id": name, "salt": name, "groupName": name, "idType": "userID"}
        return named | {"passPercentage": 100, "conditions": found, "returnValue": {"v": variant}}

    def _condition(
        self, kind: str, field: str | None, operator: str, target: Any, more: Mapping[str, str] | None = None
    ) -> str:
        body = {"type": kind, "field": field, "operator": operator, "targetValue": target}
        body |= {"additionalValues": dict(more or {}), "isDeviceBased": False, "idType": "userID"}
        key = self.keys.setdefault(json.dumps(body), str(len(self.keys) + 1))
        self.conditions[key] = body
        return key


def _test(kind: str, attribute: str, value: Any, *, negated: bool) -> tuple[str, Any]:
    if kind == "in" and attribute == "b2b":
        return "neq" if negated else "eq", value[0]
    if kind == "in":
        return "none_case_sensitive" if negated else "any_case_sensitive", list(value)
    if kind == "any":
        return "array_contains_none" if negated else "array_contains_any", list(value)
    return "gte" if kind == "ge" else "lt", value
