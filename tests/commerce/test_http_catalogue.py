"""Adapter `http`: a catalogue in parts and by changes, before shops that can and shops that cannot."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from cms.commerce import connect
from cms.commerce.adapter import Connection
from cms.commerce.catalogue import SyncedCatalogue
from cms.errors import CmsError
from cms.facts.signals import Product

Reply = tuple[int, Mapping[str, str], object]
Serve = Callable[[Callable[[str, Mapping[str, str], bytes], Reply]], str]
Said = Callable[[str], tuple[int, object]]


def item(sku: str, **more: object) -> dict[str, object]:
    return {"sku": sku, "title": {"en": sku}, "url": f"/p/{sku}", **more}


class Shop:
    """Answers by cursor; `asked` are the cursors it was asked with."""

    def __init__(self, answers: Mapping[str, object]) -> None:
        self.answers = dict(answers)
        self.asked: list[str] = []

    def answer(self, path: str, _headers: Mapping[str, str], _body: bytes) -> Reply:
        (cursor,) = parse_qs(urlsplit(path).query, keep_blank_values=True)["cursor"]
        self.asked.append(cursor)
        if cursor not in self.answers:
            return 410, {"Content-Type": "application/problem+json"}, {"code": "unknown-cursor"}
        return 200, {}, self.answers[cursor]


@pytest.fixture
def copy_of(shop_answering: Serve, tmp_path: Path) -> Callable[[Shop], SyncedCatalogue]:
    def made(shop: Shop) -> SyncedCatalogue:
        connection = Connection(shop_answering(shop.answer), "k", lambda: datetime(2026, 5, 1, tzinfo=UTC))
        upstream = connect("http", connection, folder=tmp_path, monotonic=lambda: 0.0)
        assert upstream.catalogue is not None
        return upstream.catalogue

    return made


Copy = Callable[[Shop], SyncedCatalogue]
PARTS = {
    "": {"products": [item("a"), item("b")], "cursor": "2", "more": True, "total": 3},
    "2": {"products": [item("c")], "cursor": "since-1"},
    "since-1": {"products": [item("b", stock=1)], "gone": ["a"], "cursor": "since-2"},
    "since-2": {"products": [], "cursor": "since-2"},
}


def read(copy: SyncedCatalogue) -> Mapping[str, Product]:
    return copy.read("USD", timeout_s=2)


def test_parts_make_the_whole_and_then_changes_are_laid_over_it(copy_of: Copy) -> None:
    shop = Shop(PARTS)
    copy = copy_of(shop)

    assert set(read(copy)) == {"a", "b", "c"}
    assert {sku: product.stock for sku, product in read(copy).items()} == {"b": 1, "c": None}
    assert shop.asked == ["", "2", "since-1"]


def test_a_catalogue_in_which_nothing_has_changed_is_the_same_object(copy_of: Copy) -> None:
    copy = copy_of(Shop(PARTS))
    read(copy)

    assert read(copy) is read(copy)


def test_a_cursor_that_the_shop_does_not_know_any_more_begins_anew(copy_of: Copy) -> None:
    shop = Shop(PARTS)
    copy = copy_of(shop)
    read(copy)
    shop.answers = {"": {"products": [item("z")], "cursor": "y"}}

    assert set(read(copy)) == {"z"}
    assert shop.asked[-2:] == ["since-1", ""]


def test_a_shop_that_knows_no_cursors_tells_all_each_time(copy_of: Copy) -> None:
    shop = Shop({"": {"products": [item("a"), item("b")]}})
    copy = copy_of(shop)
    before = read(copy)
    shop.answers[""] = {"products": [item("b"), item("c")]}

    assert (set(before), set(read(copy))) == ({"a", "b"}, {"b", "c"})
    assert shop.asked == ["", ""]


def test_a_product_that_becomes_malformed_leaves_the_shelf_and_the_others_stay(copy_of: Copy) -> None:
    copy = copy_of(Shop({**PARTS, "since-1": {"products": [item("b", stock="many")], "cursor": "since-2"}}))
    read(copy)

    assert set(read(copy)) == {"a", "c"}


@pytest.mark.parametrize(
    "part",
    [
        {"products": [item("a")], "more": True},
        {"products": [item("a")], "cursor": 5},
        {"products": [item("a")], "cursor": "x" * 2_001},
        {"products": [item("a")], "more": "yes"},
        {"products": [item("a")], "gone": "a"},
        {"products": [{"sku": "a"}]},
        {"products": None},
        {},
        [],
    ],
)
def test_a_part_in_another_form_is_garbage(copy_of: Copy, part: object) -> None:
    with pytest.raises(CmsError) as failure:
        read(copy_of(Shop({"": part})))

    assert failure.value.code == "commerce-garbage"


def test_a_cursor_that_leads_to_itself_is_garbage_and_not_followed(copy_of: Copy) -> None:
    shop = Shop({**PARTS, "2": {"products": [item("c")], "cursor": "2", "more": True}})

    with pytest.raises(CmsError, match="does not say from where"):
        read(copy_of(shop))
    assert ["", "2"] == shop.asked


def test_a_shop_that_takes_none_of_its_own_cursors_is_asked_only_as_long_as_there_is_time(copy_of: Copy) -> None:
    shop = Shop({"": {"products": [item("a")], "cursor": "lost", "more": True}})
    with pytest.raises(CmsError):
        read(copy_of(shop))

    assert len(shop.asked) <= 4
