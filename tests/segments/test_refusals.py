"""What the rule language refuses, where it says so, and what it proposes instead."""

from decimal import Decimal
from typing import Any

import pytest

from cms.segments.operands import Language
from cms.segments.parsing import parse_condition

NEW = {"visitor.is_new": True}

# (condition, code, pointer, a part of the suggestion)
REFUSED: list[tuple[Any, str, str, str]] = [
    ({}, "empty-condition", "", "Leave it out"),
    ({"all": []}, "empty-list", "/all", "at least one"),
    ({"any": []}, "empty-list", "/any", "at least one"),
    ({"not": {}}, "empty-condition", "/not", "Leave it out"),
    ({"visitor.country": []}, "empty-list", "/visitor.country", "at least one"),
    ({"visitor.country": {"one_of": []}}, "empty-list", "/visitor.country/one_of", "at least one"),
    ({"visitor.country": {"none_of": []}}, "empty-list", "/visitor.country/none_of", "at least one"),
    ({"cart.skus": {"has_any": []}}, "empty-list", "/cart.skus/has_any", "at least one"),
    ({"visitor.country": {}}, "empty-condition", "/visitor.country", "an operator"),
    ({"cart.count": {"between": [5, 1]}}, "empty-range", "/cart.count/between", "lower end first"),
    ([NEW], "bad-condition", "", ""),
    ({"all": NEW}, "bad-condition", "/all", ""),
    ({"any": [3]}, "bad-condition", "/any/0", ""),
    ({"segment": ["a", "b"]}, "bad-condition", "/segment", '"all" or "any"'),
    ({"visitor.devise": "mobile"}, "unknown-fact", "/visitor.devise#key", 'Did you mean "visitor.device"?'),
    ({"bougth[fern]": {"ever": True}}, "unknown-fact", "/bougth[fern]#key", 'Did you mean "bought[fern]"?'),
    ({"cart.quantity": 1}, "unknown-fact", "/cart.quantity#key", "cart.quantity[sku]"),
    ({"seqment": "vip"}, "unknown-fact", "/seqment#key", 'Did you mean "segment"?'),
    ({"cart.count": {"atleast": 2}}, "unknown-operator", "/cart.count/atleast#key", 'Did you mean "at_least"?'),
    ({"cart.count": {"matches": ".*"}}, "unknown-operator", "/cart.count/matches#key", ""),
    ({"visitor.device": "mobil"}, "unknown-choice", "/visitor.device", 'Did you mean "mobile"?'),
    ({"visitor.device": ["app", "tablett"]}, "unknown-choice", "/visitor.device/1", 'Did you mean "tablet"?'),
    ({"customer.loyalty_tier": {"at_least": "gould"}}, "unknown-choice", "/customer.loyalty_tier/at_least", '"gold"'),
    ({"rfm.class": {"at_least": "loyal"}}, "wrong-operator", "/rfm.class/at_least", "Fitting: is"),
    ({"cart.count": "2"}, "wrong-type", "/cart.count", ""),
    ({"cart.count": True}, "wrong-type", "/cart.count", ""),
    ({"cart.count": None}, "wrong-type", "/cart.count", ""),
    ({"cart.count": -1}, "wrong-type", "/cart.count", ""),
    ({"visitor.is_new": "true"}, "wrong-type", "/visitor.is_new", ""),
    ({"cart.subtotal": 5}, "wrong-type", "/cart.subtotal", ""),
    ({"cart.subtotal": "5.005"}, "wrong-type", "/cart.subtotal", ""),
    ({"cart.subtotal": {"amount": 5, "currency": "USD"}}, "wrong-type", "/cart.subtotal", ""),
    ({"cart.skus": "fern"}, "wrong-type", "/cart.skus", ""),
    ({"cart.skus": {"count": -1}}, "wrong-type", "/cart.skus/count", ""),
    ({"cart.skus": {"count": {}}}, "wrong-type", "/cart.skus/count", ""),
    ({"cart.skus": {"count": {"betwen": 1}}}, "unknown-operator", "/cart.skus/count/betwen#key", ""),
    ({"orders.last": {"ever": 1}}, "wrong-type", "/orders.last/ever", ""),
    ({"orders.last": {"days_ago_at_least": Decimal("1.5")}}, "wrong-type", "/orders.last/days_ago_at_least", ""),
    ({"orders.last": {"days_ago_at_most": -1}}, "wrong-type", "/orders.last/days_ago_at_most", ""),
    ({"orders.last": {"before": "2026-13-01"}}, "wrong-type", "/orders.last/before", ""),
    ({"orders.last": {"since": "boght[fern]"}}, "unknown-fact", "/orders.last/since", 'Did you mean "bought[fern]"?'),
    ({"orders.last": {"since": "cart.count"}}, "unknown-fact", "/orders.last/since", ""),
    ({"visitor.country": {"starts_with": ""}}, "wrong-type", "/visitor.country/starts_with", ""),
    ({"plant.watered": "P1M"}, "wrong-type", "/plant.watered", ""),
    ({"cart.count": {"between": [1]}}, "wrong-type", "/cart.count/between", ""),
    (
        {"cart.subtotal": {"at_least": {"percent": 80, "of": "shop.threshold"}}},
        "unknown-fact",
        "/cart.subtotal/at_least/of",
        "shop.free_shipping_threshold",
    ),
    (
        {"cart.subtotal": {"at_least": {"percent": 80, "of": "cart.count"}}},
        "wrong-type",
        "/cart.subtotal/at_least",
        "",
    ),
    ({"cart.subtotal": {"at_least": {"percent": 80}}}, "wrong-type", "/cart.subtotal/at_least", ""),
    ({"cart.subtotal": {"at_least": {"percent": 0, "of": "clv"}}}, "wrong-type", "/cart.subtotal/at_least", "80"),
    ({"cart.subtotal": {"at_least": {"percent": -5, "of": "clv"}}}, "wrong-type", "/cart.subtotal/at_least", "80"),
    ({"cart.skus": {"count": Decimal("1.5")}}, "wrong-type", "/cart.skus/count", "such as 2"),
    ({"bought[fern]": {"days_ago_at_least": -1}}, "wrong-type", "/bought[fern]/days_ago_at_least", "such as 2"),
    ({"bought[fern]": {"ever": "true"}}, "wrong-type", "/bought[fern]/ever", "without quotes"),
    ({"visitor.device": {"one_of": "mobile"}}, "wrong-type", "/visitor.device/one_of", "brackets"),
]


