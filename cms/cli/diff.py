"""`cms diff`: what changes for whom between two states of a workspace."""

import json
from pathlib import Path
from typing import Any

import click

from cms.cli.options import format_option, now, workspace_option
from cms.cli.progress import progress_bar
from cms.cli.rehearsing import refuse
from cms.cli.snapshots import LIVE, Named, snapshot_named, workspace_snapshot
from cms.content.edits import DocumentEdit, Reworded, document_edits
from cms.differences.comparing import Change
from cms.differences.differences import Differences, differences
from cms.differences.telling import LANGUAGES, DifferenceTeller
from cms.problems import did_you_mean


@click.command("diff")
@click.argument("before", metavar="[A]", default=LIVE)
@click.argument("after", metavar="[B]", default="")
@workspace_option
@format_option
@click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True, help="Of the sentences.")
@click.option(
    "--page", "pages", multiple=True, help="Only this page (cart) or mail (emails/win-back); may be repeated."
)
def command(before: str, after: str, workspace: Path | None, form: str, language: str, pages: tuple[str, ...]) -> None:
    """Say what visitors are shown otherwise by B than by A, with an example of each change.

    A and B are each a release (its sequence number, 6 signs or more of its id, or `live`) or the folder of a workspace;
    A is `live` and B the workspace of the current folder unless given.

    Exit code 0, whether there is a difference or not. 1: A or B cannot be had. 2: wrong usage.
    """
    sides = snapshot_named(before), snapshot_named(after) if after else workspace_snapshot(workspace)
    surfaces, at = _surfaces(sides, pages), now()
    with progress_bar("Comparing") as progress:
        found = differences(sides[0].snapshot, sides[1].snapshot, surfaces, now=at, progress=progress)
    edits = document_edits(*(side.files for side in sides)) if not pages else ()
    teller = DifferenceTeller(sides[1].snapshot, language, now=at)
    if form == "json":
        click.echo(json.dumps(_as_json(sides, found, edits, teller), ensure_ascii=False, indent=2))
        return
    click.echo(f"{sides[0].name} → {sides[1].name}\n")
    for line in teller.lines(found, edits):
        click.echo(line)


def _surfaces(sides: tuple[Named, Named], pages: tuple[str, ...]) -> list[str]:
    """Give the pages and mails of either side, or those named."""
    known = list({**sides[0].snapshot.surfaces, **sides[1].snapshot.surfaces})
    named = [page.removeprefix("pages/") for page in pages]
    for page in named:
        if page not in known:
            refuse(f'No page or mail "{page}". {did_you_mean(page, known)}')
    return [surface for surface in known if not named or surface in named]


def _as_json(
    sides: tuple[Named, Named], found: Differences, edits: tuple[DocumentEdit, ...], teller: DifferenceTeller
) -> dict[str, Any]:
    return {
        "before": sides[0].snapshot.release,
        "after": sides[1].snapshot.release,
        "complete": found.is_complete,
        "open": list(found.open),
        "tried": found.tried,
        "said": teller.verdict(found),
        "changes": [_change_json(change, sides[1], teller) for change in found.changes],
        "reworded": [_reworded_json(one, found) for one in found.reworded],
        "parts": [{"kind": part.kind, "name": part.name, "added": part.added} for part in found.parts],
        "documents": [{"path": edit.path, "edit": edit.edit} for edit in edits],
    }


def _change_json(change: Change, side: Named, teller: DifferenceTeller) -> dict[str, Any]:
    return {
        "place": change.place,
        "channels": list(change.channels),
        "before": list(change.moved.before),
        "after": list(change.moved.after),
        "who": teller.who(change),
        "visitor": change.visitor.persona(side.snapshot),
    }


def _reworded_json(one: Reworded, found: Differences) -> dict[str, Any]:
    fields = {wording.field: {"before": wording.before, "after": wording.after} for wording in one.wordings}
    return {
        "variant": one.name,
        "locale": one.locale,
        "same_visitors": found.keeps_visitors(one.name),
        "fields": fields,
    }
