"""Deciding, pinned by data: every file of `cases/` but `buckets.json` is a world and what is decided in it.

A case file is language-neutral JSON, so that another implementation can run it too:

- `workspace`: path → file, laid over `tests/workspaces/plain`; JSON as data, copy files as text.
- `cases`, each laid over the file's own `given`:
  - `name`: what it shows;
  - `page`: the page asked for, `cart` unless given; `emails/…` is a mail;
  - `request`: the body of `POST /v1/pages/{page}`, from a caller whose unit prices are believed;
  - `shop`: signal → the shop's answer in the open signals API; a signal that is not there is unknown;
  - `stale`: the signals past their fresh age;
  - `facts`: further facts by full name, null for unknown; `counted`: our own counters are known;
  - `now`: the clock, 2026-12-02T12:00Z unless given;
  - `slots`: slot → what it shows, as `entry:variant REASON` and, where it is not `en`, the locale;
  - `products`: slot → the SKUs shown, if it matters;
  - `trace`: lines that the trace must hold, as `slot entry:variant outcome: test (seen)`.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cms.content.snapshot import Page, Snapshot
from cms.decisions.decide import decide
from cms.decisions.decision import Choice, Step
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


def _said(step: Step) -> str:
    name = ":".join(part for part in (step.entry, step.variant) if part) or "-"
    what = ", ".join(part for part in (step.test, step.rival) if part)
    return (
        f"{step.slot} {name} {step.outcome}" + (f": {what}" if what else "") + (f" ({step.seen})" if step.seen else "")
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
    trace = [_said(step) for step in decision.trace]
    assert case["slots"] == shown
    assert case.get("products", {}).items() <= products.items()
    assert [] == [line for line in case.get("trace", ()) if line not in trace], trace
