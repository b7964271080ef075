"""Checking bodies: each type of field, good and bad."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cms.components.body import (
    Body,
    CategoryRef,
    Image,
    Link,
    Markdown,
    Node,
    ProductRef,
    RailName,
    Source,
    fills,
    placeholders,
)
from cms.components.checking import check_sample
from cms.components.model import FieldType, parse_model
from cms.facts.builtin import BUILTIN_FACTS
from cms.facts.money import Money
from cms.facts.placeholders import Placeholder, Template
from cms.facts.values import NEVER, Value
from cms.problems import Problem, Severity

FIELD_NAMES = ["fields", "type", "of", "src", "alt", "label", *FieldType]
Check = Callable[[Mapping[str, Any]], tuple[Body, list[Problem]]]


@pytest.mark.parametrize(
    ("field", "raw", "node"),
    [
        ("text", "Hello", Template(("Hello",))),
        ("markdown", "*Hi*", Markdown(Template(("*Hi*",)))),
        ("choice", "urgent", "urgent"),
        ("bool", False, False),
        ("int", 3, 3),
        ("int", "3", 3),
        ("decimal", Decimal("2.5"), Decimal("2.5")),
        ("decimal", 7, Decimal(7)),
        ("percent", "12.5", Decimal("12.5")),
        ("money", "80.00", Money(8000, "USD")),
        ("money", {"amount": "2300", "currency": "TWD"}, Money(230000, "TWD")),
        ("link", "/cart", Link("/cart")),
        ("image", {"src": "/p.jpg", "alt": "A fern"}, Image("/p.jpg", Template(("A fern",)))),
        ("image", {"src": "/p.jpg", "alt": "", "width": 8, "height": 4}, Image("/p.jpg", Template(()), 8, 4)),
        (
            "image",
            {"src": "/p.jpg", "alt": "", "srcset": [{"src": "/p-2.jpg", "width": 640}]},
            Image("/p.jpg", Template(()), srcset=(Source("/p-2.jpg", 640),)),
        ),
        ("product", "pothos", ProductRef("pothos")),
        ("products", ["a", "b"], (ProductRef("a"), ProductRef("b"))),
        ("category", "plants", CategoryRef("plants")),
        ("datetime", "2026-12-01T00:00+00:00", datetime(2026, 12, 1, tzinfo=UTC)),
        ("color", "#0A7", "#0a7"),
        ("rail", "best", RailName("best")),
        ("group", {"label": "Go", "href": "/x"}, {"label": Template(("Go",)), "href": Link("/x")}),
        ("list", ["a", "b"], (Template(("a",)), Template(("b",)))),
    ],
)
def test_a_good_value_becomes_its_node(check: Check, field: str, raw: object, node: Node) -> None:
    body, problems = check({field: raw})

    assert [] == problems
    assert node == body[field]


@pytest.mark.parametrize(
    ("field", "raw", "code", "below"),
    [
        ("text", 3, "wrong-type", ""),
        ("text", None, "wrong-type", ""),
        ("text", "x" * 41, "too-long", ""),
        ("text", "Hi {", "bad-placeholder", ""),
        ("text", "{cart.subtotl}", "unknown-fact", ""),
        ("text", "{cart.subtotal|mony}", "unknown-format", ""),
        ("text", "{cart.count|money}", "wrong-format", ""),
        ("markdown", ["x"], "wrong-type", ""),
        ("markdown", "[x](javascript:alert(1))", "bad-link", ""),
        ("markdown", "![x](https://elsewhere.example/x.png)", "bad-link", ""),
        ("markdown", "[x]()", "bad-link", ""),
        ("markdown", "[x](/p/{page.product})", "bad-placeholder", ""),
        ("choice", "urgnt", "unknown-choice", ""),
        ("choice", ["urgent"], "unknown-choice", ""),
        ("bool", "true", "wrong-type", ""),
        ("bool", 1, "wrong-type", ""),
        ("int", 2.5, "wrong-type", ""),
        ("int", True, "wrong-type", ""),
        ("int", "many", "wrong-type", ""),
        ("int", "{cart.subtotal}", "wrong-format", ""),
        ("int", '{cart.count|plural one="#" other="#"}', "wrong-format", ""),
        ("decimal", "1e999", "wrong-type", ""),
        ("decimal", "NaN", "wrong-type", ""),
        ("percent", 101, "wrong-type", ""),
        ("percent", -1, "wrong-type", ""),
        ("money", 75, "wrong-type", ""),
        ("money", "75 USD", "wrong-type", ""),
        ("money", "75.001", "wrong-type", ""),
        ("money", {"amount": "75"}, "wrong-type", ""),
        ("money", "{cart.count}", "wrong-format", ""),
        ("money", "{cart.subtotl}", "unknown-fact", ""),
        ("link", 3, "wrong-type", ""),
        ("link", "cart", "bad-link", ""),
        ("image", "/p.jpg", "wrong-type", ""),
        ("image", {"src": "/p.jpg"}, "missing-field", ""),
        ("image", {"alt": "x"}, "missing-field", ""),
        ("image", {"src": "data:image/png;base64,xx", "alt": ""}, "bad-link", "/src"),
        ("image", {"src": "/p.jpg", "alt": "", "width": 0}, "wrong-type", "/width"),
        ("image", {"src": "/p.jpg", "alt": "", "size": 1}, "unknown-field", "/size#key"),
        ("image", {"src": "/p.jpg", "alt": "", "srcset": []}, "empty-list", "/srcset"),
        ("image", {"src": "/p.jpg", "alt": "", "srcset": [{"src": "/q.jpg"}]}, "wrong-type", "/srcset/0"),
        (
            "image",
            {"src": "/p.jpg", "alt": "", "srcset": [{"src": "javascript:x", "width": 9}]},
            "bad-link",
            "/srcset/0/src",
        ),
        (
            "image",
            {"src": "/p.jpg", "alt": "", "srcset": [{"src": "/q.jpg", "width": -1}]},
            "wrong-type",
            "/srcset/0/width",
        ),
        ("product", "{cart.subtotal}", "wrong-format", ""),
        ("product", "{page.prodct}", "unknown-fact", ""),
        ("product", "", "wrong-type", ""),
        ("products", "a", "wrong-type", ""),
        ("products", ["a", 3], "wrong-type", "/1"),
        ("products", ["a", "b", "c"], "too-long", ""),
        ("category", "Plants!", "wrong-type", ""),
        ("datetime", "2026-12-01T00:00", "bad-date", ""),
        ("datetime", "soon", "bad-date", ""),
        ("datetime", 5, "wrong-type", ""),
        ("color", "green", "bad-color", ""),
        ("color", "#12345", "bad-color", ""),
        ("color", "url(x)", "bad-color", ""),
        ("rail", "Best Sellers", "wrong-type", ""),
        ("group", "Go", "wrong-type", ""),
        ("group", {"href": "/x"}, "missing-field", ""),
        ("group", {"label": " "}, "missing-field", "/label"),
        ("group", {"label": "Go", "hreff": "/x"}, "unknown-field", "/hreff#key"),
        ("list", "a", "wrong-type", ""),
        ("list", ["a", 3], "wrong-type", "/1"),
        ("list", list("abcd"), "too-long", ""),
    ],
)
def test_a_bad_value_is_found_at_its_place(check: Check, field: str, raw: object, code: str, below: str) -> None:
    _, problems = check({field: raw})

    assert [(code, f"/content/en/{field}{below}")] == [(problem.code, problem.pointer) for problem in problems]


def test_an_unknown_field_is_suggested_at_its_key(check: Check) -> None:
    _, [problem] = check({"markdwon": "x"})

    assert ("unknown-field", "/content/en/markdwon#key") == (problem.code, problem.pointer)
    assert 'Did you mean "markdown"?' == problem.suggestion


def test_all_problems_of_a_body_are_told_at_once(check: Check) -> None:
    _, problems = check({"text": 3, "link": "x", "color": "red", "nope": 1})

    assert {"wrong-type", "bad-link", "bad-color", "unknown-field"} == {problem.code for problem in problems}


def test_a_missing_choice_takes_its_default(check: Check) -> None:
    body, problems = check({"text": "Hi"})

    assert ({"text", "choice"}, "info", []) == (set(body), body["choice"], problems)


@pytest.mark.parametrize(
    ("field", "raw", "fact"),
    [
        ("money", "{cart.subtotal}", "cart.subtotal"),
        ("money", "{next.threshold[plant-club]|money}", "next.threshold[plant-club]"),
        ("percent", "{next.percent[plant-club]}", "next.percent[plant-club]"),
        ("int", "{cart.count}", "cart.count"),
        ("decimal", "{churn_risk}", "churn_risk"),
    ],
)
def test_a_number_or_amount_may_be_one_placeholder(check: Check, field: str, raw: str, fact: str) -> None:
    body, problems = check({field: raw})

    node = body[field]
    assert [] == problems
    assert isinstance(node, Placeholder)
    assert fact == node.ref.name


def test_gaps_do_not_count_towards_the_length_of_a_text(check: Check) -> None:
    _, problems = check({"text": "Add {cart.gap[free-shipping]|money} for free shipping"})

    assert [] == problems


def test_every_gap_of_a_body_is_listed(check: Check) -> None:
    body, _ = check(
        {
            "text": "{cart.count}",
            "markdown": "{cart.subtotal}",
            "money": "{cart.max_item_price}",
            "image": {"src": "/x", "alt": "{customer.company}"},
            "list": ["{now.date}"],
        }
    )

    names = {gap.ref.name for gap in placeholders(body)}
    assert {"cart.count", "cart.subtotal", "cart.max_item_price", "customer.company", "now.date"} == names


@pytest.mark.parametrize(
    "copy",
    [
        "Only $75 to go", "75 USD off", "NT$300 back", "¥99 each", "€5 less", "满 20 元", "滿300元", "USD 75", "5 €",
        "20 euros", "US$ 12.50", "HK$1,200", "${cart.subtotal|money} so far",
        "50 kr off", "满200减20", "滿 1,000 元折抵", "滿99免運", "立减 20",
    ],
)  # fmt: skip
def test_money_typed_in_copy_is_a_warning(check: Check, copy: str) -> None:
    _, [problem] = check({"markdown": copy})

    assert ("typed-money", Severity.WARNING) == (problem.code, problem.severity)
    assert "{shop.free_shipping_threshold|money}" in problem.suggestion


@pytest.mark.parametrize(
    "copy",
    [
        "20% off",
        "3 plants",
        "24/7",
        "Save {cart.gap[x]|money} now",
        "12 元素",
        "2026",
        "C3 for 2",
        "8折",
        "满3件减1件",
        "立减20%",
        "折抵100點",
        "加减5",
    ],
)
def test_numbers_that_are_no_money_are_left_alone(check: Check, copy: str) -> None:
    assert [] == check({"markdown": copy})[1]


def test_a_sample_is_checked_as_a_body_and_defaults_as_values() -> None:
    raw = {
        "fields": {"n": {"type": "int", "default": "x"}, "c": {"type": "choice", "of": ["a"], "default": "b"}},
        "sample": {"m": 1},
    }
    model, _ = parse_model("x", raw)
    assert model is not None

    _, problems = check_sample(
        model, schema=BUILTIN_FACTS, currency="USD", zone=ZoneInfo("UTC"), link_hosts=frozenset()
    )

    assert [
        ("wrong-type", "/fields/n/default"),
        ("unknown-choice", "/fields/c/default"),
        ("unknown-field", "/sample/m#key"),
    ] == [(problem.code, problem.pointer) for problem in problems]


def test_only_a_value_that_can_be_written_fills_a_gap() -> None:
    blank: list[Value | None] = [None, NEVER, "", "  ", frozenset()]
    written: list[Value | None] = [0, "x", Money(0, "USD"), frozenset({"a"})]

    assert ([False] * 5, [True] * 4) == ([fills(value) for value in blank], [fills(value) for value in written])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals() | st.floats() | st.text(max_size=12),
    lambda part: st.lists(part, max_size=3) | st.dictionaries(st.sampled_from([*FIELD_NAMES, "x"]), part, max_size=4),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=st.dictionaries(st.sampled_from([*FIELD_NAMES, "x"]), JSON, max_size=5))
def test_no_body_however_damaged_stops_the_check(check: Check, raw: dict[str, Any]) -> None:
    _, problems = check(raw)

    assert all(problem.message and problem.pointer.startswith("/content/en") for problem in problems)


def test_a_product_may_be_named_by_a_fact_and_is_then_no_gap_in_the_words(check: Check) -> None:
    body, problems = check({"product": "{page.product}"})

    product = body["product"]
    assert [] == problems
    assert isinstance(product, ProductRef)
    assert product.gap is not None
    assert ("{page.product}", "page.product") == (product.sku, product.gap.ref.name)
    assert [] == list(placeholders(body))
