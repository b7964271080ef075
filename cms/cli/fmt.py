"""`cms fmt`: one layout for every authored file, and entries in one file or in a folder."""

import sys
from collections.abc import Mapping
from pathlib import Path

import click

from cms.cli.findings import exit_code, report
from cms.cli.options import findings_format_option, root_of, workspace_option
from cms.content.splitting import Conversion, join, split
from cms.errors import CmsError
from cms.problems import Problem, did_you_mean, numbered
from cms.workspace import read_folder, read_workspace
from cms.workspace.formatting import Formatting, format_files
from cms.workspace.writing import convert_files, replace_file

_TURNS = {"split": split, "join": join}


@click.command("fmt")
@click.argument("entries", nargs=-1, metavar="[ENTRY]...")
@workspace_option
@findings_format_option
@click.option("--check", "checking", is_flag=True, help="Write nothing; list the files that would change.")
@click.option(
    "--split", "turn", flag_value="split", help="Move copy from an entry's JSON into Markdown files beside it."
)
@click.option("--join", "turn", flag_value="join", help="Move copy from Markdown files into the entry's JSON.")
@click.option("--all", "every", is_flag=True, help="Split or join every entry.")
def command(
    entries: tuple[str, ...], workspace: Path | None, form: str, turn: str | None, *, checking: bool, every: bool
) -> None:
    """Lay out every authored file alike; with --split or --join, convert the ENTRIES named.

    Layout never changes what a file means: keys keep their order, numbers and texts their value. Files that cannot
    be read are left as they are and reported.

    Exit code 0: done. 1: a file cannot be read or converted (with --check: or would change). 2: wrong usage.
    """
    root = root_of(workspace)
    if turn is None:
        if entries or every:
            raise click.UsageError("ENTRY and --all belong to --split or --join.")
        sys.exit(_format(root, form, checking=checking))
    if checking or form != "text" or bool(entries) == every:
        raise click.UsageError(f"--{turn} takes ENTRY… or --all, and neither --check nor --format.")
    sys.exit(_convert(root, turn, entries))


def _format(root: Path, form: str, *, checking: bool) -> int:
    files = read_folder(root)
    found = format_files(files)
    problems = [*found.problems, *(_unformatted(files, found) if checking else ())]
    if not checking:
        _replace(root, files, found, in_text=form == "text")
    if checking or problems or form != "text":
        report(numbered(problems), form, root)
    return exit_code(problems)


def _replace(root: Path, files: Mapping[str, bytes], found: Formatting, *, in_text: bool) -> None:
    for path, fresh in found.changed.items():
        replace_file(root, files, path, fresh)
        click.echo(f"Formatted {path}", err=not in_text)
    if not found.changed and not found.problems:
        click.echo("All files are formatted already.", err=not in_text)


def _unformatted(files: Mapping[str, bytes], found: Formatting) -> list[Problem]:
    """Give a finding for each file that would change, at the first line that would."""
    return [
        Problem(
            "unformatted",
            "The file is not formatted.",
            suggestion="Run cms fmt.",
            file=path,
            line=_first_difference(files[path].splitlines(keepends=True), fresh.splitlines(keepends=True)),
            column=1,
        )
        for path, fresh in found.changed.items()
    ]


def _first_difference(old: list[bytes], new: list[bytes]) -> int:
    same = next((at for at, (left, right) in enumerate(zip(old, new, strict=False)) if left != right), None)
    return 1 + (min(len(old), len(new)) if same is None else same)


def _convert(root: Path, turn: str, entries: tuple[str, ...]) -> int:
    files = read_folder(root)
    workspace = read_workspace(files)
    known = workspace.keys_of("entry")
    for key in entries:
        if key not in known:
            raise click.UsageError(f'No entry "{key}". {did_you_mean(key, known)}'.strip())
    refused = 0
    for key in dict.fromkeys(entries or sorted(known)):
        conversion = _TURNS[turn](workspace, key)
        try:
            convert_files(root, files, conversion.written, conversion.removed)
        except CmsError as failure:
            conversion = Conversion(refused=failure.message.rstrip("."))
        _say(key, conversion)
        refused += bool(conversion.refused)
    return int(refused > 0)


def _say(key: str, conversion: Conversion) -> None:
    if conversion.refused:
        click.echo(f"{key}: not touched: {conversion.refused}.", err=True)
    elif conversion.written:
        click.echo(f"{key}: now in {_where(conversion)}.")
    elif not conversion.left:
        click.echo(f"{key}: has that form already.")
    for why in conversion.left:
        click.echo(f"{key}: left inline: {why}.")


def _where(conversion: Conversion) -> str:
    copies = [path for path in conversion.written if path.endswith(".md")]
    (entry,) = (path for path in conversion.written if path.endswith(".json"))
    return f"{entry} and {len(copies)} Markdown file{'' if len(copies) == 1 else 's'}" if copies else entry
