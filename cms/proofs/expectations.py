"""Personas as tests: what each is expected to see, held against what is decided for it."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from cms.content.snapshot import Snapshot
from cms.decisions.decision import Choice
from cms.decisions.rehearsal import Rehearsal
from cms.problems import Problem, pointer_of
from cms.workspace.documents import Document


def check_personas(snapshot: Snapshot, documents: Mapping[str, Document], *, now: datetime) -> list[Problem]:
    """Rehearse every persona.

    Args:
        snapshot: What is decided on; that the places and entries of `expect` exist was checked with it.
        documents: The personas' files by key, to place the findings in.
        now: The clock of personas that give none.
    """
    return [
        documents[key].place(problem)
        for key, persona in snapshot.personas.items()
        for problem in _broken(Rehearsal(snapshot, persona, now=now))
    ]


def _broken(rehearsal: Rehearsal) -> Iterator[Problem]:
    for place, wanted in rehearsal.persona.expect.items():
        surface, _, slot = place.rpartition("/")
        page = rehearsal.snapshot.surfaces[surface.removeprefix("pages/")]
        shown = rehearsal.decide(page, email=surface.startswith("emails/")).slots[slot]
        if not holds(wanted, shown):
            message = f'{place} is expected to show "{wanted}", but shows {_said(shown)}.'
            hint = f"Try: cms explain {rehearsal.persona.key} {surface}."
            subject = f"{rehearsal.persona.key} at {place}"
            yield Problem("expectation", message, "/expect" + pointer_of(place), hint, subject=subject)


def holds(wanted: str, shown: tuple[Choice, ...]) -> bool:
    """Say whether a slot shows what is expected of it: `entry:variant`, `entry`, or `none`."""
    if wanted == "none":
        return not shown
    return any(wanted in {choice.entry, f"{choice.entry}:{choice.variant}"} for choice in shown)


def _said(shown: tuple[Choice, ...]) -> str:
    return ", ".join(f'"{choice.entry}:{choice.variant}"' for choice in shown) or "nothing"
