"""Adobe Target on the device: the decisioning engine with a local artifact, all boxes of the page in one execute.

Its parameters are texts. Two libraries it needs (tld, user-agents) are missing from its own requirements.
"""

import json
from collections.abc import Mapping
from typing import Any

import delivery_api_client as api
from target_decisioning_engine import TargetDecisioningEngine
from target_decisioning_engine.types.decisioning_config import DecisioningConfig
from target_decisioning_engine.types.target_delivery_request import TargetDeliveryRequest

from benchmarks.engines.engine import Engine
from benchmarks.engines.json_rules import json_logic
from benchmarks.normal_form import flat, written
from benchmarks.workload import DEFAULT, Node, Rules, Visitor

_BARE: Mapping[str, Any] = {
    "version": "1.0.0",
    "globalMbox": "target-global-mbox",
    "geoTargetingEnabled": False,
    "responseTokens": [],
    "remoteMboxes": [],
    "remoteViews": [],
    "localViews": [],
    "meta": {"environment": "production", "clientCode": "bench"},
}


class Target(Engine):
    def load(self, rules: Rules) -> None:
        self.page = rules.page
        conditions = {
            key: json_logic(_as_texts(node), lambda name: f"mbox.{name}", piped=True)
            for key, node in rules.segments.items()
        }
        boxes = {slot: [*_rules(rules, slot, conditions)] for slot in rules.slots}
        artifact = {**_BARE, "localMboxes": list(boxes), "rules": {"mboxes": boxes, "views": {}}}
        self.engine = TargetDecisioningEngine(
            DecisioningConfig(
                "bench",
                "bench@Org",
                polling_interval=0,
                artifact_payload=json.loads(json.dumps(artifact)),
                send_notification_func=lambda *_, **__: None,
                telemetry_enabled=False,
            )
        )
        self.engine.initialize()

    def visitor(self, visitor: Visitor) -> TargetDeliveryRequest:
        parameters = {key: written(value) for key, value in flat(visitor).items()}
        boxes = [api.MboxRequest(name=slot, index=place, parameters=parameters) for place, slot in enumerate(self.page)]
        request = api.DeliveryRequest(
            id=api.VisitorId(tnt_id=visitor["user_id"]),
            context=api.Context(channel=api.ChannelType.WEB),
            execute=api.ExecuteRequest(mboxes=boxes),
        )
        return TargetDeliveryRequest(request, session_id="s", target_location_hint="")

    def decide(self, visitor: TargetDeliveryRequest) -> Mapping[str, str]:
        found = self.engine.get_offers(visitor).execute.mboxes
        return dict.fromkeys(self.page, DEFAULT) | {
            box.name: box.options[0].content["v"] for box in found if box.options
        }

    def close(self) -> None:
        self.engine.stop_polling()


def _rules(rules: Rules, slot: str, conditions: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        _rule(slot, place, variant, conditions[segment], salt)
        for place, (variant, segment, salt) in enumerate(rules.slots[slot])
    ]


def _rule(slot: str, place: int, variant: str, test: Any, salt: str | None) -> dict[str, Any]:
    split = {"<": [{"var": "allocation"}, 50]}
    content = {"type": "json", "content": {"v": variant}}
    activity = {"activity.id": salt or slot, "activity.type": "xt", "experience.id": place}
    return {
        "ruleKey": f"{slot}-{place}",
        "condition": test if salt is None else {"and": [test, split]},
        "meta": activity | {"audience.ids": [], "offer.ids": []},
        "consequence": {"name": slot, "options": [content], "metrics": []},
    }


def _as_texts(node: Node) -> Node:
    """Write what is compared with the texts that parameters are."""
    if node[0] == "in":
        return ("in", node[1], [written(value) for value in node[2]])
    if node[0] in {"and", "or"}:
        return (node[0], [_as_texts(inner) for inner in node[1]])
    return ("not", _as_texts(node[1])) if node[0] == "not" else node
