"""Every operator over every type it fits: one row is one question, asked of known and unknown facts."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from cms.facts.declarations import FactSchema, FactType
from cms.facts.signals import Signal
from cms.segments.evaluate import OPERATORS, Truth
from cms.segments.operands import OPERANDS, Language
from cms.segments.parsing import parse_condition

Ask = Callable[..., Truth]

ONE_OF_EACH = {
    FactType.BOOL: "visitor.is_new",
    FactType.NUMBER: "cart.count",
    FactType.MONEY: "cart.subtotal",
    FactType.TEXT: "visitor.country",
    FactType.ENUM: "plant.light",
    FactType.SET: "cart.skus",
    FactType.DATE: "orders.last",
    FactType.DURATION: "plant.watered",
}

# (type, operator, operand, values that match, values that do not); null never does either.
ROWS: list[tuple[FactType, str, Any, list[Any], list[Any]]] = [
    (FactType.BOOL, "is", True, [True], [False]),
    (FactType.BOOL, "is_not", True, [False], [True]),
    (FactType.BOOL, "one_of", [True], [True], [False]),
    (FactType.BOOL, "none_of", [True], [False], [True]),
    (FactType.NUMBER, "is", 2, [2, 2.0], [1, 2.5]),
    (FactType.NUMBER, "is_not", 2, [1], [2]),
    (FactType.NUMBER, "one_of", [1, 2], [1, 2], [3]),
    (FactType.NUMBER, "none_of", [1, 2], [3], [1, 2]),
    (FactType.NUMBER, "at_least", 2, [2, 3], [1, 1.99]),
    (FactType.NUMBER, "at_most", 2, [2, 1], [3, 2.01]),
    (FactType.NUMBER, "more_than", 2, [3, 2.01], [2, 1]),
    (FactType.NUMBER, "less_than", 2, [1, 1.99], [2, 3]),
    (FactType.NUMBER, "between", [2, 4], [2, 3, 4], [1, 5]),
    (FactType.MONEY, "is", "5.00", ["5.00", "5"], ["5.01"]),
    (FactType.MONEY, "is_not", "5.00", ["5.01"], ["5.00"]),
    (FactType.MONEY, "one_of", ["5.00", "6.00"], ["6.00"], ["7.00"]),
    (FactType.MONEY, "none_of", ["5.00", "6.00"], ["7.00"], ["6.00"]),
    (FactType.MONEY, "at_least", "5.00", ["5.00", "5.01"], ["4.99"]),
    (FactType.MONEY, "at_most", "5.00", ["5.00", "4.99"], ["5.01"]),
    (FactType.MONEY, "more_than", "5.00", ["5.01"], ["5.00"]),
    (FactType.MONEY, "less_than", "5.00", ["4.99"], ["5.00"]),
    (FactType.MONEY, "between", ["5.00", "6.00"], ["5.00", "6.00"], ["4.99", "6.01"]),
    (FactType.TEXT, "is", "TW", ["TW"], ["tw", "TWN", ""]),
    (FactType.TEXT, "is_not", "TW", ["US"], ["TW"]),
    (FactType.TEXT, "one_of", ["TW", "HK"], ["HK"], ["US"]),
    (FactType.TEXT, "none_of", ["TW", "HK"], ["US"], ["HK"]),
    (FactType.TEXT, "starts_with", "T", ["TW", "T"], ["US", "t", ""]),
    (FactType.ENUM, "is", "half", ["half"], ["low"]),
    (FactType.ENUM, "is_not", "half", ["low"], ["half"]),
    (FactType.ENUM, "one_of", ["half", "low"], ["low"], ["bright"]),
    (FactType.ENUM, "none_of", ["half", "low"], ["bright"], ["low"]),
    (FactType.ENUM, "at_least", "half", ["half", "bright"], ["low"]),
    (FactType.ENUM, "at_most", "half", ["half", "low"], ["bright"]),
    (FactType.ENUM, "more_than", "half", ["bright"], ["half", "low"]),
    (FactType.ENUM, "less_than", "half", ["low"], ["half", "bright"]),
    (FactType.ENUM, "between", ["low", "half"], ["low", "half"], ["bright"]),
    (FactType.ENUM, "starts_with", "h", ["half"], ["low"]),
    (FactType.SET, "is", ["a", "b"], [["b", "a"], ["a", "b", "b"]], [["a"], []]),
    (FactType.SET, "is_not", ["a", "b"], [["a"], []], [["b", "a"]]),
    (FactType.SET, "has_any", ["a", "b"], [["a"], ["b", "c"]], [["c"], []]),
    (FactType.SET, "has_all", ["a", "b"], [["a", "b", "c"]], [["a"], []]),
    (FactType.SET, "has_none", ["a", "b"], [["c"], []], [["a"], ["b", "c"]]),
    (FactType.SET, "count", 2, [["a", "b"]], [["a"], []]),
    (FactType.SET, "count", {"at_least": 1, "less_than": 3}, [["a"], ["a", "b"]], [[], ["a", "b", "c"]]),
    (FactType.SET, "count", {"is_not": 0}, [["a"]], [[]]),
    (FactType.DATE, "is", "2026-12-01", ["2026-12-01", "2026-12-01T23:00+00:00"], ["2026-12-02", "never"]),
    (FactType.DATE, "is", "never", ["never"], ["2026-12-02"]),
    (FactType.DATE, "is_not", "2026-12-01", ["2026-12-02", "never"], ["2026-12-01"]),
    (FactType.DATE, "one_of", ["2026-12-01"], ["2026-12-01"], ["2026-12-02", "never"]),
    (FactType.DATE, "none_of", ["2026-12-01"], ["2026-12-02", "never"], ["2026-12-01"]),
    (FactType.DATE, "ever", True, ["2026-12-01"], ["never"]),
    (FactType.DATE, "ever", False, ["never"], ["2026-12-01"]),
    (FactType.DATE, "before", "2026-12-01", ["2026-11-30"], ["2026-12-01", "2026-12-02", "never"]),
    (FactType.DATE, "since", "2026-12-01", ["2026-12-01", "2026-12-02"], ["2026-11-30", "never"]),
    (FactType.DATE, "days_ago_at_least", 2, ["2026-11-30", "2020-01-01"], ["2026-12-01", "2026-12-03", "never"]),
    (FactType.DATE, "days_ago_at_most", 2, ["2026-12-02", "2026-11-30"], ["2026-11-29", "2026-12-03", "never"]),
    (FactType.DURATION, "is", "P7D", ["P7D", "P1W", "PT168H"], ["P6D"]),
    (FactType.DURATION, "is_not", "P7D", ["P6D"], ["P1W"]),
    (FactType.DURATION, "one_of", ["P7D", "P8D"], ["P8D"], ["P9D"]),
    (FactType.DURATION, "none_of", ["P7D"], ["P8D"], ["P7D"]),
    (FactType.DURATION, "at_least", "P7D", ["P7D", "P7DT1S"], ["P6DT23H59M59S"]),
    (FactType.DURATION, "at_most", "P7D", ["P7D"], ["P7DT1S"]),
    (FactType.DURATION, "more_than", "P7D", ["P7DT1S"], ["P7D"]),
    (FactType.DURATION, "less_than", "P7D", ["P6D"], ["P7D"]),
    (FactType.DURATION, "between", ["P1D", "P7D"], ["P1D", "P7D"], ["PT1H", "P8D"]),
]
NAMES = [f"{kind} {operator} {operand}" for kind, operator, operand, _, _ in ROWS]


@pytest.mark.parametrize(("kind", "operator", "operand", "matching", "others"), ROWS, ids=NAMES)
def test_an_operator_means_what_its_row_says(
    ask: Ask, kind: FactType, operator: str, operand: Any, matching: list[Any], others: list[Any]
) -> None:
    name = ONE_OF_EACH[kind]
    question = {name: {operator: operand}}

    assert [True] * len(matching) == [ask(question, {name: value}) for value in matching]
    assert [False] * len(others) == [ask(question, {name: value}) for value in others]
    assert ask(question, {name: None}) is None
    assert ask(question, {}) is None


@pytest.mark.parametrize(("kind", "name"), ONE_OF_EACH.items())
def test_known_asks_openly_of_every_type(ask: Ask, kind: FactType, name: str) -> None:
    value = next(matching[0] for row_kind, _, _, matching, _ in ROWS if row_kind is kind)

    asked = [ask({name: {"known": wanted}}, facts) for wanted in (True, False) for facts in ({name: value}, {})]

    assert [True, False, False, True] == asked


def test_every_operator_has_rows_for_every_type_it_fits() -> None:
    fitting = {(kind, operator) for operator, spec in OPERANDS.items() for kind in spec.types}
    asked = {(kind, operator) for kind, operator, *_ in ROWS} | {(kind, "known") for kind in FactType}

    assert fitting == asked
    assert OPERANDS.keys() == OPERATORS.keys() | {"known"}


@pytest.mark.parametrize("operator", OPERANDS)
def test_an_operator_that_does_not_fit_is_refused_with_those_that_do(language: Language, operator: str) -> None:
    for kind in frozenset(FactType) - OPERANDS[operator].types:
        _, problems = parse_condition({ONE_OF_EACH[kind]: {operator: 1}}, language)

        assert [("wrong-operator", f"/{ONE_OF_EACH[kind]}/{operator}")] == [(p.code, p.pointer) for p in problems]
        assert problems[0].suggestion.startswith("Fitting: is, is_not")
        assert operator not in problems[0].suggestion.rstrip(".").split(": ")[1].split(", ")


# Against a date that is itself a fact: (tested, compared with, before, since).
DATES: list[tuple[Any, Any, Truth, Truth]] = [
    ("2026-11-01", "2026-11-02", True, False),
    ("2026-11-02", "2026-11-02", False, True),
    ("2026-11-03", "2026-11-02", False, True),
    ("never", "2026-11-02", False, False),
    ("2026-11-02", "never", False, True),
    ("never", "never", False, False),
    (None, "2026-11-02", None, None),
    ("2026-11-02", None, None, None),
    (None, "never", None, None),
    ("never", None, False, False),
    (None, None, None, None),
]


@pytest.mark.parametrize(("value", "limit", "before", "since"), DATES)
def test_before_and_since_another_fact(ask: Ask, value: Any, limit: Any, before: Truth, since: Truth) -> None:
    facts = {"bought[filter]": value, "bought[machine]": limit}

    assert before is ask({"bought[filter]": {"before": "bought[machine]"}}, facts)
    assert since is ask({"bought[filter]": {"since": "bought[machine]"}}, facts)


def test_absence_is_known_once_its_source_answered(ask: Ask) -> None:
    told = frozenset({Signal.ORDERS, Signal.CART})

    assert ask({"bought[filter]": {"known": True}}, {}, answered=told) is True
    assert ask({"bought[filter]": {"ever": False}}, {}, answered=told) is True
    assert ask({"cart.quantity[fern]": 0}, {}, answered=told) is True
    assert ask({"bought[filter]": {"ever": False}}, {}) is None


@pytest.mark.parametrize(
    ("subtotal", "threshold", "expected"),
    [
        ("60.00", "75.00", True),  # 80 % of 75.00 exactly
        ("59.99", "75.00", False),
        ("59.99", "74.99", False),  # 80 % is 59.992: nothing is rounded
        ("60.00", "74.99", True),
        (None, "75.00", None),
        ("60.00", None, None),
    ],
)
def test_a_share_of_another_amount_is_exact(ask: Ask, subtotal: Any, threshold: Any, expected: Truth) -> None:
    share = {"percent": 80, "of": "shop.free_shipping_threshold"}
    facts = {"cart.subtotal": subtotal, "shop.free_shipping_threshold": threshold}

    assert expected is ask({"cart.subtotal": {"at_least": share}}, facts)


def test_a_share_may_have_decimals_and_be_of_numbers(ask: Ask, language: Language) -> None:
    from decimal import Decimal

    share = {"percent": Decimal("33.3"), "of": "visitor.visits"}

    assert ask({"cart.count": {"more_than": share}}, {"cart.count": 334, "visitor.visits": 1000}) is True
    assert ask({"cart.count": {"more_than": share}}, {"cart.count": 333, "visitor.visits": 1000}) is False


CURRENCIES: list[Mapping[str, Any]] = [
    {"is": "5.00"},
    {"is_not": "5.00"},
    {"one_of": ["5.00"]},
    {"none_of": ["5.00"]},
    {"at_least": "5.00"},
    {"less_than": "5.00"},
    {"between": ["1.00", "5.00"]},
    {"at_least": {"percent": 1, "of": "shop.free_shipping_threshold"}},
]


@pytest.mark.parametrize("test", CURRENCIES)
def test_two_currencies_do_not_compare(ask: Ask, test: Mapping[str, Any]) -> None:
    facts = {"cart.subtotal": {"amount": "500", "currency": "JPY"}, "shop.free_shipping_threshold": "75.00"}

    assert ask({"cart.subtotal": test}, facts) is None


def test_days_are_counted_where_the_market_is(ask: Ask, schema: FactSchema) -> None:
    """At 23:30 in New York a purchase in the same hour in Taipei is of the next day there."""
    from zoneinfo import ZoneInfo

    from cms.facts.values import date_of

    moment = datetime(2026, 12, 2, 4, 30, tzinfo=UTC).isoformat()

    assert ["2026-12-01", "2026-12-02"] == [
        date_of(moment, ZoneInfo(zone)).isoformat() for zone in ("America/New_York", "Asia/Taipei")
    ]


def test_a_fact_sent_to_a_channel_where_it_does_not_exist_is_unknown(ask: Ask) -> None:
    facts = {"visitor.device": "mobile", "page.stage": "cart", "source.kind": "email"}

    assert ask({"visitor.device": "mobile"}, facts, channel="web") is True
    assert ask({"visitor.device": "mobile"}, facts, channel="email") is None
    assert ask({"visitor.device": {"known": True}}, facts, channel="email") is False
    assert ask({"source.kind": "email"}, facts, channel="email") is None
    assert ask({"page.stage": "cart"}, facts, channel="email") is True
