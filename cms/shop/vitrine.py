"""The shop's only way to Vitrine: one request a page or event, within a fixed time, and never a failure."""

import json
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as WaitedTooLong
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import requests
from requests.adapters import HTTPAdapter

MOST_BYTES = 1_000_000
LINES = 16


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that Vitrine chose for a slot, ready to insert."""

    entry: str
    component: str
    variant: str
    reason: str
    locale: str
    html: str


@dataclass(frozen=True, slots=True)
class PageContent:
    """Vitrine's answer for a page; `failure` says why there is none, then the shop shows its own defaults."""

    slots: Mapping[str, tuple[Item, ...]] = field(default_factory=dict)
    degraded: tuple[tuple[str, str], ...] = ()
    release: str = ""
    failure: str = ""


class Vitrine:
    """A client with kept connections; safe to use from many threads."""

    def __init__(self, base_url: str, *, timeout_s: float, own_url: str) -> None:
        self._base_url, self._timeout_s, self._own_url = base_url, timeout_s, own_url
        self._lines = ThreadPoolExecutor(LINES, thread_name_prefix="vitrine")
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.mount("http://", HTTPAdapter(pool_maxsize=LINES))
        self._session.mount("https://", HTTPAdapter(pool_maxsize=LINES))
        self._styles: dict[str, str] = {}
        self.release = ""  # of the last page answered; only its style sheet is kept

    def page(self, key: str, body: Mapping[str, Any]) -> PageContent:
        """Ask for the content of a page; the answer comes within the time allowed, whatever happens."""
        try:
            content = read_page(self._within_time("POST", f"/v1/pages/{key}", body), self._own_url)
        except (requests.RequestException, WaitedTooLong, ValueError) as failure:
            return PageContent(failure=_said(failure))
        self.release = content.release
        return content

    def styles(self, release: str) -> str | None:
        """Give the live style sheet of the components, asked once for the live release; None: not to be had now."""
        if (kept := self._styles.get(release)) is not None:
            return kept
        try:
            text = self._within_time("GET", f"/v1/components.css?release={quote(release)}", None).decode()
        except (requests.RequestException, WaitedTooLong, ValueError):
            return None
        if release == self.release:
            self._styles = {release: text}
        return text

    def tell(self, event: Mapping[str, Any]) -> bool:
        """Tell of one event; False: Vitrine did not take it in time, and it is told to nobody again."""
        try:
            self._within_time("POST", "/v1/events", {"events": [event]})
        except (requests.RequestException, WaitedTooLong, ValueError):
            return False
        return True

    def _within_time(self, method: str, path: str, body: Mapping[str, Any] | None) -> bytes:
        deadline = time.monotonic() + self._timeout_s
        asked = self._lines.submit(self._ask, method, path, body, deadline)
        try:
            return asked.result(self._timeout_s)
        finally:
            asked.cancel()

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None, deadline: float) -> bytes:
        """Read a whole answer; a server that trickles does not hold the thread longer than one more wait."""
        with self._session.request(
            method, self._base_url + path, json=body, timeout=self._timeout_s, stream=True, allow_redirects=False
        ) as response:
            read = bytearray()
            for chunk in response.iter_content(65_536):
                read += chunk
                if len(read) > MOST_BYTES or time.monotonic() > deadline:
                    raise ValueError("too long")
            if response.status_code not in {200, 202}:
                raise ValueError(f"{response.status_code} {bytes(read[:300]).decode(errors='replace')}")
            return bytes(read)


def read_page(answer: bytes, own_url: str) -> PageContent:
    """Read an answer of Vitrine; links to the shop itself become relative, so that they keep the visitor's host.

    Raises:
        ValueError: It is not what the delivery API promises.
    """
    try:
        data = json.loads(answer)
        slots = {name: tuple(_item(item, own_url) for item in items) for name, items in data["slots"].items()}
        degraded = tuple((str(gap["signal"]), str(gap["why"])) for gap in data.get("degraded", ()))
        return PageContent(slots, degraded, str(data.get("release", "")))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a page answer: {error}") from error


def _item(item: Mapping[str, Any], own_url: str) -> Item:
    if not isinstance(item["html"], str):
        raise TypeError("html is not text")
    words = {name: str(item[name]) for name in ("entry", "component", "variant", "reason", "locale")}
    return Item(**words, html=item["html"].replace(f'"{own_url}/', '"/'))


def _said(failure: Exception) -> str:
    return "timeout" if isinstance(failure, WaitedTooLong | requests.Timeout) else str(failure)[:300]
