"""`cms releases`: what was live, newest first."""

import json
import os

import click

from cms.cli.options import format_option
from cms.releases.store import ReleaseStore
from cms.settings import Settings


@click.command("releases")
@format_option
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="How many to list.")
def command(form: str, limit: int) -> None:
    """List activations, newest first; the first one is live."""
    history = ReleaseStore(Settings(os.environ)["CMS_DATABASE_URL"]).history(limit)
    rows = [
        {
            "sequence": activation.sequence,
            "release": activation.release,
            "at": activation.at.isoformat(),
            "by": activation.by,
            "note": activation.note,
        }
        for activation in history
    ]
    if form == "json":
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    for row in rows:
        click.echo(
            f"{row['sequence']:>5}  {str(row['release'])[:12]}  {row['at']}  {row['by']}  {row['note']}".rstrip()
        )
    if not rows:
        click.echo("Nothing is published yet: run cms publish.")
