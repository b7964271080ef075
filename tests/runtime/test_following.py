"""Nodes follow the live release: swapped whole and soon, kept when the new one is bad, started without a store."""

import json
import logging
import sqlite3
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from corner import LETTERHEAD, NOW, corner_files, corner_folder
from flask.testing import FlaskClient

from cms import __version__
from cms.delivery.app import create_app
from cms.delivery.service import Service
from cms.facts.placeholders import Template
from cms.problems import Problem
from cms.releases import ReleaseStore, write_last_good
from cms.runtime.live import FolderFollower, Live, StoreFollower
from cms.runtime.site import Site

POLL_S = 0.5  # the default of CMS_POLL_MS
VISIBLE_S = 2.0
BROKEN = "content/entries/hello.json"


def saying(headline: str) -> Mapping[str, bytes]:
    entry = {"component": "banner", "variants": [{"key": "default", "content": {"en": {"headline": headline}}}]}
    return {**corner_files(), "content/entries/about.json": json.dumps(entry).encode()}


def headline_of(site: Site | None) -> str:
    assert site is not None
    headline = site.snapshot.entries["about"].variants[0].content["en"]["headline"]
    assert isinstance(headline, Template)
    return "".join(map(str, headline.parts))


def seconds_until(true: Callable[[], bool], *, patience_s: float = 10) -> float:
    start = time.monotonic()
    while not true():
        assert time.monotonic() - start < patience_s
        time.sleep(0.01)
    return time.monotonic() - start


class Node:
    """A store and a node that follows it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = folder / "cms.sqlite"
        self.last_good = folder / "last-good.json"
        self.store = ReleaseStore(f"sqlite:///{self.database}")

    def publish(self, files: Mapping[str, bytes], *, checked_by: str = "") -> int:
        return self.store.publish(files, at=NOW, by="anna", checked_by=checked_by).sequence

    def follower(self, url: str = "", *, ahead_s: float = 30) -> StoreFollower:
        def opened() -> ReleaseStore:
            return ReleaseStore(url or f"sqlite:///{self.database}")

        return StoreFollower(opened, self.last_good, letterhead=LETTERHEAD, ahead_s=ahead_s)

    def damage(self, sequence: int) -> None:
        """Change a published file behind the store's back."""
        with sqlite3.connect(self.database) as connection:
            connection.execute(
                "UPDATE release_files SET content = CAST('{}' AS BLOB) WHERE path = 'content/pages/about.json'"
                " AND release = (SELECT release FROM activations WHERE sequence = ?)",
                (sequence,),
            )

    def lose_store(self) -> None:
        self.store.close()
        for file in self.folder.glob("cms.sqlite*"):
            file.unlink()


@pytest.fixture
def node(tmp_path: Path) -> Node:
    return Node(tmp_path)


def test_a_publish_is_visible_within_two_seconds(node: Node) -> None:
    node.publish(saying("one"))
    live = Live(node.follower(), poll_s=POLL_S)
    assert headline_of(live.site) == "one"
    live.follow()
    node.publish(saying("two"))
    took = seconds_until(lambda: headline_of(live.site) == "two")
    live.stop()
    assert took < VISIBLE_S
    assert live.site is not None
    assert live.site.sequence == 2


def test_a_rollback_is_followed_like_a_publish(node: Node) -> None:
    node.publish(saying("one"))
    follower = node.follower()
    first = follower.newer(None)
    assert first is not None
    node.publish(saying("two"))
    second = follower.newer(first)
    assert second is not None
    node.store.activate(first.snapshot.release, at=NOW, by="anna")
    third = follower.newer(second)
    assert third is not None
    assert (headline_of(third), third.sequence) == ("one", 3)
    assert follower.newer(third) is None


def test_a_mistake_in_reading_one_release_does_not_end_the_following(
    node: Node, caplog: pytest.LogCaptureFixture
) -> None:
    node.publish(saying("one"))
    inner = node.follower()

    class Stumbling:
        looks = 0

        def newer(self, current: Site | None) -> Site | None:
            self.looks += 1
            if self.looks == 2:
                raise RuntimeError("unforeseen")
            return inner.newer(current)

    live = Live(Stumbling(), poll_s=0.02)
    live.follow()
    node.publish(saying("two"))
    seconds_until(lambda: headline_of(live.site) == "two")
    live.stop()
    assert "following_failed" in caplog.text


def test_a_node_with_nothing_to_show_has_no_site_until_something_is_published(node: Node) -> None:
    live = Live(node.follower(), poll_s=0.02)
    assert live.site is None
    live.follow()
    node.publish(saying("one"))
    seconds_until(lambda: live.site is not None)
    live.stop()


