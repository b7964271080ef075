"""`cms rollback`: an earlier release goes live again."""

import getpass
import os
import sys

import click

from cms.cli.options import now
from cms.releases.store import ReleaseStore
from cms.settings import Settings


@click.command("rollback")
@click.argument("release", required=False)
@click.option("--note", default="", help="Why, for the history.")
def command(release: str | None, note: str) -> None:
    """Make RELEASE live again: its id, or the beginning of it. Without it, the one before the live one."""
    store = ReleaseStore(Settings(os.environ)["CMS_DATABASE_URL"])
    known = [activation.release for activation in store.history(1000)]
    fitting = list(dict.fromkeys(found for found in known if found.startswith(release or "") and found != known[0]))
    if not fitting or (release and len(fitting) > 1):
        click.echo("No earlier release." if not fitting else f'"{release}" fits several releases.', err=True)
        sys.exit(1)
    activation = store.activate(fitting[0], at=now(), by=getpass.getuser(), note=note)
    click.echo(f"Live: release {activation.release[:12]}, sequence {activation.sequence}.")
