"""Webhooks at the listener: what is signed is taken at once, everybody else is told the same, and the next page is right."""

import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from corner import NOW, PROMOTIONS, CornerShop, corner_site
from flask.testing import FlaskClient
from hook_senders import CATALOGUE, PLAIN, Told, hints_of, signature, signed
from jsonschema import Draft202012Validator
from werkzeug.test import TestResponse

from cms.commerce import SignalClient, only
from cms.commerce.hooks.reading import standard_reader
from cms.commerce.hooks.receiving import Hooks, Invalidations
from cms.commerce.hooks.seen import Seen
from cms.delivery.app import create_app
from cms.delivery.hooks import MOST_BYTES
from cms.delivery.service import Service
from cms.facts.money import Money
from cms.facts.signals import Answer, Found, Promotion, Shopper, Signal, Tier
from cms.runtime.live import Live
from cms.runtime.site import Site

OLD = "old-secret-of-at-least-32-letters"
AT = int(NOW.timestamp())
HINTS = b'{"signal": "catalogue"}'


class Fixed:
    def newer(self, current: Site | None) -> Site | None:
        return None if current else corner_site()


def listener(told: Invalidations, client: SignalClient | None = None) -> tuple[FlaskClient, Hooks]:
    reader = standard_reader([PLAIN, OLD], hints_of)
    assert reader is not None
    seen = Seen("", monotonic=time.monotonic)
    hooks = Hooks({"shop": reader}, told, seen=seen, monotonic=time.monotonic)
    service = Service(Live(Fixed(), poll_s=60), client, lambda: NOW, hooks=hooks)
    return create_app(service).test_client(), hooks


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def desk(told: Told) -> Iterator[FlaskClient]:
    web, hooks = listener(told)
    yield web
    hooks.close()


def post(desk: FlaskClient, body: bytes = HINTS, **how: Any) -> TestResponse:
    return desk.post("/v1/hooks/shop", data=body, headers=signed(body, **{"at": AT, **how}))


def described(desk: FlaskClient, method: str, answer: TestResponse) -> None:
    """Hold an answer against what the document says of it."""
    spec: Any = desk.get("/v1/openapi.json").json
    content = spec["paths"]["/v1/hooks/{upstream}"][method]["responses"][str(answer.status_code)]["content"]
    schema = content[answer.mimetype]["schema"] | {"components": spec["components"]}
    Draft202012Validator(schema).validate(answer.json)


def test_a_signed_webhook_is_accepted_and_told(desk: FlaskClient, told: Told) -> None:
    answer = post(desk)
    assert (answer.status_code, answer.json) == (202, {"status": "accepted"})
    assert told.waits_for(1) == [("shop", CATALOGUE)]
    assert answer.headers["Cache-Control"].startswith("private, no-store")
    described(desk, "post", answer)


def test_one_that_is_repeated_is_answered_well_and_not_told(desk: FlaskClient, told: Told) -> None:
    post(desk)
    again = post(desk)
    assert (again.status_code, again.json) == (200, {"status": "repeated"})
    described(desk, "post", again)
    told.waits_for(1)
    time.sleep(0.1)
    assert told.hints == [("shop", CATALOGUE)]


def strangers() -> Mapping[str, tuple[bytes, Mapping[str, str]]]:
    """Webhooks that are not to be believed, each by what is wrong with it."""
    good = signed(HINTS, at=AT)
    return {
        "no signature": (HINTS, {}),
        "only a signature": (HINTS, {"webhook-signature": good["webhook-signature"]}),
        "another secret": (HINTS, signed(HINTS, at=AT, secret="x" * 32)),
        "another body": (HINTS.replace(b"catalogue", b"promotions"), good),
        "a byte more": (HINTS + b" ", good),
        "a byte changed": (b"z" + HINTS[1:], good),
        "no body": (b"", good),
        "six minutes old": (HINTS, signed(HINTS, at=AT - 360)),
        "six minutes ahead": (HINTS, signed(HINTS, at=AT + 360)),
        "moved in time": (HINTS, {**signed(HINTS, at=AT - 360), "webhook-timestamp": str(AT)}),
        "another id": (HINTS, {**good, "webhook-id": "msg_2"}),
        "another version": (HINTS, {**good, "webhook-signature": good["webhook-signature"].replace("v1,", "v2,")}),
        "in hex": (HINTS, {**good, "webhook-signature": "v1," + "ab" * 32}),
        "no key at all": (HINTS, {**good, "webhook-signature": f"v1,{signature(b'', HINTS)}"}),
        "letters of no alphabet": (HINTS, {**good, "webhook-signature": "v1,\xff\xfe", "webhook-id": "\xe9"}),
        "a signature of pages": (HINTS, {**good, "webhook-signature": "v1,AAAA " * 1000}),
        "not even text": (b"\xff\xfe\x00", good),
        "too deep to look at": (b"[" * 200_000, good),
    }


