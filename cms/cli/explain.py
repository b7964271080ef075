"""`cms explain`: why a persona sees, or a visitor saw, what it is, and why not the rest."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from cms.cli.options import format_option, now, workspace_option
from cms.cli.rehearsing import compiled, persona_of, place_of, refuse
from cms.content.snapshot import Page, Snapshot
from cms.counterfactuals import Change, smallest_changes
from cms.decisions.decision import Decision
from cms.decisions.rehearsal import Rehearsal
from cms.explanations.explaining import Explainer, Explanation
from cms.explanations.telling import Teller
from cms.facts.context import DecisionContext
from cms.problems import did_you_mean
from cms.segments.phrases import LANGUAGES


@dataclass(frozen=True, slots=True)
class _Candidate:
    """One that was looked at, and the smallest change that would flip it."""

    found: Explanation
    changes: tuple[Change, ...] | None


@dataclass(frozen=True, slots=True)
class _Case:
    """What is to be explained: `told` heads the JSON and `heading` the text, `slots` give each slot's candidates.

    `missing` are the signals that could not be had, and why.
    """

    told: Mapping[str, Any]
    heading: str
    surface: str
    missing: Mapping[str, str]
    snapshot: Snapshot
    decision: Decision
    slots: Mapping[str, Sequence[_Candidate]]


@click.command("explain")
@click.argument("who", metavar="PERSONA|DECISION")
@click.argument("place", required=False, default="")
@workspace_option
@format_option
@click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True, help="Of the sentences.")
def command(who: str, place: str, workspace: Path | None, form: str, language: str) -> None:
    """Say what PERSONA sees at PLACE and why: a page (cart), a slot (cart/top) or a mail (emails/abandoned-cart).

    Or make a DECISION that was answered (d_…) again from the decision log, all of it or the slot at PLACE; if anything
    comes out otherwise, that is said instead, and the exit code is 1.

    Every candidate is listed with the first condition it failed, the value found there, who told it and when, and the
    smallest change with which it would be shown.
    """
    case = _logged(who, place, workspace) if who.startswith("d_") else _rehearsed(who, place, workspace)
    teller = Teller(case.snapshot.segment_titles, language)
    if form == "json":
        click.echo(json.dumps(_as_json(case, teller), ensure_ascii=False, indent=2))
        return
    for line in _as_text(case, teller):
        click.echo(line)


def _rehearsed(persona: str, place: str, workspace: Path | None) -> _Case:
    if not place:
        raise click.UsageError("Name a place too, such as cart: what a persona sees differs from page to page.")
    snapshot = compiled(workspace)
    rehearsal = Rehearsal(snapshot, persona_of(snapshot, persona), now=now())
    surface, slot = place_of(snapshot, place)
    is_email = surface.startswith("emails/")
    page = snapshot.surfaces[surface]
    decision = rehearsal.decide(page, email=is_email, trace=True)
    context = rehearsal.context(page, channel="email" if is_email else rehearsal.request.channel)
    title = snapshot.personas[persona].title
    heading = f"{persona}: {title}" if title else persona
    told = {"persona": persona, "place": place, "stage": decision.stage}
    slots = _candidates(snapshot, page, context, decision, slot)
    return _Case(told, heading, surface, {}, snapshot, decision, slots)


def _logged(key: str, place: str, workspace: Path | None) -> _Case:
    from cms.cli.logged import logged  # noqa: PLC0415 - a persona needs no database

    again = logged(key, workspace)
    record, decision = again.record, again.replay.decision
    named = place.removeprefix(f"{record.surface}/")
    if named not in {"", record.surface, *decision.slots}:
        refuse(f'{record.surface} has no slot "{named}". {did_you_mean(named, decision.slots)}')
    decided = f"decided {record.now.isoformat(sep=' ')} on release {record.release[:12]}"
    heading = f"{key}: {decided}; made again, it is the same"
    told: dict[str, Any] = {
        "decision": key,
        "place": place or record.surface,
        "stage": decision.stage,
        "now": record.now.isoformat(),
    }
    told |= {"release": record.release, "engine": record.engine, "identical": True, "missing": record.missing}
    slot = "" if named == record.surface else named
    snapshot, context = again.snapshot, again.replay.context
    page = snapshot.surfaces[record.surface]
    slots = _candidates(snapshot, page, context, decision, slot, record.missing)
    return _Case(told, heading, record.surface, record.missing, snapshot, decision, slots)


def _candidates(
    snapshot: Snapshot,
    page: Page,
    context: DecisionContext,
    decision: Decision,
    slot: str,
    missing: Mapping[str, str] | None = None,
) -> Mapping[str, Sequence[_Candidate]]:
    """Look at the candidates of one slot, or of all where none is named."""
    explainer = Explainer(snapshot, context, missing)
    asked = [slot] if slot else list(decision.slots)
    steps = [step for step in decision.trace if step.slot in asked]
    found: dict[str, list[_Candidate]] = {key: [] for key in asked}
    for step, changes in zip(steps, smallest_changes(snapshot, page, context, steps), strict=True):
        found[step.slot].append(_Candidate(explainer.explained(step), changes))
    return found


def _as_json(case: _Case, teller: Teller) -> dict[str, Any]:
    return {
        **case.told,
        "slots": {
            slot: {
                "chosen": [
                    {
                        "entry": found.entry,
                        "variant": found.variant,
                        "reason": str(found.reason),
                        "locale": found.locale,
                    }
                    for found in case.decision.slots[slot]
                ],
                "steps": [_step_json(candidate, teller) for candidate in candidates],
            }
            for slot, candidates in case.slots.items()
        },
    }


def _step_json(candidate: _Candidate, teller: Teller) -> dict[str, Any]:
    told = teller.data(candidate.found, candidate.changes)
    return {name: value for name, value in told.items() if name != "slot"}


def _as_text(case: _Case, teller: Teller) -> list[str]:
    lines = [case.heading, teller.place(case.surface, case.decision.stage)]
    lines += [f"without {signal} ({why})" for signal, why in case.missing.items()]
    for slot, candidates in case.slots.items():
        shown = ", ".join(
            f"{found.entry}:{found.variant} ({found.reason}, {found.locale})" for found in case.decision.slots[slot]
        )
        lines += ["", f"{slot}: {shown or teller.nothing}"]
        for candidate in candidates:
            change = teller.change(candidate.found, candidate.changes)
            lines += [f"  {teller.step(candidate.found)}", *([f"      {change}"] if change else [])]
    return lines