def test_a_node_starts_from_its_last_good_file_when_the_store_is_gone(node: Node) -> None:
    sequence = node.publish(saying("one"))
    before = node.follower().newer(None)
    node.lose_store()
    start = time.monotonic()
    after = node.follower().newer(None)
    assert time.monotonic() - start < 5
    assert before is not None
    assert after is not None
    assert (after.snapshot.release, after.sequence) == (before.snapshot.release, sequence)


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:////proc/nowhere/cms.sqlite",
        "sqlite:////dev/null/cms.sqlite",
        "",
    ],
)
def test_a_node_starts_from_its_last_good_file_when_the_store_cannot_be_opened(node: Node, url: str) -> None:
    node.publish(saying("one"))
    node.follower().newer(None)
    if not url:
        node.store.close()
        node.database.write_bytes(b"not a database" * 1000)
    assert headline_of(node.follower(url).newer(None)) == "one"


def test_a_node_keeps_showing_what_it_has_when_the_store_goes_away(node: Node) -> None:
    node.publish(saying("one"))
    follower = node.follower()
    site = follower.newer(None)
    node.store.close()
    node.database.write_bytes(b"not a database" * 1000)
    assert follower.newer(site) is None


def test_what_keeps_the_store_away_is_told_when_it_changes(node: Node, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "cms.runtime")
    node.publish(saying("one"))
    follower = node.follower()
    site = follower.newer(None)
    node.lose_store()
    assert [follower.newer(site) for _ in range(3)] == [None] * 3
    assert not node.database.exists(), "reading makes no store"
    node.database.write_bytes(b"not a database" * 1000)
    assert [follower.newer(site) for _ in range(3)] == [None] * 3
    node.lose_store()
    node.publish(saying("one"))
    assert [follower.newer(site) for _ in range(3)] == [None] * 3
    assert caplog.messages == [
        "store_unavailable code=nothing-published",
        "store_unavailable code=store-damaged",
        "store_available",
    ]


def test_a_store_put_in_place_of_another_is_followed_although_it_counts_the_same(node: Node) -> None:
    node.publish(saying("one"))
    follower = node.follower()
    site = follower.newer(None)
    node.lose_store()
    assert node.publish(saying("two")) == 1
    assert headline_of(follower.newer(site)) == "two"


def test_a_start_says_what_stood_in_for_the_store(node: Node, caplog: pytest.LogCaptureFixture) -> None:
    node.publish(saying("one"))
    release = Live(node.follower(), poll_s=60).site
    node.publish(saying("two"))
    Live(node.follower(), poll_s=60)
    node.lose_store()
    node.last_good.write_bytes(b"damaged")
    caplog.clear()
    Live(node.follower(), poll_s=60)
    assert release is not None
    told = f"file={node.last_good}.1 release={release.snapshot.release[:12]} sequence=1"
    assert caplog.messages == ["store_unavailable code=nothing-published", f"started_from_last_good {told}"]
    node.last_good.with_name("last-good.json.1").unlink()
    for _ in range(2):
        caplog.clear()
        assert Live(node.follower(), poll_s=60).site is None
        assert [record.levelname for record in caplog.records] == ["WARNING", "ERROR"]
        assert caplog.messages[-1].startswith("no_release")


def test_without_store_and_file_there_is_nothing_and_no_empty_page(node: Node) -> None:
    web = client_of(Live(node.follower("sqlite:////proc/nowhere/x.sqlite"), poll_s=60))
    assert web.get("/livez").status_code == 200
    assert web.get("/readyz").status_code == 503
    assert web.post("/v1/pages/about", json={}).status_code == 503


@pytest.mark.parametrize("checked_by", ["", __version__])
def test_a_damaged_release_keeps_the_old_one_whoever_checked_it(node: Node, checked_by: str) -> None:
    node.publish(saying("one"))
    follower = node.follower()
    site = follower.newer(None)
    node.damage(node.publish(saying("two"), checked_by=checked_by))
    assert follower.newer(site) is None
    assert headline_of(node.follower().newer(None)) == "one"
    node.publish(saying("three"))
    assert headline_of(follower.newer(site)) == "three"


@pytest.mark.parametrize("checked_by", ["", "0.0.1"])
def test_a_release_that_does_not_compile_keeps_the_old_one(node: Node, checked_by: str) -> None:
    """It is checked whole unless this very version has done so; what another one found says nothing of this one."""
    node.publish(saying("one"))
    follower = node.follower()
    site = follower.newer(None)
    node.publish({**corner_files(), BROKEN: b'{"component": "baner"}'}, checked_by=checked_by)
    assert follower.newer(site) is None
    assert headline_of(node.follower().newer(None)) == "one"


def test_of_a_checked_release_only_what_is_asked_for_is_compiled(node: Node, caplog: pytest.LogCaptureFixture) -> None:
    """A mistake in it, which only a change behind the store's back can bring, hides the pages it is on, and is told."""
    node.publish({**saying("one"), BROKEN: b'{"component": "baner"}'}, checked_by=__version__)
    web = client_of(Live(node.follower(ahead_s=0), poll_s=60))
    assert [web.post(f"/v1/pages/{page}", json={}).status_code for page in ("about", "home", "cart")] == [200, 500, 200]
    assert BROKEN in caplog.text
    assert web.get("/readyz").status_code == 200


