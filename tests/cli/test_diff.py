"""`cms diff`: what changes for whom, between releases and folders, for people and for programs."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from corner import NOW, corner_folder

from cms.cli import cli
from cms.errors import CmsError
from cms.releases.store import ReleaseStore
from cms.workspace import read_folder

ROOT = Path(__file__).parents[2]
MEMBERS, HELLO = "content/entries/members.json", "content/entries/hello.json"


class Shop:
    """A workspace, and the store it is published to."""

    def __init__(self, folder: Path) -> None:
        self.folder = corner_folder(folder / "shop")
        self.database = f"sqlite:///{folder}/cms.sqlite"

    def publish(self) -> str:
        return ReleaseStore(self.database).publish(read_folder(self.folder), at=NOW, by="anna").release

    def edit(self, path: str, old: str, new: str) -> None:
        file = self.folder / path
        text = file.read_text("utf-8")
        assert old in text
        file.write_text(text.replace(old, new), "utf-8")

    def diff(self, *words: str) -> Result:
        named = ["--workspace", str(self.folder), *words]
        return CliRunner().invoke(cli, ["diff", *named], env={"CMS_DATABASE_URL": self.database})

    def told(self, *words: str) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.diff("--format", "json", *words).stdout)
        return told


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """Give a shop that published, then let green members in and wrote a new headline."""
    shop = Shop(tmp_path)
    shop.publish()
    shop.edit(MEMBERS, '"gold"}', '{"one_of": ["gold", "green"]}}')
    shop.edit(HELLO, '"Hello"', '"Welcome"')
    return shop


def test_what_is_live_is_compared_with_the_workspace(shop: Shop) -> None:
    run = shop.diff()
    lines = run.stdout.splitlines()

    assert 0 == run.exit_code
    assert lines[0].startswith("release ")
    assert lines[0].endswith(f"(sequence 1) → workspace {shop.folder}")
    assert lines[2:] == [
        "Who sees something else:",
        "  cart/side",
        "    members:default → members:gold",
        "      for example: loyalty tier: green",
        "  emails/abandoned-cart/side",
        "    members:default → members:gold",
        "      for example: loyalty tier: green",
        "",
        "Same visitors, new words:",
        "  hello:default (en)",
        "    headline: “Hello” → “Welcome”",
        "",
        "Files:",
        "  changed content/entries/hello.json",
        "  changed content/entries/members.json",
        "",
        "These are all the changes of what any visitor is shown.",
    ]


def test_it_is_told_in_chinese_too(shop: Shop) -> None:
    said = shop.diff("--language", "zh-Hans").stdout

    assert "例如：会员等级：green" in said
    assert "访客不变，文案更新：" in said


def test_programs_get_a_persona_for_each_change(shop: Shop) -> None:
    told = shop.told("--page", "cart")
    [change] = told["changes"]

    assert ("cart/side", ["members:default"], ["members:gold"]) == (change["place"], change["before"], change["after"])
    assert {"customer.loyalty_tier": "green"} == change["visitor"]["facts"]
    assert (True, [], []) == (told["complete"], told["documents"], told["reworded"])
    (shop.folder / "content/personas").mkdir()
    (shop.folder / "content/personas/found.json").write_text(json.dumps(change["visitor"]), "utf-8")
    explained = CliRunner().invoke(cli, ["explain", "found", "cart/side", "--workspace", str(shop.folder)])
    assert "members:gold (TARGETING_MATCH" in explained.stdout


def test_one_page_with_new_words_alone_is_a_difference(shop: Shop) -> None:
    lines = shop.diff("--page", "home").stdout.splitlines()

    assert "    headline: “Hello” → “Welcome”" in lines
    assert "Nobody is shown another variant than before." == lines[-1]


def test_a_page_that_is_gone_is_not_said_to_be_as_before(shop: Shop) -> None:
    (shop.folder / "content/pages/about.json").unlink()
    lines = shop.diff("--page", "about").stdout.splitlines()

    assert "  - page about" in lines
    assert "Nobody is shown another variant than before, on pages and in slots that both have." == lines[-1]


def test_new_words_are_said_of_the_same_visitors_only_where_that_is_proved(shop: Shop) -> None:
    shop.edit("content/workspace.json", '"default_market"', '"holdout": 5, "default_market"')
    text, told = shop.diff("--page", "home").stdout, shop.told("--page", "home")

    assert "\nNew words:\n" in text
    assert "Same visitors" not in text
    assert [None] == [one["same_visitors"] for one in told["reworded"]]


def test_equal_content_is_no_difference_however_it_is_spelled(shop: Shop) -> None:
    release = shop.publish()
    path = shop.folder / MEMBERS
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")), indent=7), "utf-8")

    assert "No difference." == shop.diff().stdout.splitlines()[-1]
    told = shop.told()
    assert (release, []) == (told["after"], told["documents"])


def test_releases_have_numbers_and_ids_and_folders_paths(shop: Shop, tmp_path: Path) -> None:
    first, second = shop.told()["before"], shop.publish()
    copy = tmp_path / "copy"
    shutil.copytree(shop.folder, copy)

    for words in (("1", "2"), (first[:8], "live"), ("1", second), ("1", str(copy)), (first[:6],)):
        told = shop.told(*words)
        assert (first, second) == (told["before"], told["after"]), words
    assert (second, first) == tuple(shop.told("live", "1")[side] for side in ("before", "after"))


@pytest.mark.parametrize(
    ("words", "code"),
    [(("7",), "no-such-release"), (("abcdef",), "no-such-release"), (("live", "no/folder"), "no-such-release")],
)
def test_what_is_not_there_is_named(shop: Shop, words: tuple[str, ...], code: str) -> None:
    run = shop.diff(*words)

    assert isinstance(run.exception, CmsError)
    assert (code, True) == (run.exception.code, words[-1] in run.exception.message)


def test_two_folders_need_no_store(shop: Shop) -> None:
    folder = str(shop.folder)
    run = CliRunner().invoke(cli, ["diff", folder, folder], env={"CMS_DATABASE_URL": "nonsense"})

    assert f"workspace {folder} → workspace {folder}\n\nNo difference.\n" == run.stdout


def test_before_the_first_publish_there_is_nothing_to_compare_with(tmp_path: Path) -> None:
    run = Shop(tmp_path).diff()

    assert isinstance(run.exception, CmsError)
    assert "nothing-live" == run.exception.code


def test_a_workspace_with_errors_is_not_compared(shop: Shop) -> None:
    shop.edit(MEMBERS, '"component"', '"komponent"')
    run = shop.diff()

    assert isinstance(run.exception, CmsError)
    assert "does-not-compile" == run.exception.code


def test_a_wrong_page_is_wrong_usage(shop: Shop) -> None:
    run = shop.diff("--page", "crat")

    assert (2, True) == (run.exit_code, 'Did you mean "cart"?' in run.stderr)


def test_the_page_of_the_docs_names_every_option_and_key(shop: Shop) -> None:
    text = (ROOT / "docs/diff.md").read_text("utf-8")
    told = shop.told()
    keys = {*told, *told["changes"][0], *told["reworded"][0], *told["documents"][0]}

    assert [] == [key for key in sorted(keys) if f"`{key}`" not in text]
    assert [] == [
        option for option in ("--page", "--format json", "--language", "--since", "--sample") if option not in text
    ]
