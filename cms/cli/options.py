"""Options that several commands take, and what they stand for."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import click

from cms.cli.findings import FORMS
from cms.workspace import ROOTS, find_root, read_folder

workspace_option = click.option(
    "--workspace",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of the workspace.  [default: found by walking up from the current folder]",
)
format_option = click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="How to print."
)
findings_format_option = click.option(
    "--format", "form", type=click.Choice(list(FORMS)), default="text", show_default=True, help="How to print findings."
)
strict_option = click.option("--strict", is_flag=True, help="Warnings count as errors.")


def now() -> datetime:
    """Read the clock: commands are where time enters."""
    return datetime.now(UTC)  # noqa: TID251 - the border where time enters


def root_of(workspace: Path | None) -> Path:
    """Take the folder that is named as it is; without one, walk up from the current folder."""
    return workspace.absolute() if workspace else find_root(Path.cwd())


def refuse_authored(root: Path, path: Path) -> None:
    """Keep what is no content out of the authored folders.

    Raises:
        click.UsageError: The path lies in one of them.
    """
    if any(path.resolve().is_relative_to((root / name).resolve()) for name in ROOTS):
        raise click.UsageError(f"Authored folders hold content only: choose another place than {path}.")


def files_of(workspace: Path | None) -> Mapping[str, bytes]:
    return read_folder(root_of(workspace))
