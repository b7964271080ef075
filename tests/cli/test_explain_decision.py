"""A decision that was answered over HTTP is made again from the log: all of it the same, or what is not is said."""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner
from corner import corner_folder
from programs import environment, free_port, post, running_cms, said, status_of, wait_for

from cms.cli import cli
from cms.errors import CmsError

EMPTY = Path(__file__).parent  # no workspace
BODIES = [
    {"visitor": "v-1", "cart": {"lines": [{"sku": "pothos", "quantity": 3}]}, "facts": {"visitor.device": "mobile"}},
    {"visitor": "客户-42", "locale": "zh-Hant"},
    {"facts": {"page.search_terms": ["my-aunt"]}, "customer": {"token": "customer-secret"}},
    {"visitor": "refuses", "facts": {"visitor.consent": False}},
]


def _cms(folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cms", *arguments],
        env=environment(folder, **more), cwd=folder, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


class Said(NamedTuple):
    """What a command said."""

    returncode: int
    stdout: str
    stderr: str


class Answered:
    """What a node answered, after it was told to end right away."""

    def __init__(self, folder: Path, *, published: bool = True, **more: str) -> None:
        self.folder = folder
        self.workspace = corner_folder(folder / "shop")
        port, start = free_port(), ["serve"]
        if published:
            assert 0 == _cms(folder, "publish", "--workspace", str(self.workspace)).returncode
        else:
            start += ["--workspace", str(self.workspace)]
        with running_cms(folder, *start, "--port", str(port), **more) as process:
            wait_for(lambda: status_of(f"http://127.0.0.1:{port}/readyz") == 200, patience_s=60)
            self.answers = [post(f"http://127.0.0.1:{port}/v1/pages/cart", body).json() for body in BODIES]
            process.terminate()
            assert process.wait(15) == 0

    @property
    def keys(self) -> list[str]:
        return [answer["decision"] for answer in self.answers]

    def explain(self, *arguments: str, **more: str) -> Said:
        stores = {"CMS_EVENTS_URL": f"sqlite:///{self.folder}/.vitrine/events.sqlite"}
        if "CMS_DATABASE_URL" not in more:
            stores["CMS_DATABASE_URL"] = f"sqlite:///{self.folder}/cms.sqlite"
        run = CliRunner().invoke(cli, ["explain", *arguments], env={**stores, **more})
        if isinstance(run.exception, CmsError):
            return Said(1, run.stdout, f"{run.exception.message} [{run.exception.code}]")
        return Said(run.exit_code, run.stdout, run.stderr)

    def rewrite(self, key: str, change: Callable[[str], str], *, forge: bool = False) -> None:
        """Change a record behind the log's back, with its digest where it is forged well."""
        with sqlite3.connect(self.folder / ".vitrine/events.sqlite") as connection:
            [old] = connection.execute("SELECT record FROM decisions WHERE id = ?", [key]).fetchone()
            new = change(old)
            assert new != old
            connection.execute("UPDATE decisions SET record = ? WHERE id = ?", [new, key])
            if forge:
                digest = sha256(new.encode()).hexdigest()
                connection.execute("UPDATE decisions SET digest = ? WHERE id = ?", [digest, key])


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> Answered:
    return Answered(tmp_path_factory.mktemp("node"))


def test_a_node_that_was_told_to_end_has_written_what_it_answered(answered: Answered) -> None:
    for key, answer in zip(answered.keys[:3], answered.answers, strict=False):
        run = answered.explain(key, "--format", "json")

        assert ("", 0) == (run.stderr, run.returncode)
        explained = json.loads(run.stdout)
        assert explained["identical"]
        assert (key, answer["release"], answer["stage"]) == (
            explained["decision"], explained["release"], explained["stage"]
        )  # fmt: skip
        assert {slot: [(item["entry"], item["variant"], item["reason"]) for item in shown] for slot, shown in answer["slots"].items()} == {
            slot: [(item["entry"], item["variant"], item["reason"]) for item in told["chosen"]]
            for slot, told in explained["slots"].items()
        }  # fmt: skip
    assert "" == "".join(line for line in said(answered.folder).splitlines() if "not_logged" in line)


def test_it_prints_as_for_a_persona(answered: Answered) -> None:
    whole = _cms(answered.folder, "explain", answered.keys[0])
    slot = answered.explain(answered.keys[0], "cart/top")

    assert "made again, it is the same" in whole.stdout.splitlines()[0]
    assert "at cart, stage cart" == whole.stdout.splitlines()[1]
    assert "\ntop: " in whole.stdout
    assert "\nrail: " in whole.stdout
    assert "\nrail: " not in slot.stdout


def test_who_refused_is_not_in_the_log(answered: Answered) -> None:
    run = answered.explain(answered.keys[3])

    assert 1 == run.returncode
    assert "[no-such-decision]" in run.stderr


def test_no_token_and_no_word_that_decided_nothing_is_on_disk(answered: Answered) -> None:
    files = [file.read_bytes() for file in (answered.folder / ".vitrine").glob("events.sqlite*")]

    assert files
    assert not any(word in file for file in files for word in (b"secret", b"my-aunt", b"refuses"))


@pytest.mark.parametrize(
    ("arguments", "more", "code"),
    [
        ([], {"CMS_EVENTS_URL": ""}, "no-decision-log"),
        ([], {"CMS_EVENTS_URL": "sqlite:///other.sqlite"}, "no-such-decision"),
        (["--workspace", str(EMPTY)], {"CMS_DATABASE_URL": "sqlite:///other.sqlite"}, "no-such-release"),
        ([], {"CMS_EVENTS_URL": "nonsense"}, "store-unavailable"),
    ],
)
def test_what_is_not_there_is_named(answered: Answered, arguments: list[str], more: dict[str, str], code: str) -> None:
    run = answered.explain(answered.keys[0], *arguments, **more)

    assert (1, "") == (run.returncode, run.stdout)
    assert f"[{code}]" in run.stderr
    assert 1 == len(run.stderr.splitlines())


def test_a_persona_still_needs_a_place_and_a_decision_a_slot_it_has(answered: Answered) -> None:
    nowhere = answered.explain("gold", "--workspace", str(answered.workspace))
    unknown = answered.explain(answered.keys[0], "cart/tap")

    assert (2, 2) == (nowhere.returncode, unknown.returncode)
    assert 'Did you mean "top"?' in unknown.stderr


def test_a_row_that_was_changed_is_noticed(answered: Answered) -> None:
    key = answered.keys[1]

    answered.rewrite(key, lambda text: text.replace('"web"', '"app"', 1))
    careless = answered.explain(key)
    answered.rewrite(key, lambda text: text.replace('"app"', '"web"', 1).replace('"variant":"', '"variant":"x', 1), forge=True)  # fmt: skip
    careful = answered.explain(key)
    answered.rewrite(key, lambda text: text.replace('"engine":"', '"engine":"0.0.', 1), forge=True)
    older = answered.explain(key)
    answered.rewrite(key, lambda text: text.replace('"facts":{', '"facts":{"cart.count":{"money":5},', 1), forge=True)
    nonsense = answered.explain(key)

    assert "[decision-not-made]" in nonsense.stderr
    assert 1 == len(nonsense.stderr.splitlines())
    assert (1, 1, 1) == (careless.returncode, careful.returncode, older.returncode)
    assert "[decision-damaged]" in careless.stderr
    assert "[decision-differs]" in careful.stderr
    assert '"variant":"x' in careful.stderr
    assert "It was decided by version 0.0." in older.stderr
    assert "It was decided" not in careful.stderr


def test_a_folder_that_is_served_explains_its_decisions_until_it_is_edited(tmp_path: Path) -> None:
    answered = Answered(tmp_path, published=False, CMS_DECISION_LOG_SHARE="1.0")
    same = answered.explain(answered.keys[0], "--workspace", str(answered.workspace))
    about = answered.workspace / "content/entries/about.json"
    about.write_text(about.read_text("utf-8").replace("Corner", "Corner!"), "utf-8")
    (answered.workspace / "content/personas").mkdir(exist_ok=True)
    (answered.workspace / "content/personas/new.json").write_text('{"request": {}}', "utf-8")
    edited = answered.explain(answered.keys[0], "--workspace", str(answered.workspace))

    assert ("", 0) == (same.stderr, same.returncode)
    assert (1, True) == (edited.returncode, "[no-such-release]" in edited.stderr)


def test_a_share_of_nothing_keeps_nothing_and_a_bad_one_stops_the_start(tmp_path: Path) -> None:
    answered = Answered(tmp_path, CMS_DECISION_LOG_SHARE="0")
    none = answered.explain(answered.keys[0])
    bad = _cms(tmp_path, "serve", "--port", str(free_port()), CMS_DECISION_LOG_SHARE="2")

    assert "[no-such-decision]" in none.stderr
    assert (1, True) == (bad.returncode, "[bad-setting]" in bad.stderr)
