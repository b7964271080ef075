"""`cms backtest`: the share of logged decisions that a changed workspace would change, exactly."""

import json
import sqlite3
import time
from collections.abc import Iterable, Mapping
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from corner import NOW, CornerShop, corner_folder, peopled_folder, site_of

from cms.cli import cli
from cms.cli.options import now
from cms.commerce import SignalClient, only
from cms.content.snapshot import Snapshot
from cms.decisions.requests import RequestReader
from cms.errors import CmsError
from cms.events import DecisionLog
from cms.releases.store import ReleaseStore
from cms.runtime.answers import answer
from cms.runtime.recording import Recorder
from cms.workspace import read_folder

CUSTOMERS = ["gold"] * 3 + ["green"] * 2 + [""] * 15


class Node:
    """A release that is live, a log of decisions made on it, and a workspace that goes on from there."""

    def __init__(self, folder: Path, workspace: Path) -> None:
        self.workspace = workspace
        self.database, self.events = (f"sqlite:///{folder}/{name}.sqlite" for name in ("cms", "events"))

    def publish(self) -> Mapping[str, bytes]:
        files = read_folder(self.workspace)
        ReleaseStore(self.database).publish(files, at=NOW, by="anna")
        return files

    def decide(self, snapshot: Snapshot, page: str, bodies: Iterable[Mapping[str, Any]], *, hours: int = 0) -> None:
        recorder = Recorder(DecisionLog(self.events), share=1, kept_for=timedelta(days=7), clock=now)
        client = SignalClient(only(CornerShop()), clock=lambda: NOW, monotonic=time.monotonic)
        for body in bodies:
            request = RequestReader(snapshot, channel="web", trusted=False).read(body)
            at = now() - timedelta(hours=hours)
            answer(snapshot, snapshot.pages[page], request, client, now=at, recorder=recorder)
        recorder.close()

    def edit(self, path: str, old: str, new: str) -> None:
        file = self.workspace / path
        text = file.read_text("utf-8")
        assert old in text
        file.write_text(text.replace(old, new), "utf-8")

    def run(self, *words: str, **more: str) -> Result:
        settings = {"CMS_DATABASE_URL": self.database, "CMS_EVENTS_URL": self.events, **more}
        return CliRunner().invoke(
            cli, ["backtest", "--decisions", "--workspace", str(self.workspace), *words], env=settings
        )

    def told(self, *words: str, **more: str) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.run("--format", "json", *words, **more).stdout)
        return told


def people(*, prefix: str = "v") -> list[dict[str, Any]]:
    return [
        {"visitor": f"{prefix}-{number}", "customer": {"token": customer}} if customer else {"visitor": f"{prefix}-{number}"}
        for number, customer in enumerate(CUSTOMERS)
    ]  # fmt: skip


@pytest.fixture
def node(tmp_path: Path) -> Node:
    """Give twenty decisions on the cart, two of them of green customers, and ten on another page."""
    node = Node(tmp_path, corner_folder(tmp_path / "shop"))
    snapshot = site_of(node.publish()).snapshot
    node.decide(snapshot, "cart", people())
    node.decide(snapshot, "about", [{"visitor": f"a-{number}"} for number in range(10)], hours=30)
    return node


def test_what_was_not_edited_changes_nothing(node: Node) -> None:
    told = node.told()

    assert ("decisions", 30, 0, 0) == (told["of"], told["looked_at"], told["changed"], told["differing"])
    assert {} == told["unmade"]
    assert 0 == told["unverified"]


def test_a_rule_that_takes_in_two_of_twenty_changes_a_tenth_of_the_page(node: Node) -> None:
    node.edit("content/entries/members.json", '"gold"}', '{"one_of": ["gold", "green"]}}')
    told = node.told()

    assert (2, 20, 0.1) == tuple(told["pages"]["cart"][name] for name in ("changed", "looked_at", "share"))
    assert [0.027866, 0.301034] == told["pages"]["cart"]["interval"]
    assert (2, 30) == (told["changed"], told["looked_at"])
    [moved] = told["slots"]["cart/side"]["transitions"]
    assert (["members:default"], ["members:gold"], 2) == (moved["before"], moved["after"], moved["count"])
    assert "green" in record_of(node, moved["example"])
    assert 0 == told["slots"]["cart/top"]["changed"] == told["pages"]["about"]["changed"]


