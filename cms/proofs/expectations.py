"""Personas as tests: what each is expected to see, held against what is decided for it."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from cms.content.snapshot import Page, Snapshot
from cms.decisions.decision import Choice
from cms.decisions.rehearsal import Rehearsal
from cms.problems import Problem, did_you_mean, pointer_of
from cms.workspace.documents import Document


def check_personas(snapshot: Snapshot, documents: Mapping[str, Document], *, now: datetime) -> list[Problem]:
    """Rehearse every persona.

    Args:
        snapshot: What is decided on.
        documents: The personas' files by key, to place the findings in.
        now: The clock of personas that give none.
    """
    found: list[Problem] = []
    for key, persona in snapshot.personas.items():
        rehearsal = Rehearsal(snapshot, persona, now=now)
        problems = [*rehearsal.problems, *_broken(rehearsal, persona.expect)]
        found += [documents[key].place(problem) for problem in problems]
    return found


def _broken(rehearsal: Rehearsal, expect: Mapping[str, str]) -> Iterator[Problem]:
    for place, wanted in expect.items():
        pointer = "/expect" + pointer_of(place)
        surface, _, slot = place.rpartition("/")
        page, is_email = _page(rehearsal.snapshot, surface)
        if page is None or all(found.key != slot for found in page.slots):
            known = [
                f"{prefix}{key}/{found.key}"
                for prefix, key, page in _places(rehearsal.snapshot)
                for found in page.slots
            ]
            yield Problem("unknown-slot", f'No slot "{place}".', pointer + "#key", did_you_mean(place, known))
            continue
        unknown = _unknown_target(rehearsal.snapshot, wanted)
        if unknown is not None:
            yield unknown.below(pointer)
            continue
        shown = rehearsal.decide(page, email=is_email).slots[slot]
        if not _holds(wanted, shown):
            message = f'{place} is expected to show "{wanted}", but shows {_said(shown)}.'
            yield Problem("expectation", message, pointer, f"Try: cms explain {rehearsal.persona.key} {surface}.")


def _page(snapshot: Snapshot, surface: str) -> tuple[Page | None, bool]:
    if surface.startswith("emails/"):
        email = snapshot.emails.get(surface.removeprefix("emails/"))
        return (email.page if email else None), True
    return snapshot.pages.get(surface.removeprefix("pages/")), False


def _places(snapshot: Snapshot) -> Iterator[tuple[str, str, Page]]:
    yield from (("", key, page) for key, page in snapshot.pages.items())
    yield from (("emails/", key, email.page) for key, email in snapshot.emails.items())


def _unknown_target(snapshot: Snapshot, wanted: str) -> Problem | None:
    entry, _, variant = wanted.partition(":")
    if wanted == "none":
        return None
    if entry not in snapshot.entries:
        return Problem("unknown-entry", f'No entry "{entry}".', "", did_you_mean(entry, [*snapshot.entries, "none"]))
    keys = [found.key for found in snapshot.entries[entry].variants]
    if variant and variant not in keys:
        return Problem("unknown-variant", f'"{entry}" has no variant "{variant}".', "", did_you_mean(variant, keys))
    return None


def _holds(wanted: str, shown: tuple[Choice, ...]) -> bool:
    if wanted == "none":
        return not shown
    return any(wanted in {choice.entry, f"{choice.entry}:{choice.variant}"} for choice in shown)


def _said(shown: tuple[Choice, ...]) -> str:
    return ", ".join(f'"{choice.entry}:{choice.variant}"' for choice in shown) or "nothing"
