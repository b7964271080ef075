"""The suite bites: for each promise an adapter that breaks it, made of the sound one of docs/adapters.md by one change."""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import requests
from lantern import AT, lantern, subject_of

from cms.commerce.adapter import Adapter, Hint, Hook, ReadHook
from cms.commerce.failures import ShopError
from cms.commerce.wire.transport import Reply
from cms.facts.signals import Shopper, Signal
from cms.testing import PROMISES, breaches

PAGE = (Path(__file__).parents[2] / "docs" / "adapters.md").read_text("utf-8")
CODE = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)[0]


class Careless:
    """Follows where it is sent, and keeps what it is told to keep."""

    def __init__(self, url: str) -> None:
        self._url, self._session = url, requests.Session()
        self.monotonic, self.said_date = time.monotonic, ""

    def get(self, path: str, *, params: Any, headers: Any, deadline: float, max_bytes: int) -> Reply:
        left = max(0.01, deadline - time.monotonic())
        try:
            answer = self._session.get(self._url + path, params=params, headers=headers, timeout=left)
            return Reply(answer.status_code, answer.headers, answer.json(), b"")
        except (requests.RequestException, ValueError) as error:
            raise ShopError("commerce-error", "the shop failed") from error


def believing(_hook: ReadHook) -> ReadHook:
    return lambda _headers, body, _now: Hook(str(hash(body)), (Hint(Signal.CART),))


def never_the_same(hook: ReadHook) -> ReadHook:
    ids = count()

    def read(headers: Mapping[str, str], body: bytes, now: datetime) -> Hook:
        return replace(hook(headers, body, now), id=f"id-{next(ids)}")

    return read


def timeless(hook: ReadHook) -> ReadHook:
    return lambda headers, body, now: replace(hook(headers, body, AT), id=now.isoformat())


def mixing(adapter: Any, token: str | None) -> str | None:
    """Keep whose turn it is where every thread sees it."""
    adapter.turn = token
    time.sleep(0.001)
    turn: str | None = adapter.turn
    return turn


