"""`cms publish`, `cms rollback`: what goes live, and what stops it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from corner import corner_folder
from programs import environment, said, start_cms

from cms.cli import cli
from cms.errors import CmsError


class Desk:
    """A workspace and a store, and the commands on them."""

    def __init__(self, folder: Path) -> None:
        self.workspace = corner_folder(folder / "w")
        self._environment = environment(folder)

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(cli, list(arguments), env=self._environment)

    def publish(self, *arguments: str) -> Result:
        return self.run("publish", "--workspace", str(self.workspace), *arguments)

    def edit(self, headline: str, file: str = "about") -> None:
        path = self.workspace / f"content/entries/{file}.json"
        entry = json.loads(path.read_text("utf-8"))
        entry["variants"][-1]["content"]["en"]["headline"] = headline
        path.write_text(json.dumps(entry), encoding="utf-8")

    def history(self) -> list[dict[str, object]]:
        found: list[dict[str, object]] = json.loads(self.run("releases", "--format", "json").stdout)
        return found


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_workspace_with_warnings_goes_live(desk: Desk) -> None:
    result = desk.publish("--note", "first")
    assert result.exit_code == 0
    assert result.stdout.startswith("Live: release ")
    assert "sequence 1." in result.stdout
    (first,) = desk.history()
    assert (first["sequence"], first["note"]) == (1, "first")


def test_publishing_what_is_live_changes_nothing(desk: Desk) -> None:
    desk.publish()
    again = desk.publish()
    assert again.exit_code == 0
    assert again.stdout.startswith("Unchanged: release ")
    assert again.stdout.endswith(" is live already, sequence 1.\n")
    assert len(desk.history()) == 1
    assert desk.publish("--based-on", "0").exit_code == 1


def test_a_workspace_with_errors_is_refused_with_all_findings(desk: Desk) -> None:
    desk.publish()
    (desk.workspace / "content/pages/home.json").write_text('{"stage": "landng"}', encoding="utf-8")
    (desk.workspace / "content/rails/favorites.json").write_text('{"strategy": "best"}', encoding="utf-8")
    result = desk.publish()
    assert result.exit_code == 1
    assert {"content/pages/home.json", "content/rails/favorites.json"} <= {
        line.partition(":")[0] for line in result.stdout.splitlines()
    }
    assert "Not published" in result.stderr
    assert len(desk.history()) == 1


def test_with_a_machine_format_stdout_is_only_findings(desk: Desk) -> None:
    good = desk.publish("--format", "json")
    assert json.loads(good.stdout)["errors"] == 0
    assert good.stderr.startswith("Live: release ")
    (desk.workspace / "content/pages/home.json").write_text("{", encoding="utf-8")
    bad = desk.publish("--format", "json")
    assert json.loads(bad.stdout)["errors"] >= 1
    assert bad.exit_code == 1


def test_a_publish_stops_when_something_else_went_live(desk: Desk) -> None:
    desk.publish("--based-on", "0")
    desk.edit("two")
    assert desk.publish("--based-on", "1").exit_code == 0
    desk.edit("three")
    late = desk.publish("--based-on", "1")
    assert late.exit_code == 1
    assert isinstance(late.exception, CmsError)
    assert late.exception.code == "publish-conflict"
    assert [row["sequence"] for row in desk.history()] == [2, 1]
    assert desk.publish("--based-on", "-1").exit_code == 2


def test_an_operational_failure_is_one_line_on_stderr_and_exit_code_1(tmp_path: Path) -> None:
    workspace = corner_folder(tmp_path / "w")
    process = start_cms(
        tmp_path, "publish", "--workspace", str(workspace), CMS_DATABASE_URL="sqlite:////proc/nowhere/cms.sqlite"
    )
    assert process.wait(30) == 1
    (line,) = said(tmp_path).splitlines()
    assert line.startswith("cms: ")
    assert line.endswith("[store-unavailable]")


def test_a_file_that_cannot_be_written_is_one_line_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    arguments = ["init", str(tmp_path / "file" / "w")]
    assert start_cms(tmp_path, *arguments).wait(30) == 1
    (line,) = said(tmp_path).splitlines()
    assert line == f"cms: {tmp_path}/file/w: Not a directory [file-error]"


def test_rollback_makes_the_release_before_live_again(desk: Desk) -> None:
    desk.publish()
    desk.edit("two")
    desk.publish()
    result = desk.run("rollback", "--note", "too early")
    assert result.exit_code == 0
    newest, _, oldest = desk.history()
    assert newest["release"] == oldest["release"]
    assert (newest["sequence"], newest["note"]) == (3, "too early")


def test_rollback_takes_the_beginning_of_a_release(desk: Desk) -> None:
    for headline in ("one", "two", "three"):
        desk.edit(headline)
        desk.publish()
    wanted = str(desk.history()[2]["release"])
    assert desk.run("rollback", wanted[:10]).exit_code == 0
    assert desk.history()[0]["release"] == wanted


@pytest.mark.parametrize("arguments", [[], ["ffffffffffff"]])
def test_rollback_to_nothing_is_refused(desk: Desk, arguments: list[str]) -> None:
    assert desk.run("rollback", *arguments).exit_code == 1
    desk.publish()
    assert desk.run("rollback", *arguments).exit_code == 1
    assert len(desk.history()) == 1


def test_rollback_to_what_is_live_changes_nothing(desk: Desk) -> None:
    desk.publish()
    desk.edit("two")
    desk.publish()
    live = str(desk.history()[0]["release"])
    assert desk.run("rollback", live[:12]).exit_code == 1
    assert len(desk.history()) == 2
