"""`cms releases`: what was live, newest first."""

import json
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from corner import NOW, corner_files
from programs import environment

from cms.cli import cli
from cms.releases import ReleaseStore


@pytest.fixture
def store(tmp_path: Path) -> ReleaseStore:
    return ReleaseStore(environment(tmp_path)["CMS_DATABASE_URL"])


def listed(tmp_path: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["releases", *arguments], env=environment(tmp_path))


def publish(store: ReleaseStore, number: int) -> str:
    files = {**corner_files(), f"content/pages/p{number}.json": b"{}"}
    return store.publish(files, at=NOW, by="anna", note=f"number {number}").release


def test_an_empty_store_says_what_to_do(tmp_path: Path) -> None:
    assert listed(tmp_path).stdout == "Nothing is published yet: run cms publish.\n"
    assert json.loads(listed(tmp_path, "--format", "json").stdout) == []
    assert list(tmp_path.iterdir()) == []


def test_releases_are_listed_newest_first(tmp_path: Path, store: ReleaseStore) -> None:
    one, two = publish(store, 1), publish(store, 2)
    first, second = listed(tmp_path).stdout.splitlines()
    assert first.split()[:2] == ["2", two[:12]]
    assert second.split()[:2] == ["1", one[:12]]
    assert second.endswith("anna  number 1")


def test_releases_as_json_have_whole_names_and_times_with_an_offset(tmp_path: Path, store: ReleaseStore) -> None:
    one = publish(store, 1)
    (row,) = json.loads(listed(tmp_path, "--format", "json").stdout)
    assert datetime.fromisoformat(row.pop("at")) == NOW
    assert row == {"sequence": 1, "release": one, "by": "anna", "note": "number 1"}


def test_the_list_can_be_cut(tmp_path: Path, store: ReleaseStore) -> None:
    for number in range(4):
        publish(store, number)
    assert len(listed(tmp_path, "--limit", "2").stdout.splitlines()) == 2
    assert listed(tmp_path, "--limit", "0").exit_code == 2
