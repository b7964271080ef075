"""`cms explain`: why a persona sees what it sees, and why not the rest."""

import json
from pathlib import Path
from typing import Any

import click

from cms.cli.options import format_option, now, workspace_option
from cms.cli.rehearsing import compiled, persona_of, place_of
from cms.content.snapshot import Snapshot
from cms.decisions.decision import Decision, Step
from cms.decisions.rehearsal import Rehearsal
from cms.decisions.words import said_step


@click.command("explain")
@click.argument("persona")
@click.argument("place")
@workspace_option
@format_option
def command(persona: str, place: str, workspace: Path | None, form: str) -> None:
    """Say what PERSONA sees at PLACE and why: a page (cart), a slot (cart/top) or a mail (emails/abandoned-cart).

    Every candidate is listed with the first condition it failed and the value found there.
    """
    snapshot = compiled(workspace)
    rehearsal = Rehearsal(snapshot, persona_of(snapshot, persona), now=now())
    surface, slot = place_of(snapshot, place)
    is_email = surface.startswith("emails/")
    decision = rehearsal.decide(snapshot.surfaces[surface], email=is_email, trace=True)
    slots = [slot] if slot else list(decision.slots)
    if form == "json":
        click.echo(json.dumps(_as_json(persona, place, decision, slots), ensure_ascii=False, indent=2))
        return
    for line in _as_text(snapshot, persona, decision, slots):
        click.echo(line)


def _as_json(persona: str, place: str, decision: Decision, slots: list[str]) -> dict[str, Any]:
    return {
        "persona": persona,
        "place": place,
        "stage": decision.stage,
        "slots": {
            slot: {
                "chosen": [
                    {
                        "entry": found.entry,
                        "variant": found.variant,
                        "reason": str(found.reason),
                        "locale": found.locale,
                    }
                    for found in decision.slots[slot]
                ],
                "steps": [_step_json(step) for step in decision.trace if step.slot == slot],
            }
            for slot in slots
        },
    }


def _step_json(step: Step) -> dict[str, str]:
    return {name: getattr(step, name) for name in step.__slots__ if name != "slot" and getattr(step, name)}


def _as_text(snapshot: Snapshot, persona: str, decision: Decision, slots: list[str]) -> list[str]:
    title = snapshot.personas[persona].title
    lines = [f"{persona}: {title}" if title else persona, f"at {decision.page}, stage {decision.stage}"]
    for slot in slots:
        shown = ", ".join(
            f"{found.entry}:{found.variant} ({found.reason}, {found.locale})" for found in decision.slots[slot]
        )
        lines += ["", f"{slot}: {shown or 'nothing'}"]
        lines += [f"  {said_step(step)}" for step in decision.trace if step.slot == slot]
    return lines