def record_of(node: Node, decision: str) -> str:
    with sqlite3.connect(node.events.removeprefix("sqlite:///")) as connection:
        found: str = connection.execute("SELECT record FROM decisions WHERE id = ?", [decision]).fetchone()[0]
    return found


def test_people_read_it_in_a_few_lines(node: Node) -> None:
    node.edit("content/entries/members.json", '"gold"}', '{"one_of": ["gold", "green"]}}')
    lines = node.run("--page", "cart").stdout.splitlines()

    assert "10.0 % (95 % between 2.8 % and 30.1 %) of 20 decisions would change." == lines[0]
    assert "  cart/side: 10.0 % (95 % between 2.8 % and 30.1 %), 2 of 20, changed" in lines
    assert any(line.startswith("    2 × members:default → members:gold, such as d_") for line in lines)
    assert not any("about" in line or "cart/top" in line for line in lines)


def test_other_words_of_the_same_variant_are_told_apart(node: Node) -> None:
    node.edit("content/entries/members.json", "Join the plant club", "Join us")
    told = node.told("--page", "cart")

    assert (0, 17) == (told["changed"], told["reworded"])
    assert 17 == told["slots"]["cart/side"]["reworded"]


def test_a_translation_changes_the_language_of_the_same_variant(node: Node) -> None:
    node.decide(site_of(node.publish()).snapshot, "about", [{"visitor": "t-1", "locale": "zh-Hant"}])
    node.edit("content/entries/about.json", '{"en": {', '{"zh-Hant": {"headline": "街角植物店"}, "en": {')
    told = node.told("--page", "about")

    [moved] = told["slots"]["about/main"]["transitions"]
    assert (["about:default (en)"], ["about:default (zh-Hant)"], 1) == (moved["before"], moved["after"], moved["count"])


def test_decisions_of_a_page_that_is_gone_are_counted_apart(node: Node) -> None:
    (node.workspace / "content/pages/about.json").unlink()
    told = node.told()

    assert ({"about": 10}, 20) == (told["gone"], told["looked_at"])
    assert "Besides, 10 of about, which the workspace has no more." in node.run().stdout


def test_a_page_that_is_gone_from_what_is_live_too_is_counted_apart(node: Node) -> None:
    (node.workspace / "content/pages/about.json").unlink()
    node.publish()

    assert {"about": 10} == node.told()["gone"]


def test_a_market_that_is_gone_is_named_and_no_words_of_a_record_are(node: Node) -> None:
    rewrite(node, "about", '"market":"us"', '"market":"mars"')
    rewrite(node, "cart", '"seen":{', '"seen":{"secret":["2026-12-02T15:00:00Z",false],')
    told = node.told()

    assert {"no-such-market": 10, "decision-not-made": 20} == told["unmade"]
    assert "There are no decisions to tell by." == node.run().stdout.splitlines()[0]
    assert "secret" not in node.run().stdout


def test_a_fact_of_another_type_leaves_out_decisions_that_were_told_of_it(node: Node) -> None:
    facts, path = '"customer.loyalty_tier"', "segments/facts.json"
    node.edit(path, facts, f'"visit.rank": {{"type": "number", "origin": "request"}}, {facts}')
    node.edit("content/entries/about.json", '"variants": [', '"variants": [{"key": "high", "when": {"visit.rank": {"at_least": 3}}, "content": {"en": {"headline": "High"}}},')  # fmt: skip
    node.decide(site_of(node.publish()).snapshot, "about", [{"visitor": "r-1", "facts": {"visit.rank": 3}}])
    node.edit(path, '"number"', '"money"')
    node.edit("content/entries/about.json", '"at_least": 3', '"at_least": "3.00"')

    assert {"decision-not-made": 1} == node.told("--page", "about")["unmade"]


def test_a_page_without_decisions_is_held_against_personas(node: Node) -> None:
    assert ("personas", "decisions") == (node.told("--page", "home")["of"], node.told()["of"])
    assert "personas" == node.told("--since", "P0D")["of"]
    assert 30 == node.told("--since", "P999999D")["looked_at"]