@pytest.mark.parametrize("wrong", strangers())
def test_everybody_who_cannot_sign_is_told_the_same(desk: FlaskClient, told: Told, wrong: str) -> None:
    body, headers = strangers()[wrong]
    answer = desk.post("/v1/hooks/shop", data=body, headers=headers)
    assert answer.status_code == 401
    assert answer.data == desk.post("/v1/hooks/shop").data
    assert answer.json is not None
    assert answer.json["code"] == "hook_refused"
    described(desk, "post", answer)
    assert told.hints == []


@pytest.mark.parametrize("body", [b"{", b"", b"[]", b"\xff", b"[" * 200_000, b'{"a": NaN}'])
def test_what_is_signed_and_cannot_be_read_is_the_senders_mistake(desk: FlaskClient, body: bytes) -> None:
    answer = post(desk, body)
    assert answer.status_code == 400
    assert answer.json is not None
    assert answer.json["code"] == "hook_malformed"
    described(desk, "post", answer)


@pytest.mark.parametrize("upstream", ["erp", "Shop", "shop2", "%00", "..", "x" * 3000])
def test_upstreams_that_send_no_webhooks_are_not_there(desk: FlaskClient, upstream: str) -> None:
    answers = [
        desk.post(f"/v1/hooks/{upstream}", data=HINTS, headers=signed(HINTS, at=AT)),
        desk.get(f"/v1/hooks/{upstream}?challenge=abc"),
    ]
    for answer in answers:
        assert answer.status_code == 404
        assert upstream not in answer.text or len(upstream) < 5


def test_a_listener_without_secrets_takes_none(alone: FlaskClient) -> None:
    answer = alone.post("/v1/hooks/shop", data=HINTS, headers=signed(HINTS, at=AT))
    assert answer.status_code == 404
    assert answer.json is not None
    assert answer.json["code"] == "unknown_hook"


def test_secrets_change_without_a_gap(desk: FlaskClient) -> None:
    assert post(desk, key="1", secret=OLD).status_code == 202
    assert post(desk, key="2", secret=PLAIN).status_code == 202
    assert post(desk, key="2", secret=OLD).status_code == 200


def test_headers_are_found_in_any_case_and_beside_others(desk: FlaskClient) -> None:
    headers = {name.upper(): value for name, value in signed(HINTS, at=AT).items()}
    answer = desk.post("/v1/hooks/shop", data=HINTS, headers={**headers, "X-Other": "1", "Content-Type": "text/plain"})
    assert answer.status_code == 202


def test_a_webhook_has_a_length(desk: FlaskClient) -> None:
    full = b'{"signal": "cart"' + b" " * (MOST_BYTES - 18) + b"}"
    assert len(full) == MOST_BYTES
    assert post(desk, full).status_code == 202
    for longer in (full + b" ", full * 8):
        answer = post(desk, longer, key="2")
        assert answer.status_code == 413
        described(desk, "post", answer)


def test_adobe_is_given_its_challenge_back(desk: FlaskClient) -> None:
    answer = desk.get("/v1/hooks/shop?challenge=8ec8d794-e0ab-42df-9017-e3dada8e84f7")
    assert (answer.status_code, answer.json) == (200, {"challenge": "8ec8d794-e0ab-42df-9017-e3dada8e84f7"})
    described(desk, "get", answer)


@pytest.mark.parametrize("challenge", ["", "<script>", "a b", "a\n", "x" * 129, "é"])
def test_a_challenge_that_is_none_is_not_repeated(desk: FlaskClient, challenge: str) -> None:
    answer = desk.get("/v1/hooks/shop", query_string={"challenge": challenge})
    assert answer.status_code == 422
    assert not challenge or challenge not in answer.text
    described(desk, "get", answer)


class ChangingShop(CornerShop):
    """A shop whose free shipping begins elsewhere from one moment to the next."""

    promotions = PROMOTIONS

    def fetch(self, signal: Signal, shopper: Shopper, *, currency: str, timeout_s: float) -> Answer:
        answer = super().fetch(signal, shopper, currency=currency, timeout_s=timeout_s)
        return Answer(Found.FOUND, self.promotions) if signal is Signal.PROMOTIONS else answer


def test_the_page_is_right_within_a_second_of_the_webhook() -> None:
    shop = ChangingShop()
    client = SignalClient(only(shop), clock=lambda: NOW, monotonic=time.monotonic)
    web, hooks = listener(client, client)

    def variant() -> str:
        answer = web.post("/v1/pages/cart", json={"cart": {"token": "near"}, "slots": ["top"]}).json
        assert answer is not None
        return str(answer["slots"]["top"][0]["variant"])

    assert variant() == "near"
    shop.promotions = (Promotion("free-shipping", (Tier(Money(6000, "USD")),), free_shipping=True),)
    assert variant() == "near"  # it is not asked for again so soon
    assert post(web, b'{"signal": "promotions"}').status_code == 202
    began = time.monotonic()
    while variant() == "near":
        assert time.monotonic() - began < 1
    hooks.close()
    client.close()
