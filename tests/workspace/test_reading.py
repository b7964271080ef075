"""Whole workspaces: everything wrong is found in one run, and no bytes whatever make reading fail."""

import json
import random
from collections.abc import Mapping
from decimal import Decimal

import pytest

from cms.problems import Problem
from cms.workspace import Document, Workspace, read_workspace
from cms.workspace.limits import MAX_COPY_BYTES, MAX_FILE_BYTES

SHOP: Mapping[str, bytes] = {
    "content/workspace.json": b'{"default_locale": "en", "locales": {"en": []}}',
    "content/pages/cart.json": b'{\n  "route": "/cart",\n  "slots": {"top": {"accepts": ["banner"], "count": 1}}\n}\n',
    "content/entries/club.json": b'{"component": "banner", "variants": [{"key": "default", "n": 1.50}]}',
    "content/entries/summer/entry.json": b'{"component": "banner", "variants": []}',
    "content/entries/summer/default.zh-Hant.md": (
        "---\nheadline: 滿額免運\ncta: {label: 去, href: /c}\n---\n\n**好**\n".encode()
    ),
    "components/banner/web.html": b"<p>{{ headline }}</p>\r\n",
    "segments/vip.json": b'{"when": {"customer.is_member": true}}',
}


def test_documents_are_sorted_and_found_by_kind_and_key() -> None:
    workspace = read_workspace({path: SHOP[path] for path in sorted(SHOP, reverse=True)})

    assert [document.path for document in workspace.documents] == sorted(SHOP)
    assert set(workspace.of_kind("entry")) == {"club", "summer"}
    assert workspace.of_kind("template")["banner/web.html"].data == "<p>{{ headline }}</p>\n"
    assert workspace.of_kind("copy")["summer/default.zh-Hant.md"].data == {
        "fields": {"headline": "滿額免運", "cta": {"label": "去", "href": "/c"}},
        "body": "**好**",
    }
    assert workspace.problems == ()
    assert dict(workspace.files) == dict(SHOP)


def test_a_problem_is_placed_at_its_value_or_its_key() -> None:
    page = read_workspace(SHOP).of_kind("page")["cart"]

    value = page.place(Problem("wrong", "m", "/slots/top/count"))
    key = page.place(Problem("unknown-key", "m", "/slots/top/count#key"))
    missing = page.place(Problem("missing", "m", "/slots/top/entries"))

    assert (value.file, value.line, value.column) == ("content/pages/cart.json", 3, 53)
    assert (key.line, key.column, key.pointer) == (3, 44, "/slots/top/count")
    assert (missing.line, missing.column) == (3, 20)


def test_a_problem_that_knows_its_line_keeps_it() -> None:
    placed = Document("components/x/web.html", "template", "x/web.html", "").place(
        Problem("bad", "m", line=7, column=3)
    )

    assert (placed.file, placed.line, placed.column) == ("components/x/web.html", 7, 3)


def test_all_faults_of_all_files_are_found_in_one_run() -> None:
    files = {
        "content/pages/a.json": b'{"a": 1,}',
        "content/pages/b.json": b'{"a": 1, "a": 2}',
        "content/pages/c.json": b'{"a": "\xff"}',
        "content/pages/d.json": "{}".encode("utf-16"),
        "content/pages/e.json": b"[]",
        "content/pages/f.json": b'{"a": "\n\x00"}',
        "content/pages/g.json": b" " * (MAX_FILE_BYTES + 1),
        "content/entries/x/entry.json": b"{}",
        "content/entries/x/a.en.md": b"---\na: *b\n---\n",
        "content/entries/x/b.en.md": b"x" * (MAX_COPY_BYTES + 1),
        "content/oops.txt": b"",
    }

    workspace = read_workspace(files)

    assert [(p.file.rpartition("/")[2], p.line, p.column, p.code) for p in workspace.problems] == [
        ("a.en.md", 2, 4, "yaml-alias"),
        ("b.en.md", 1, 1, "too-large"),
        ("oops.txt", 1, 1, "unknown-file"),
        ("a.json", 1, 8, "bad-json"),
        ("b.json", 1, 10, "duplicate-key"),
        ("c.json", 1, 8, "bad-encoding"),
        ("d.json", 1, 1, "bad-encoding"),
        ("e.json", 1, 1, "wrong-type"),
        ("f.json", 2, 1, "bad-encoding"),
        ("g.json", 1, 1, "too-large"),
    ]
    assert all(problem.suggestion for problem in workspace.problems)


def test_a_file_that_cannot_be_read_is_still_known_by_its_key() -> None:
    workspace = read_workspace({"segments/vip.json": b"{", "segments/new.json": b"{}"})

    assert set(workspace.of_kind("segment")) == {"new"}
    assert workspace.keys_of("segment") == {"vip", "new"}


@pytest.mark.parametrize("seed", range(40))
def test_a_randomly_damaged_workspace_is_equal_or_found_damaged_and_never_crashes(seed: int) -> None:
    dice = random.Random(seed)
    for path, raw in SHOP.items():
        for _ in range(5):
            damaged = damage(raw, dice)
            workspace = read_workspace({**SHOP, path: damaged})
            assert workspace.problems or well_formed(path, damaged, workspace)


def damage(raw: bytes, dice: random.Random) -> bytes:
    at = dice.randrange(len(raw))
    match dice.randrange(6):
        case 0:
            return raw[:at] + bytes([raw[at] ^ 1 << dice.randrange(8)]) + raw[at + 1 :]
        case 1:
            return raw[:at]
        case 2:
            return raw[:at] + dice.randbytes(dice.randrange(1, 9)) + raw[at:]
        case 3:
            return raw[:at] + raw[dice.randrange(len(raw)) :]
        case 4:
            return raw.decode().encode(dice.choice(["utf-16", "utf-16-le", "utf-32", "gb18030", "utf-8-sig"]))
    return raw[:at] + dice.choice([b"[" * 50_000, b'{"a":' * 9_000, b"\x00", b"\xed\xa0\x80", b"1" * 9_000]) + raw[at:]


def well_formed(path: str, raw: bytes, workspace: Workspace) -> bool:
    """Tell whether nothing was found because the damage left a file that is right by itself, and was read so."""
    if not path.endswith(".json"):
        return raw.decode("utf-8") is not None
    document = next(document for document in workspace.documents if document.path == path)
    return bool(json.loads(raw, parse_float=Decimal) == document.data)
