"""`cms matrix`: who sees what, every place held against every persona."""

import json
import textwrap
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import click

from cms.cli import coverage
from cms.cli.options import now, workspace_option
from cms.cli.rehearsing import as_seen, compiled, personas_of, place_of
from cms.content.snapshot import Persona, Snapshot
from cms.decisions.decision import Choice, Reason
from cms.explanations.words import REASON_WORDS
from cms.proofs.coverage import Effort, coverage_of
from cms.proofs.matrix import Cell, Matrix, Place, Unseen, matrix_of
from cms.proofs.proving import is_solver_installed
from cms.proofs.solving import Deadline
from cms.rendering.standalone import standalone

_COLUMNS = 110
_MOST_VISITORS = 50_000  # that are made for --coverage
_SOLVING_S = 120.0
_TARGETED = (Reason.TARGETING_MATCH, Reason.SPLIT, Reason.STALE)
_SHOWN = (Reason.TARGETING_MATCH, Reason.SPLIT, Reason.STALE, Reason.DEFAULT, Reason.STATIC)


@click.command("matrix")
@workspace_option
@click.option(
    "--page",
    "pages",
    multiple=True,
    help="Only this page (cart), mail (emails/abandoned-cart) or slot; may be given several times.",
)
@click.option("--persona", "personas", multiple=True, help="Only this persona; may be given several times.")
@click.option("--locale", help="Put every persona into this locale; what they expect is then not held against it.")
@click.option("--coverage", "is_coverage", is_flag=True, help="Show instead which segments get offers at which stage.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "html"]),
    default="text",
    show_default=True,
    help="How to print; html is one file that needs nothing else.",
)
def command(
    workspace: Path | None,
    pages: tuple[str, ...],
    personas: tuple[str, ...],
    locale: str | None,
    form: str,
    *,
    is_coverage: bool,
) -> None:
    """Show what every persona sees at every place, and which variants nobody sees.

    By place, then by what is shown there. A tick says that a persona expects what it sees; ↳ that a variant is not
    written in the persona's locale and is shown in a fallback.

    With --coverage, visitors of every named segment are made besides the personas, to see who gets which offers.
    """
    snapshot = compiled(workspace)
    if is_coverage:
        if personas or locale or form == "html":
            raise click.UsageError("--coverage is of all visitors, as text or JSON: it takes --page only.")
        click.echo(_coverage(snapshot, pages, form))
        return
    chosen = personas_of(snapshot, personas or snapshot.personas)
    seen = [as_seen(snapshot, persona, locale=locale) for persona in chosen]
    matrix = _matrix(snapshot, seen, pages)
    written = {"text": _as_text, "json": _as_json, "html": _as_html}[form]
    click.echo(written(matrix, locale or ""))


def _coverage(snapshot: Snapshot, pages: tuple[str, ...], form: str) -> str:
    surfaces = {place_of(snapshot, page)[0] for page in pages} or set(snapshot.surfaces)
    deadline = Deadline(time.monotonic, time.monotonic() + _SOLVING_S) if is_solver_installed() else None
    effort = Effort(deadline, _MOST_VISITORS, is_thorough=True)
    found = coverage_of(snapshot, now=now(), effort=effort, wanted=surfaces.__contains__)
    return coverage.as_json(found) if form == "json" else coverage.as_text(found)


def _matrix(snapshot: Snapshot, personas: Sequence[Persona], pages: tuple[str, ...]) -> Matrix:
    """Decide at the places named; a page or mail stands for all its slots, and no name for everything."""
    named = {"/".join(filter(None, place_of(snapshot, page))) for page in pages}

    def wanted(place: str) -> bool:
        return not named or bool({place, place.rpartition("/")[0]} & named)

    return matrix_of(snapshot, personas, wanted, now=now())


def _as_json(matrix: Matrix, locale: str) -> str:
    told = {
        "locale": locale or None,
        "personas": [{"persona": persona.key, "title": persona.title} for persona in matrix.personas],
        "places": [
            {
                "place": place.name,
                "stage": place.stage,
                "cells": {key: _cell_json(cell) for key, cell in place.cells.items()},
            }
            for place in matrix.places
        ],
        "kept": matrix.count(kept=True),
        "broken": matrix.count(kept=False),
        "unseen": [
            {"entry": found.entry, "variant": found.variant, "arm": found.arm, "places": list(found.places)}
            for found in matrix.unseen
        ],
    }
    return json.dumps(told, ensure_ascii=False, indent=2)


