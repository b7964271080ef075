"""Locales: which of the workspace's answers what a reader asked for."""

from collections.abc import Iterable, Iterator

from babel.core import get_global

_LONGEST = 35  # characters; RFC 5646 asks readers to take tags of this length


def negotiate(requested: str, available: Iterable[str], default: str) -> str:
    """Pick the locale for a language tag by RFC 4647 lookup.

    The likely script is put in where the tag names none, so that zh-TW finds zh-Hant rather than zh.
    """
    known = {locale.lower(): locale for locale in available}
    found = (known[tag.lower()] for tag in _asked(requested[:_LONGEST].replace("_", "-")) if tag.lower() in known)
    return next(found, default)


def _asked(tag: str) -> Iterator[str]:
    """List what would do, the best first: the tag, what it is with its script, then ever shorter ones."""
    yield tag
    yield from _shortened(_with_script(tag))
    yield from _shortened(tag)


def _shortened(tag: str) -> Iterator[str]:
    parts = tag.split("-")
    return ("-".join(parts[:end]) for end in range(len(parts), 0, -1))


def _with_script(tag: str) -> str:
    language, *rest = tag.split("-")
    if rest and len(rest[0]) == 4:
        return tag
    likely = get_global("likely_subtags")
    region = rest[0].upper() if rest else ""
    full = likely.get(f"{language.lower()}_{region}") or likely.get(language.lower())
    return "-".join([language, str(full).split("_")[1], *rest]) if full else tag


def script_of(tag: str) -> str:
    """Give the script a language is written in, the likely one where the tag names none; "" if unknown."""
    parts = _with_script(tag).split("-")
    return parts[1].title() if len(parts) > 1 and len(parts[1]) == 4 else ""
