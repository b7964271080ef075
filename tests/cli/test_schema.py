"""`cms schema`: files an editor can use as they are, and one object for tools."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from corner import corner_folder
from jsonschema import Draft7Validator

from cms.cli import cli


def _schema(folder: Path, *options: str) -> Result:
    return CliRunner().invoke(cli, ["schema", "--workspace", str(folder), *options])


@pytest.fixture
def corner(tmp_path: Path) -> Path:
    return corner_folder(tmp_path / "w")


class Editor:
    """Does what VS Code does: takes the settings, picks the schema of a file by its pattern, and validates."""

    def __init__(self, root: Path, settings: Mapping[str, Any]) -> None:
        self.root = root
        self.rules = settings["json.schemas"]

    def problems(self, path: str, text: str) -> list[str]:
        (url,) = [rule["url"] for rule in self.rules if self._fits(path, rule["fileMatch"])]
        schema = json.loads((self.root / url).read_text(encoding="utf-8"))
        return [error.json_path for error in Draft7Validator(schema).iter_errors(json.loads(text))]

    def _fits(self, path: str, patterns: list[str]) -> bool:
        *_, last = [pattern for pattern in patterns if self._matches(path, pattern.removeprefix("!"))] or ["!"]
        return not last.startswith("!")

    def _matches(self, path: str, pattern: str) -> bool:
        return Path("/", path).match(pattern) and path.count("/") == pattern.count("/") - 1


@pytest.fixture
def editor(corner: Path) -> Editor:
    run = _schema(corner, "--out", str(corner / ".vscode" / "schemas"))
    assert run.exit_code == 0
    written = json.loads((corner / ".vscode" / "schemas" / "vscode-settings.json").read_text(encoding="utf-8"))
    assert written == json.loads(run.stdout)
    return Editor(corner, written)


def test_an_editor_with_the_settings_finds_nothing_in_a_valid_workspace(editor: Editor) -> None:
    paths = sorted(path for path in editor.root.rglob("*.json") if ".vscode" not in path.parts)

    found = {
        str(path): editor.problems(path.relative_to(editor.root).as_posix(), path.read_text(encoding="utf-8"))
        for path in paths
    }

    assert len(paths) > 10
    assert {} == {path: problems for path, problems in found.items() if problems}


@pytest.mark.parametrize(
    ("path", "right", "wrong", "place"),
    [
        ("content/entries/free-shipping.json", '"near-free-shipping"', '"near-fre-shipping"', "$.variants[1].when.segment"),
        ("content/entries/hello.json", '"visitor.device"', '"visitor.devise"', "$.variants[1].when"),
        ("content/entries/hello.json", '"banner"', '"bannr"', "$.component"),
        ("content/entries/hello.json", '"headline": "Hello"', '"headlin": "Hello"', "$.variants[2].content.en"),
        ("content/entries/free-shipping.json", "Add {cart.gap", "Add {cart.gab", "$.variants[1].content.en.headline"),
        ("segments/near-free-shipping.json", '"at_least"', '"atleast"', "$.when['cart.subtotal']"),
        ("content/pages/cart.json", '["members"]', '["member"]', "$.slots.side.entries[0]"),
        ("content/pages/cart.json", '"stage"', '"stages"', "$"),
        ("components/banner/model.json", '"markdown"', '"markdwon"', "$.fields.body.type"),
    ],
)  # fmt: skip
def test_wrong_names_are_found_where_they_stand(editor: Editor, path: str, right: str, wrong: str, place: str) -> None:
    text = (editor.root / path).read_text(encoding="utf-8")
    assert right in text

    assert place in editor.problems(path, text.replace(right, wrong, 1))


def test_without_a_folder_one_object_is_printed(corner: Path) -> None:
    run = _schema(corner)

    schemas = json.loads(run.stdout)
    assert (0, "") == (run.exit_code, run.stderr)
    assert {"entry", "folder-entry", "facts", "component"} < set(schemas)
    assert {"Vitrine " + kind for kind in schemas} == {schema["title"] for schema in schemas.values()}


def test_the_settings_name_the_schemas_as_seen_from_the_workspace(corner: Path) -> None:
    inside = json.loads(_schema(corner, "--out", str(corner / "schemas")).stdout)
    outside = json.loads(_schema(corner, "--out", str(corner.parent / "schemas")).stdout)

    assert {"fileMatch": ["/content/rails/*.json"], "url": "./schemas/rail.schema.json"} in inside["json.schemas"]
    assert "./../schemas/rail.schema.json" in [rule["url"] for rule in outside["json.schemas"]]
    assert 0 == CliRunner().invoke(cli, ["check", "--workspace", str(corner)]).exit_code


@pytest.mark.parametrize("folder", ["content", "content/schemas", "segments/x"])
def test_schemas_are_not_written_among_content(corner: Path, folder: str) -> None:
    run = _schema(corner, "--out", str(corner / folder))

    assert (2, "") == (run.exit_code, run.stdout)
    assert not list((corner / "content").glob("**/*.schema.json"))


def test_a_workspace_with_errors_has_schemas_too(corner: Path) -> None:
    (corner / "content/entries/hello.json").write_text("{", encoding="utf-8")

    run = _schema(corner)

    assert 0 == run.exit_code
    assert '"hello"' in run.stdout
