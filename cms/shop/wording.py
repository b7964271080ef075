"""The words of the storefront in its three languages."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial

from babel.dates import format_date

from cms.shop.records import read_data

LOCALES = ("en", "zh-Hans", "zh-Hant")
LOCALE_NAMES = {"en": "English", "zh-Hans": "简体中文", "zh-Hant": "繁體中文"}
Words = Callable[..., str]
_WORDS: Mapping[str, Mapping[str, str]] = read_data("words")


def words_in(locale: str) -> Words:
    """Give the function that templates ask for words: `t("results", count=3)`."""
    return partial(_word, locale)


def negotiate(accepted: Sequence[str]) -> str:
    """Pick the shop's locale for what a browser accepts, best first; Chinese is told apart by script and region."""
    for tag in accepted:
        parts = tag.lower().replace("_", "-").split("-")
        if parts[0] == "zh":
            return "zh-Hant" if {"hant", "tw", "hk", "mo"} & set(parts) and "hans" not in parts else "zh-Hans"
        if parts[0] == "en":
            return "en"
    return "en"


def show_date(when: datetime, locale: str) -> str:
    return format_date(when, "long", locale=locale.replace("-", "_"))


def show_discount(percent: int, locale: str) -> str:
    """Say how much is taken off; Chinese says what is left to pay: 10 % off is 9折, 15 % off is 85折."""
    return f"{percent}%" if locale == "en" else f"{100 - percent:02d}".rstrip("0") + "折"


def _word(locale: str, key: str, /, **values: object) -> str:
    return _WORDS[key][locale].format(**values)
