"""What the commands that show a persona's view share: the compiled workspace, and personas and places by name."""

import sys
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import NoReturn

import click

from cms.cli.options import files_of
from cms.content.compiling import compile_workspace
from cms.content.snapshot import Persona, Snapshot
from cms.facts.values import clock_of
from cms.problems import did_you_mean
from cms.workspace import read_workspace


def compiled(workspace: Path | None) -> Snapshot:
    """Compile a workspace, or say that it cannot be and exit with 1."""
    snapshot, _ = compile_workspace(read_workspace(files_of(workspace)))
    if snapshot is None:
        click.echo("The workspace has errors: run cms check.", err=True)
        sys.exit(1)
    return snapshot


def refuse(message: str) -> NoReturn:
    """End with wrong usage."""
    click.echo(message.strip(), err=True)
    sys.exit(2)


def personas_of(snapshot: Snapshot, keys: Iterable[str]) -> list[Persona]:
    """Find personas, each once however often it is named."""
    return [persona_of(snapshot, key) for key in dict.fromkeys(keys)]


def persona_of(snapshot: Snapshot, key: str) -> Persona:
    """Find a persona, or name the nearest and exit with 2."""
    if key not in snapshot.personas:
        refuse(f'No persona "{key}". {did_you_mean(key, snapshot.personas)}')
    return snapshot.personas[key]


def place_of(snapshot: Snapshot, named: str) -> tuple[str, str]:
    """Find a page, mail or slot by name, or name the nearest and exit with 2.

    Returns:
        The page or mail, and the slot, "" where none is named: `cart/top` gives `("cart", "top")`.
    """
    surfaces = snapshot.surfaces
    places = {surface: (surface, "") for surface in surfaces}
    places |= {f"{surface}/{slot.key}": (surface, slot.key) for surface in surfaces for slot in surfaces[surface].slots}
    if found := places.get(named) or places.get(named.removeprefix("pages/")):
        return found
    refuse(f'No page, slot or mail "{named}". {did_you_mean(named, places)}')


def surface_of(snapshot: Snapshot, named: str) -> str:
    """Find a page or mail by name; a slot, which cannot be shown alone, is wrong usage."""
    surface, slot = place_of(snapshot, named)
    if slot:
        refuse(f'"{named}" is a slot: name where it stands, {surface}.')
    return surface


def as_seen(snapshot: Snapshot, persona: Persona, *, locale: str | None = None, at: datetime | None = None) -> Persona:
    """Put a persona into another language or moment; what it is expected to see then nobody has said."""
    if locale is None and at is None:
        return persona
    if locale is not None and locale not in snapshot.settings.locales:
        refuse(f'No locale "{locale}". {did_you_mean(locale, snapshot.settings.locales)}')
    request = persona.request if locale is None else {**persona.request, "locale": locale}
    return replace(persona, request=request, now=persona.now if at is None else at.isoformat(), expect={})


class Moment(click.ParamType[datetime]):
    """A date and time with its offset."""

    name = "moment"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            return clock_of(str(value))
        except ValueError as wrong:
            self.fail(f"{wrong}.", param, ctx)
