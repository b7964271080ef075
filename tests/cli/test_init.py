"""`cms init`: a new workspace is valid, and an old one is left alone."""

import json
from pathlib import Path

from click.testing import CliRunner, Result

from cms.cli import cli


def _init(folder: Path, *options: str) -> Result:
    return CliRunner().invoke(cli, ["init", str(folder), *options])


def _strict(folder: Path) -> Result:
    return CliRunner().invoke(cli, ["check", "--strict", "--workspace", str(folder)])


def test_an_empty_workspace_is_valid_and_refers_to_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "shop"

    run = _init(folder)

    assert (0, f"A workspace is in {folder}. Next: cms check --workspace {folder}\n") == (run.exit_code, run.stdout)
    assert (0, "0 errors, 0 warnings\n") == (_strict(folder).exit_code, _strict(folder).stdout)
    assert ["components", "content", "segments"] == sorted(
        path.name for path in folder.iterdir() if path.name[0] != "."
    )
    assert ["content/workspace.json"] == [
        path.relative_to(folder).as_posix() for path in (folder / "content").rglob("*") if path.is_file()
    ]
    assert {"default_locale": "en", "locales": {"en": []}} == json.loads(
        (folder / "content" / "workspace.json").read_text(encoding="utf-8")
    )
    assert [] == list((folder / "segments").iterdir())
    assert (folder / "components" / "banner" / "model.json").is_file()


def test_the_sample_workspace_is_valid(tmp_path: Path) -> None:
    run = _init(tmp_path / "shop", "--sample")

    assert 0 == run.exit_code
    assert 0 == _strict(tmp_path / "shop").exit_code
    assert list((tmp_path / "shop" / "content" / "personas").iterdir())


def test_a_folder_may_hold_other_things(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("ours", encoding="utf-8")

    assert 0 == _init(tmp_path).exit_code
    assert "ours" == (tmp_path / "README.md").read_text(encoding="utf-8")


def test_nothing_is_ever_overwritten(tmp_path: Path) -> None:
    mine = tmp_path / "content" / "workspace.json"
    mine.parent.mkdir()
    mine.write_text("mine", encoding="utf-8")

    run = _init(tmp_path, "--sample")

    assert 1 == run.exit_code
    assert f"{tmp_path} already has content: choose another folder.\n" == run.stderr
    assert "mine" == mine.read_text(encoding="utf-8")
    assert ["content"] == [path.name for path in tmp_path.iterdir()]
