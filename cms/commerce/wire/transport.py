"""Guarded HTTP: one deadline over connect, headers and body; small JSON answers only; nobody's cookies."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from hashlib import blake2b
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError

from cms.commerce.failures import ERROR, GARBAGE, REFUSED, TIMEOUT, ShopError
from cms.commerce.wire.deadlines import DeadlineAdapter
from cms.commerce.wire.strict_json import parse_json
from cms.errors import CmsError

SHOPPER_BYTES = 256 * 1024
CATALOGUE_BYTES = 4 * 1024 * 1024
_CHUNK = 16 * 1024


@dataclass(frozen=True, slots=True)
class Reply:
    """A shop's answer: `data` is parsed JSON, None where an error answer has none; `digest` names the body."""

    status: int
    headers: Mapping[str, str]
    data: object
    digest: bytes


class Transport:
    """HTTP to one shop; safe for threads.

    Args:
        base_url: Where it is.
        connections: How many are kept open.
        monotonic: Seconds.
        pause: Reads from the headers of a refusal without `Retry-After` for how many seconds to wait, 0 where they do not say.

    Raises:
        CmsError: `commerce-settings` when the address cannot be used.
    """

    def __init__(
        self,
        base_url: str,
        *,
        connections: int = 16,
        monotonic: Callable[[], float] = time.monotonic,
        pause: Callable[[Mapping[str, str]], float] = lambda _headers: 0.0,
    ) -> None:
        self._base = _checked_base(base_url)
        self._pause = pause
        self.monotonic = monotonic
        self.said_date = ""  # header `Date` of the last answer
        self._deadline = _Deadline()
        self._session = _session(connections, lambda: self._deadline.at - monotonic())

    def get(
        self,
        path: str,
        *,
        params: Mapping[str, Any],
        headers: Mapping[str, str],
        deadline: float,
        max_bytes: int,
        named: str = "",
    ) -> Reply:
        """GET JSON; 2xx and 4xx are replies, anything else raises `ShopError`.

        `named` is what messages call the path, where it holds ids: whose they are is nobody's business.
        """
        return self._ask("GET", path, deadline, max_bytes, named=named, headers=headers, params=params)

    def post(
        self,
        path: str,
        body: object,
        *,
        params: Mapping[str, Any],
        headers: Mapping[str, str],
        deadline: float,
        max_bytes: int,
    ) -> Reply:
        return self._ask("POST", path, deadline, max_bytes, headers=headers, params=params, json=body)

    def post_form(
        self, path: str, fields: Mapping[str, str], *, headers: Mapping[str, str], deadline: float, max_bytes: int
    ) -> Reply:
        """POST as a form, as token endpoints want it."""
        return self._ask("POST", path, deadline, max_bytes, headers=headers, data=dict(fields))

    def _ask(
        self,
        method: str,
        path: str,
        deadline: float,
        max_bytes: int,
        *,
        headers: Mapping[str, str],
        named: str = "",
        **request: Any,
    ) -> Reply:
        left, named = deadline - self.monotonic(), named or path
        if left <= 0:
            raise ShopError(TIMEOUT, f"no time was left to ask {named}")
        self._deadline.at = deadline
        try:
            # Made by hand: what a session adds (cookies, proxies, the environment) is not wanted, and costs each call a sixth.
            made = requests.PreparedRequest()
            made.prepare(method, self._base + path, headers={**self._session.headers, **headers}, **request)
            with self._session.send(
                made, timeout=(left, left), allow_redirects=False, stream=True, proxies={}
            ) as response:
                self.said_date = response.headers.get("Date", "")
                return _reply(named, response, max_bytes, self._pause)
        except (requests.RequestException, HTTPError, OSError, UnicodeError) as error:
            raise self._failure(named, error, deadline) from error

    def _failure(self, path: str, error: Exception, deadline: float) -> ShopError:
        if self.monotonic() >= deadline or isinstance(error, (requests.Timeout, TimeoutError)):
            return ShopError(TIMEOUT, f"{path} did not answer in time")
        if isinstance(error, requests.exceptions.ChunkedEncodingError):
            return ShopError(GARBAGE, f"{path} broke off its answer")
        if isinstance(error, requests.ConnectionError):
            return ShopError(REFUSED, f"{path} could not be reached: {type(error).__name__}")
        # A header or address that cannot be sent says nothing about the shop.
        return ShopError(
            ERROR, f"{path} could not be asked: {type(error).__name__}", ails=not isinstance(error, ValueError)
        )


def _checked_base(url: str) -> str:
    if not _is_plain(url):
        raise CmsError(
            "commerce-settings",
            "CMS_COMMERCE_URL must look like https://shop.example/api, without user, password, ? or #.",
        )
    return url.rstrip("/")


def _is_plain(url: str) -> bool:
    try:
        parts = urlsplit(url)
        named = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return named and parts.scheme in ("http", "https") and not (parts.username or parts.query or parts.fragment)


def _reply(
    path: str, response: requests.Response, max_bytes: int, pause: Callable[[Mapping[str, str]], float]
) -> Reply:
    status = response.status_code
    if status in (408, 429) or not 200 <= status < 500:
        wait_s = _retry_after(response) or pause(response.headers)
        raise ShopError(ERROR, f"{path} answered {status}", retry_after_s=wait_s)
    if 300 <= status < 400:
        raise ShopError(ERROR, f"{path} answered with a redirect ({status}); give the final address in the settings")
    body = _body(path, response, max_bytes)
    try:
        data = parse_json(body) if _is_json(response) else None
    except ValueError as error:
        if status < 400:
            raise ShopError(GARBAGE, f"{path} answered what is no clean JSON") from error
        data = None
    if data is None and status < 400:
        raise ShopError(GARBAGE, f"{path} answered something other than JSON")
    return Reply(status, response.headers, data, blake2b(body, digest_size=16).digest())


def _is_json(response: requests.Response) -> bool:
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))


def _retry_after(response: requests.Response) -> float:
    """Read `Retry-After` in seconds, a date by the shop's own clock; nonsense counts as not given."""
    value = response.headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit() and len(value) < 9:
        return float(value)
    try:
        until, now = (parsedate_to_datetime(text) for text in (value, response.headers.get("Date", "")))
        return max(0.0, (until - now).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return 0.0


def _body(path: str, response: requests.Response, max_bytes: int) -> bytes:
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise ShopError(GARBAGE, f"{path} answered in an encoding it was not asked for")
    body = bytearray()
    for chunk in response.iter_content(_CHUNK):
        body += chunk
        if len(body) > max_bytes:
            raise ShopError(GARBAGE, f"{path} answered more than {max_bytes} bytes")
    return bytes(body)


class _Deadline(threading.local):
    at: float = 0.0


class _Session(requests.Session):
    """Follows no redirect; `allow_redirects=False` alone still reads the whole body of one."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        del resp


def _session(connections: int, left: Callable[[], float]) -> requests.Session:
    session = _Session()
    session.trust_env = False  # no proxy and no .netrc may see or replace a shopper's token
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # one shopper's session is not the next one's
    session.headers.update({"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "vitrine"})
    adapter = DeadlineAdapter(connections, left)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session
