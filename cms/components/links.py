"""Safe link targets: which addresses an author may send a shopper to."""

import re
from collections.abc import Collection
from html import unescape
from urllib.parse import unquote, urlsplit

_HIDDEN = re.compile(r"[\x00-\x20\x7f-\xa0\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\u3000\ufeff\\]")
_REFUSED = re.compile(r"[<>\"'`{}|^]")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):")
_MAIL = re.compile(r"mailto:[^@:/?#\s]+@[A-Za-z0-9.\-]+(\?[^#]*)?", re.IGNORECASE)
_PHONE = re.compile(r"tel:\+?[0-9().\-]+", re.IGNORECASE)
_PATH_HINT = "Write a path of the shop such as /cart."


def why_unsafe(href: str, hosts: Collection[str], *, media: bool = False) -> tuple[str, str] | None:
    """Judge a link target.

    Args:
        href: As authored.
        hosts: The hosts that https URLs may name, from `link_hosts`.
        media: It is the address of a picture: no anchor, mail or phone.

    Returns:
        What is wrong and what to write instead, or None for a safe one.
    """
    if not href:
        return "it is empty", _PATH_HINT
    if _HIDDEN.search(href):
        return "it holds a space, backslash or invisible character", "Write %20 for a space, / for a backslash."
    if _REFUSED.search(href):
        return "it holds a sign that no address has", "Percent-encode it; placeholders cannot stand in an address."
    if unescape(href) != href and _SCHEME.match(unescape(href)):
        return "its scheme is hidden in an entity", _PATH_HINT
    return _why_unsafe_target(href, hosts, media=media)


def _why_unsafe_target(href: str, hosts: Collection[str], *, media: bool) -> tuple[str, str] | None:
    if href.startswith("//"):
        return "it leaves the shop without saying how", "Write https:// before the host."
    if href.startswith("/"):
        return None
    if not media and (href.startswith("#") or _MAIL.fullmatch(href) or _PHONE.fullmatch(href)):
        return None
    scheme = _SCHEME.match(href)
    if scheme is None:
        return _why_no_address(href)
    if scheme[1].lower() == "https":
        return _why_unsafe_url(href, hosts)
    return f'"{scheme[1].lower()}:" is not allowed or not complete', _allowed(media=media)


def _why_no_address(href: str) -> tuple[str, str]:
    if _SCHEME.match(unquote(href)):
        return "its scheme is hidden in percent signs", _PATH_HINT
    return "it is neither a path nor a URL", f"Write /{href.lstrip('./')} for a page of the shop."


def _why_unsafe_url(href: str, hosts: Collection[str]) -> tuple[str, str] | None:
    try:
        parts = urlsplit(href)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "it is not a URL", "Write https://host/path."
    if not href.lower().startswith("https://") or not host:
        return "it names no host", "Write https://host/path."
    if "@" in parts.netloc or "%" in parts.netloc:
        return "it holds a user name or a coded host", f"Write https://{host}{parts.path}."
    if host not in hosts:
        return f'the host "{host}" is not allowed', f'Add "{host}" to link_hosts in content/workspace.json.'
    return None


def _allowed(*, media: bool) -> str:
    return "Write a path such as /cart or an https URL" + ("." if media else ", an #anchor, mailto: or tel:.")
