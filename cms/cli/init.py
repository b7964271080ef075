"""`cms init`: a new workspace."""

import shutil
import sys
import tempfile
from importlib.resources import as_file, files
from pathlib import Path

import click

from cms.workspace import ROOTS, find_root

EMPTY = '{\n  "default_locale": "en",\n  "locales": {"en": []}\n}\n'


@click.command("init")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--sample", is_flag=True, help="Copy the sample shop, its pages, mails and personas included.")
def command(folder: Path, *, sample: bool) -> None:
    """Make a workspace in FOLDER: the shipped components and an empty, valid content folder.

    Asks nothing. A folder that holds a workspace already is left alone.
    """
    taken = [name for name in ROOTS if (folder / name).exists()]
    if taken:
        click.echo(f"{folder} already has {', '.join(taken)}: choose another folder.", err=True)
        sys.exit(1)
    # Built aside and moved at the end, so that nothing half made is ever left.
    with tempfile.TemporaryDirectory() as scratch:
        _fill(Path(scratch), sample=sample)
        folder.mkdir(parents=True, exist_ok=True)
        for name in ROOTS:
            shutil.move(str(Path(scratch) / name), str(folder / name))
    click.echo(f"A workspace is in {folder}. Next: cms check --workspace {folder}")


def _fill(scratch: Path, *, sample: bool) -> None:
    with as_file(starter_root()) as root:
        shutil.copytree(root / "components", scratch / "components")
        if sample:
            for name in ("segments", "content"):
                shutil.copytree(root / name, scratch / name)
            return
    (scratch / "segments").mkdir()
    (scratch / "content").mkdir()
    (scratch / "content" / "workspace.json").write_text(EMPTY, encoding="utf-8")


def starter_root() -> Path:
    """Find the sample workspace: in the wheel, or, from a checkout, the repository itself."""
    packaged = Path(str(files("cms"))) / "starter"
    return packaged if packaged.is_dir() else find_root(Path(__file__).parent)
