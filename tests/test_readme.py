"""The console sessions of the README and of a document are run, each in one empty folder; what they print must match."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")


def sessions(page: str) -> list[tuple[str, str]]:
    """Give each command of a page with the output shown below it."""
    blocks = re.findall(r"```console\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)
    steps = [step for block in blocks for step in block.split("$ ")[1:]]
    return [(step.partition("\n")[0], step.partition("\n")[2].rstrip("\n")) for step in steps]


def matches(shown: str, printed: str) -> bool:
    pattern = re.escape(shown).replace(re.escape("..."), ".*")
    return re.fullmatch(pattern, printed.rstrip("\n")) is not None


@pytest.mark.parametrize(("page", "least"), [("README.md", 10), ("docs/preview.md", 6), ("docs/diff.md", 6)])
def test_every_command_of_a_page_prints_what_it_shows(tmp_path: Path, page: str, least: int) -> None:
    cms = tmp_path / "bin" / "cms"
    cms.parent.mkdir()
    cms.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m cms "$@"\n', encoding="utf-8")
    cms.chmod(0o755)
    environment = {
        **os.environ,
        "PATH": f"{cms.parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "COLUMNS": "200",
    }
    folder, differing = tmp_path, []
    for command, shown in sessions(page):
        if command.startswith("cd "):
            folder = folder / command.removeprefix("cd ")
            continue
        done = subprocess.run(
            command, shell=True, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=60
        )
        if not matches(shown, done.stdout):
            differing.append((command, shown, done.stdout, done.stderr))

    assert [] == differing
    assert len(sessions(page)) >= least


def test_every_link_of_readme_and_docs_leads_somewhere() -> None:
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    broken = [
        f"{page.name}: {target}"
        for page in pages
        for target in LINK.findall(page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]

    assert [] == broken
