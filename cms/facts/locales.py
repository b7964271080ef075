"""Locales: which of the workspace's answers what a reader asked for."""

from collections.abc import Iterable

from babel import Locale, UnknownLocaleError
from babel.core import get_global


def negotiate(requested: str, available: Iterable[str], default: str) -> str:
    """Pick the locale for a language tag by RFC 4647 lookup.

    The likely script is put in where the tag names none, so that zh-TW finds zh-Hant rather than zh.
    """
    known = {locale.lower(): locale for locale in available}
    for tag in _widened(requested):
        parts = tag.split("-")
        for end in range(len(parts), 0, -1):
            found = known.get("-".join(parts[:end]).lower())
            if found is not None:
                return found
    return default


def _widened(requested: str) -> Iterable[str]:
    tag = requested.replace("_", "-")
    yield tag
    likely = get_global("likely_subtags")
    for start in (tag.replace("-", "_"), tag.partition("-")[0]):
        if start in likely:
            yield str(likely[start]).replace("_", "-")
    try:
        yield str(Locale.parse(tag, sep="-")).replace("_", "-")
    except (UnknownLocaleError, ValueError):
        return
