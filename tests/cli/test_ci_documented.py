"""What docs/ci.md shows is done: its sessions, the commands of its pipelines, and its hooks."""

import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from test_readme import sessions

from cms.cli import cli
from cms.cli.check import command

ROOT = Path(__file__).parents[2]
DOC = (ROOT / "docs/ci.md").read_text(encoding="utf-8")
SHOWN_DAY = "2027-03-01"
SOON = str(datetime.now(UTC).date() + timedelta(days=90))  # noqa: TID251 - the commands read the clock too


def _pipelines() -> dict[str, Any]:
    """Give the YAML of the page by the name of its file."""
    found = re.findall(r"```yaml\n# (\S+)\n(.*?)```", DOC, re.DOTALL)
    return {name: yaml.safe_load(text) for name, text in found}


def _hooks() -> dict[str, dict[str, Any]]:
    return {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))}


def _run(line: str, folder: Path, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    cms = tmp_path / "bin" / "cms"
    cms.parent.mkdir(exist_ok=True)
    cms.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m cms "$@"\n', encoding="utf-8")
    cms.chmod(0o755)
    environment = {**os.environ, "PATH": f"{cms.parent}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT), "LC_ALL": "C"}
    return subprocess.run(
        line, shell=True, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.fixture
def small(tmp_path: Path) -> Path:
    CliRunner().invoke(cli, ["init", str(tmp_path / "shop")])
    return tmp_path / "shop"


def test_every_session_prints_what_it_shows(tmp_path: Path) -> None:
    folder, differing = tmp_path, []
    for line, shown in sessions("docs/ci.md"):
        if line.startswith("cd "):
            folder = folder / line.removeprefix("cd ")
            continue
        done = _run(line.replace(SHOWN_DAY, SOON), folder, tmp_path)
        if shown.replace(SHOWN_DAY, SOON) != done.stdout.rstrip("\n"):
            differing.append((line, shown, done.stdout, done.stderr))

    assert [] == differing
    assert len(sessions("docs/ci.md")) >= 10


def test_every_command_of_the_pipelines_passes_on_a_small_workspace(small: Path, tmp_path: Path) -> None:
    steps = _pipelines()[".github/workflows/content.yml"]["jobs"]["check"]["steps"]
    lines = [step["run"] for step in steps if "run" in step] + _pipelines()[".gitlab-ci.yml"]["content"]["script"]
    runs = {line: _run(line, small, tmp_path) for line in lines if line.startswith("cms ")}

    assert dict.fromkeys(runs, 0) == {line: done.returncode for line, done in runs.items()}, runs
    assert 4 == len(runs)
    assert [] == [line for line in lines if not line.startswith(("cms ", "pip install "))]


def test_the_file_that_is_uploaded_is_the_one_that_was_written() -> None:
    steps = _pipelines()[".github/workflows/content.yml"]["jobs"]["check"]["steps"]
    (written,) = [step["run"].partition(" > ")[2] for step in steps if ">" in step.get("run", "")]

    assert [written] == [step["with"]["sarif_file"] for step in steps if "sarif_file" in step.get("with", {})]


def test_the_hooks_that_are_shown_exist_and_run(small: Path, tmp_path: Path) -> None:
    (repository,) = _pipelines()[".pre-commit-config.yaml"]["repos"]
    hooks = _hooks()
    lines = [" ".join([hooks[used["id"]]["entry"], *used.get("args", [])]) for used in repository["hooks"]]

    assert {"cms-check", "cms-fmt"} == set(hooks) == {used["id"] for used in repository["hooks"]}
    assert [0, 0] == [_run(line, small, tmp_path).returncode for line in lines]


@pytest.mark.parametrize(
    ("path", "runs"),
    [
        ("content/entries/hero/default.en.md", {"cms-check", "cms-fmt"}),
        ("shop/segments/vip.json", {"cms-check", "cms-fmt"}),
        ("components/banner/model.json", {"cms-check", "cms-fmt"}),
        ("components/banner/web.html", {"cms-check"}),
        ("README.md", set()),
        ("docs/content.md", set()),
    ],
)
def test_a_hook_runs_when_what_it_reads_has_changed(path: str, runs: set[str]) -> None:
    assert runs == {key for key, hook in _hooks().items() if re.search(hook["files"], path)}


def test_the_page_tells_every_option_of_the_check() -> None:
    options = {option for parameter in command.params for option in parameter.opts} - {"--workspace"}

    assert set() == {option for option in options if f"`{option}`" not in DOC}
