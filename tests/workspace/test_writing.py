"""Writing authored files: all or nothing, and never over what somebody else wrote."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cms.errors import CmsError
from cms.workspace.writing import convert_files, replace_file

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
        replace_file(root, READ, "a/x.json", b"1")

    assert {**READ, "a/x.json": b"newer"} == _files(root)


def test_when_a_file_cannot_be_written_none_is(root: Path) -> None:
    with pytest.raises(OSError, match=r"Not a directory|exists"):
        convert_files(root, READ, {"a/n/a.md": b"1", "a/x.json/b.md": b"2"}, ["a/y/z.md"])

    assert READ == _files(root)
    assert not (root / "a/n").exists()


def test_a_file_is_replaced_in_one_step_and_keeps_its_mode(root: Path) -> None:
    (root / "a/x.json").chmod(0o600)
    with (root / "a/x.json").open("rb") as reader:
        replace_file(root, READ, "a/x.json", b"new")
        assert b"old" == reader.read()

    assert (b"new", 0o600) == ((root / "a/x.json").read_bytes(), (root / "a/x.json").stat().st_mode & 0o777)
    assert {"x.json", "y"} == {path.name for path in (root / "a").iterdir()}


def test_a_file_that_may_not_be_written_is_neither_replaced_nor_removed(root: Path) -> None:
    (root / "a/x.json").chmod(0o400)
    if os.access(root / "a/x.json", os.W_OK):
        pytest.skip("whoever runs this may write everything")
    with pytest.raises(PermissionError):
        replace_file(root, READ, "a/x.json", b"new")
    with pytest.raises(PermissionError):
        convert_files(root, READ, {"a/x/a.md": b"1"}, ["a/x.json"])

    assert READ == _files(root)


@pytest.mark.parametrize(
    ("written", "removed"),
    [
        ({"a/x/b.md": b"copy", "a/x/entry.json": b"rules"}, ["a/x.json"]),
        ({"a/y.json": b"whole"}, ["a/y/entry.json", "a/y/z.md"]),
    ],
)
def test_whenever_it_is_killed_the_old_files_or_the_new_ones_are_all_there(
    root: Path, written: dict[str, bytes], removed: list[str]
) -> None:
    """The process here stops dead before its first operation on a file, its second, and so on until it is through."""
    kept, code, stop = set(), 1, 0
    while code:
        for path, raw in READ.items():
            (root / path).parent.mkdir(exist_ok=True)
            (root / path).write_bytes(raw)
        for path in written:
            (root / path).unlink(missing_ok=True)
        code = _killed_at(stop, root, lambda: convert_files(root, READ, written, removed))
        left = _files(root)
        kept.add((READ.items() <= left.items(), written.items() <= left.items()))
        stop += 1

    assert stop > 5
    assert {(True, False), (True, True), (False, True)} == kept


def _killed_at(stop: int, root: Path, change: Callable[[], None]) -> int:
    """Run a change in a process of its own that ends without a word at its n-th operation below the root."""
    child = os.fork()
    if child == 0:
        left = iter(range(stop))

        def count(event: str, details: tuple[object, ...]) -> None:
            is_ours = event in {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir"} and str(root) in str(
                details[0]
            )
            if is_ours and next(left, None) is None:
                os._exit(9)

        sys.addaudithook(count)
        change()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
