"""Hostile requests: each is refused as a problem, by number of the list they were collected under."""

import gzip
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from corner import corner_site
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from cms.delivery.caching import PRIVATE_HEADERS

JSON = "application/json"
PAGE = "/v1/pages/cart"
MAIL = "/v1/emails/abandoned-cart"
LINE = '{"cart": {"lines": [{"sku": "fern", "quantity": %s}]}}'


def send(web: FlaskClient, body: str | bytes, path: str = PAGE, **more: Any) -> TestResponse:
    return web.post(path, data=body, content_type=more.pop("content_type", JSON), **more)


def assert_problem(answer: TestResponse, status: int, code: str = "") -> None:
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json"), answer.data[:200]
    assert answer.json is not None
    assert {"type", "title", "status", "code", "detail"} <= set(answer.json)
    assert answer.json["status"] == status
    assert code in {"", answer.json["code"]}
    assert "Traceback" not in answer.text
    assert all(answer.headers[name] == value for name, value in PRIVATE_HEADERS.items())


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        pytest.param("", 400, "malformed_json", id="01-empty"),
        pytest.param("{", 400, "malformed_json", id="01-cut-off"),
        pytest.param("{'visitor': 1}", 400, "malformed_json", id="01-not-json"),
        pytest.param('{"visitor": "a"} x', 400, "malformed_json", id="01-and-more"),
        pytest.param('{"visitor": "a",}', 400, "malformed_json", id="01-trailing-comma"),
        pytest.param("[" * 200_000, 400, "too_deep", id="02-deep-list"),
        pytest.param('{"facts":' * 40 + "1" + "}" * 40, 400, "too_deep", id="02-deep-object"),
        pytest.param('{"facts": {"session.seconds": NaN}}', 400, "malformed_json", id="03-nan"),
        pytest.param('{"facts": {"session.seconds": -Infinity}}', 400, "malformed_json", id="03-infinity"),
        pytest.param('{"facts": {"session.seconds": 1e999}}', 400, "malformed_json", id="03-1e999"),
        pytest.param('{"visitor": "a", "visitor": "b"}', 400, "duplicate_key", id="04-duplicate"),
        pytest.param('{"facts": {"locale": "en", "locale": "en"}}', 400, "duplicate_key", id="04-duplicate-inside"),
        pytest.param(LINE % ("9" * 5000), 400, "malformed_json", id="05-long-number"),
        pytest.param('{"visitor": "\\ud800"}', 422, "bad_text", id="06-half-a-character"),
        pytest.param('{"\\udfff": 1}', 422, "bad_text", id="06-half-a-character-as-key"),
        pytest.param('{"visitor": "a\\u0000b"}', 422, "bad_text", id="07-nul"),
        pytest.param(b'{"visitor": "\xff"}', 400, "malformed_json", id="08-not-utf-8"),
        pytest.param(LINE % '"7"', 422, "invalid_request", id="11-text-for-a-number"),
        pytest.param(LINE % "7.0", 422, "invalid_request", id="11-decimal-for-a-whole-number"),
        pytest.param(LINE % "true", 422, "invalid_request", id="11-true-for-a-number"),
        pytest.param('{"facts": {"session.page_views": "7"}}', 422, "wrong_type", id="11-text-for-a-number-fact"),
        pytest.param('{"facts": {"session.page_views": true}}', 422, "wrong_type", id="11-true-for-a-number-fact"),
        pytest.param('{"facts": {"visitor.is_new": "yes"}}', 422, "wrong_type", id="12-yes"),
        pytest.param('{"facts": {"visitor.is_new": 1}}', 422, "wrong_type", id="12-one"),
        pytest.param('{"trace": "yes"}', 422, "invalid_request", id="12-yes-for-a-flag"),
        pytest.param('{"preview": true}', 422, "invalid_request", id="13-unknown-field"),
        pytest.param('{"cart": {"total": "1.00"}}', 422, "invalid_request", id="13-unknown-field-inside"),
        *(
            pytest.param(body, 422, "", id=f"14-{key}-{place}")
            for key in ("__proto__", "constructor", "__class__")
            for place, body in (
                ("field", f'{{"{key}": {{}}}}'),
                ("fact", f'{{"facts": {{"{key}": 1}}}}'),
                ("cart", f'{{"cart": {{"{key}": 1}}}}'),
            )
        ),
        pytest.param("[]", 422, "invalid_request", id="15-list-for-the-body"),
        pytest.param("null", 422, "invalid_request", id="15-null-for-the-body"),
        pytest.param('{"facts": []}', 422, "invalid_request", id="15-list-for-facts"),
        pytest.param('{"cart": []}', 422, "invalid_request", id="15-list-for-a-cart"),
        pytest.param('{"cart": {"lines": {}}}', 422, "invalid_request", id="15-object-for-lines"),
        pytest.param('{"facts": {"source.campaign": ["a"]}}', 422, "wrong_type", id="15-list-for-a-text"),
        pytest.param(LINE % 2**63, 422, "invalid_request", id="16-2-to-the-63"),
        pytest.param('{"facts": {"session.seconds": 9223372036854775808}}', 422, "wrong_type", id="16-as-a-fact"),
        pytest.param('{"slots": ["t\\u202eop"]}', 422, "unknown_slot", id="17-bidi"),
        pytest.param('{"slots": ["top\\u200b"]}', 422, "unknown_slot", id="17-zero-width"),
        pytest.param('{"facts": {"cart.count\\u200b": 1}}', 422, "unknown_fact", id="17-zero-width-fact"),
        pytest.param('{"slots": ["top\\r\\nX-Bad: 1"]}', 422, "unknown_slot", id="26-line-break"),
        pytest.param('{"slots": [' + ",".join(["1"] * 10_001) + "]}", 400, "too_large", id="too-many-values"),
        pytest.param(json.dumps({"visitor": "x" * 70_000}), 422, "bad_text", id="long-text"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", [PAGE, MAIL])
def test_hostile_json_is_refused(
    web: FlaskClient, trusted: Mapping[str, str], path: str, body: str | bytes, status: int, code: str
) -> None:
    assert_problem(send(web, body, path, headers=trusted), status, code)


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "multipart/form-data; boundary=x", "", "text/json"])
def test_09_another_content_type_is_415(web: FlaskClient, kind: str) -> None:
    assert_problem(send(web, "{}", content_type=kind), 415)


