"""The engine chooses what the slow, obvious reading of the design chooses, and loses the others for the same reason."""

import json
import os
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from cms.content.snapshot import Page, Snapshot
from cms.decisions.decide import decide
from cms.decisions.decision import Choice, Decision
from cms.facts.context import DecisionContext
from tests.decisions.obvious import Obvious
from tests.decisions.visitors import visitor
from tests.decisions.worlds import Dice, workspace

BATCHES = int(
    os.environ.get("DECISION_BATCHES", "8")
)  # of 10 worlds × 30 visitors each, on a page and mostly in a mail
WORLDS, VISITORS = 10, 30
Difference = Callable[[dict[str, Any], dict[str, Any]], str]


@pytest.fixture(scope="session")
def difference(
    snapshot_of: Callable[[Any], Snapshot],
    surface_of: Callable[[Snapshot, str], tuple[Page, str]],
    context_of: Callable[..., DecisionContext],
) -> Callable[[Snapshot, Mapping[str, Any]], str]:
    """Tell how the engine differs for one visitor; "" if it does not."""

    def found(snapshot: Snapshot, told: Mapping[str, Any]) -> str:
        for name in snapshot.surfaces:
            page, channel = surface_of(snapshot, name)
            context = context_of(snapshot, page, told, channel)
            said = _difference(Obvious(snapshot, page, context), decide(snapshot, page, context, trace=True))
            if said:
                return f"on {name}:\n{said}"
        return ""

    return found


@pytest.mark.parametrize("batch", range(BATCHES))
def test_the_engine_chooses_what_the_obvious_reading_chooses(
    snapshot_of: Callable[[Any], Snapshot], difference: Callable[[Snapshot, Mapping[str, Any]], str], batch: int
) -> None:
    dice = Dice(batch)
    for _ in range(WORLDS):
        files = workspace(dice)
        snapshot = snapshot_of(files)
        for _ in range(VISITORS):
            told = visitor(dice)
            said = difference(snapshot, told)
            assert not said, _story(files, told, said)


def _difference(obvious: Obvious, decision: Decision) -> str:
    """Compare what is shown, and why what was tried before it is not; of what was not tried the engine may say more."""
    expected = {slot: [str(shown) for shown in chosen] for slot, chosen in obvious.decide().items()}
    shown = {slot: [_said(choice) for choice in choices] for slot, choices in decision.slots.items()}
    lost = {(step.slot, step.entry, step.variant): step.outcome for step in decision.trace}
    slots = [f"{slot}: obvious {what}, engine {shown[slot]}" for slot, what in expected.items() if what != shown[slot]]
    why = [f"{key}: obvious {why}, engine {lost.get(key)}" for key, why in obvious.lost.items() if why != lost.get(key)]
    return "\n".join(slots + why)


def _said(choice: Choice) -> str:
    skus = " ".join(product.sku for product in choice.products)
    return f"{choice.entry}:{choice.variant} {choice.reason} {choice.locale} {skus}".strip()


def _story(files: Mapping[str, Any], told: Mapping[str, Any], said: str) -> str:
    """Tell the world, the visitor and the difference, each on lines of its own."""
    world = [f"{path}: {json.dumps(data, ensure_ascii=False)}" for path, data in files.items()]
    return "\n".join(["", *world, f"visitor: {json.dumps(told, ensure_ascii=False)}", said])