def _cell_json(cell: Cell) -> dict[str, Any]:
    shown = [_choice_json(cell, choice) for choice in cell.shown]
    return {"shown": shown, "expected": cell.expected, "kept": cell.kept}


def _choice_json(cell: Cell, choice: Choice) -> dict[str, Any]:
    return {
        "entry": choice.entry,
        "variant": choice.variant,
        "reason": str(choice.reason),
        "locale": choice.locale,
        "fallback": choice.locale != cell.locale,
    }


def _as_html(matrix: Matrix, locale: str) -> str:
    groups = [
        {"surface": surface, "stage": stage, "rows": [_row(place) for place in places]}
        for (surface, stage), places in groupby(matrix.places, key=lambda place: (place.surface, place.stage))
    ]
    shown = {
        "title": "Who sees what",
        "personas": matrix.personas,
        "summary": _summary(matrix, locale),
        "groups": groups,
        "unseen": matrix.unseen,
        "reasons": {reason: REASON_WORDS[reason]["en"] for reason in _SHOWN},
        "targeted": _TARGETED,
    }
    return standalone("matrix", shown)


def _row(place: Place) -> dict[str, object]:
    cells = [
        {**_cell_json(cell), "targeted": any(choice.reason in _TARGETED for choice in cell.shown)}
        for cell in place.cells.values()
    ]
    return {"slot": place.slot.key, "cells": cells}


def _as_text(matrix: Matrix, locale: str) -> str:
    lines = [line for place in matrix.places for line in _place_lines(place)]
    return "\n".join([*lines, *_unseen_lines(matrix.unseen), "", _summary(matrix, locale)])


def _place_lines(place: Place) -> Iterator[str]:
    """Group the personas of a place by what they see, in the order in which it is tried."""
    groups: dict[str, list[str]] = defaultdict(list)
    ranks: dict[str, tuple[int, ...]] = {}
    for key, cell in place.cells.items():
        said = _said(cell)
        groups[said].append(f"{key}{_marks(cell)}")
        ranks[said] = _rank(place, cell)
    yield place.name
    for said in sorted(groups, key=lambda said: ranks[said]):
        yield f"  {said}: {len(groups[said])}"
        yield from _wrapped(groups[said], "    ")
    yield ""


def _said(cell: Cell) -> str:
    shown = ", ".join(f"{choice.entry}:{choice.variant} ({choice.reason})" for choice in cell.shown)
    return shown or "nothing"


def _rank(place: Place, cell: Cell) -> tuple[int, ...]:
    """Order by entry and variant as authored; nothing comes last."""
    order = [(entry.key, variant.key) for entry in place.slot.entries for variant in entry.variants]
    return tuple(order.index((choice.entry, choice.variant)) for choice in cell.shown) or (len(order),)


def _marks(cell: Cell) -> str:
    mark = {None: "", True: " ✓", False: f" ✗ expected {cell.expected}"}[cell.kept]
    fallbacks = sorted({choice.locale for choice in cell.shown} - {cell.locale})
    return mark + "".join(f" ↳ {locale}" for locale in fallbacks)


def _wrapped(words: Sequence[str], indent: str) -> list[str]:
    """Fill lines with words that stay whole, divided by commas."""
    whole = ", ".join(word.replace(" ", "\0") for word in words)
    filled = textwrap.TextWrapper(
        _COLUMNS, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False, break_long_words=False
    )
    return [line.replace("\0", " ") for line in filled.wrap(whole)]


def _unseen_lines(unseen: Sequence[Unseen]) -> Iterator[str]:
    yield f"seen by nobody: {len(unseen)}"
    for entry, found in groupby(unseen, key=lambda variant: variant.entry):
        said = [f"{variant.variant}{' (by its experiment)' if variant.arm else ''}" for variant in found]
        yield from _wrapped([f"{entry}: {said[0]}", *said[1:]], "    ")


def _summary(matrix: Matrix, locale: str) -> str:
    held = f"{_counted(matrix.count(kept=True), 'expectation')} kept, {matrix.count(kept=False)} broken"
    people, places = _counted(len(matrix.personas), "persona"), _counted(len(matrix.places), "place")
    return f"{people} at {places}, {f'all in {locale}' if locale else held}"


def _counted(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"