def test_37_a_compressed_body_is_415(web: FlaskClient) -> None:
    assert_problem(send(web, gzip.compress(b"{}"), headers={"Content-Encoding": "gzip"}), 415)


def test_10_a_body_beyond_a_megabyte_is_413(web: FlaskClient) -> None:
    assert_problem(send(web, b'{"visitor": "' + b"x" * 1_000_001 + b'"}'), 413)


def test_18_a_get_with_a_body_is_400(web: FlaskClient) -> None:
    for path in ("/v1/pages/about", "/readyz"):
        assert_problem(web.get(path, data="{}", content_type=JSON), 400, "unexpected_body")
        assert_problem(web.get(path, headers={"Transfer-Encoding": "chunked"}), 400, "unexpected_body")


SQL = ("' OR 1=1 --", "1; DROP TABLE releases", "') UNION SELECT * FROM live --")


@pytest.mark.parametrize("text", SQL)
def test_25_sql_is_a_text_like_any_other(web: FlaskClient, text: str) -> None:
    body = {"visitor": text, "locale": text, "facts": {"source.campaign": text}, "cart": {"token": text}}
    plain = web.post("/v1/pages/home", json={}).json
    answer = web.post("/v1/pages/home", json=body).json
    assert plain is not None
    assert answer is not None
    assert answer["slots"] == plain["slots"]
    for status, found in (
        (404, web.post(f"/v1/pages/{text}", json={})),
        (422, web.post(PAGE, json={"slots": [text]})),
        (422, web.post(PAGE, json={"facts": {text: 1}})),
        (200, web.get("/v1/pages/about", query_string={"locale": text, "anything": text})),
    ):
        assert found.status_code == status


@pytest.mark.parametrize(
    "path",
    [
        "/v1/pages/../../etc/passwd",
        "/v1/pages/%2e%2e/%2e%2e/etc/passwd",
        "/v1/pages/..%2f..%2fetc%2fpasswd",
        "/v1/pages//etc/passwd",
        "/v1/pages/..\\..\\windows",
        "/v1/pages/about%00",
        "/v1/pages/about.json",
        "/v1/pages/about/x.css",
        "/v1/pages/about;a.js",
        "/v1/pages/about.",
        "/v1/pages/about/",
        "//v1/pages/about",
        "/v1//pages/about",
        "/v1/pages/nul",
        "/v1/pages/__proto__",
        "/v1/pages/ABOUT",
        "/static/x.css",
        "/",
        "/v1",
        "/admin",
    ],
)
def test_41_a_path_is_a_route_or_404_and_never_a_redirect(web: FlaskClient, path: str) -> None:
    answer = web.get(path, headers={"Host": "evil.example"})
    assert_problem(answer, 404)
    assert "Location" not in answer.headers


