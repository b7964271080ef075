"""Writing authored files: all or nothing, and never over what somebody else wrote."""

from pathlib import Path

import pytest

from cms.errors import CmsError
from cms.workspace.writing import convert_files, replace_files

READ = {"a/x.json": b"old", "a/y/entry.json": b"rest", "a/y/z.md": b"copy"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for path, raw in READ.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(raw)
    return tmp_path


def _files(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_a_conversion_writes_replaces_and_removes(root: Path) -> None:
    written = {"a/y/entry.json": b"less", "a/y/new.md": b"moved", "a/x/entry.json": b"new"}

    convert_files(root, READ, written, ["a/x.json", "a/y/z.md"])

    assert written == _files(root)


def test_a_folder_that_becomes_empty_goes(root: Path) -> None:
    convert_files(root, READ, {"a/y.json": b"whole"}, ["a/y/entry.json", "a/y/z.md"])

    assert {"a/x.json": b"old", "a/y.json": b"whole"} == _files(root)
    assert not (root / "a/y").exists()


def test_a_file_in_the_way_stops_all(root: Path) -> None:
    (root / "a/x").mkdir()
    (root / "a/x/b.md").symlink_to("nowhere")

    with pytest.raises(CmsError) as stopped:
        convert_files(root, READ, {"a/x/a.md": b"1", "a/x/b.md": b"2"}, ["a/x.json"])

    assert "file-in-the-way" == stopped.value.code
    assert READ == _files(root)


def test_what_was_changed_meanwhile_is_neither_replaced_nor_removed(root: Path) -> None:
    (root / "a/x.json").write_bytes(b"newer")
    for removed, written in (["a/x.json"], {"a/x/a.md": b"1"}), ([], {"a/x.json": b"1", "a/x/a.md": b"1"}):
        with pytest.raises(CmsError) as stopped:
            convert_files(root, READ, written, removed)
        assert "file-changed" == stopped.value.code
    with pytest.raises(CmsError):
        replace_files(root, READ, {"a/x.json": b"1"})

    assert {**READ, "a/x.json": b"newer"} == _files(root)


def test_when_a_file_cannot_be_written_none_is(root: Path) -> None:
    with pytest.raises(OSError, match=r"Not a directory|exists"):
        convert_files(root, READ, {"a/n/a.md": b"1", "a/x.json/b.md": b"2"}, ["a/y/z.md"])

    assert READ == _files(root)
    assert not (root / "a/n").exists()


def test_a_file_is_replaced_in_one_step_and_keeps_its_mode(root: Path) -> None:
    (root / "a/x.json").chmod(0o600)
    with (root / "a/x.json").open("rb") as reader:
        replace_files(root, READ, {"a/x.json": b"new"})
        assert b"old" == reader.read()

    assert (b"new", 0o600) == ((root / "a/x.json").read_bytes(), (root / "a/x.json").stat().st_mode & 0o777)
    assert {"x.json", "y"} == {path.name for path in (root / "a").iterdir()}
