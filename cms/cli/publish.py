"""`cms publish`: the checked workspace becomes the live release."""

import getpass
import os
import sys
from pathlib import Path

import click

from cms import __version__
from cms.cli.findings import exit_code, report
from cms.cli.options import findings_format_option, now, root_of, workspace_option
from cms.cli.proving import ProofChoice
from cms.releases.store import ReleaseStore
from cms.settings import Settings
from cms.workspace import read_folder


@click.command("publish")
@workspace_option
@findings_format_option
@click.option("--note", default="", help="Why, for the history.")
@click.option(
    "--based-on",
    type=click.IntRange(min=0),
    help="Sequence the changes started from; stop if something else went live since.",
)
def command(workspace: Path | None, form: str, note: str, based_on: int | None) -> None:
    """Check and prove the workspace and, if it has no error that nobody accepted, make it the live release.

    The release is stored whole and the live pointer moved in one transaction: readers see the old or the new one.
    """
    root = root_of(workspace)
    files = read_folder(root)
    verified = ProofChoice().verified(root, files)
    faulty = exit_code(verified.problems)
    if faulty or form != "text":
        report(verified.problems, form, root)
    if faulty:
        click.echo("Not published: mend the errors above.", err=True)
        sys.exit(1)
    store = ReleaseStore(store_url(Settings(os.environ)))
    before = store.live()
    activation = store.publish(
        files, at=now(), by=getpass.getuser(), note=note, based_on=based_on, checked_by=__version__
    )
    told = "Unchanged: release {} is live already" if activation == before else "Live: release {}"
    click.echo(f"{told.format(activation.release[:12])}, sequence {activation.sequence}.", err=form != "text")


def store_url(settings: Settings) -> str:
    """Give the store's URL; the folder of a file is made by the store."""
    return settings["CMS_DATABASE_URL"]
