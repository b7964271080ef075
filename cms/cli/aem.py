"""`cms aem`: content from AEM, and pages as AEM's clients read them."""

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from cms.cli.answering import answer_of, site_of
from cms.cli.findings import FORMS, exit_code, report
from cms.cli.options import now, workspace_option
from cms.cli.rehearsing import as_seen, compiled, persona_of, refuse, surface_of
from cms.content.compiling import compile_workspace
from cms.decisions.rehearsal import Rehearsal
from cms.delivery.output import written
from cms.problems import errors
from cms.workspace import ROOTS, FolderFiles, read_folder, read_workspace
from cms.workspace.writing import convert_files


class _Pair(click.ParamType[tuple[str, str]]):
    """Two words with = between."""

    name = "pair"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        left, sign, right = str(value).partition("=")
        if not (left and sign and right):
            self.fail(f'"{value}" is no pair such as summer=lapsed.', param, ctx)
        return left, right


@click.group("aem")
def command() -> None:
    """Take content over from Adobe Experience Manager, and serve its clients."""


@command.command("import")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--into", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder of the workspace."
)
@click.option(
    "--when", "segments", type=_Pair(), multiple=True, metavar="VARIATION=SEGMENT", help="Who sees a variation."
)
@click.option(
    "--tag", "tags", type=_Pair(), multiple=True, metavar="TAG=SEGMENT", help="Who sees variations with a tag."
)
@click.option(
    "--locale", "locales", type=_Pair(), multiple=True, metavar="PART=LOCALE", help="What a part of a path means."
)
@click.option("--default-locale", default="", help="Of a new workspace.  [default: en, else the most frequent]")
@click.option("--notes", is_flag=True, help="In text, print also what is called or written otherwise now.")
@click.option(
    "--format", "form", type=click.Choice(list(FORMS)), default="text", show_default=True, help="How to print."
)
def import_command(
    paths: tuple[Path, ...],
    into: Path,
    segments: tuple[tuple[str, str], ...],
    tags: tuple[tuple[str, str], ...],
    locales: tuple[tuple[str, str], ...],
    default_locale: str,
    form: str,
    *,
    notes: bool,
) -> None:
    """Turn the Content Fragments and models in PATH (JSON files, or folders of them) into entries and components.

    Whatever could not be taken over is listed with its place. Nothing that is there already is overwritten.

    Exit code 0. 1: a file could not be read, or what came of it has errors. 2: wrong usage.
    """
    from cms.aem.importing import Choices, import_documents  # noqa: PLC0415 - asks for the aem extra

    held = read_folder(into) if into.is_dir() else FolderFiles({}, ())
    choices = Choices(dict(locales), dict(segments), dict(tags), default_locale)
    documents = {str(path): path.read_bytes() for path in _files(paths)}
    if not documents:
        refuse("There is no .json file in what was named.")
    made = import_documents(documents, held, choices)
    for root in ROOTS:
        (into / root).mkdir(parents=True, exist_ok=True)
    convert_files(into, held, made.files, [])
    _, problems = compile_workspace(read_workspace(read_folder(into)))
    findings = [*made.problems, *errors(problems)]
    report(findings, form, into, notes=notes)
    said = f"Imported into {into}: components {made.components}, entries {made.entries}. Next: cms check --workspace {into}"
    click.echo(said, err=True)
    sys.exit(exit_code(findings))


def _files(paths: tuple[Path, ...]) -> Iterator[Path]:
    for path in paths:
        yield from sorted(path.rglob("*.json")) if path.is_dir() else [path]


@command.command("export")
@click.argument("page")
@click.option("--persona", "key", required=True, help="Who looks: a file of content/personas.")
@click.option("--locale", help="Another locale than the persona's.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="File to write.  [default: stdout]")
@workspace_option
def export(page: str, key: str, locale: str | None, output: Path | None, workspace: Path | None) -> None:
    """Print PAGE as the persona sees it, as GET /v1/pages/{page}.model.json answers: AEM's model.json."""
    from cms.aem.page_model import page_model  # noqa: PLC0415 - with the other half stays unread where not needed

    snapshot = compiled(workspace)
    surface = surface_of(snapshot, page)
    if surface not in snapshot.pages:
        refuse(f'"{page}" is a mail: AEM has page models of pages only.')
    persona = as_seen(snapshot, persona_of(snapshot, key), locale=locale)
    answer = answer_of(Rehearsal(snapshot, persona, now=now()), surface)
    text = written(page_model(site_of(snapshot), answer)) + "\n"
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")
