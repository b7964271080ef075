"""`cms explain`: why a persona sees what it sees, and why not the rest."""

import json
import sys
from pathlib import Path
from typing import Any

import click

from cms.cli.options import files_of, format_option, now, workspace_option
from cms.content.snapshot import Page, Snapshot
from cms.decisions.decision import Decision, Step
from cms.decisions.rehearsal import Rehearsal
from cms.problems import did_you_mean
from cms.runtime.verification import verify


@click.command("explain")
@click.argument("persona")
@click.argument("place")
@workspace_option
@format_option
def command(persona: str, place: str, workspace: Path | None, form: str) -> None:
    """Say what PERSONA sees at PLACE and why: a page (cart), a slot (cart/top) or a mail (emails/abandoned-cart).

    Every candidate is listed with the first condition it failed and the value found there.
    """
    verified = verify(files_of(workspace), now=now())
    if verified.snapshot is None:
        click.echo("The workspace has errors: run cms check.", err=True)
        sys.exit(1)
    snapshot = verified.snapshot
    if persona not in snapshot.personas:
        _stop(f'No persona "{persona}". {did_you_mean(persona, snapshot.personas)}')
    page, slot, is_email = _place(snapshot, place)
    rehearsal = Rehearsal(snapshot, snapshot.personas[persona], now=now())
    decision = rehearsal.decide(page, email=is_email, trace=True)
    slots = [slot] if slot else list(decision.slots)
    if form == "json":
        click.echo(json.dumps(_as_json(persona, place, decision, slots), ensure_ascii=False, indent=2))
        return
    for line in _as_text(snapshot, persona, decision, slots):
        click.echo(line)


def _stop(message: str) -> None:
    click.echo(message.strip(), err=True)
    sys.exit(2)


def _place(snapshot: Snapshot, place: str) -> tuple[Page, str, bool]:
    surfaces = {**snapshot.pages, **{f"emails/{key}": email.page for key, email in snapshot.emails.items()}}
    for surface, page in surfaces.items():
        if place == surface:
            return page, "", surface.startswith("emails/")
        for slot in page.slots:
            if place == f"{surface}/{slot.key}":
                return page, slot.key, surface.startswith("emails/")
    known = [*surfaces, *(f"{surface}/{slot.key}" for surface, page in surfaces.items() for slot in page.slots)]
    _stop(f'No page, slot or mail "{place}". {did_you_mean(place, known)}')
    raise AssertionError


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
        lines += [f"  {_said(step)}" for step in decision.trace if step.slot == slot]
    return lines


def _said(step: Step) -> str:
    name = ":".join(part for part in (step.entry, step.variant) if part) or "the slot"
    mark = "+" if step.outcome == "chosen" else "-"
    said = OUTCOMES[step.outcome].format(test=step.test, seen=step.seen, rival=step.rival)
    return f"{mark} {name}: {said}"


OUTCOMES = {
    "chosen": "shown",
    "when": "needs {test}; it is {seen}",
    "audience": "is for those with {test}; it is {seen}",
    "schedule": "is not scheduled now",
    "content": "is not written for {test} or its fallbacks",
    "placeholder": "cannot be filled: {test} is unknown",
    "promise": "commerce does not confirm its {test}",
    "claims": "would contradict {rival}: {test}",
    "rail": "its rail {test} has too few products",
    "repeats": "would only repeat products shown or in the cart",
    "max-offers": "the page has its offers already: {rival}",
    "exclusive": "its group is taken by {rival}",
    "stage": "is never shown at the stage {test}",
    "channel": "has no output for {test}",
    "capped": "was shown often enough ({test}; seen {seen})",
    "dismissed": "was dismissed on {seen}",
    "held-out": "is kept back: this visitor is held out",
    "outranked": "was not needed: {rival} came first",
    "not-drawn": "is shown only by its experiment",
}
