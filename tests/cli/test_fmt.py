"""`cms fmt`: what is written, what is left alone, and what is said of it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from corner import NOW, corner_folder

from cms.cli import cli
from cms.runtime.verification import verify
from cms.workspace import canonical, read_folder

BARE = b'{"default_locale":"en","locales":{"en":[]}}'
ENTRY = {
    "component": "banner",
    "variants": [{"key": "default", "content": {"en": {"headline": "Hello", "body": "Come in."}}}],
}


def _fmt(folder: Path, *options: str) -> Result:
    return CliRunner().invoke(cli, ["fmt", "--workspace", str(folder), *options])


def _files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def corner(tmp_path: Path) -> Path:
    return corner_folder(tmp_path / "w")


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A workspace of three formatted files, one of them an entry."""
    for name, data in (
        ("content/workspace.json", json.loads(BARE)),
        ("components/banner/model.json", {"fields": {"headline": {"type": "text"}, "body": {"type": "markdown"}}}),
        ("content/entries/hello.json", ENTRY),
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(json.dumps(data), encoding="utf-8")
    assert _fmt(tmp_path).exit_code == 0
    return tmp_path


def test_formatting_changes_the_look_of_a_workspace_once_and_its_meaning_never(corner: Path) -> None:
    before = read_folder(corner)
    first = _fmt(corner)
    after = read_folder(corner)
    second = _fmt(corner)

    assert (0, 0) == (first.exit_code, second.exit_code)
    assert canonical(before) == canonical(after)
    assert {f"Formatted {path}" for path in before if before[path] != after[path]} == set(first.stdout.splitlines())
    assert "All files are formatted already.\n" == second.stdout
    assert dict(after) == dict(read_folder(corner))
    assert dict(before) != dict(after)


def test_check_lists_the_files_that_would_change_and_writes_nothing(corner: Path) -> None:
    before = _files(corner)
    text = _fmt(corner, "--check")
    machine = _fmt(corner, "--check", "--format", "json")
    assert before == _files(corner)

    found = json.loads(machine.stdout)["findings"]
    assert (1, 1) == (text.exit_code, machine.exit_code)
    assert (
        f"{found[0]['file']}:{found[0]['line']}:1: error[unformatted]: the file is not formatted. Run cms fmt."
        in text.stdout
    )
    _fmt(corner)
    assert {item["file"] for item in found} == {path for path, raw in _files(corner).items() if raw != before[path]}
    assert (0, "0 errors, 0 warnings\n") == (_fmt(corner, "--check").exit_code, _fmt(corner, "--check").stdout)


def test_the_finding_stands_at_the_first_line_that_would_change(small: Path) -> None:
    path = small / "content/entries/hello.json"
    path.write_bytes(path.read_bytes().replace(b'  "variants"', b' "variants"'))
    (small / "content/workspace.json").write_bytes((small / "content/workspace.json").read_bytes() + b"\n\n")

    found = json.loads(_fmt(small, "--check", "--format", "json").stdout)["findings"]

    assert [("content/entries/hello.json", 3), ("content/workspace.json", 5)] == [(f["file"], f["line"]) for f in found]


def test_what_cannot_be_read_is_reported_and_left_while_the_rest_is_formatted(small: Path) -> None:
    broken = {"segments/a.json": b'{"when": {"visitor.is_new": true,}}', "segments/b.json": b"\xff"}
    (small / "segments").mkdir()
    for name, raw in (*broken.items(), ("segments/c.json", b'{"when":{"visitor.is_new":true}}')):
        (small / name).write_bytes(raw)

    run = _fmt(small)

    assert 1 == run.exit_code
    assert "Formatted segments/c.json" == run.stdout.splitlines()[0]
    assert ["segments/a.json:1:33: error[bad-json]:", "segments/b.json:1:1: error[bad-encoding]:"] == [
        line.partition("]:")[0] + "]:" for line in run.stdout.splitlines()[1:-1]
    ]
    assert broken == {name: (small / name).read_bytes() for name in broken}


def test_a_link_is_not_followed_and_a_mode_is_kept(small: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside") / "x.json"
    outside.write_bytes(b'{"when":{}}')
    (small / "segments").mkdir()
    (small / "segments/x.json").symlink_to(outside)
    (small / "content/workspace.json").write_bytes(BARE)
    (small / "content/workspace.json").chmod(0o640)

    run = _fmt(small)

    assert (1, True) == (run.exit_code, "segments/x.json:1:1: error[not-a-file]" in run.stdout)
    assert b'{"when":{}}' == outside.read_bytes()
    assert 0o640 == (small / "content/workspace.json").stat().st_mode & 0o777


def test_with_a_machine_format_stdout_is_only_findings(small: Path) -> None:
    (small / "content/workspace.json").write_bytes(BARE)

    run = _fmt(small, "--format", "json")

    assert {"errors": 0, "warnings": 0, "notes": 0, "accepted": 0, "known": 0, "findings": []} == json.loads(run.stdout)
    assert "Formatted content/workspace.json\n" == run.stderr


def test_split_and_join_say_what_they_did_and_come_back(small: Path) -> None:
    before = _files(small)
    there = _fmt(small, "--split", "hello")

    assert (0, "hello: now in content/entries/hello/entry.json and 1 Markdown file.\n") == (
        there.exit_code,
        there.stdout,
    )
    assert '---\nheadline: "Hello"\n---\nCome in.\n' == (small / "content/entries/hello/default.en.md").read_text()
    assert not (small / "content/entries/hello.json").exists()
    assert "hello: has that form already.\n" == _fmt(small, "--split", "--all").stdout
    back = _fmt(small, "--join", "--all")
    assert (0, "hello: now in content/entries/hello.json.\n") == (back.exit_code, back.stdout)
    assert before == _files(small)
    assert not (small / "content/entries/hello").exists()


def test_every_entry_of_a_workspace_goes_there_and_back(corner: Path) -> None:
    _fmt(corner)
    before, snapshot = _files(corner), verify(read_folder(corner), now=NOW).snapshot
    there = _fmt(corner, "--split", "--all")
    split = verify(read_folder(corner), now=NOW).snapshot
    assert snapshot is not None
    assert split is not None

    assert (0, 5) == (there.exit_code, there.stdout.count("now in content/entries/"))
    assert snapshot.entries == split.entries
    assert 0 == _fmt(corner, "--check").exit_code
    assert 0 == _fmt(corner, "--join", "--all").exit_code
    assert before == _files(corner)


def test_what_stays_inline_is_told_with_its_reason(small: Path) -> None:
    entry = {**ENTRY, "variants": [{"key": "default", "content": {"en": {"headline": "Hello", "body": " Come in."}}}]}
    (small / "content/entries/hello.json").write_text(json.dumps(entry), encoding="utf-8")

    run = _fmt(small, "--split", "hello")

    assert (
        0,
        'hello: left inline: default, en: its "body" begins or ends with a blank, which a file does not keep.\n',
    ) == (
        run.exit_code,
        run.stdout,
    )
    assert (small / "content/entries/hello.json").exists()


def test_a_file_in_the_way_is_never_overwritten(small: Path) -> None:
    there = _fmt(small, "--split", "hello").exit_code
    (small / "content/entries/hello.json").symlink_to("nowhere")
    before = _files(small)

    refused = _fmt(small, "--join", "hello")
    assert (0, 1) == (there, refused.exit_code)
    assert "hello: not touched: it has errors, see cms check.\n" == refused.stderr
    assert before == _files(small)


def test_a_hidden_file_in_the_way_stops_the_split_before_anything_is_written(small: Path) -> None:
    before = _files(small)
    (small / "content/entries/hello").mkdir()
    (small / "content/entries/hello/default.en.md").mkdir()
    (small / "content/entries/other.json").write_bytes(before["content/entries/hello.json"])

    run = _fmt(small, "--split", "--all")

    assert (1, "other: now in content/entries/other/entry.json and 1 Markdown file.\n") == (run.exit_code, run.stdout)
    assert (
        "hello: not touched: content/entries/hello/default.en.md is there already and is not overwritten. "
        "Move it away, or delete it.\n" == run.stderr
    )
    assert before == {path: raw for path, raw in _files(small).items() if "other" not in path}


def test_a_folder_keeps_what_is_not_content(small: Path) -> None:
    _fmt(small, "--split", "hello")
    (small / "content/entries/hello/.notes").write_text("mine", encoding="utf-8")

    assert 0 == _fmt(small, "--join", "hello").exit_code
    assert ["content/entries/hello/.notes"] == [path for path in _files(small) if "/hello/" in path]


def test_an_entry_that_cannot_be_converted_is_exit_code_1_and_the_others_are(small: Path) -> None:
    (small / "content/entries/broken.json").write_text("{", encoding="utf-8")

    run = _fmt(small, "--split", "--all")

    assert 1 == run.exit_code
    assert "broken: not touched: it cannot be read.\n" == run.stderr
    assert run.stdout.startswith("hello: now in")


@pytest.mark.parametrize(
    "options",
    [
        ["hello"],
        ["--all"],
        ["--split"],
        ["--join", "--all", "hello"],
        ["--split", "helo"],
        ["--split", "hello", "--check"],
        ["--join", "hello", "--format", "json"],
    ],
)
def test_wrong_usage_touches_nothing(small: Path, options: list[str]) -> None:
    before = _files(small)
    run = _fmt(small, *options)

    assert (2, "") == (run.exit_code, run.stdout)
    assert before == _files(small)


def test_a_wrong_name_gets_a_suggestion(small: Path) -> None:
    assert 'No entry "helo". Did you mean "hello"?' in _fmt(small, "--split", "helo").stderr
