"""Cache classes: who else may see an answer follows from what was read for it."""

import json
from collections.abc import Callable, Mapping
from datetime import timedelta

import pytest
from corner import NOW, CornerShop, corner_files, corner_site, site_of
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from cms.delivery.caching import PRIVATE_HEADERS
from cms.facts.signals import Signal

Deliver = Callable[..., FlaskClient]


def is_private(answer: TestResponse) -> bool:
    """Tell the class; an answer that mixes the two classes fails at once."""
    private = all(answer.headers.get(name) == value for name, value in PRIVATE_HEADERS.items())
    assert private is ("ETag" not in answer.headers)
    assert private is ("Surrogate-Key" not in answer.headers)
    assert private is ("public" not in answer.headers["Cache-Control"])
    return private


def test_an_answer_made_from_its_url_may_be_shared(web: FlaskClient) -> None:
    answer = web.get("/v1/pages/home?source.kind=paid")
    assert not is_private(answer)
    assert answer.headers["Cache-Control"].startswith("public, max-age=0, s-maxage=")
    assert answer.headers["Surrogate-Key"] == answer.headers["xkey"]
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert "Set-Cookie" not in answer.headers


def test_what_a_schedule_ends_is_not_shown_past_it(deliver: Deliver) -> None:
    entry = json.loads(corner_files()["content/entries/about.json"])
    controls = []
    for seconds in (10, 3600):
        until = (NOW + timedelta(seconds=seconds)).isoformat()
        files = {
            **corner_files(),
            "content/entries/about.json": json.dumps(entry | {"schedule": {"until": until}}).encode(),
        }
        controls.append(deliver(site_of(files), None).get("/v1/pages/about").headers["Cache-Control"])
    assert controls[0] == "public, max-age=0, s-maxage=10, stale-while-revalidate=0, stale-if-error=0"
    assert controls[1] == "public, max-age=0, s-maxage=60, stale-while-revalidate=30, stale-if-error=3540"


@pytest.mark.parametrize("query", ["visitor=v1", "cart=near", "customer=gold", "cart=nobody"])
def test_an_identified_url_is_private_whatever_it_reads(web: FlaskClient, query: str) -> None:
    assert is_private(web.get(f"/v1/pages/about?{query}"))


def test_what_is_posted_is_private_even_where_nothing_was_read(web: FlaskClient) -> None:
    assert is_private(web.post("/v1/pages/about", json={}))


def test_products_and_promotions_make_an_answer_private(web: FlaskClient) -> None:
    assert is_private(web.get("/v1/pages/cart"))


def test_an_outage_of_the_shop_never_makes_an_answer_shareable(web: FlaskClient, shop: CornerShop) -> None:
    shop.failing = dict.fromkeys(Signal, "commerce-timeout")
    assert is_private(web.get("/v1/pages/cart"))


