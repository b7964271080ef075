"""`cms render`: a mail as files, for personas."""

import os
from collections.abc import Mapping
from datetime import UTC
from itertools import chain
from pathlib import Path

import click

from cms.cli.answering import answer_of, site_of
from cms.cli.options import now, workspace_option
from cms.cli.rehearsing import compiled, personas_of, surface_of
from cms.content.snapshot import Persona
from cms.decisions.rehearsal import Rehearsal
from cms.email.message import mime
from cms.rendering.samples import shows_samples
from cms.runtime.answers import Answer
from cms.runtime.mailing import written_mail
from cms.runtime.site import Site
from cms.settings import Settings


@click.command("render")
@click.argument("mail")
@click.option(
    "--persona",
    "personas",
    multiple=True,
    required=True,
    help="Who receives it: a file of content/personas; several get one each.",
)
@workspace_option
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    help="Folder to write to.  [default: here]",
)
def command(mail: str, personas: tuple[str, ...], workspace: Path | None, out: Path) -> None:
    """Write MAIL (emails/abandoned-cart) as .html, .txt and .eml, as each persona would receive it."""
    snapshot = compiled(workspace)
    surface = surface_of(snapshot, f"emails/{mail.removeprefix('emails/')}")
    receivers, site = personas_of(snapshot, personas), site_of(snapshot)
    out.mkdir(parents=True, exist_ok=True)
    for persona in receivers:
        for suffix, content in _written(site, surface, persona).items():
            path = out / f"{surface.removeprefix('emails/')}.{persona.key}.{suffix}"
            path.write_bytes(content)
            click.echo(path)


def _written(site: Site, surface: str, persona: Persona) -> Mapping[str, bytes]:
    """Write a persona's mail in each form, by suffix."""
    rehearsal, settings = Rehearsal(site.snapshot, persona, now=now()), Settings(os.environ)
    email, answer = site.snapshot.emails[surface.removeprefix("emails/")], answer_of(rehearsal, surface)
    _say_samples(answer)
    written = written_mail(site, email, answer, unsubscribe_url=settings["CMS_UNSUBSCRIBE_URL"])
    message = mime(
        written,
        sender=f"{settings['CMS_SITE_NAME']} <shop@example.org>",
        to=f"{persona.key}@example.org",
        message_id=f"<{answer.key}@example.org>",
        date=rehearsal.now.astimezone(UTC),
    )
    return {"html": written.html.encode(), "txt": written.text.encode(), "eml": message}


def _say_samples(answer: Answer) -> None:
    if any(map(shows_samples, chain.from_iterable(answer.decision.slots.values()))):
        click.echo("Products in rails are samples; the shop's own are chosen when the mail is sent.", err=True)
