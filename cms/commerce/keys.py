"""Keys: names that shops give to people become what rules can write."""

import re
import unicodedata
from collections.abc import Iterable, Iterator

_NOT_WORD = re.compile(r"[\W_]+")
_LONGEST = 190  # with a number behind it, what `payloads` takes


def slug(name: str) -> str:
    """Make a key of a name: `"Spend 500!"` → `spend-500`; one without letters and digits stays as it is."""
    plain = unicodedata.normalize("NFC", name.casefold())[:_LONGEST]
    return _NOT_WORD.sub("-", plain).strip("-") or plain.strip()


def distinct(names: Iterable[str]) -> Iterator[str]:
    """Make keys of names; a second one of the same key gets a number, so that both can be told apart."""
    given: set[str] = set()
    for key in map(slug, names):
        number, made = 1, key
        while made in given:
            number += 1
            made = f"{key}-{number}"
        given.add(made)
        yield made