BREACHES: Mapping[str, tuple[str, str, str]] = {
    "what_is_known_is_found": (
        "value = read(payload, form(said, currency), path)",
        "value = form(said, currency) if path == '/basket' else read(payload, form(said, currency), path)",
        "cart: its cart is not the normal form's: each field has one type, lists are tuples and sets frozensets",
    ),
    "an_empty_cart_is_found": (
        "        if said is None:",
        "        if said is None or said.get('lines') == []:",
        "an empty cart is answered unknown-token with None",
    ),
    "a_token_never_given_out_is_unknown": (
        "        if said is None:\n            return Answer(Found.UNKNOWN_TOKEN)",
        "        if said is None:\n            return Answer(Found.FOUND)",
        "cart: a token never given out is answered found",
    ),
    "nobody_is_nobody": (
        "if signal is Signal.CART else shopper.customer_token",
        "if signal is Signal.CART else shopper.customer_token or 'token-of-ann'",
        "customer: nobody is answered found",
    ),
    "a_cart_id_alone_opens_nothing": (
        "token = shopper.cart_token if",
        "token = shopper.cart_token or shopper.cart_id if",
        "cart: its id opens it for anybody",
    ),
    "what_cannot_be_sent_does_no_harm": (
        '{"X-Lantern-Shopper": token}',
        '{"X-Lantern-Shopper": token.encode("ascii").decode()}',
        "cart: a token that cannot be sent raises UnicodeEncodeError",
    ),
    "what_is_not_supplied_is_unsupported": (
        "        if signal not in self.supplies:\n            return Answer(Found.UNSUPPORTED)\n",
        "",
        "KeyError: <Signal.STOCK: 'stock'>",
    ),
    "what_is_lacking_is_never_told": (
        '"customer.company": "Lantern keeps no companies.',
        '"customer.groups": "Lantern keeps no groups.',
        "customer: customer.groups is told, and lacking",
    ),
    "no_time_is_no_answer": (
        "monotonic() + timeout_s",
        "monotonic() + max(timeout_s, 1)",
        "cart: no time at all was enough for an answer",
    ),
    "nothing_is_kept_between_shoppers": (
        "said = self.get(path, token, timeout_s, currency=currency)",
        "said = self.questions.setdefault(path, self.get(path, token, timeout_s, currency=currency))",
        "cart: asked about one shopper, another and the first again, it mixes them up",
    ),
    "threads_do_not_meet": (
        "        headers = {",
        "        token = mixing(self, token)\n        headers = {",
        "cart: asked by many threads at once, it answers otherwise",
    ),
    "time_is_kept": (
        "monotonic() + timeout_s",
        "monotonic() + timeout_s + 0.15",
        "cart: when the system hangs, a call of 0.2 s takes 0.3",
    ),
    "failures_are_told_apart": (
        "        said = self.get(path, token, timeout_s, currency=currency)",
        ("        try:\n            said = self.get(path, token, timeout_s, currency=currency)\n"
        "        except ShopError:\n            said = None"),
        "cart: when the system hangs up, it ends with unknown-token",
    ),
    "a_refusal_is_no_answer": (
        ", ails=False)\n        return reply.data",
        ")\n        return reply.data",
        "cart: when the system answers 401, it takes the system for sick (ails)",
    ),
    "a_pause_is_passed_on": (
        "        said = self.get(path, token, timeout_s, currency=currency)",
        ("        try:\n            said = self.get(path, token, timeout_s, currency=currency)\n"
        "        except ShopError as error:\n            raise ShopError(error.code, error.message)"),
        "cart: of 429 with Retry-After: 7 it tells commerce-error without the pause",
    ),
    "no_more_is_read_than_can_be_used": (
        "max_bytes=max_bytes)",
        "max_bytes=10**9)",
        "cart: of an answer without end it read 64 MB, and ended with commerce-garbage",
    ),
    "nothing_goes_elsewhere": ("= Transport(", "= Careless(", "a redirect is followed"),
    "nonsense_is_garbage": (
        "MALFORMED = (KeyError, TypeError, ValueError, AttributeError, ValidationError)",
        "MALFORMED = ()",
        "cart: an answer with one wrong value ends with TypeError",
    ),
    "whose_it_is_comes_from_the_answer": (
        'whose=value.key if signal is Signal.CUSTOMER else ""',
        'whose=token or ""',
        "cart: somebody else's answer is taken for the shopper's own",
    ),
    "no_secret_is_told": (
        'f"{path} answered {reply.status}"',
        'f"{path} answered {reply.status} to {token}"',
        "cart: the message of an error holds a secret",
    ),
    "parts_make_a_whole": (
        'frozenset(map(str, said["gone"]))',
        "frozenset(products)",
        "catalogue: a part has a product that is gone",
    ),
    "each_part_can_be_read_again": (
        'asked = {"currency": currency, "after": cursor, "at": self.warehouse}',
        'asked = {"currency": currency, "after": getattr(self, "next", ""), "at": self.warehouse}',
        "catalogue: read with a failure before each part it is not the same as read without any",
    ),
    "what_has_not_changed_is_no_news": (
        'str(said["next"])',
        'str(said["next"] if said["more"] else 0)',
        "catalogue: read on from the last cursor, all of it comes again",
    ),
    "a_signed_hook_is_read": ("read_hook=hook", "read_hook=never_the_same(hook)", "hook 0: sent again it has another id, or none"),
    "an_unsigned_hook_is_refused": ("read_hook=hook", "read_hook=believing(hook)", "hook 0: without its signature it is not refused"),
    "an_old_hook_is_refused_or_known": ("read_hook=hook", "read_hook=timeless(hook)", "hook 0: sent again a day later it is a new one"),
}  # fmt: skip
REMEMBERS = (
    "            products = sound_products(",
    '            self.next = str(said["next"])\n            products = sound_products(',
)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with lantern() as address:
        yield address


def _adapter(code: str) -> Adapter:
    shown: dict[str, Any] = {
        "Careless": Careless,
        "believing": believing,
        "mixing": mixing,
        "never_the_same": never_the_same,
        "timeless": timeless,
    }
    exec(compile(code, "docs/adapters.md", "exec"), shown)
    adapter: Adapter = shown["ADAPTER"]
    return adapter


def _found(promise: Callable[..., Iterator[str]], subject: Any) -> list[str]:
    try:
        return list(promise(subject))
    except Exception as error:  # noqa: BLE001 - whatever the broken adapter does
        return [f"{type(error).__name__}: {error}"]


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
def test_an_adapter_that_breaks_a_promise_is_caught(promise: Callable[..., Iterator[str]], url: str) -> None:
    sound, broken, told = BREACHES[promise.__name__]
    assert sound in CODE
    code = CODE.replace(sound, broken)
    if promise.__name__ == "each_part_can_be_read_again":
        code = code.replace(*REMEMBERS)
    signals = frozenset({Signal.CART} if promise.__name__ == "time_is_kept" else ())  # the others would take theirs too
    by_id = Shopper(cart_id="basket-of-ann", customer_id="ann")
    subject = subject_of(_adapter(code), url, by_id=by_id, signals=signals)

    assert [breach for breach in _found(promise, subject) if breach.startswith(told)]


def test_without_pytest_a_broken_promise_is_named_with_how(url: str) -> None:
    sound, broken, told = BREACHES["what_is_lacking_is_never_told"]

    assert [f"what_is_lacking_is_never_told: {told}"] == breaches(
        subject_of(_adapter(CODE.replace(sound, broken)), url)
    )
