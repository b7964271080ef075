"""Deciding, pinned by data: every file of `cases/` is a world and what is decided in it; docs/cases.md tells the format."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cms.content.snapshot import Page, Snapshot
from cms.decisions.decide import decide
from cms.decisions.decision import Choice
from cms.explanations.explaining import Explainer, Explanation
from cms.explanations.notation import said_seen, said_test
from cms.facts.context import DecisionContext

CASES = Path(__file__).parent / "cases"


def _cases() -> Iterator[Any]:
    for path in sorted(CASES.glob("*.json")):
        world = json.loads(path.read_text(encoding="utf-8"))
        for case in world.get("cases", ()):
            yield pytest.param(
                world["workspace"], {**world.get("given", {}), **case}, id=f"{path.stem}: {case['name']}"
            )


def _shown(choice: Choice) -> str:
    locale = "" if choice.locale == "en" else f" {choice.locale}"
    return f"{choice.entry}:{choice.variant} {choice.reason}{locale}"


def _said(found: Explanation) -> str:
    step = found.step
    name = ":".join(part for part in (step.entry, step.variant) if part) or "-"
    what = ", ".join(part for part in (said_test(found), step.rival) if part)
    return (
        f"{step.slot} {name} {step.outcome}"
        + (f": {what}" if what else "")
        + (f" ({said_seen(found)})" if said_seen(found) else "")
    )


@pytest.mark.parametrize(("workspace", "case"), list(_cases()))
def test_a_case_is_decided_as_written(
    snapshot_of: Callable[[Any], Snapshot],
    surface_of: Callable[[Snapshot, str], tuple[Page, str]],
    context_of: Callable[..., DecisionContext],
    workspace: dict[str, Any],
    case: dict[str, Any],
) -> None:
    snapshot = snapshot_of({**workspace, **case.get("workspace", {})})
    page, channel = surface_of(snapshot, case.get("page", "cart"))
    context = context_of(snapshot, page, case, channel)

    decision = decide(snapshot, page, context, trace=True)

    shown = {slot: [_shown(choice) for choice in choices] for slot, choices in decision.slots.items()}
    products = {
        slot: [p.sku for choice in choices for p in choice.products] for slot, choices in decision.slots.items()
    }
    explainer = Explainer(snapshot, context)
    trace = [_said(explainer.explained(step)) for step in decision.trace]
    assert case["slots"] == shown
    assert case.get("products", {}).items() <= products.items()
    assert [] == [line for line in case.get("trace", ()) if line not in trace], trace
