"""`cms check --save-personas`: visitors of findings as personas that preview and explain take."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from corner import NOW

from cms.cli import cli
from cms.cli.saving import save_personas
from cms.content.snapshot import Snapshot
from cms.problems import Problem, Severity
from cms.runtime.verification import verify
from cms.workspace import read_folder
from cms.workspace.formatting import format_files

VISITOR = {"request": {}, "facts": {"cart.count": 3, "cart.subtotal": "80.00"}, "now": "2026-12-02T10:00:00+08:00"}
FOUND = Problem(
    "unreachable",
    "nobody sees it.",
    severity=Severity.WARNING,
    file="content/entries/free-shipping.json",
    line=3,
    subject="free-shipping:near",
    place="cart/top",
    visitor=VISITOR,
)
NAME = "unreachable-free-shipping-near"


@pytest.fixture
def snapshot(peopled: Path) -> Snapshot:
    snapshot = verify(read_folder(peopled), now=NOW).snapshot
    assert snapshot is not None
    return snapshot


def test_a_saved_visitor_can_be_previewed_by_the_command_that_is_printed(
    peopled: Path, snapshot: Snapshot, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = peopled / "content/personas"
    save_personas([FOUND], folder, peopled, snapshot)
    told = capsys.readouterr()
    saved, _, command = told.err.strip().partition(": cms ")
    run = CliRunner().invoke(
        cli, [*command.split(), "--workspace", str(peopled), "--out", str(tmp_path / "preview.html")]
    )

    assert ("", f"Saved {folder / NAME}.json", f"preview cart --persona {NAME}") == (told.out, saved, command)
    assert 0 == run.exit_code, run.output
    assert "Found by cms check: unreachable, free-shipping:near" in (tmp_path / "preview.html").read_text("utf-8")


def test_a_saved_persona_is_a_good_file_laid_out_as_cms_fmt_would(peopled: Path, snapshot: Snapshot) -> None:
    save_personas([FOUND], peopled / "content/personas", peopled, snapshot)
    files = read_folder(peopled)
    path = f"content/personas/{NAME}.json"

    assert VISITOR.items() <= json.loads(files[path]).items()
    assert "expect" not in json.loads(files[path])
    assert path not in format_files(files).changed
    assert [] == [found for found in verify(files, now=NOW).problems if found.file == path]


def test_the_visitors_own_title_gives_way_to_what_was_found(peopled: Path, snapshot: Snapshot, tmp_path: Path) -> None:
    titled = replace(FOUND, visitor={"title": "Somebody", **VISITOR})
    save_personas([titled], tmp_path / "found", peopled, snapshot)

    assert ["title", "request", "facts", "now"] == list(json.loads((tmp_path / f"found/{NAME}.json").read_bytes()))


def test_what_somebody_else_wrote_is_left_alone_and_what_this_wrote_is_renewed(
    peopled: Path, snapshot: Snapshot, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / f"{NAME}.json"
    made_a_test = '{"title": "Found by cms check: unreachable, free-shipping:near", "expect": {"cart/top": "none"}}'
    for own in ('{"title": "My own"}', "{", "[]", made_a_test):
        path.write_text(own, encoding="utf-8")
        save_personas([FOUND], tmp_path, peopled, snapshot)
        assert own == path.read_text("utf-8")
    path.unlink()
    save_personas([FOUND], tmp_path, peopled, snapshot)
    save_personas([replace(FOUND, visitor={**VISITOR, "facts": {}})], tmp_path, peopled, snapshot)

    assert {} == json.loads(path.read_bytes())["facts"]
    assert 4 == capsys.readouterr().err.count("Left alone: ")


def test_names_are_keys_whatever_the_subject_and_no_two_alike(
    peopled: Path, snapshot: Snapshot, tmp_path: Path
) -> None:
    twin = replace(FOUND, nth=2)
    odd = replace(FOUND, subject="../Emails/再/" + "x" * 300)
    save_personas([FOUND, twin, odd], tmp_path / "found", peopled, snapshot)
    names = {path.stem for path in (tmp_path / "found").iterdir()}

    assert {NAME, f"{NAME}-{twin.id}"} < names
    assert 3 == len(names)
    assert all(set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-") and len(name) <= 120 for name in names)


def test_without_visitors_nothing_is_written_and_that_is_said(
    peopled: Path, snapshot: Snapshot, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_personas([replace(FOUND, visitor=None)], tmp_path / "found", peopled, snapshot)

    assert "No finding has a visitor to save.\n" == capsys.readouterr().err


def test_personas_are_not_saved_among_other_content(peopled: Path) -> None:
    words = ["check", "--workspace", str(peopled), "--save-personas"]
    inside = CliRunner().invoke(cli, [*words, str(peopled / "content/pages")])

    assert 2 == inside.exit_code
    assert "Authored folders hold content only" in inside.stderr
    assert 1 == CliRunner().invoke(cli, [*words, str(peopled / "content/personas")]).exit_code
