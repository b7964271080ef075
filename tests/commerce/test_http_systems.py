"""Adapter `http` before an ERP, a CDP and a CRM that know nothing of the open signals API."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest

from cms.commerce import connect
from cms.commerce.adapter import Connection
from cms.errors import CmsError
from cms.facts.signals import Answer, Found, Shopper, Signal, SignalSource

Reply = tuple[int, Mapping[str, str], object]
Asked = list[tuple[str, Mapping[str, str]]]
Serve = Callable[[Callable[[str, Mapping[str, str], bytes], Reply]], str]
Beside = Callable[..., SignalSource]
ANA = Shopper(customer_id="cu 1/ä")


def clock() -> datetime:
    return datetime(2026, 5, 1, tzinfo=UTC)


def beside(url: str, options: Mapping[str, Any], *signals: Signal, key: str = "k") -> SignalSource:
    """Connect to a system beside the shop, as `also` does."""
    connection = Connection(url, key, clock, options, signals=frozenset(signals))
    return connect("http", connection, name="beside", monotonic=lambda: 0.0).source


@pytest.fixture
def asked() -> Asked:
    return []


@pytest.fixture
def system(shop_answering: Serve, asked: Asked) -> Callable[[object, int], str]:
    def saying(data: object, status: int = 200) -> str:
        def answer(path: str, headers: Mapping[str, str], _body: bytes) -> Reply:
            asked.append((path, headers))
            return status, {}, data

        return shop_answering(answer)

    return saying


def told(source: SignalSource, signal: Signal, shopper: Shopper = ANA) -> Answer:
    return source.fetch(signal, shopper, currency="USD", timeout_s=2)


CRM = {"paths": {"traits": "/v3/contacts/{customer}?fields=all"}, "map": {"crm.tags": "contact.tags[].name"}}


def test_a_crm_tells_its_tags_by_a_table(system: Callable[..., str], asked: Asked) -> None:
    source = beside(system({"contact": {"tags": [{"name": "vip"}, {"name": "press"}]}}), CRM, Signal.TRAITS)

    assert told(source, Signal.TRAITS).value == {"crm.tags": ["vip", "press"]}
    assert [path for path, _ in asked] == ["/v3/contacts/cu%201%2F%C3%A4?fields=all"]
    assert not {"Shopper-Token", "Customer-Id"} & {*asked[0][1]}


def test_what_a_table_names_is_what_the_system_tells(system: Callable[..., str]) -> None:
    assert getattr(beside(system({}), CRM, Signal.TRAITS), "tells") == {"crm.tags"}  # noqa: B009 - a promise of its own


@pytest.mark.parametrize(
    ("path", "answer", "value"),
    [
        ("segments[].id", {"segments": [{"id": "a"}, {"id": "b"}]}, ["a", "b"]),
        ("segments[].id", {"segments": []}, []),
        ("segments[].id", {"segments": [{"id": "a"}, {"no": "b"}]}, None),
        ("segments[].id", {"segments": None}, None),
        ("segments[].id", {"segments": {"id": "a"}}, None),
        ("segments[].id", {}, None),
        ("segments[].id", [], None),
        ("[].id", [{"id": "a"}], ["a"]),
        ("a[].b[].c", {"a": [{"b": [{"c": 1}]}, {"b": [{"c": 2}, {"c": 3}]}]}, [1, 2, 3]),
        ("fields[key=churn].value", {"fields": [{"key": "x", "value": 1}, {"key": "churn", "value": 0.4}]}, 0.4),
        ("fields[id=7].value", {"fields": [{"id": 7, "value": "y"}]}, "y"),
        ("mails[main=true].to", {"mails": [{"main": False, "to": "x"}, {"main": True, "to": "y"}]}, "y"),
        ("mails[main=None].to", {"mails": [{"to": "x"}]}, None),
        ("fields[key=churn].value", {"fields": [{"key": "x"}, 5]}, None),
        ("scores.churn risk", {"scores": {"churn risk": 0}}, 0),
    ],
)
def test_a_path_leads_to_a_value_or_to_nothing(
    system: Callable[..., str], path: str, answer: object, value: object
) -> None:
    source = beside(system(answer), {**CRM, "map": {"cdp.audiences": path}}, Signal.TRAITS)

    assert told(source, Signal.TRAITS).value == {"cdp.audiences": value}


def test_nobody_whom_a_crm_knows_is_an_unknown_shopper(system: Callable[..., str]) -> None:
    assert told(beside(system({"error": "no"}, 404), CRM, Signal.TRAITS), Signal.TRAITS) == Answer(Found.UNKNOWN_TOKEN)


@pytest.mark.parametrize("customer_id", [".", "..", ""])
def test_an_id_never_leads_to_another_path(system: Callable[..., str], asked: Asked, customer_id: str) -> None:
    source = beside(system({}), CRM, Signal.TRAITS)

    assert told(source, Signal.TRAITS, Shopper(customer_id=customer_id)) == Answer(Found.UNSUPPORTED)
    assert asked == []


def test_a_shopper_without_a_verified_id_is_not_asked_for(system: Callable[..., str], asked: Asked) -> None:
    source = beside(system({}), CRM, Signal.TRAITS)

    assert told(source, Signal.TRAITS, Shopper(customer_token="ana")) == Answer(Found.UNSUPPORTED)
    assert asked == []


@pytest.mark.parametrize("status", [400, 403, 503])
def test_no_failure_tells_whose_answer_failed(system: Callable[..., str], status: int) -> None:
    with pytest.raises(CmsError) as failure:
        told(beside(system({}, status), CRM, Signal.TRAITS), Signal.TRAITS, Shopper(customer_id="secret-id"))

    assert "secret-id" not in failure.value.message
    assert "/v3/contacts/{customer}" in failure.value.message


@pytest.mark.parametrize(
    ("auth", "header", "value"),
    [
        ("bearer", "Authorization", "Bearer u:p"),
        ("basic", "Authorization", f"Basic {b64encode(b'u:p').decode()}"),
        ("X-Api-Key", "X-Api-Key", "u:p"),
        ("Authorization: Token", "Authorization", "Token u:p"),
    ],
)
def test_the_key_goes_where_the_system_wants_it(
    system: Callable[..., str], asked: Asked, auth: str, header: str, value: str
) -> None:
    options = {**CRM, "auth": auth, "headers": {"revision": "2026-01-15"}}
    told(beside(system({}), options, Signal.TRAITS, key="u:p"), Signal.TRAITS)

    assert (asked[0][1].get(header), asked[0][1].get("revision")) == (value, "2026-01-15")


ERP = {
    "paths": {"stock": "/api/available?plant=1&in={currency}"},
    "stock": {"rows": "items[]", "sku": "material", "units": "available"},
}


def test_an_erp_tells_its_stock_by_a_table(system: Callable[..., str], asked: Asked) -> None:
    rows = [
        {"material": "pothos", "available": 12, "plant": "A"},
        {"material": "pothos", "available": "3.000", "plant": "B"},
        {"material": 4711, "available": 7.9},
        {"material": "owed", "available": -2},
        {"material": "partly", "available": 5},
        {"material": "partly", "available": None},
        {"material": "odd", "available": "many"},
        {"material": None, "available": 1},
        "nonsense",
    ]

    assert told(beside(system({"items": rows}), ERP, Signal.STOCK), Signal.STOCK, Shopper()).value == {
        "pothos": 15,
        "4711": 7,
        "owed": 0,
    }
    assert asked[0][0] == "/api/available?plant=1&in=USD"


@pytest.mark.parametrize(
    "row", [{"sku": "", "n": 1}, {"sku": "x" * 201, "n": 1}, {"sku": "fern", "n": "1e999999999"}, 7]
)
def test_one_row_that_no_warehouse_means_costs_no_other_product_its_stock(
    system: Callable[..., str], row: object
) -> None:
    options = {"stock": {"rows": "rows", "sku": "sku", "units": "n"}}
    source = beside(system({"rows": [row, {"sku": "pothos", "n": 12}]}), options, Signal.STOCK)

    assert told(source, Signal.STOCK).value == {"pothos": 12}


@pytest.mark.parametrize("key", ["k\n", "k\r\nX: y", " k"])
def test_a_key_with_a_line_break_is_said_when_we_start(key: str) -> None:
    with pytest.raises(CmsError, match="line break"):
        beside("http://127.0.0.1:9", CRM, Signal.TRAITS, key=key)


def test_a_mistyped_place_is_refused_at_once() -> None:
    options = {**CRM, "map": {"crm.tags": "the-field-of-the-contact-that-has-all-of-its-tags["}}
    with pytest.raises(CmsError, match="Not a path"):
        beside("http://127.0.0.1:9", options, Signal.TRAITS)


@pytest.mark.parametrize("answer", [{}, {"items": {}}, {"items": None}, []])
def test_a_stock_list_that_is_not_there_is_garbage_and_not_an_empty_shelf(
    system: Callable[..., str], answer: object
) -> None:
    with pytest.raises(CmsError) as failure:
        told(beside(system(answer), ERP, Signal.STOCK), Signal.STOCK, Shopper())

    assert failure.value.code == "commerce-garbage"


def test_stock_in_the_form_of_the_open_signals_api_is_read(system: Callable[..., str], asked: Asked) -> None:
    source = beside(system({"stock": {"pothos": 3, "fern": 0, "fig": None}}), {}, Signal.STOCK)

    assert told(source, Signal.STOCK, Shopper()).value == {"pothos": 3, "fern": 0}
    assert asked[0][0] == "/stock?currency=USD"


def test_a_shop_is_asked_for_stock_only_where_it_is_said_to_keep_it_apart(system: Callable[..., str]) -> None:
    assert Signal.STOCK not in beside(system({}), {}).supplies
    assert Signal.STOCK in beside(system({}), ERP).supplies


@pytest.mark.parametrize(
    "options",
    [
        {"map": {"customer.tags": "tags[]"}},
        {"map": {"pressure": "n"}},
        {"map": {"crm.tags": "tags[]."}},
        {"map": {"crm.tags": ""}},
        {"map": {"crm.tags": "a..b"}},
        {"map": {"crm.tags": "a[b"}},
        {"paths": {"traits": "contacts"}},
        {"paths": {"traits": "/c/{email}"}},
        {"paths": {"traits": "/c/{"}},
        {"paths": {"traits": "/c/{customer.__class__}"}},
        {"paths": {"counters": "/c"}},
        {"auth": "X Api Key"},
        {"headers": {"a:b": "c"}},
        {"headers": {"revision": "1\r\nCookie: c"}},
        {"stock": {"rows": "items[]", "sku": "material"}},
        {"hookd": []},
    ],
)
def test_options_that_cannot_work_are_refused(options: Mapping[str, Any]) -> None:
    with pytest.raises(CmsError) as failure:
        beside("http://erp.example", options)

    assert failure.value.code == "commerce-settings"


BY_IDS = Shopper(cart_id="c-1", customer_id="ana")


def test_without_a_token_the_verified_ids_say_whose_answer_is_wanted(system: Callable[..., str], asked: Asked) -> None:
    source = beside(system({"key": "ana"}), {})
    told(source, Signal.CUSTOMER, BY_IDS)
    with pytest.raises(CmsError):
        told(source, Signal.CART, BY_IDS)

    assert [(h.get("Cart-Id"), h.get("Customer-Id"), h.get("Shopper-Token")) for _, h in asked] == [
        (None, "ana", None),
        ("c-1", "ana", None),
    ]


def test_a_shopper_token_goes_in_the_header_that_the_system_wants(system: Callable[..., str], asked: Asked) -> None:
    source = beside(system({"key": "ana"}), {"token_header": "X-Session"})
    told(source, Signal.CUSTOMER, Shopper(customer_token="t"))

    assert asked[0][1].get("X-Session") == "t"


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def test_an_answer_names_the_customer_it_is_about(system: Callable[..., str]) -> None:
    said = {"customer": "ana", "for": digest("ana"), "traits": {}, "orders": []}

    assert told(beside(system(said), {}), Signal.TRAITS, BY_IDS).whose == "ana"
    assert told(beside(system(said), {}), Signal.ORDERS, BY_IDS).whose == "ana"
    assert told(beside(system({"key": "ana"}), {}), Signal.CUSTOMER, Shopper(customer_token="t")).whose == "ana"


@pytest.mark.parametrize(
    ("signal", "shopper", "said"),
    [
        (Signal.CART, Shopper(cart_token="a"), {"currency": "USD", "lines": [], "for": digest("b")}),
        (Signal.CART, BY_IDS, {"currency": "USD", "lines": [], "for": digest("ana")}),
        (Signal.CUSTOMER, BY_IDS, {"key": "bob"}),
        (Signal.CUSTOMER, Shopper(customer_token="t"), {"key": "bob", "for": None}),
        (Signal.ORDERS, BY_IDS, {"customer": "bob", "orders": []}),
        (Signal.TRAITS, BY_IDS, {"for": digest("bob"), "traits": {}}),
        (Signal.TRAITS, BY_IDS, {"for": 5, "traits": {}}),
    ],
)
def test_an_answer_for_another_shopper_is_refused(
    system: Callable[..., str], signal: Signal, shopper: Shopper, said: object
) -> None:
    with pytest.raises(CmsError) as failure:
        told(beside(system(said), {}), signal, shopper)

    assert failure.value.code == "commerce-mismatch"
