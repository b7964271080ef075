"""The copy of a catalogue: what is given was asked for now, also while all is read again and after a restart."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cms.commerce.adapter import Batch
from cms.commerce.catalogue import SyncedCatalogue
from cms.commerce.failures import ERROR, ShopError
from cms.facts.signals import Product

if TYPE_CHECKING:
    from collections.abc import Callable

DAY = 24 * 3600.0
SKUS = "abcd"


class Feed:
    """Tells a product a part, each part in a second; a product's title is the moment it was told."""

    def __init__(self) -> None:
        self.now = 100.0
        self.sold = list(SKUS)
        self.changed: set[str] = set()
        self.cursors: list[str] = []
        self.refuses: Callable[[str], Exception | None] = lambda _: None

    def batch(self, cursor: str, *, currency: str, timeout_s: float) -> Batch:
        self.cursors.append(cursor)
        self.now += 1
        if (error := self.refuses(cursor)) is not None:
            raise error
        if cursor == "changes":
            return Batch({sku: self._product(sku) for sku in self.changed}, cursor, is_last=True)
        place = int(cursor or 0)
        products = {sku: self._product(sku) for sku in self.sold[place : place + 1]}
        is_last = place + 1 >= len(self.sold)
        return Batch(products, "changes" if is_last else f"{place + 1}", is_last)

    def _product(self, sku: str) -> Product:
        return Product(sku, {"": f"{self.now:.0f}"}, f"/{sku}", None)


@pytest.fixture
def feed() -> Feed:
    return Feed()


def copy_of(feed: Feed, folder: Path | None = None) -> SyncedCatalogue:
    return SyncedCatalogue(feed, folder, name="shop", monotonic=lambda: feed.now)


def titles(copy: SyncedCatalogue, timeout_s: float = 10.0) -> dict[str, str]:
    return {sku: product.title[""] for sku, product in copy.read("USD", timeout_s=timeout_s).items()}


def test_while_all_is_read_again_what_was_read_is_given_with_its_changes(feed: Feed) -> None:
    copy = copy_of(feed)
    before = titles(copy)
    feed.now += DAY
    feed.sold.remove("d")
    feed.changed = {"a"}

    first = titles(copy, timeout_s=2.5)

    assert {**before, "a": "86505"} == first
    for _ in range(3):
        last = titles(copy, timeout_s=2.5)
    assert ["a", "b", "c"] == sorted(last)
    assert ["", "1", "2", "3"] == feed.cursors[:4]
    assert ["", "1", "2"] == [cursor for cursor in feed.cursors[4:] if cursor != "changes"]


def test_what_is_read_again_in_vain_keeps_nobody_from_the_changes(feed: Feed) -> None:
    copy = copy_of(feed)
    titles(copy)
    feed.now += DAY
    feed.changed = {"a"}
    feed.refuses = lambda cursor: ShopError(ERROR, "500") if cursor != "changes" else None

    assert "86505" == titles(copy)["a"]


def test_a_first_reading_that_took_several_calls_is_given_with_what_has_changed_meanwhile(feed: Feed) -> None:
    copy = copy_of(feed)
    with pytest.raises(ShopError, match="in time"):
        titles(copy, timeout_s=2.5)
    feed.now += 1000
    feed.changed = {"a"}

    assert int(titles(copy)["a"]) > 1000


def test_all_is_read_again_once_a_day_however_often_the_process_ends(feed: Feed, tmp_path: Path) -> None:
    titles(copy_of(feed, tmp_path))
    feed.sold.remove("d")
    for _ in range(5):
        copy = copy_of(feed, tmp_path)
        titles(copy)
        feed.now += DAY / 4
        last = titles(copy)
    last = titles(copy)

    assert ["a", "b", "c"] == sorted(last)


def test_what_is_kept_is_not_given_before_its_changes_are_known(feed: Feed, tmp_path: Path) -> None:
    titles(copy_of(feed, tmp_path))
    feed.refuses = lambda _: ShopError(ERROR, "500")

    with pytest.raises(ShopError, match="500"):
        titles(copy_of(feed, tmp_path))


@pytest.mark.parametrize("error", [TypeError("of another version"), ShopError(ERROR, "forgotten", ails=False)])
def test_a_place_of_before_that_nobody_knows_any_more_is_begun_anew(
    feed: Feed, tmp_path: Path, error: Exception
) -> None:
    titles(copy_of(feed, tmp_path))
    feed.refuses = lambda cursor: error if cursor == "changes" else None

    assert {"a": "106", "b": "107", "c": "108", "d": "109"} == titles(copy_of(feed, tmp_path))


def test_a_refusal_is_told_where_nothing_was_kept(feed: Feed, tmp_path: Path) -> None:
    feed.refuses = lambda _: ShopError(ERROR, "the key may not", ails=False)

    with pytest.raises(ShopError, match="may not"):
        titles(copy_of(feed, tmp_path))
    assert [""] == feed.cursors


def test_a_copy_is_written_once_a_minute_and_what_came_after_is_asked_for_again(feed: Feed, tmp_path: Path) -> None:
    copy = copy_of(feed, tmp_path)
    titles(copy)
    [file] = tmp_path.glob("*.json")
    written = file.read_bytes()
    feed.changed = {"a"}
    titles(copy)

    assert written == file.read_bytes()
    feed.now += 60
    titles(copy)
    assert written != file.read_bytes()


def test_who_wants_all_of_it_read_waits_for_all_of_it(feed: Feed) -> None:
    copy = copy_of(feed)
    titles(copy)
    with pytest.raises(ShopError, match="in time"):
        copy.read("USD", timeout_s=2.5, anew=True)

    assert {"107", "108"} <= {*titles(copy).values()}
    assert "3" in feed.cursors[4:]
