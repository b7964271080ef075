"""Paths: what the path of a fragment or model says: its key with us, and its language."""

import re
from collections.abc import Container, Iterable
from itertools import chain, count

from babel.localedata import exists

DEFAULT = "default"  # the variant that is AEM's master
_TAG = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z]{2,4}){0,2}")


def locale_in(path: str) -> str:
    """Find the part of a path that names a language, the last one before the fragment's own name; "" for none."""
    parts = path.strip("/").split("/")[2:-1]  # without content/dam
    return next((part for part in reversed(parts) if _is_language(part)), "")


def _is_language(part: str) -> bool:
    return bool(_TAG.fullmatch(part)) and exists(re.split("[-_]", part)[0].lower())


def canonical(tag: str) -> str:
    """Write a part of a path as BCP 47 writes languages: `de_at` is `de-AT`."""
    language, *rest = re.split("[-_]", tag)
    return "-".join([language.lower(), *(part.title() if len(part) == 4 else part.upper() for part in rest)])


def without_locale(path: str) -> str:
    """Give what the paths of one fragment in several languages share."""
    tag = locale_in(path)
    head, _, name = path.rpartition("/")
    parts = head.split("/")
    if tag:
        parts.pop(len(parts) - 1 - parts[::-1].index(tag))
    return "/".join([*parts, name])


def keys_of(paths: Iterable[str]) -> dict[str, str]:
    """Give each path the shortest key that no other has: its last part, with those before it where it must be."""
    keys: dict[str, str] = {}
    taken: set[str] = set()
    for path in paths:
        parts = [slug(part) for part in path.strip("/").split("/") if slug(part)] or ["untitled"]
        likely = ("-".join(parts[-length:]) for length in range(1, len(parts) + 1))
        keys[path] = _free(likely, parts[-1], taken)
        taken.add(keys[path])
    return keys


def _free(likely: Iterable[str], otherwise: str, taken: Container[str]) -> str:
    return next(each for each in chain(likely, (f"{otherwise}-{n}" for n in count(2))) if each not in taken)


def slug(text: str) -> str:
    """Make a key of a name."""
    return re.sub(r"[^a-z0-9]+", "-", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", text).lower()).strip("-")


def variant_keys(names: Iterable[str]) -> dict[str, str]:
    """Name the variants that variations become: none but the master is the default, and no two are alike."""
    keys: dict[str, str] = {}
    for name in dict.fromkeys(names):
        key = slug(name) or "variation"
        key = f"{key}-variation" if key == DEFAULT else key
        keys[name] = _free([key], key, set(keys.values()))
    return keys
