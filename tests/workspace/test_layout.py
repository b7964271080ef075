"""Paths decide what a file is; a path that means nothing is a finding with a way out."""

import pytest

from cms.workspace import KINDS, read_workspace
from cms.workspace.layout import identify

PATHS = {
    "content/workspace.json": ("workspace", "workspace"),
    "content/accepted.json": ("accepted", "accepted"),
    "segments/facts.json": ("facts", "facts"),
    "segments/vip.json": ("segment", "vip"),
    "components/banner/model.json": ("component", "banner"),
    "components/banner/web.html": ("template", "banner/web.html"),
    "components/banner/web.css": ("template", "banner/web.css"),
    "components/banner/email.mjml": ("template", "banner/email.mjml"),
    "components/banner/email.txt": ("template", "banner/email.txt"),
    "content/pages/cart.json": ("page", "cart"),
    "content/emails/abandoned-cart.json": ("email", "abandoned-cart"),
    "content/entries/club.json": ("entry", "club"),
    "content/entries/summer/entry.json": ("entry", "summer"),
    "content/entries/summer/default.zh-Hant.md": ("copy", "summer/default.zh-Hant.md"),
    "content/experiments/copy-test.json": ("experiment", "copy-test"),
    "content/rails/forgotten.json": ("rail", "forgotten"),
    "content/feeds/weekly.json": ("feed", "weekly"),
    "content/personas/anna.json": ("persona", "anna"),
}


def findings(*paths: str) -> list[tuple[str, str, str]]:
    workspace = read_workspace(dict.fromkeys(paths, b"{}"))
    return [(problem.code, problem.file, problem.suggestion) for problem in workspace.problems]


@pytest.mark.parametrize("path", PATHS)
def test_a_path_tells_kind_and_key(path: str) -> None:
    identity = identify(path)

    assert identity is not None
    assert PATHS[path] == (identity.kind, identity.key)


def test_every_kind_has_a_path() -> None:
    assert set(KINDS) == {kind for kind, _ in PATHS.values()}


@pytest.mark.parametrize(
    ("path", "suggestion"),
    [
        ("content/entires/a.json", 'Did you mean "entries"?'),
        ("content/workspaces.json", 'Did you mean "workspace.json"?'),
        ("content/pages/cart.yaml", 'Did you mean "cart.json", directly in "pages"?'),
        ("content/pages/sub/cart.json", 'Did you mean "cart.json", directly in "pages"?'),
        ("segments/vip.yml", 'Did you mean "vip.json", directly in "segments"?'),
        ("components/banner/web.htm", 'Did you mean "web.html"?'),
        ("content/pages/hook.py", "Move it to a plug-in package."),
        ("README", "Known folders: components, segments, content."),
    ],
)
def test_a_file_of_no_kind_is_an_error_with_the_nearest_right_path(path: str, suggestion: str) -> None:
    assert findings(path) == [("unknown-file", path, suggestion)]


def test_names_that_cannot_be_keys_are_errors_with_a_better_name() -> None:
    assert findings("segments/Very Important.json", "content/rails/-x.json", "content/feeds/con.json") == [
        ("bad-name", "content/feeds/con.json", "Choose another name."),
        ("bad-name", "content/rails/-x.json", 'Rename it to "x".'),
        ("bad-name", "segments/Very Important.json", 'Rename it to "very-important".'),
    ]


def test_an_entry_that_stands_in_a_file_and_a_folder_is_a_duplicate() -> None:
    paths = ("content/entries/x.json", "content/entries/x/entry.json")

    assert [(code, file) for code, file, _ in findings(*paths)] == [("duplicate-document", paths[1])]
    assert [document.path for document in read_workspace(dict.fromkeys(paths, b"{}")).documents] == [paths[0]]


def test_copy_without_an_entry_beside_it_is_an_error() -> None:
    path = "content/entries/x/default.en.md"

    assert findings(path) == [("unknown-file", path, "Add content/entries/x/entry.json.")]


def test_names_that_differ_only_in_case_are_an_error() -> None:
    paths = ("content/entries/x/entry.json", "content/entries/x/a.zh-Hant.md", "content/entries/x/a.zh-hant.md")

    assert [(code, file) for code, file, _ in findings(*paths)] == [("case-collision", paths[2])]


def test_hidden_files_and_backups_are_nobodys_content() -> None:
    hidden = ("content/.gitkeep", ".schema/entry.json", "content/pages/.cart.json.swp", "content/pages/cart.json~")

    assert findings(*hidden) == []
    assert dict(read_workspace(dict.fromkeys(hidden, b"")).files) == {}
