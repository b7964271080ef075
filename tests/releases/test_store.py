"""Publishing, going back, conflicts; and never a byte that was not published."""

import random
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from threading import Barrier

import pytest
from publishing import NOON, content, numbers, publish

from cms.errors import CmsError
from cms.releases import Activation, ReleaseStore
from cms.workspace import canonical, release_id


def test_a_new_store_has_nothing_live(store: ReleaseStore) -> None:
    assert store.live() is None
    assert list(store.history()) == []


def test_reading_makes_neither_folder_nor_file(tmp_path: Path) -> None:
    store = ReleaseStore(f"sqlite:///{tmp_path}/new/releases.sqlite")
    assert (store.live(), list(store.history())) == (None, [])
    with pytest.raises(CmsError, match="no release"):
        store.load("f" * 64)
    assert list(tmp_path.iterdir()) == []


def test_an_empty_file_reads_as_a_new_store(store: ReleaseStore, tmp_path: Path) -> None:
    (tmp_path / "releases.sqlite").touch()
    assert store.live() is None
    assert publish(store, 1).sequence == 1


def test_an_open_store_sees_that_its_file_was_replaced_or_removed(store: ReleaseStore, tmp_path: Path) -> None:
    other = ReleaseStore(f"sqlite:///{tmp_path}/odd #name.sqlite")
    publish(store, 1)
    replacing = publish(other, 2)
    (tmp_path / "odd #name.sqlite").replace(tmp_path / "releases.sqlite")
    assert store.live() == replacing
    (tmp_path / "releases.sqlite").unlink()
    assert store.live() is None
    assert publish(store, 3).sequence == 1


def test_what_is_published_is_live_and_comes_back_canonical(store: ReleaseStore) -> None:
    files = {"content/pages/cart.json": b'{ "route": "/cart" }', "content/entries/x/a.en.md": b"a\r\n"}

    activation = store.publish(files, at=NOON, by="anna", note="first")

    assert activation == Activation(1, release_id(files), "production", NOON, "anna", "first")
    assert store.live() == activation
    assert store.load(activation.release).files == canonical(files)


def test_every_activation_has_the_next_sequence_and_stays_in_the_history(store: ReleaseStore) -> None:
    published = [publish(store, number) for number in (1, 2, 3)]

    assert [activation.sequence for activation in published] == [1, 2, 3]
    assert list(store.history()) == list(reversed(published))
    assert list(store.history(limit=1)) == published[-1:]


def test_publishing_what_is_live_changes_nothing(store: ReleaseStore) -> None:
    first = publish(store, 1)

    assert publish(store, 1) == first
    assert publish(store, 1, based_on=1) == first
    assert len(store.history()) == 1


def test_an_older_release_goes_live_again_under_a_new_sequence(store: ReleaseStore) -> None:
    first, _ = publish(store, 1), publish(store, 2)

    back = store.activate(first.release, at=NOON, by="ben", note="oops")

    assert (back.sequence, back.release) == (3, first.release)
    assert store.live() == back
    assert publish(store, 2).sequence == 4


def test_activating_what_is_live_changes_nothing(store: ReleaseStore) -> None:
    first = publish(store, 1)

    assert store.activate(first.release, at=NOON, by="ben") == first


def test_an_unknown_release_cannot_go_live(store: ReleaseStore) -> None:
    publish(store, 1)

    for refused in (lambda: store.activate("f" * 64, at=NOON, by="ben"), lambda: store.load("f" * 64)):
        with pytest.raises(CmsError) as caught:
            refused()
        assert caught.value.code == "no-such-release"


def test_a_publish_that_started_from_something_older_stops(store: ReleaseStore) -> None:
    publish(store, 1, based_on=0)
    live = publish(store, 2, based_on=1)

    with pytest.raises(CmsError, match="anna published") as caught:
        publish(store, 3, based_on=1)

    assert caught.value.code == "publish-conflict"
    assert "--based-on 2" in caught.value.message
    assert store.live() == live
    assert len(store.history()) == 2


def test_a_publish_of_what_is_live_stops_too_when_it_started_from_something_older(store: ReleaseStore) -> None:
    publish(store, 1)

    with pytest.raises(CmsError) as caught:
        publish(store, 1, based_on=0)

    assert caught.value.code == "publish-conflict"


def test_a_publish_without_an_offset_in_its_time_is_a_programming_error(store: ReleaseStore) -> None:
    with pytest.raises(ValueError, match="offset"):
        store.publish(content(1), at=NOON.replace(tzinfo=None), by="anna")

    assert store.live() is None


def test_times_come_back_in_utc(store: ReleaseStore) -> None:
    store.publish(content(1), at=datetime(2026, 12, 1, 8, tzinfo=timezone(timedelta(hours=8))), by="anna")

    live = store.live()
    assert live is not None
    assert live.at == datetime(2026, 12, 1, 0, tzinfo=UTC)


def test_environments_of_one_store_have_their_own_live_release(store: ReleaseStore, url: str) -> None:
    first = publish(store, 1)
    staging = ReleaseStore(url, environment="staging")

    assert staging.live() is None
    assert publish(staging, 1) == replace(first, environment="staging")
    assert publish(staging, 2).sequence == 2
    assert store.live() == first
    staging.close()


