"""`cms render`: a mail as files, for a persona."""

import os
import sys
from datetime import UTC
from pathlib import Path

import click

from cms.cli.options import files_of, now, workspace_option
from cms.content.snapshot import Email, Snapshot
from cms.decisions.rehearsal import Rehearsal
from cms.delivery.wsgi import letterhead_of
from cms.email.message import mime
from cms.facts.context import View
from cms.problems import did_you_mean
from cms.runtime.answers import Answer, decision_key
from cms.runtime.mailing import written_mail
from cms.runtime.site import Site
from cms.runtime.verification import verify
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
    verified = verify(files_of(workspace), now=now())
    if verified.snapshot is None:
        click.echo("The workspace has errors: run cms check.", err=True)
        sys.exit(1)
    snapshot = verified.snapshot
    email = _found(snapshot, mail, persona)
    settings = Settings(os.environ)
    site = Site.build(snapshot, 0, letterhead=letterhead_of(settings))
    rehearsal = Rehearsal(snapshot, snapshot.personas[persona], now=now())
    context = rehearsal.context(email.page, channel="email")
    decision = rehearsal.decide(email.page, email=True)
    answer = Answer(decision_key(snapshot, context, decision), decision, View(context), ())
    written = written_mail(site, email, answer, unsubscribe_url=settings["CMS_UNSUBSCRIBE_URL"])
    message = mime(
        written,
        sender=f"{settings['CMS_SITE_NAME']} <shop@example.org>",
        to=f"{persona}@example.org",
        message_id=f"<{answer.key}@example.org>",
        date=rehearsal.now.astimezone(UTC),
    )
    out.mkdir(parents=True, exist_ok=True)
    name = f"{email.page.key}.{persona}"
    for suffix, content in (("html", written.html.encode()), ("txt", written.text.encode()), ("eml", message)):
        path = out / f"{name}.{suffix}"
        path.write_bytes(content)
        click.echo(path)


def _found(snapshot: Snapshot, mail: str, persona: str) -> Email:
    key = mail.removeprefix("emails/")
    for name, known in ((key, snapshot.emails), (persona, snapshot.personas)):
        if name not in known:
            click.echo(f'No "{name}". {did_you_mean(name, known)}'.strip(), err=True)
            sys.exit(2)
    return snapshot.emails[key]
