"""Pages over HTTP: what is decided and how it is written."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from corner import CornerShop, corner_site
from flask.testing import FlaskClient

from cms.facts.signals import Signal

NEAR = {"cart": {"lines": [{"sku": "pothos", "quantity": 3}]}}


def shown(answer: Mapping[str, Any]) -> dict[str, list[str]]:
    return {
        slot: [f"{item['entry']}:{item['variant']}:{item['reason']}" for item in items]
        for slot, items in answer["slots"].items()
    }


def ask(web: FlaskClient, page: str = "cart", /, **body: object) -> Any:
    answer = web.post(f"/v1/pages/{page}", json=body)
    assert answer.status_code == 200, answer.json
    return answer.json


def test_a_page_is_answered_with_everything_its_reader_needs(web: FlaskClient) -> None:
    answer = ask(web, "home", facts={"source.kind": "paid"})
    item = {
        "entry": "hello",
        "component": "banner",
        "variant": "from-search",
        "locale": "en",
        "reason": "TARGETING_MATCH",
        "content": {"headline": "Found us?", "tone": "info"},
        "products": [],
        "dismissible": True,
    }
    assert [item] == answer["slots"]["hero"]
    assert list(answer["slots"]) == ["hero", "about"]
    assert (answer["page"], answer["stage"], answer["sequence"]) == ("home", "landing", 1)
    assert answer["release"] == corner_site().snapshot.release
    assert answer["decision"].startswith("d_")
    assert answer["degraded"] == []
    assert answer["ttl"] == 30


@pytest.mark.parametrize(("form", "key"), [("json", "content"), ("html", "html"), ("blocks", "blocks")])
def test_an_item_has_its_content_in_the_form_asked_for_and_in_no_other(web: FlaskClient, form: str, key: str) -> None:
    items = [item for items in ask(web, **NEAR, format=form)["slots"].values() for item in items]
    assert len(items) == 3
    assert all({"content", "html", "blocks"} & set(item) == {key} for item in items)


def test_the_three_forms_say_the_same(web: FlaskClient) -> None:
    said = "Add $6.00 for free shipping"
    as_json = ask(web, **NEAR)["slots"]["top"][0]
    as_html = ask(web, **NEAR, format="html")["slots"]["top"][0]
    as_blocks = ask(web, **NEAR, format="blocks")["slots"]["top"][0]
    assert as_json["content"]["headline"] == said
    assert said in as_html["html"]
    assert {"type": "heading", "text": said, "field": "headline"} in as_blocks["blocks"]["nodes"]
    assert as_json["variant"] == as_html["variant"] == as_blocks["variant"] == "near"


def test_an_inline_cart_is_priced_by_the_catalogue(web: FlaskClient) -> None:
    assert shown(ask(web, **NEAR))["top"] == ["free-shipping:near:TARGETING_MATCH"]
    four = {"lines": [{"sku": "pothos", "quantity": 4}]}
    assert shown(ask(web, cart=four))["top"] == ["free-shipping:reached:TARGETING_MATCH"]


def test_a_sku_the_catalogue_lacks_is_unknown_and_no_error(web: FlaskClient) -> None:
    lines = [{"sku": "pothos", "quantity": 3}, {"sku": "no-such", "quantity": 1}]
    assert shown(ask(web, cart={"lines": lines}))["top"] == ["free-shipping:default:DEFAULT"]


def test_carts_and_customers_are_read_with_the_shoppers_own_tokens(web: FlaskClient) -> None:
    answer = ask(web, cart={"token": "near"}, customer={"token": "gold"})
    assert shown(answer)["top"] == ["free-shipping:near:TARGETING_MATCH"]
    assert shown(answer)["side"] == ["members:gold:TARGETING_MATCH"]
    assert [product["sku"] for product in answer["slots"]["rail"][0]["products"]] == ["fern", "monstera"]
    assert shown(ask(web, cart={"id": "near"})) == shown(ask(web, cart={"token": "near"}))


def test_unknown_tokens_give_defaults(web: FlaskClient) -> None:
    answer = ask(web, cart={"token": "nobody"}, customer={"token": "nobody"})
    assert shown(answer)["top"] == ["free-shipping:default:DEFAULT"]
    assert shown(answer)["side"] == ["members:default:DEFAULT"]
    assert answer["degraded"] == [
        {"signal": "cart", "why": "unknown-token"},
        {"signal": "customer", "why": "unknown-token"},
    ]


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("commerce-timeout", "timeout"),
        ("commerce-refused", "refused"),
        ("commerce-garbage", "garbage"),
        ("commerce-error", "error"),
    ],
)
def test_a_shop_that_fails_costs_the_signal_and_says_why(
    web: FlaskClient, shop: CornerShop, code: str, why: str
) -> None:
    shop.failing = dict.fromkeys(Signal, code)
    answer = ask(web, cart={"token": "near"})
    assert shown(answer)["top"] == ["free-shipping:default:DEFAULT"]
    assert answer["degraded"] == [{"signal": name, "why": why} for name in ("cart", "catalogue", "promotions")]


def test_one_missing_signal_leaves_the_others_in_use(web: FlaskClient, shop: CornerShop) -> None:
    shop.failing = {Signal.PROMOTIONS: "commerce-timeout"}
    answer = ask(web, cart={"token": "near"}, customer={"token": "gold"})
    assert shown(answer)["top"] == ["free-shipping:default:DEFAULT"]
    assert shown(answer)["side"] == ["members:gold:TARGETING_MATCH"]
    assert answer["degraded"] == [{"signal": "promotions", "why": "timeout"}]


def test_without_a_shop_the_page_stands_on_its_defaults(alone: FlaskClient) -> None:
    answer = ask(alone, cart={"token": "near"}, facts={"visitor.device": "mobile"})
    assert shown(answer) == {
        "top": ["free-shipping:default:DEFAULT"],
        "side": ["members:default:DEFAULT"],
        "rail": [],
    }
    assert {found["why"] for found in answer["degraded"]} == {"not-configured"}


def test_without_consent_nothing_is_fetched_by_identity(web: FlaskClient, shop: CornerShop) -> None:
    body = {"cart": {"token": "near"}, "customer": {"token": "gold"}, "facts": {"visitor.consent": False}}
    answer = ask(web, **body)
    assert shown(answer)["side"] == ["members:default:DEFAULT"]
    assert {signal for signal, _ in shop.asked} <= {Signal.CATALOGUE, Signal.PROMOTIONS}
    assert shown(ask(web, facts={"visitor.consent": False}, **NEAR))["top"] == ["free-shipping:near:TARGETING_MATCH"]


def test_a_url_and_a_body_decide_alike(web: FlaskClient) -> None:
    for facts in ({}, {"source.kind": "paid"}, {"visitor.device": "mobile"}, {"visitor.is_new": True}):
        query = {name: str(value).lower() for name, value in facts.items()} | {"locale": "zh-TW"}
        got = web.get("/v1/pages/home", query_string=query).json
        posted = ask(web, "home", facts=facts, locale="zh-TW")
        assert got is not None
        assert got["slots"] == posted["slots"]


def test_a_cart_in_a_url_is_read_like_one_in_a_body(web: FlaskClient) -> None:
    got = web.get("/v1/pages/cart", query_string={"cart": "near", "customer": "gold"}).json
    assert got is not None
    assert got["slots"] == ask(web, cart={"token": "near"}, customer={"token": "gold"})["slots"]


@pytest.mark.parametrize("slots", [["top"], ["rail"], ["rail", "side"], ["top", "side", "rail"], []])
def test_every_subset_of_slots_agrees_with_the_whole_page(web: FlaskClient, slots: list[str]) -> None:
    body = {"cart": {"token": "near"}, "customer": {"token": "gold"}}
    whole = ask(web, **body)
    some = ask(web, **body, slots=slots)
    assert some["slots"] == {slot: items for slot, items in whole["slots"].items() if slot in slots}
    assert some["decision"] == whole["decision"]


def test_slots_in_a_url_are_separated_by_commas(web: FlaskClient) -> None:
    found = web.get("/v1/pages/cart?slots=rail,top").json
    assert found is not None
    assert list(found["slots"]) == ["top", "rail"]


@pytest.mark.parametrize(
    ("asked", "locale"),
    [("zh-TW", "zh-Hant"), ("zh-hant-HK", "zh-Hant"), ("zh-CN", "en"), ("en-GB", "en"), ("fr", "en"), (None, "en")],
)
def test_a_locale_is_negotiated_and_the_one_used_is_said(web: FlaskClient, asked: str | None, locale: str) -> None:
    assert ask(web, "home", locale=asked)["slots"]["hero"][0]["locale"] == locale


def test_null_is_unknown(web: FlaskClient) -> None:
    empty = {"visitor": None, "locale": None, "facts": {"visitor.device": None}, "cart": None, "customer": None}
    assert ask(web, "home", **empty, slots=None)["slots"] == ask(web, "home")["slots"]
    nobody = ask(web, cart={"token": None, "lines": None}, customer={"token": None, "reference": None})
    assert shown(nobody) == shown(ask(web))


def test_unknown_query_parameters_are_ignored(web: FlaskClient) -> None:
    plain = web.get("/v1/pages/home")
    assert web.get("/v1/pages/home?utm_source=x&segment=vip&debug=1&preview=1&trace=true").data == plain.data


def test_the_user_agent_changes_nothing(web: FlaskClient) -> None:
    phone = web.post("/v1/pages/home", json={}, headers={"User-Agent": "Mozilla/5.0 (iPhone) Mobile"})
    assert phone.json is not None
    assert phone.json["slots"] == ask(web, "home")["slots"]


@pytest.mark.parametrize(
    ("page", "body", "code", "pointer"),
    [
        ("cart", {"slots": ["top", "tops"]}, "unknown_slot", "/slots/1"),
        ("cart", {"facts": {"visitor.devise": "mobile"}}, "unknown_fact", "/facts/visitor.devise"),
        ("cart", {"facts": {"visitor.device": "phone"}}, "unknown_choice", "/facts/visitor.device"),
        ("cart", {"facts": {"visitor.is_new": "yes"}}, "wrong_type", "/facts/visitor.is_new"),
        ("cart", {"facts": {"cart.subtotal": "80.00"}}, "not_a_request_fact", "/facts/cart.subtotal"),
        ("cart", {"facts": {"rfm.class": "loyal"}}, "not_a_request_fact", "/facts/rfm.class"),
        ("cart", {"facts": {"now.hour": 3}}, "not_a_request_fact", "/facts/now.hour"),
        ("cart", {"facts": {"page.stage": "cart"}}, "fixed_fact", "/facts/page.stage"),
        ("cart", {"facts": {"session.seconds": -1}}, "wrong_type", "/facts/session.seconds"),
        ("cart", {"format": "xml"}, "invalid_request", "/format"),
        ("cart", {"cart": {"lines": [{"sku": "fern"}]}}, "invalid_request", "/cart/lines/0"),
        ("cart", {"segment": "vip"}, "invalid_request", "/segment"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_body_is_pointed_at(
    web: FlaskClient, page: str, body: object, code: str, pointer: str
) -> None:
    answer = web.post(f"/v1/pages/{page}", json=body)
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    assert answer.json is not None
    assert (answer.json["code"], answer.json["pointer"]) == (code, pointer)


def test_all_that_is_wrong_with_a_body_is_said_at_once(web: FlaskClient) -> None:
    facts = {"visitor.devise": "x", "visitor.device": "phone", "cart.count": 1}
    answer = web.post("/v1/pages/cart", json={"facts": facts}).json
    assert answer is not None
    found = {one["pointer"]: one["detail"] for one in answer["errors"]}
    assert set(found) == {f"/facts/{name}" for name in facts}
    assert 'Did you mean "visitor.device"?' in found["/facts/visitor.devise"]


@pytest.mark.parametrize("query", ["visitor.device=phone", "visitor.is_new=yes", "cart.subtotal=80.00", "slots=tops"])
def test_a_url_is_held_to_the_same_rules(web: FlaskClient, query: str) -> None:
    assert web.get(f"/v1/pages/cart?{query}").status_code == 422


def test_an_unknown_page_is_404_with_the_nearest_name(web: FlaskClient) -> None:
    for answer in (web.get("/v1/pages/carts"), web.post("/v1/pages/carts", json={})):
        assert answer.status_code == 404
        assert answer.json is not None
        assert answer.json["code"] == "unknown_page"
        assert 'Did you mean "cart"?' in answer.json["detail"]


def test_a_trace_needs_a_server_token(web: FlaskClient, trusted: Mapping[str, str]) -> None:
    assert web.post("/v1/pages/cart", json={"trace": True}).status_code == 401
    answer = web.post("/v1/pages/cart", json={"trace": True, **NEAR}, headers=trusted).json
    assert answer is not None
    near = next(
        step for step in answer["trace"] if (step["entry"], step.get("variant")) == ("free-shipping", "reached")
    )
    assert near["outcome"] == "when"
    assert "6.00" in near["seen"]
    assert "trace" not in ask(web)


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        ("en", "found $6.00 (from the request and the shop's promotions, "),
        ("zh-TW", "實際為 US$6.00（來自請求和商店的促銷，"),
    ],
)
def test_a_trace_tells_the_source_the_age_and_the_smallest_change_in_the_language_of_the_request(
    web: FlaskClient, trusted: Mapping[str, str], locale: str, said: str
) -> None:
    body = {"trace": True, "slots": ["top"], "locale": locale, **NEAR}

    trace = web.post("/v1/pages/cart", json=body, headers=trusted).get_json()["trace"]

    lost = next(step for step in trace if step.get("variant") == "reached")
    assert said in lost["said"]
    assert ["cart.gap[free-shipping]", "6.00 USD", "0.00 USD"] == [*lost["change"][0].values()]
    assert lost["observed_at"]
    assert 0 <= lost["age_s"] <= 60
    assert {"top"} == {step["slot"] for step in trace if "change" in step}


def test_unit_prices_are_taken_from_server_token_callers_only(web: FlaskClient, trusted: Mapping[str, str]) -> None:
    body = {"cart": {"lines": [{"sku": "fern", "quantity": 1, "unit_price": "74.00"}]}}
    refused = web.post("/v1/pages/cart", json=body)
    assert refused.status_code == 422
    assert refused.json is not None
    assert (refused.json["code"], refused.json["pointer"]) == ("untrusted_price", "/cart/lines/0/unit_price")
    taken = web.post("/v1/pages/cart", json=body, headers=trusted).json
    assert taken is not None
    assert taken["slots"]["top"][0]["content"]["headline"] == "Add $1.00 for free shipping"


@pytest.mark.parametrize(
    "sent", ["Bearer wrong", "Bearer server-token", "Basic server-token-1", "Bearer é", "Bearer", ""]
)
def test_a_token_that_is_not_ours_is_401_and_not_ignored(web: FlaskClient, sent: str) -> None:
    for path in ("/v1/pages/cart", "/v1/emails/abandoned-cart"):
        answer = web.post(path, json={}, headers={"Authorization": sent})
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert web.get("/v1/pages/home", headers={"Authorization": sent}).status_code == 401


def test_where_no_token_is_set_none_opens_anything(deliver: Callable[..., FlaskClient]) -> None:
    client = deliver(corner_site(), None, tokens=())
    for sent in ("Bearer ", "Bearer x"):
        answer = client.post("/v1/pages/cart", json={"trace": True}, headers={"Authorization": sent})
        assert answer.status_code == 401
