"""However a page is compiled, it decides alike: as if and elif, as bits, with its steps, and not compiled at all."""

from collections.abc import Callable
from typing import Any

import pytest

from cms.content.snapshot import Page, Snapshot
from cms.decisions.choosing import Choosing
from cms.decisions.decide import decide
from cms.decisions.plans import PagePlan, SlotPlan
from cms.decisions.source import page_function
from cms.experiments.experiment import is_held_out
from cms.facts.context import DecisionContext, View
from tests.decisions.worlds import Dice, visitor, workspace

WORLDS, VISITORS = 25, 12
NEVER, ALWAYS = 1_000, 0  # so many conditions are tested as bits


@pytest.mark.parametrize("seed", range(4))
def test_every_way_of_compiling_decides_alike(
    snapshot_of: Callable[[Any], Snapshot],
    surface_of: Callable[[Snapshot, str], tuple[Page, str]],
    context_of: Callable[..., DecisionContext],
    seed: int,
) -> None:
    dice, compared = Dice(100 + seed), 0
    for _ in range(WORLDS):
        snapshot = snapshot_of(_plain(workspace(dice), dice))
        for name in snapshot.surfaces:
            page, channel = surface_of(snapshot, name)
            plan = PagePlan.of(snapshot, page, channel)
            ways = [
                page_function(plan, traced=traced, many=many) for traced in (False, True) for many in (NEVER, ALWAYS)
            ]
            for _ in range(VISITORS):
                context = context_of(snapshot, page, visitor(dice), channel)
                if is_held_out(context.units, snapshot.settings.holdout):
                    continue
                slow = Choosing(plan, View(context), tracing=True)
                slots = slow.fill_all()
                for (function, is_plain), traced in zip(ways, (False, False, True, True), strict=True):
                    choosing = None if is_plain and not traced else Choosing(plan, View(context), tracing=traced)
                    assert function(context, choosing) == slots
                    assert not traced or choosing is None or choosing.steps == slow.steps
                compared += 1
                decided = decide(snapshot, page, context, trace=True)
                assert decided.trace == tuple(slow.steps)
    assert compared > WORLDS * VISITORS // 2


def _plain(files: dict[str, Any], dice: Dice) -> dict[str, Any]:
    """Take from a world's entries and slots, from most of them, all but what their conditions decide."""
    plain = dict(files)
    for path, made in files.items():
        if path.startswith("content/entries/") and dice.likely(80):
            kept = {key: made[key] for key in ("audience", "service") if key in made}
            variants = [_words(variant) for variant in made["variants"]]
            variants += (
                [] if variants[-1]["key"] == "default" else [{"key": "default", "content": {"en": {"text": "Hello"}}}]
            )
            plain[path] = {**kept, "component": "note", "variants": variants}
        elif "slots" in made:
            plain[path] = made | {"slots": {key: {**slot, "count": 1} for key, slot in made["slots"].items()}}
    return {
        path: {k: v for k, v in made.items() if k != "max_offers"} if "slots" in made else made
        for path, made in plain.items()
    }


def _words(variant: dict[str, Any]) -> dict[str, Any]:
    content = {locale: {"text": "Hello"} for locale in variant["content"]}
    return {key: variant[key] for key in ("key", "when") if key in variant} | {"content": content}


def test_the_worlds_have_slots_of_both_kinds(
    snapshot_of: Callable[[Any], Snapshot], surface_of: Callable[[Snapshot, str], tuple[Page, str]]
) -> None:
    """Or the test above would prove little."""
    slots, involved, dice = 0, 0, Dice(7)
    for _ in range(40):
        snapshot = snapshot_of(_plain(workspace(dice), dice))
        for name in snapshot.surfaces:
            page, channel = surface_of(snapshot, name)
            function, _ = page_function(PagePlan.of(snapshot, page, channel), traced=False)
            slots += len(page.slots)
            involved += sum(isinstance(value, SlotPlan) for value in function.__globals__.values())
    assert 20 < involved < slots - 20