def test_a_mistake_on_a_page_that_is_compiled_ahead_keeps_the_old_release(node: Node) -> None:
    node.publish(saying("one"))
    follower = node.follower()
    site = follower.newer(None)
    node.publish({**saying("two"), BROKEN: b'{"component": "baner"}'}, checked_by=__version__)
    assert follower.newer(site) is None


@pytest.mark.parametrize("checked_by", [__version__, "0.0.1"])
def test_a_start_from_the_last_good_file_knows_who_checked_the_release(node: Node, checked_by: str) -> None:
    files = {**saying("one"), BROKEN: b'{"component": "baner"}'}
    activation = node.store.publish(files, at=NOW, by="anna", checked_by=checked_by)
    write_last_good(node.last_good, node.store.load(activation.release), activation.sequence)
    node.lose_store()
    site = node.follower(ahead_s=0).newer(None)
    assert (site is not None) is (checked_by == __version__)


@pytest.mark.parametrize("path", ["content/workspace.json", "content/emails/abandoned-cart.json"])
def test_what_a_node_needs_to_start_is_compiled_before_a_checked_release_is_shown(node: Node, path: str) -> None:
    node.publish(saying("one"))
    follower = node.follower()
    site = follower.newer(None)
    node.publish({**corner_files(), path: b'{"stage": 7}'}, checked_by=__version__)
    assert follower.newer(site) is None


def test_a_damaged_last_good_file_is_not_believed(node: Node) -> None:
    node.publish(saying("one"))
    node.follower().newer(None)
    node.lose_store()
    content = bytearray(node.last_good.read_bytes())
    content[-10] ^= 1
    node.last_good.write_bytes(content)
    assert node.follower("sqlite:////proc/nowhere/x.sqlite").newer(None) is None


def client_of(live: Live, client: object = None) -> FlaskClient:
    return create_app(Service(live, client, lambda: NOW)).test_client()  # type: ignore[arg-type]


class Reported(list[tuple[Problem, ...]]):
    """What a follower said of each state of the folder."""


def following(folder: Path) -> tuple[FolderFollower, Reported]:
    reported = Reported()
    return FolderFollower(folder, reported.append, clock=lambda: NOW, letterhead=LETTERHEAD), reported


def write(folder: Path, headline: str) -> None:
    (folder / "content/entries/about.json").write_bytes(saying(headline)["content/entries/about.json"])


def test_an_edit_is_shown_and_a_bad_one_is_told_and_not_shown(tmp_path: Path) -> None:
    folder = corner_folder(tmp_path / "w")
    follower, reported = following(folder)
    site = follower.newer(None)
    assert site is not None
    assert follower.newer(site) is None
    (folder / "content/entries/about.json").write_text('{"component": "baner", "variants": []}', encoding="utf-8")
    assert follower.newer(site) is None
    assert any(problem.file == "content/entries/about.json" for problem in reported[-1])
    told = len(reported)
    assert follower.newer(site) is None
    assert len(reported) == told, "the same findings are not told again"
    write(folder, "mended")
    mended = follower.newer(site)
    assert (headline_of(mended), mended.sequence if mended else 0) == ("mended", 2)


def test_undoing_a_bad_edit_changes_nothing(tmp_path: Path) -> None:
    folder = corner_folder(tmp_path / "w")
    write(folder, "one")
    follower, _ = following(folder)
    site = follower.newer(None)
    (folder / "content/workspace.json").write_text("{", encoding="utf-8")
    assert follower.newer(site) is None
    (folder / "content/workspace.json").write_bytes(corner_files()["content/workspace.json"])
    assert follower.newer(site) is None


def test_a_folder_that_vanishes_keeps_the_last_good_state(tmp_path: Path) -> None:
    folder = corner_folder(tmp_path / "w")
    follower, _ = following(folder)
    site = follower.newer(None)
    folder.rename(tmp_path / "gone")
    assert follower.newer(site) is None


def test_a_request_keeps_its_release_from_start_to_end(node: Node) -> None:
    """The release is swapped while the shop is being asked: the answer is of the release it began with."""
    node.publish(saying("one"))
    live = Live(node.follower(), poll_s=60)

    class SwappingClient:
        lacks = frozenset[str]()

        def read(self, wanted: object, shopper: object, **_: object) -> dict[str, object]:
            node.publish({**saying("two"), "content/pages/cart.json": corner_files()["content/pages/about.json"]})
            live.site = live._follower.newer(live.site)
            return {}

    web = client_of(live, SwappingClient())
    first = web.post("/v1/pages/cart", json={}).json
    second = web.post("/v1/pages/about", json={}).json
    assert first is not None
    assert second is not None
    assert (first["sequence"], list(first["slots"])) == (1, ["top", "side", "rail"])
    assert second["sequence"] == 2
    assert first["release"] != second["release"]
