"""`cms check`: all findings of a workspace at once."""

import sys
from pathlib import Path

import click

from cms.cli.findings import exit_code, report
from cms.cli.options import findings_format_option, now, root_of, strict_option, workspace_option
from cms.runtime.verification import verify
from cms.workspace import read_folder


@click.command("check")
@workspace_option
@findings_format_option
@strict_option
def command(workspace: Path | None, form: str, *, strict: bool) -> None:
    """Check the workspace: files, names, types, rules, copy, templates, and what every persona is expected to see.

    Exit code 0: no error. 1: at least one error (with --strict: or warning). 2: wrong usage.
    """
    root = root_of(workspace)
    verified = verify(read_folder(root), now=now())
    report(verified.problems, form, root)
    sys.exit(exit_code(verified.problems, strict=strict))
