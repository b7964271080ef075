"""Keys: names that shops give to people become what rules can write."""

import re
from collections.abc import Iterable, Iterator

_NOT_WORD = re.compile(r"[\W_]+")


def slug(name: str) -> str:
    """Make a key of a name: `"Spend 500!"` → `spend-500`."""
    return _NOT_WORD.sub("-", name.casefold()).strip("-")


def distinct(names: Iterable[str]) -> Iterator[str]:
    """Make keys of names; a second one of the same key gets a number, so that both can be told apart."""
    seen: dict[str, int] = {}
    for key in map(slug, names):
        seen[key] = seen.get(key, 0) + 1
        yield key if seen[key] == 1 else f"{key}-{seen[key]}"
