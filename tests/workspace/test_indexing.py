"""Where documents stand among the files, and reading some of them alone."""

from cms.workspace import read_workspace
from cms.workspace.indexing import FileIndex

FILES = {
    "content/entries/b.json": b'{"component": "banner"}',
    "content/entries/a/entry.json": b"{}",
    "content/entries/a/default.en.md": b"Hello",
    "content/entries/a/default.de.md": b"Hallo",
    "content/entries/.a.json.swp": b"{}",
    "content/entries/README.txt": b"?",
    "segments/vip.json": b'{"when": {}}',
}


def test_the_index_names_the_keys_that_reading_everything_finds_in_the_same_order() -> None:
    index, workspace = FileIndex.of(FILES), read_workspace(FILES)
    for kind, paths in index.paths.items():
        assert list(paths) == list(workspace.of_kind(kind))
        assert paths == {key: document.path for key, document in workspace.of_kind(kind).items()}


def test_an_entry_that_stands_twice_is_the_one_that_reading_takes() -> None:
    twice = {"content/entries/a/entry.json": b"{}", "content/entries/a.json": b"{}"}
    assert FileIndex.of(twice).paths["entry"]["a"] == read_workspace(twice).of_kind("entry")["a"].path


def test_some_files_are_read_as_if_there_were_no_others() -> None:
    workspace = FileIndex.of(FILES).read(["segments/vip.json"])
    assert [document.key for document in workspace.documents] == ["vip"]


def test_the_copy_files_of_an_entry_are_found_by_its_key() -> None:
    found = FileIndex.of(FILES).copy_paths()
    assert dict(found) == {"a": ["content/entries/a/default.de.md", "content/entries/a/default.en.md"]}
