"""The listener as a whole: its routes, its health, its headers, its own description."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from corner import corner_site
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from werkzeug.test import TestResponse

Deliver = Callable[..., FlaskClient]
ROUTES = {
    ("/livez", "GET"),
    ("/readyz", "GET"),
    ("/v1/components.css", "GET"),
    ("/v1/emails/<email>", "POST"),
    ("/v1/events", "POST"),
    ("/v1/hooks/<upstream>", "GET"),
    ("/v1/hooks/<upstream>", "POST"),
    ("/v1/openapi.json", "GET"),
    ("/v1/pages/<page>", "GET"),
    ("/v1/pages/<page>", "POST"),
    ("/v1/pages/<page>.model.json", "GET"),
    ("/v1/pages/<page>.model.json", "POST"),
}


def test_the_listener_has_these_routes_and_no_other(web: FlaskClient) -> None:
    routes = {
        (str(rule), method)
        for rule in web.application.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert routes == ROUTES


def test_a_process_without_a_release_lives_and_is_not_ready(deliver: Deliver) -> None:
    web = deliver(None, None)
    assert web.get("/livez").status_code == 200
    for answer in (web.get("/readyz"), web.get("/v1/pages/about"), web.post("/v1/pages/about", json={})):
        assert answer.status_code == 503
        assert answer.json is not None
        assert answer.json["code"] == "no_release"
        assert answer.headers["Retry-After"] == "2"
    assert web.get("/v1/components.css").status_code == 503


def test_readiness_names_the_release(web: FlaskClient) -> None:
    assert web.get("/readyz").json == {"status": "ok", "release": corner_site().snapshot.release, "sequence": 1}


def test_a_shop_that_is_down_does_not_make_a_node_unready(alone: FlaskClient) -> None:
    assert alone.get("/readyz").status_code == 200


def every_answer(web: FlaskClient, trusted: Mapping[str, str]) -> list[TestResponse]:
    return [
        web.get("/livez"),
        web.get("/readyz"),
        web.get("/v1/openapi.json"),
        web.get("/v1/components.css"),
        web.get("/v1/pages/home"),
        web.get("/v1/pages/cart"),
        web.post("/v1/pages/cart", json={}),
        web.post("/v1/emails/abandoned-cart", json={}, headers=trusted),
        web.post("/v1/emails/abandoned-cart", json={}),
        web.get("/v1/pages/nowhere"),
        web.get("/nowhere"),
        web.put("/v1/pages/cart"),
        web.options("/v1/pages/cart"),
        web.head("/v1/pages/home"),
        web.post("/v1/pages/cart", data="{", content_type="application/json"),
        web.post("/v1/pages/cart", data="{}", content_type="text/plain"),
        web.post("/v1/pages/cart", json={"facts": {"x": 1}}),
        web.post("/v1/events", json={}),
        web.post("/v1/events", json={"events": [{}]}),
        web.post("/v1/hooks/shop", json={}),
        web.get("/v1/hooks/shop?challenge=x"),
    ]


def test_every_answer_has_the_security_headers_and_no_cookie(web: FlaskClient, trusted: Mapping[str, str]) -> None:
    for answer in every_answer(web, trusted):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert "Set-Cookie" not in answer.headers
        assert "Server" not in answer.headers


def test_every_answer_says_who_may_keep_it(web: FlaskClient, trusted: Mapping[str, str]) -> None:
    for answer in every_answer(web, trusted):
        control = answer.headers["Cache-Control"]
        assert control.startswith(("public, max-age=0", "private, no-store")), answer.request.path
        assert answer.status_code < 400 or control.startswith("private, no-store")


def test_every_answer_carries_its_release_in_the_headers(web: FlaskClient, trusted: Mapping[str, str]) -> None:
    mail = web.post("/v1/emails/abandoned-cart", json={}, headers=trusted)
    for answer in (web.get("/v1/pages/about"), web.post("/v1/pages/cart", json={}), mail):
        assert answer.headers["CMS-Release"] == corner_site().snapshot.release
        assert answer.headers["CMS-Sequence"] == "1"


@pytest.fixture
def spec(web: FlaskClient) -> Any:
    return web.get("/v1/openapi.json").json


def test_the_openapi_document_is_3_1_and_valid(spec: Any) -> None:
    assert spec["openapi"] == "3.1.0"
    assert list(OpenAPIV31SpecValidator(spec).iter_errors()) == []


def test_the_openapi_document_has_every_route_of_the_api(spec: Any) -> None:
    documented = {
        (path, method.upper()) for path, item in spec["paths"].items() for method in item if method != "parameters"
    }
    served = {(path.replace("<", "{").replace(">", "}"), method) for path, method in ROUTES if path.startswith("/v1")}
    assert documented == served - {("/v1/openapi.json", "GET")}


def assert_described(spec: Any, path: str, method: str, answer: TestResponse) -> None:
    """Hold a real answer against what the document says of it."""
    content = spec["paths"][path][method]["responses"][str(answer.status_code)]["content"]
    schema = content[answer.mimetype]["schema"] | {"components": spec["components"]}
    Draft202012Validator(schema).validate(answer.json)


@pytest.mark.parametrize("form", ["json", "html", "blocks"])
@pytest.mark.parametrize("page", ["home", "cart", "about"])
def test_pages_answer_as_the_document_says(web: FlaskClient, spec: Any, page: str, form: str) -> None:
    body = {"cart": {"token": "near"}, "customer": {"token": "nobody"}, "format": form}
    assert_described(spec, "/v1/pages/{page}", "post", web.post(f"/v1/pages/{page}", json=body))
    assert_described(spec, "/v1/pages/{page}", "get", web.get(f"/v1/pages/{page}?format={form}"))


def test_traces_and_mails_answer_as_the_document_says(web: FlaskClient, spec: Any, trusted: Mapping[str, str]) -> None:
    traced = web.post("/v1/pages/cart", json={"trace": True}, headers=trusted)
    assert_described(spec, "/v1/pages/{page}", "post", traced)
    mail = web.post("/v1/emails/abandoned-cart", json={"cart": {"token": "near"}}, headers=trusted)
    assert_described(spec, "/v1/emails/{email}", "post", mail)


def test_problems_are_as_the_document_says(web: FlaskClient, spec: Any, trusted: Mapping[str, str]) -> None:
    page, mail = "/v1/pages/{page}", "/v1/emails/{email}"
    wrong = {"facts": {"x": 1}}
    assert_described(spec, page, "get", web.get("/v1/pages/nowhere"))
    assert_described(spec, page, "get", web.get("/v1/pages/cart?slots=x"))
    assert_described(spec, page, "post", web.post("/v1/pages/nowhere", json={}))
    assert_described(spec, page, "post", web.post("/v1/pages/cart", json=wrong))
    assert_described(spec, page, "post", web.post("/v1/pages/cart", json={"trace": True}))
    assert_described(spec, mail, "post", web.post("/v1/emails/abandoned-cart", json={}))
    assert_described(spec, mail, "post", web.post("/v1/emails/nothing", json={}, headers=trusted))
    assert_described(spec, mail, "post", web.post("/v1/emails/abandoned-cart", json=wrong, headers=trusted))
