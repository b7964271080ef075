"""The console sessions of the docs of `cms fmt` and `cms schema` are run; what they print must match."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def _sessions(page: str) -> list[tuple[str, str]]:
    blocks = re.findall(r"```console\n(.*?)```", (ROOT / "docs" / page).read_text(encoding="utf-8"), re.DOTALL)
    steps = [step for block in blocks for step in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]]
    return [(step.partition("\n")[0], step.partition("\n")[2].rstrip("\n")) for step in steps]


@pytest.mark.parametrize("page", ["formatting.md", "editor.md"])
def test_every_command_of_a_page_prints_what_it_shows(page: str, tmp_path: Path) -> None:
    cms = tmp_path / "bin" / "cms"
    cms.parent.mkdir()
    cms.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m cms "$@"\n', encoding="utf-8")
    cms.chmod(0o755)
    path = f"{cms.parent}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "LC_ALL": "C"}
    folder, differing, run = tmp_path, [], 0
    for command, shown in _sessions(page):
        if command.startswith("cd "):
            folder = folder / command.removeprefix("cd ")
            continue
        done = subprocess.run(
            command, shell=True, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=60
        )
        run += 1
        if shown != done.stdout.rstrip("\n"):
            differing.append((command, shown, done.stdout, done.stderr))

    assert [] == differing
    assert run >= 3


def test_the_pages_name_every_option_of_the_commands() -> None:
    for page, options in (
        ("formatting.md", ("--check", "--split", "--join", "--all", "--format")),
        ("editor.md", ("--out",)),
    ):
        text = (ROOT / "docs" / page).read_text(encoding="utf-8")
        assert [] == [option for option in options if f"{option}" not in text]
