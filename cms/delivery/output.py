"""From an answer to JSON: slots in the format asked for."""

import json
import logging
from collections.abc import Collection, Iterator
from decimal import Decimal
from typing import Any

from cms.counterfactuals import smallest_changes
from cms.decisions.decision import Choice
from cms.errors import CmsError
from cms.explanations.explaining import Explainer
from cms.explanations.telling import Teller
from cms.rendering.filling import filled
from cms.rendering.products import product_view
from cms.runtime.answers import Answer
from cms.runtime.site import Site

_MOST_REPLAYS = 240  # of the decision, to find all changes of a trace: about a quarter of a second
_log = logging.getLogger("cms.delivery")


def page_body(site: Site, answer: Answer, *, form: str, slots: list[str] | None, trace: bool) -> dict[str, Any]:
    """Write a page's answer; which slots are asked changes only what is returned."""
    decision = answer.decision
    asked = [key for key in decision.slots if slots is None or key in slots]
    body: dict[str, Any] = {
        "page": decision.page,
        "release": site.snapshot.release,
        "sequence": site.sequence,
        "decision": answer.key,
        "stage": decision.stage,
        "slots": {key: items(site, answer, key, form) for key in asked},
        "degraded": degraded(answer),
        "ttl": answer.ttl_s,
    }
    return body | ({"trace": list(_trace(site, answer, asked))} if trace else {})


def release_headers(site: Site) -> dict[str, str]:
    """Say in the headers too by which release an answer was made."""
    return {"CMS-Release": site.snapshot.release, "CMS-Sequence": str(site.sequence)}


def degraded(answer: Answer) -> list[dict[str, str]]:
    return [{"signal": found.signal, "why": found.why} for found in answer.degraded]


def items(site: Site, answer: Answer, slot: str, form: str) -> list[dict[str, Any]]:
    """Write one slot; an item whose template fails is left out and logged, the page goes on."""
    written = []
    for choice in answer.decision.slots[slot]:
        try:
            shown = _shown(site, answer, choice, slot, form)
        except CmsError as failure:
            _log.error("fragment_failed entry=%s variant=%s code=%s", choice.entry, choice.variant, failure.code)
            continue
        written.append(_item(choice) | shown)
    return written


def _item(choice: Choice) -> dict[str, Any]:
    return {
        "entry": choice.entry,
        "component": choice.component,
        "variant": choice.variant,
        "locale": choice.locale,
        "reason": str(choice.reason),
        "products": [product_view(product, choice.locale) for product in choice.products],
        "dismissible": choice.dismissible,
    }


def _shown(site: Site, answer: Answer, choice: Choice, slot: str, form: str) -> dict[str, Any]:
    if form == "html":
        return {"html": site.renderer.html(choice, answer.view, decision=answer.key, slot=slot)}
    if form == "blocks":
        return {"blocks": site.renderer.blocks(choice, answer.view)}
    return {"content": filled(choice, answer.view)}


def _trace(site: Site, answer: Answer, asked: Collection[str]) -> Iterator[dict[str, Any]]:
    """Tell of every candidate; of those in the slots asked for also the smallest change that would flip it."""
    snapshot, context = site.snapshot, answer.view.context
    page, steps = snapshot.pages[answer.decision.page], answer.decision.trace
    explainer = Explainer(snapshot, context, {found.signal: found.why for found in answer.degraded})
    teller = Teller(snapshot.segment_titles, context.locale)
    looked_at = [step for step in steps if step.slot in asked]
    most = _MOST_REPLAYS // max(1, len(looked_at))
    changes = smallest_changes(snapshot, page, context, looked_at, most_replays=most)
    for step in steps:
        yield teller.data(explainer.explained(step), next(changes) if step.slot in asked else ())


def written(body: Any) -> str:
    """Write JSON the same way on every node."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), default=_number)


def _number(value: object) -> int | float:
    if not isinstance(value, Decimal):
        raise TypeError(f"{type(value).__name__} is not written to JSON")
    return int(value) if value == value.to_integral_value() else float(value)
