"""Mails over HTTP."""

from collections.abc import Mapping
from typing import Any

import pytest
from corner import CornerShop
from flask.testing import FlaskClient

from cms.facts.signals import Signal

BODIES = (
    {"cart": {"token": "near"}},
    {"cart": {"token": "full"}, "customer": {"token": "gold"}},
    {"cart": {"token": "nobody"}, "customer": {"token": "green"}},
    {"cart": {"lines": [{"sku": "pothos", "quantity": 3}]}, "locale": "zh-TW"},
    {"visitor": "v1", "facts": {"visitor.consent": False}, "cart": {"token": "near"}},
)


def mail(web: FlaskClient, trusted: Mapping[str, str], **body: object) -> Any:
    answer = web.post("/v1/emails/abandoned-cart", json=body, headers=trusted)
    assert answer.status_code == 200, answer.json
    return answer.json


def chosen(answer: Any) -> dict[str, list[tuple[str, str, str]]]:
    return {
        slot: [(item["entry"], item["variant"], item["locale"]) for item in items]
        for slot, items in answer["slots"].items()
    }


def test_a_mail_needs_a_server_token(web: FlaskClient) -> None:
    answer = web.post("/v1/emails/abandoned-cart", json={})
    assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")


def test_a_mail_has_subject_html_text_and_headers(web: FlaskClient, trusted: Mapping[str, str]) -> None:
    answer = mail(web, trusted, cart={"token": "near"})
    assert answer["subject"] == "Your 3 plants are waiting"
    assert answer["html"].startswith("<!DOCTYPE html>")
    for part in (answer["html"], answer["text"]):
        assert "Add $6.00 for free shipping" in part
    assert "<" not in answer["text"]
    assert answer["headers"]["List-Unsubscribe"] == "<https://corner.example/off>"
    assert answer["headers"]["X-CMS-Decision"] == answer["decision"]


@pytest.mark.parametrize("body", BODIES)
def test_page_and_mail_show_the_same_to_the_same_person(
    web: FlaskClient, trusted: Mapping[str, str], body: dict[str, object]
) -> None:
    page = web.post("/v1/pages/cart", json=body).json
    written = chosen(mail(web, trusted, **body))
    assert written == {slot: shown for slot, shown in chosen(page).items() if slot in written}


def test_facts_that_no_mail_has_are_unknown_there(web: FlaskClient, trusted: Mapping[str, str]) -> None:
    with_device = mail(web, trusted, cart={"token": "near"}, facts={"visitor.device": "mobile"})
    assert chosen(with_device) == chosen(mail(web, trusted, cart={"token": "near"}))


def test_a_mail_is_written_when_the_shop_is_out(web: FlaskClient, trusted: Mapping[str, str], shop: CornerShop) -> None:
    shop.failing = dict.fromkeys(Signal, "commerce-refused")
    answer = mail(web, trusted, cart={"token": "near"})
    assert answer["subject"] == "Your cart is waiting"
    assert {found["why"] for found in answer["degraded"]} == {"refused"}
    assert "None" not in answer["text"]
    assert "{" not in answer["text"]


def test_a_mail_is_never_cached(web: FlaskClient, trusted: Mapping[str, str]) -> None:
    answer = web.post("/v1/emails/abandoned-cart", json={}, headers=trusted)
    assert answer.headers["Cache-Control"].startswith("private, no-store")
    assert answer.headers["Vary"] == "*"


def test_asked_slots_choose_only_what_is_returned(web: FlaskClient, trusted: Mapping[str, str]) -> None:
    whole = mail(web, trusted, cart={"token": "near"})
    for slots in (["side"], []):
        some = mail(web, trusted, cart={"token": "near"}, slots=slots)
        assert list(some["slots"]) == slots
        assert some["html"] == whole["html"]


def test_an_unknown_mail_is_404_and_a_page_is_no_mail(web: FlaskClient, trusted: Mapping[str, str]) -> None:
    for name in ("abandoned-card", "cart"):
        answer = web.post(f"/v1/emails/{name}", json={}, headers=trusted)
        assert answer.status_code == 404
        assert answer.json is not None
        assert answer.json["code"] == "unknown_email"


def test_a_mails_request_is_held_to_the_same_rules_as_a_pages(web: FlaskClient, trusted: Mapping[str, str]) -> None:
    for body in ({"slots": ["rail"]}, {"facts": {"cart.count": 1}}, {"facts": {"page.stage": "cart"}}, {"to": "a@b.c"}):
        answer = web.post("/v1/emails/abandoned-cart", json=body, headers=trusted)
        assert answer.status_code == 422, body