def test_a_slot_that_is_gone_is_a_change(node: Node) -> None:
    node.edit("content/pages/cart.json", '"side": {"accepts": ["banner"], "entries": ["members"]},', "")
    told = node.told("--page", "cart")

    assert 20 == told["changed"]
    assert {None} == {moved["after"] for moved in told["slots"]["cart/side"]["transitions"]}


def test_only_young_decisions_or_a_sample_that_is_always_the_same(node: Node) -> None:
    young, sample = node.told("--since", "P1D"), node.told("--sample", "7")

    assert (20, 7) == (young["looked_at"], sample["looked_at"])
    assert sample == node.told("--sample", "7")
    assert 30 == node.told("--sample", "1000")["looked_at"]


def test_what_does_not_come_out_the_same_is_in_no_share(node: Node) -> None:
    rewrite(node, "cart", '"variant":"gold"', '"variant":"golden"')
    told = node.told("--page", "cart")

    assert (3, 17, 0) == (told["differing"], told["looked_at"], told["changed"])


def test_a_row_that_was_changed_or_says_nonsense_is_left_out(node: Node) -> None:
    rewrite(node, "cart", '"gold"', '"silver"', forge=False)
    rewrite(node, "about", '"record"', "", text="{}")
    told = node.told()

    assert {"decision-damaged": 3, "decision-unreadable": 10} == told["unmade"]
    assert 17 == told["looked_at"]


def rewrite(node: Node, page: str, old: str, new: str, *, forge: bool = True, text: str = "") -> None:
    """Change records behind the log's back, with their digests where they are forged well."""
    with sqlite3.connect(node.events.removeprefix("sqlite:///")) as connection:
        for key, record in connection.execute("SELECT id, record FROM decisions").fetchall():
            changed = text or record.replace(old, new)
            if f'"surface":"{page}"' in record and changed != record:
                connection.execute("UPDATE decisions SET record = ? WHERE id = ?", [changed, key])
                if forge:
                    digest = sha256(changed.encode()).hexdigest()
                    connection.execute("UPDATE decisions SET digest = ? WHERE id = ?", [digest, key])


def test_without_their_release_decisions_are_taken_as_recorded(node: Node, tmp_path: Path) -> None:
    node.edit("content/entries/members.json", '"gold"}', '{"one_of": ["gold", "green"]}}')
    told = node.told(CMS_DATABASE_URL=f"sqlite:///{tmp_path}/other.sqlite")

    assert ("decisions", 30, 2) == (told["of"], told["unverified"], told["changed"])


def test_a_rule_on_what_was_not_asked_is_said_to_be_unknown(node: Node) -> None:
    node.edit("content/entries/about.json", '"variants": [', '"variants": [{"key": "gold", "when": {"customer.loyalty_tier": "gold"}, "content": {"en": {"headline": "Gold"}}},')  # fmt: skip
    told = node.told("--page", "about")

    assert {"about": ["customer"]} == told["unheard"]
    assert 0 == told["changed"]


def test_without_decisions_personas_are_held_against_what_is_live(tmp_path: Path) -> None:
    node = Node(tmp_path, peopled_folder(tmp_path / "shop"))
    node.publish()
    node.edit("content/entries/members.json", '"gold"}', '"green"}')
    told, text = node.told("--page", "cart"), node.run("--page", "cart", CMS_EVENTS_URL="").stdout

    assert ("personas", 9, 1) == (told["of"], told["looked_at"], told["changed"])
    assert "gold" == told["slots"]["cart/side"]["transitions"][0]["example"]
    assert "This is no share of traffic." in text.splitlines()[0]
    assert "95 %" not in text


def test_without_anything_to_test_against_that_is_said(tmp_path: Path) -> None:
    run = Node(tmp_path, corner_folder(tmp_path / "shop")).run()

    assert isinstance(run.exception, CmsError)
    assert "nothing-to-test" == run.exception.code


def test_wrong_words_are_wrong_usage(node: Node) -> None:
    bare = CliRunner().invoke(cli, ["backtest", "--workspace", str(node.workspace)])
    wrong = node.run("--page", "crat")

    assert (2, 2, 2) == (bare.exit_code, wrong.exit_code, node.run("--since", "a week").exit_code)
    assert 'Did you mean "cart"?' in wrong.stderr
