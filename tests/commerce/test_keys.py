"""Names of shops as keys: each can be told from the others, whatever people write."""

import unicodedata

import pytest

from cms.commerce.keys import distinct, slug


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Spend 500!", "spend-500"),
        ("NOT LOGGED IN", "not-logged-in"),
        ("  Größe_XL ", "grösse-xl"),
        ("東京", "東京"),
        ("★ ★", "★ ★"),
        ("", ""),
        (" ", ""),
        ("x" * 300, "x" * 190),
    ],
)
def test_a_name_becomes_a_key(name: str, key: str) -> None:
    assert slug(name) == key


def test_a_name_has_one_key_however_its_accents_are_written() -> None:
    assert slug(unicodedata.normalize("NFD", "Café")) == slug("Café") == "café"


def test_no_two_names_share_a_key() -> None:
    assert list(distinct(["May", "May!", "may 2", "May", "★", "★"])) == ["may", "may-2", "may-2-2", "may-3", "★", "★-2"]
