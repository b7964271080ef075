"""`cms check`: all findings of a workspace at once."""

import sys
from datetime import datetime
from pathlib import Path

import click

from cms.cli.accepting import Accepting, accepting_of
from cms.cli.baselines import marked, write_baseline
from cms.cli.findings import exit_code, report
from cms.cli.options import findings_format_option, now, refuse_authored, root_of, strict_option, workspace_option
from cms.cli.proving import ProofChoice, proving_options
from cms.cli.saving import personas_folder, save_personas
from cms.problems import pressing
from cms.runtime.verification import Verified
from cms.workspace import FolderFiles, read_folder

_FILE = click.Path(dir_okay=False, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command("check")
@workspace_option
@findings_format_option
@strict_option
@click.option("--notes", is_flag=True, help="In text, print notes and accepted findings too, not only their number.")
@click.option("--ids", is_flag=True, help="In text, begin each line with the id of the finding.")
@proving_options
@click.option("--save-personas", "into", type=_FOLDER, metavar="DIR", help="Write the visitor of each as a persona.")
@click.option("--baseline", type=_FILE, help="Count only what this file does not hold.")
@click.option("--write-baseline", "fresh", type=_FILE, help="Write today's findings to a file, and end.")
@click.option("--accept", "accept", multiple=True, metavar="ID", help="Accept a finding, and end; may be repeated.")
@click.option("--reason", help="Why the finding may stay for now.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="The day it counts again.")
def command(
    workspace: Path | None,
    form: str,
    *,
    strict: bool,
    notes: bool,
    ids: bool,
    proving: ProofChoice,
    into: Path | None,
    baseline: Path | None,
    fresh: Path | None,
    accept: tuple[str, ...],
    reason: str | None,
    until: datetime | None,
) -> None:
    """Check the workspace: files, names, rules, copy, templates, what personas expect, what any visitor could see.

    Exit code 0: no error. 1: at least one error (with --strict: or warning) that is neither accepted nor in the
    baseline. 2: wrong usage.
    """
    root = root_of(workspace)
    accepting = accepting_of(accept, reason, until)
    if sum(map(bool, (accepting, fresh, baseline))) > 1:
        raise click.UsageError("--accept, --write-baseline and --baseline are three steps: take one at a time.")
    if (accepting or fresh) and (into or form != "text"):
        raise click.UsageError(
            "--accept and --write-baseline show no findings: leave out --save-personas and --format."
        )
    _refuse_places(root, into, fresh)
    files = read_folder(root)
    known = None if accepting or fresh or into else proving.known(root, files)
    verified = proving.verified(root, files) if known is None else Verified(None, known)
    if accepting or fresh:
        _write(accepting, fresh, root, files, verified)
        return
    problems = marked(verified.problems, baseline)
    if into and verified.snapshot:
        save_personas(problems if notes else pressing(problems), into, root, verified.snapshot)
    report(problems, form, root, notes=notes, ids=ids)
    sys.exit(exit_code(problems, strict=strict))


def _refuse_places(root: Path, into: Path | None, fresh: Path | None) -> None:
    """Keep all but personas in their own folder out of the workspace."""
    if into and into.resolve() != personas_folder(root):
        refuse_authored(root, into)
    if fresh:
        refuse_authored(root, fresh)


def _write(accepting: Accepting | None, fresh: Path | None, root: Path, files: FolderFiles, verified: Verified) -> None:
    """Accept findings, or write a baseline; neither is of use before the workspace compiles."""
    if verified.snapshot is None:
        report(verified.problems, "text")
        click.echo("Nothing was written: mend the errors above, which keep the workspace from compiling.", err=True)
        sys.exit(1)
    if accepting:
        today = now().astimezone(verified.snapshot.settings.default_market.zone).date()
        accepting.write(root, files, verified.problems, today=today)
    if fresh:
        write_baseline(fresh, verified.problems)