def test_an_empty_workspace_can_be_stored(store: ReleaseStore) -> None:
    assert store.load(store.publish({}, at=NOON, by="anna").release).files == {}


@pytest.mark.parametrize("races", [25, pytest.param(1000, marks=pytest.mark.slow)])
def test_of_two_publishers_with_the_same_base_exactly_one_wins(url: str, races: int) -> None:
    stores = (ReleaseStore(url), ReleaseStore(url))
    with ThreadPoolExecutor(2) as pool:
        for race in range(races):
            start = Barrier(2)
            runs = [pool.submit(_race, stores[n], start, 2 * race + n, race) for n in (0, 1)]
            assert sorted(run.result() for run in runs) == ["publish-conflict", "won"]
    live = stores[0].live()
    assert live is not None
    assert live.sequence == races


def _race(store: ReleaseStore, start: Barrier, number: int, based_on: int) -> str:
    start.wait()
    try:
        publish(store, number, based_on=based_on)
    except CmsError as error:
        return error.code
    return "won"


def test_many_may_open_a_new_store_at_once(url: str) -> None:
    start = Barrier(8)

    def open_and_publish(number: int) -> int:
        store = ReleaseStore(url)
        start.wait()
        sequence = publish(store, number).sequence
        store.close()
        return sequence

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(open_and_publish, range(8))) == list(range(1, 9))


def test_a_changed_byte_in_the_store_is_never_served(store: ReleaseStore, tmp_path: Path) -> None:
    first = publish(store, 1)
    with sqlite3.connect(tmp_path / "releases.sqlite") as raw:
        raw.execute("update release_files set content = x'00' where path like '%e7/%'")
    raw.close()

    for refused in (
        lambda: store.load(first.release),
        lambda: store.activate(first.release, at=NOON, by="ben"),
    ):
        with pytest.raises(CmsError) as caught:
            refused()
        assert caught.value.code == "release-damaged"


@pytest.mark.parametrize("seed", range(30))
def test_a_damaged_database_gives_the_right_bytes_or_an_error(store: ReleaseStore, tmp_path: Path, seed: int) -> None:
    first = publish(store, 1)
    store.close()
    file = tmp_path / "releases.sqlite"
    damaged = bytearray(file.read_bytes())
    dice = random.Random(seed)
    at = dice.randrange(len(damaged))
    damaged[at : at + dice.choice([1, 64, 4096])] = dice.randbytes(dice.choice([1, 64, 4096]))
    file.write_bytes(damaged)

    assert outcome(store, first.release) in (
        {1},
        "release-damaged",
        "store-damaged",
        "store-unavailable",
        "no-such-release",
    )


def outcome(store: ReleaseStore, release: str) -> set[int] | str:
    try:
        return numbers(store.load(release).files)
    except CmsError as error:
        return error.code


def test_a_file_that_is_no_database_is_named_so(url: str, tmp_path: Path) -> None:
    (tmp_path / "releases.sqlite").write_bytes(b"not a database at all" * 100)

    with pytest.raises(CmsError) as caught:
        ReleaseStore(url).live()

    assert caught.value.code == "store-damaged"


def test_a_store_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(CmsError) as caught:
        publish(ReleaseStore(f"sqlite:///{tmp_path}/file/releases.sqlite"), 1)

    assert caught.value.code == "store-unavailable"


def test_the_sqlite_store_is_durable_and_checks_its_references(store: ReleaseStore) -> None:
    with store._database.writing() as connection:
        settings = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }

    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000}


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nonsense",
        "foo://x",
        "mysql://x/y",
        "sqlite://",
        "sqlite:///:memory:",
        "postgresql://nobody@127.0.0.1:1/none",
    ],
)
def test_a_url_that_names_no_usable_database_is_one_clear_error(url: str) -> None:
    with pytest.raises(CmsError) as failure:
        ReleaseStore(url).live()

    assert failure.value.code == "store-unavailable"


def test_a_release_knows_every_version_that_checked_it(store: ReleaseStore) -> None:
    unchecked = publish(store, 1)
    for version in ("0.1.0", "0.2.0", "0.1.0"):
        again = store.publish(content(1), at=NOON, by="anna", checked_by=version)
        assert again == unchecked, "nothing else changes"
    other = publish(store, 2)

    assert store.load(unchecked.release).checked_by == {"0.1.0", "0.2.0"}
    assert store.load(other.release).checked_by == frozenset()


def test_a_store_from_before_checks_were_noted_is_read_and_learns_them(store: ReleaseStore, tmp_path: Path) -> None:
    published = publish(store, 1)
    with sqlite3.connect(tmp_path / "releases.sqlite") as connection:
        connection.execute("DROP TABLE IF EXISTS release_checks")

    assert store.live() == published
    assert store.load(published.release).checked_by == frozenset()
    store.publish(content(1), at=NOON, by="anna", checked_by="0.1.0")
    assert store.load(published.release).checked_by == {"0.1.0"}
