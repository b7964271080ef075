"""Language tags of readers and which of the workspace's locales answers them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cms.facts.locales import negotiate

CHINESE = ("en", "zh-Hans", "zh-Hant")


@pytest.mark.parametrize(
    ("requested", "expected"),
    [
        ("en", "en"),
        ("en-GB", "en"),
        ("EN-us", "en"),
        ("zh", "zh-Hans"),
        ("zh-CN", "zh-Hans"),
        ("zh-SG", "zh-Hans"),
        ("zh-TW", "zh-Hant"),
        ("zh-tw", "zh-Hant"),
        ("zh_HK", "zh-Hant"),
        ("zh-MO", "zh-Hant"),
        ("zh-Hant-HK", "zh-Hant"),
        ("zh-hans-TW", "zh-Hans"),
        ("zh-Hant-TW-x-shop", "zh-Hant"),
        ("fr", "en"),
        ("x-y", "en"),
        ("", "en"),
        ("-", "en"),
        ("en;q=0.9", "en"),
        ("🌱", "en"),
    ],
)
def test_a_tag_finds_the_locale_of_its_script(requested: str, expected: str) -> None:
    assert expected == negotiate(requested, CHINESE, "en")


def test_a_region_of_its_own_comes_before_its_language() -> None:
    available = ("en", "en-GB", "zh", "zh-Hant", "zh-HK")

    asked = ("en-GB", "en-AU", "zh-HK", "zh-TW", "zh-SG")

    assert ["en-GB", "en", "zh-HK", "zh-Hant", "zh"] == [negotiate(tag, available, "en") for tag in asked]


@given(st.text(max_size=200))
def test_no_tag_whatever_makes_it_fail(requested: str) -> None:
    assert negotiate(requested, CHINESE, "en") in CHINESE
