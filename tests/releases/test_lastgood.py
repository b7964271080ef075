"""The last-good file: whatever happens to it, what is read from it is right or an older right one."""

import random
from dataclasses import replace
from pathlib import Path

import pytest
from publishing import content, numbers

from cms.errors import CmsError
from cms.releases import LastGood, Release, read_last_good, write_last_good
from cms.workspace import digest


def a_release(number: int) -> Release:
    files = content(number, files=3)
    return Release(digest(files), files)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "node" / "last-good"


def kept_number(path: Path) -> int | None:
    kept = read_last_good(path)
    return numbers(kept.release.files).pop() if kept else None


def test_what_is_written_is_read(path: Path) -> None:
    write_last_good(path, a_release(1), 7)

    assert read_last_good(path) == LastGood(a_release(1), 7, path)


def test_who_checked_a_release_is_kept_with_it(path: Path) -> None:
    checked = replace(a_release(1), checked_by=frozenset({"0.2.0", "0.1.0"}))
    write_last_good(path, checked, 7)

    assert read_last_good(path) == LastGood(checked, 7, path)


def test_nothing_written_is_nothing_to_read(path: Path) -> None:
    assert read_last_good(path) is None


def test_the_previous_two_are_kept_and_no_more(path: Path) -> None:
    for number in (1, 2, 3, 4):
        write_last_good(path, a_release(number), number)

    assert sorted(file.name for file in path.parent.iterdir()) == ["last-good", "last-good.1", "last-good.2"]
    assert [kept_number(path.with_name(name)) for name in ("last-good", "last-good.1", "last-good.2")] == [4, 3, 2]


def test_writing_the_same_again_pushes_nothing_out(path: Path) -> None:
    for number in (1, 2, 2, 2):
        write_last_good(path, a_release(number), number)

    assert kept_number(path.with_name("last-good.1")) == 1


@pytest.mark.parametrize("seed", range(40))
def test_a_damaged_file_gives_way_to_the_previous_one(path: Path, seed: int) -> None:
    write_last_good(path, a_release(1), 1)
    write_last_good(path, a_release(2), 2)
    dice = random.Random(seed)
    raw = path.read_bytes()
    at = dice.randrange(len(raw))
    path.write_bytes(dice.choice([raw[:at], raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :], raw + b"x", b""]))

    assert kept_number(path) == 1


def test_three_damaged_files_are_nothing_rather_than_wrong_bytes(path: Path) -> None:
    for number in (1, 2, 3):
        write_last_good(path, a_release(number), number)
    for file in path.parent.iterdir():
        file.write_bytes(file.read_bytes().replace(b"\n1\n", b"\n9\n").replace(b"\n2\n", b"\n9\n").replace(b"3", b"9"))

    assert read_last_good(path) is None


def test_a_release_under_a_wrong_name_is_not_read(path: Path) -> None:
    write_last_good(path, Release("f" * 64, content(1)), 1)

    assert read_last_good(path) is None


def test_a_file_missing_between_two_renames_gives_way_to_the_previous_one(path: Path) -> None:
    write_last_good(path, a_release(1), 1)
    path.rename(path.with_name("last-good.1"))

    assert kept_number(path) == 1


def test_a_folder_that_cannot_be_written_is_a_failure_with_a_code(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(CmsError) as caught:
        write_last_good(tmp_path / "file" / "last-good", a_release(1), 1)

    assert caught.value.code == "last-good-unwritable"
