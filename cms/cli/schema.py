"""`cms schema`: what an editor needs to complete and check the files of this workspace."""

import json
import os
from pathlib import Path
from typing import Any

import click

from cms.cli.options import refuse_authored, root_of, workspace_option
from cms.content.editor.schemas import FILES, editor_schemas
from cms.workspace import read_folder, read_workspace


@click.command("schema")
@workspace_option
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Folder to write the schemas to.")
def command(workspace: Path | None, out: Path | None) -> None:
    """Make JSON Schemas (draft-07) with the segments, facts, entries, components and locales of the workspace.

    Without --out prints one object, kind to schema. Run it again when names come or go.
    """
    root = root_of(workspace)
    schemas = editor_schemas(read_workspace(read_folder(root)))
    if out is None:
        click.echo(_json(schemas), nl=False)
        return
    refuse_authored(root, out)
    out.mkdir(parents=True, exist_ok=True)
    for kind, schema in schemas.items():
        (out / f"{kind}.schema.json").write_text(_json(schema), encoding="utf-8")
    settings = _json({"json.schemas": _wiring(Path(os.path.relpath(out.resolve(), root.resolve())))})
    (out / "vscode-settings.json").write_text(settings, encoding="utf-8")
    click.echo(f"{len(schemas)} schemas are in {out}.", err=True)
    click.echo(
        f"VS Code: put this into {root / '.vscode' / 'settings.json'}; it is in vscode-settings.json too.", err=True
    )
    click.echo(settings, nl=False)


def _wiring(folder: Path) -> list[dict[str, Any]]:
    """Tell which schema is for which files, from the folder of the workspace."""
    return [
        {"fileMatch": list(files), "url": f"./{(folder / f'{kind}.schema.json').as_posix()}"}
        for kind, files in FILES.items()
    ]


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"