@pytest.mark.parametrize(("raw", "code", "pointer", "suggestion"), REFUSED)
def test_a_mistake_is_one_finding_at_its_place(
    language: Language, raw: Any, code: str, pointer: str, suggestion: str
) -> None:
    _, problems = parse_condition(raw, language, "/when")

    assert [(code, "/when" + pointer)] == [(problem.code, problem.pointer) for problem in problems]
    assert suggestion in problems[0].suggestion


def test_an_empty_list_says_whom_it_means(language: Language) -> None:
    said = {
        word: parse_condition(raw, language)[1][0].message
        for word, raw in {
            "nobody": {"visitor.country": []},
            "everybody": {"all": []},
            "also nobody": {"any": []},
        }.items()
    }

    assert "means nobody" in said["nobody"]
    assert "means everybody" in said["everybody"]
    assert "means nobody" in said["also nobody"]


def test_fifty_clauses_are_allowed_and_one_more_is_not(language: Language) -> None:
    def clauses(count: int) -> Any:
        return {"any": [NEW] * count}

    assert [] == parse_condition(clauses(50), language)[1]
    assert [("too-many-clauses", "/any/50/visitor.is_new")] == [
        (problem.code, problem.pointer) for problem in parse_condition(clauses(60), language)[1]
    ]


def test_five_levels_are_allowed_and_one_more_is_not(language: Language) -> None:
    def nested(depth: int) -> Any:
        return {"not": nested(depth - 1)} if depth else NEW

    assert [] == parse_condition(nested(5), language)[1]
    assert ["too-deep"] == [problem.code for problem in parse_condition(nested(6), language)[1]]
    assert ["too-deep"] == [problem.code for problem in parse_condition(nested(500), language)[1]]


def test_all_mistakes_of_a_condition_are_found_at_once(language: Language) -> None:
    raw = {"visitor.devise": "x", "cart.count": {"atleast": 1, "at_most": "y"}, "any": [{"visitor.is_new": 1}, {}]}

    _, problems = parse_condition(raw, language)

    assert ["unknown-fact", "unknown-operator", "wrong-type", "wrong-type", "empty-condition"] == [
        problem.code for problem in problems
    ]