@pytest.mark.parametrize("header", ["Host", "X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded", "X-Original-URL"])
def test_56_a_claimed_host_is_never_reflected(web: FlaskClient, header: str) -> None:
    for path in ("/v1/pages/about", "/v1/pages/home?format=html", "/v1/openapi.json", "/v1//pages", "/nowhere"):
        answer = web.get(path, headers={header: "evil.example"})
        assert "evil.example" not in answer.text
        assert "evil.example" not in str(answer.headers)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_another_method_is_405_and_says_which_are_allowed(web: FlaskClient, method: str) -> None:
    answer = web.open(PAGE, method=method)
    assert_problem(answer, 405)
    assert "POST" in answer.headers["Allow"]


def test_a_path_that_begins_twice_is_404(web: FlaskClient) -> None:
    assert_problem(web.get("/v1/pages/about", environ_overrides={"PATH_INFO": "//v1/pages/about"}), 404)


def test_a_long_name_is_not_echoed_whole(web: FlaskClient) -> None:
    assert "x" * 65 not in web.get("/v1/pages/" + "x" * 3000).text
    assert "x" * 65 not in web.post(PAGE, json={"slots": ["x" * 3000]}).text
    assert "x" * 65 not in web.post(PAGE, json={"facts": {"x" * 3000: 1}}).text
    assert "x" * 65 not in web.post(PAGE, json={"facts": {"visitor.device": "x" * 3000}}).text
    assert "x" * 65 not in web.post(PAGE, json={"x" * 3000: 1}).text
    assert "x" * 65 not in web.post(PAGE, json={"format": "x" * 3000}).text


def test_an_unforeseen_mistake_is_500_and_tells_nothing(deliver: Callable[..., FlaskClient]) -> None:
    client = deliver(corner_site(), None)
    client.application.extensions["cms"] = "not a service"
    assert_problem(client.get("/v1/pages/about"), 500, "internal")


NAMES = ("visitor", "locale", "facts", "cart", "customer", "slots", "format", "trace", "token", "id", "lines", "sku")
FACTS = ("visitor.device", "visitor.is_new", "session.seconds", "session.seconds_in[plants]", "currency", "channel")
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from(["", "json", "html", "en", "zh-TW", "near", "top", "fern", "2026-12-01", "1.00", "USD", "web"])
)
KEYS = st.sampled_from([*NAMES, *FACTS, "quantity", "unit_price", "amount", "currency"]) | st.text(max_size=8)
ANYTHING = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5))
BODIES = st.fixed_dictionaries(
    {},
    optional={
        "visitor": LEAVES,
        "locale": LEAVES,
        "facts": st.dictionaries(st.sampled_from(FACTS) | st.text(max_size=8), ANYTHING, max_size=4) | ANYTHING,
        "cart": st.fixed_dictionaries(
            {"lines": st.lists(st.fixed_dictionaries({"sku": LEAVES, "quantity": LEAVES}), max_size=3)}
        )
        | ANYTHING,
        "customer": st.fixed_dictionaries({"token": LEAVES}) | ANYTHING,
        "slots": st.lists(LEAVES, max_size=3) | ANYTHING,
        "format": LEAVES,
        "trace": LEAVES,
    },
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=BODIES | ANYTHING, path=st.sampled_from([PAGE, MAIL, "/v1/pages/home"]))
def test_no_body_makes_a_server_error(web: FlaskClient, trusted: Mapping[str, str], body: object, path: str) -> None:
    answer = send(web, json.dumps(body), path, headers=trusted)
    assert answer.status_code in {200, 400, 422}, answer.data
    assert answer.mimetype == ("application/json" if answer.status_code == 200 else "application/problem+json")


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=st.dictionaries(st.sampled_from([*NAMES, *FACTS]) | st.text(max_size=8), st.text(max_size=20), max_size=4))
def test_no_url_makes_a_server_error(web: FlaskClient, query: dict[str, str]) -> None:
    assert web.get("/v1/pages/home", query_string=query).status_code in {200, 422}