def test_an_etag_is_answered_with_304_and_no_body(web: FlaskClient) -> None:
    first = web.get("/v1/pages/home")
    again = web.get("/v1/pages/home", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.headers["Cache-Control"] == first.headers["Cache-Control"]
    other = web.get("/v1/pages/home?source.kind=paid", headers={"If-None-Match": first.headers["ETag"]})
    assert other.status_code == 200


def test_an_etag_of_the_release_before_is_no_longer_good(deliver: Deliver) -> None:
    before = deliver(corner_site(), None).get("/v1/pages/home")
    entry = json.loads(corner_files()["content/entries/about.json"])
    entry["variants"][0]["content"]["en"]["headline"] = "Another corner"
    files = {**corner_files(), "content/entries/about.json": json.dumps(entry).encode()}
    after = deliver(site_of(files, 2), None).get("/v1/pages/home", headers={"If-None-Match": before.headers["ETag"]})
    assert after.status_code == 200
    assert after.headers["ETag"] != before.headers["ETag"]


def test_two_nodes_give_the_same_bytes_and_tags(deliver: Deliver) -> None:
    one, two = deliver(corner_site(), CornerShop()), deliver(site_of(corner_files()), CornerShop())
    for path in (
        "/v1/pages/home?locale=zh-TW&visitor.device=mobile",
        "/v1/pages/about?format=html",
        "/v1/components.css",
    ):
        first, second = one.get(path), two.get(path)
        assert first.data == second.data
        assert first.headers["ETag"] == second.headers["ETag"]
    body = {"visitor": "v1", "cart": {"token": "near"}, "format": "html"}
    assert one.post("/v1/pages/cart", json=body).data == two.post("/v1/pages/cart", json=body).data


def test_no_unkeyed_header_reaches_a_shared_answer(web: FlaskClient) -> None:
    clean = web.get("/v1/pages/home?format=html")
    names = (
        "X-Forwarded-Host",
        "X-Forwarded-For",
        "X-Original-URL",
        "Forwarded",
        "Referer",
        "Cookie",
        "Accept-Language",
    )
    marked = web.get("/v1/pages/home?format=html&utm_id=canary-7", headers=dict.fromkeys(names, "canary-7"))
    assert marked.data == clean.data
    assert not any("canary-7" in value for value in marked.headers.values())


FACTS = {  # fact: (test that it passes, value in the URL or None where the URL cannot hold it)
    "source.kind": ("paid", "paid"),
    "visitor.device": ("mobile", "mobile"),
    "visitor.is_new": (True, "true"),
    "session.page_views": ({"at_least": 3}, "4"),
    "now.hour": ({"at_most": 23}, None),
    "shop.promotions": ({"has_any": ["free-shipping"]}, None),
    "shop.free_shipping_threshold": ({"at_least": "10.00"}, None),
    "stock[fern]": ({"at_least": 1}, None),
    "cart.subtotal": ({"at_least": "1.00"}, None),
    "customer.loyalty_tier": ("gold", None),
}
KNOWN_WITHOUT_ASKING_ANYBODY = {"now.hour"}
TOLD_BY_THE_SHOP = {"shop.promotions", "shop.free_shipping_threshold", "stock[fern]"}


def page_files(tests: list[list[str]]) -> Mapping[str, bytes]:
    """Write a page with a slot and an entry for each list; each fact in it is the condition of one variant."""
    slots, files = {}, dict(corner_files())
    for index, facts in enumerate(tests):
        conditional = [
            {"key": f"v{number}", "when": {fact: FACTS[fact][0]}, "content": {"en": {"headline": fact}}}
            for number, fact in enumerate(facts)
        ]
        variants = [*conditional, {"key": "default", "content": {"en": {"headline": "-"}}}]
        files[f"content/entries/e{index}.json"] = json.dumps({"component": "banner", "variants": variants}).encode()
        slots[f"s{index}"] = {"accepts": ["banner"], "entries": [f"e{index}"]}
    files["content/pages/made.json"] = json.dumps({"route": "/made", "stage": "landing", "slots": slots}).encode()
    return files


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    tests=st.lists(st.lists(st.sampled_from(sorted(FACTS)), max_size=3, unique=True), min_size=1, max_size=3),
    sent=st.sets(st.sampled_from(sorted(name for name, (_, text) in FACTS.items() if text))),
)
def test_an_answer_is_private_exactly_when_something_private_was_read(
    deliver: Deliver, tests: list[list[str]], sent: set[str]
) -> None:
    known = sent | KNOWN_WITHOUT_ASKING_ANYBODY | TOLD_BY_THE_SHOP
    private = False
    for facts in tests:
        winner = next((index for index, fact in enumerate(facts) if fact in known), len(facts))
        private |= bool(TOLD_BY_THE_SHOP & set(facts[: winner + 1]))
    web = deliver(site_of(page_files(tests)), CornerShop())
    answer = web.get("/v1/pages/made", query_string={fact: FACTS[fact][1] for fact in sent})
    assert answer.status_code == 200
    assert is_private(answer) is private
