"""`cms render`: a mail as files, for a persona."""

import os
from datetime import UTC
from pathlib import Path

import click

from cms.cli.answering import answer_of, site_of
from cms.cli.options import now, workspace_option
from cms.cli.rehearsing import compiled, persona_of, surface_of
from cms.decisions.rehearsal import Rehearsal
from cms.email.message import mime
from cms.runtime.mailing import written_mail
from cms.settings import Settings


@click.command("render")
@click.argument("mail")
@click.option("--persona", required=True, help="Who receives it: a file of content/personas.")
@workspace_option
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    help="Folder to write to.  [default: here]",
)
def command(mail: str, persona: str, workspace: Path | None, out: Path) -> None:
    """Write MAIL (emails/abandoned-cart) as .html, .txt and .eml, as the persona would receive it."""
    snapshot = compiled(workspace)
    surface = surface_of(snapshot, f"emails/{mail.removeprefix('emails/')}")
    rehearsal = Rehearsal(snapshot, persona_of(snapshot, persona), now=now())
    settings, answer = Settings(os.environ), answer_of(rehearsal, surface)
    email = snapshot.emails[surface.removeprefix("emails/")]
    written = written_mail(site_of(snapshot), email, answer, unsubscribe_url=settings["CMS_UNSUBSCRIBE_URL"])
    message = mime(
        written,
        sender=f"{settings['CMS_SITE_NAME']} <shop@example.org>",
        to=f"{persona}@example.org",
        message_id=f"<{answer.key}@example.org>",
        date=rehearsal.now.astimezone(UTC),
    )
    out.mkdir(parents=True, exist_ok=True)
    for suffix, content in (("html", written.html.encode()), ("txt", written.text.encode()), ("eml", message)):
        path = out / f"{email.page.key}.{persona}.{suffix}"
        path.write_bytes(content)
        click.echo(path)
