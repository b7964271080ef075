"""Finding and reading the three folders."""

import os
from pathlib import Path

import pytest

from cms.errors import CmsError
from cms.workspace import find_root, read_folder, read_workspace
from cms.workspace.limits import MAX_FILE_BYTES


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    for path, text in {
        "content/workspace.json": "{}",
        "content/pages/cart.json": '{"route": "/cart"}',
        "content/pages/.hidden.json": "{",
        "content/pages/cart.json~": "{",
        "segments/.gitkeep": "",
        "components/banner/web.html": "<p>",
        "cms/engine.py": "not ours",
    }.items():
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return tmp_path


def test_only_authored_files_are_read(shop: Path) -> None:
    assert dict(read_folder(shop)) == {
        "components/banner/web.html": b"<p>",
        "content/pages/cart.json": b'{"route": "/cart"}',
        "content/workspace.json": b"{}",
    }


def test_the_root_is_found_from_any_folder_below_it(shop: Path) -> None:
    assert find_root(shop / "content" / "pages") == shop
    assert find_root(shop) == shop


def test_outside_a_workspace_the_error_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(CmsError, match="cms init") as caught:
        find_root(tmp_path)

    assert caught.value.code == "no-workspace"


def test_a_root_that_is_no_folder_is_an_operational_failure(tmp_path: Path) -> None:
    with pytest.raises(CmsError) as caught:
        read_folder(tmp_path / "nowhere")

    assert caught.value.code == "unreadable-workspace"


def test_symbolic_links_are_not_followed_but_reported(shop: Path) -> None:
    secret = shop / "secret.json"
    secret.write_text('{"secret": 1}')
    (shop / "segments" / "stolen.json").symlink_to(secret)
    (shop / "content" / "rails").symlink_to(shop / "cms")
    os.mkfifo(shop / "segments" / "waits.json")

    files = read_folder(shop)

    assert b"secret" not in b"".join(files.values())
    assert [(problem.code, problem.file) for problem in read_workspace(files).problems] == [
        ("not-a-file", "content/rails"),
        ("not-a-file", "segments/stolen.json"),
        ("not-a-file", "segments/waits.json"),
    ]


def test_a_file_name_that_is_not_utf_8_is_reported(shop: Path) -> None:
    with open(os.fsencode(shop / "segments") + b"/caf\xe9.json", "wb"):  # noqa: PTH123 - Path takes no bytes
        pass

    assert [(problem.code, problem.file) for problem in read_workspace(read_folder(shop)).problems] == [
        ("bad-name", r"segments/caf\udce9.json")
    ]


def test_of_a_huge_file_only_as_much_is_read_as_shows_that_it_is_too_large(shop: Path) -> None:
    with (shop / "segments" / "huge.json").open("wb") as file:
        file.truncate(500 * MAX_FILE_BYTES)

    files = read_folder(shop)

    assert len(files["segments/huge.json"]) == MAX_FILE_BYTES + 1
    assert [problem.code for problem in read_workspace(files).problems] == ["too-large"]
