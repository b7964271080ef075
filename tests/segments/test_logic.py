"""Kleene's three values: the whole truth table, reuse by name, and what must hold of any condition."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cms.facts.context import View
from cms.segments.conditions import Condition, InSegment, facts_read, segments_named
from cms.segments.evaluate import Evaluator, Truth

T, F, U = True, False, None
YES, NO, UNKNOWN = {"cart.count": 1}, {"cart.count": 2}, {"visitor.visits": 1}
ASKED = {T: YES, F: NO, U: UNKNOWN}
FACTS = {"cart.count": 1}  # so that YES is true, NO is false and UNKNOWN unknown

AND = {
    (T, T): T, (T, F): F, (T, U): U,
    (F, T): F, (F, F): F, (F, U): F,
    (U, T): U, (U, F): F, (U, U): U,
}  # fmt: skip
OR = {
    (T, T): T, (T, F): T, (T, U): T,
    (F, T): T, (F, F): F, (F, U): U,
    (U, T): T, (U, F): U, (U, U): U,
}  # fmt: skip
Ask = Callable[..., Truth]


@pytest.mark.parametrize(("parts", "expected"), AND.items())
def test_all_is_kleenes_and(ask: Ask, parts: tuple[Truth, Truth], expected: Truth) -> None:
    assert expected is ask({"all": [ASKED[part] for part in parts]}, FACTS)


@pytest.mark.parametrize(("parts", "expected"), OR.items())
def test_any_is_kleenes_or(ask: Ask, parts: tuple[Truth, Truth], expected: Truth) -> None:
    assert expected is ask({"any": [ASKED[part] for part in parts]}, FACTS)


@pytest.mark.parametrize(("part", "expected"), [(T, F), (F, T), (U, U)])
def test_not_of_unknown_is_unknown(ask: Ask, part: Truth, expected: Truth) -> None:
    assert expected is ask({"not": ASKED[part]}, FACTS)


def test_several_keys_and_several_operators_mean_and(ask: Ask) -> None:
    facts = {"cart.count": 3, "visitor.is_new": True}

    assert ask({"cart.count": {"at_least": 2, "less_than": 4}, "visitor.is_new": True}, facts) is True
    assert ask({"cart.count": {"at_least": 2, "less_than": 3}, "visitor.is_new": True}, facts) is False
    assert ask({"cart.count": {"at_least": 2}, "visitor.is_new": False}, facts) is False
    assert ask({"cart.count": {"at_least": 2}, "visitor.visits": 1}, facts) is None


def test_a_list_is_one_of_and_a_value_is_is(ask: Ask) -> None:
    assert ask({"visitor.device": ["mobile", "app"]}, {"visitor.device": "app"}) is True
    assert ask({"visitor.device": "app"}, {"visitor.device": "app"}) is True
    assert ask({"cart.subtotal": {"amount": "5.00", "currency": "USD"}}, {"cart.subtotal": "5.00"}) is True


def test_a_segment_is_reused_by_its_name_and_keeps_its_three_values(ask: Ask) -> None:
    segments = {"full": YES, "empty": NO, "new": UNKNOWN, "both": {"segment": "full", "visitor.visits": 1}}

    answers = [ask({"segment": key}, FACTS, segments=segments) for key in segments]

    assert [True, False, None, None] == answers
    assert ask({"not": {"segment": "new"}}, FACTS, segments=segments) is None


def test_what_a_condition_reads_is_known_without_deciding_it(parsed: Callable[[object], Condition]) -> None:
    condition = parsed(
        {
            "segment": "vip",
            "any": [{"cart.subtotal": {"at_least": {"percent": 80, "of": "shop.free_shipping_threshold"}}}],
            "not": {"bought[filter]": {"since": "bought[machine]"}},
        }
    )

    read = [ref.name for ref in facts_read(condition)]

    assert ["cart.subtotal", "shop.free_shipping_threshold", "bought[filter]", "bought[machine]"] == read
    assert [InSegment("vip", "/segment")] == list(segments_named(condition))


def test_what_was_read_does_not_hang_on_the_order_of_the_parts(
    parsed: Callable[[object], Condition], view_of: Callable[..., View]
) -> None:
    facts = {"cart.count": 1, "visitor.is_new": True}
    read = []
    for parts in ([NO, {"visitor.is_new": True}], [{"visitor.is_new": True}, NO]):
        view = view_of(facts)
        Evaluator({}, view).truth(parsed({"all": parts}))
        read.append(set(view.read))

    assert [{"cart.count", "visitor.is_new"}] * 2 == read


TESTS: list[dict[str, Any]] = [
    {"cart.count": {"at_least": 2}},
    {"cart.subtotal": {"less_than": {"percent": 80, "of": "shop.free_shipping_threshold"}}},
    {"cart.subtotal": {"between": ["1.00", "5.00"]}},
    {"visitor.device": ["mobile", "app"]},
    {"visitor.country": {"starts_with": "T"}},
    {"customer.loyalty_tier": {"more_than": "green"}},
    {"cart.skus": {"has_any": ["a", "b"]}},
    {"cart.skus": {"count": {"at_least": 1}}},
    {"bought[a]": {"ever": True}},
    {"bought[a]": {"before": "bought[b]"}},
    {"bought[a]": {"since": "2026-11-01"}},
    {"bought[a]": {"days_ago_at_most": 3}},
    {"plant.watered": {"at_least": "P7D"}},
    {"visitor.is_new": {"known": False}},
    {"segment": "shopping"},
]
conditions = st.recursive(
    st.sampled_from(TESTS),
    lambda inner: st.one_of(
        st.builds(lambda part: {"not": part}, inner),
        st.builds(lambda parts: {"all": parts}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda parts: {"any": parts}, st.lists(inner, min_size=1, max_size=3)),
    ),
    max_leaves=6,
).filter(lambda raw: _depth(raw) <= 3)
maybe = st.none
contexts = st.fixed_dictionaries(
    {
        "cart.count": maybe() | st.integers(0, 3),
        "cart.subtotal": maybe() | st.sampled_from(["0.00", "4.00", "60.00", {"amount": "4", "currency": "JPY"}]),
        "shop.free_shipping_threshold": maybe() | st.just("75.00"),
        "visitor.device": maybe() | st.sampled_from(["mobile", "desktop"]),
        "visitor.country": maybe() | st.sampled_from(["TW", "US", ""]),
        "customer.loyalty_tier": maybe() | st.sampled_from(["green", "gold"]),
        "cart.skus": maybe() | st.lists(st.sampled_from("abc")),
        "bought[a]": maybe() | st.sampled_from(["never", "2026-12-01", "2026-10-01", "2027-01-01"]),
        "bought[b]": maybe() | st.sampled_from(["never", "2026-11-20"]),
        "plant.watered": maybe() | st.just("P8D"),
        "visitor.is_new": maybe() | st.booleans(),
    }
)


def _depth(raw: dict[str, Any]) -> int:
    parts = [part for key in ("all", "any") for part in raw.get(key, [])] + [raw[key] for key in ("not",) if key in raw]
    return 1 + max((_depth(part) for part in parts), default=-1 if not parts else 0)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(left=conditions, right=conditions, facts=contexts)
def test_any_two_conditions_obey_de_morgan(ask: Ask, left: Any, right: Any, facts: Any) -> None:
    segments = {"shopping": {"cart.count": {"more_than": 0}}}

    def of(raw: object) -> Truth:
        return ask(raw, facts, segments=segments)

    assert of({"not": {"all": [left, right]}}) is of({"any": [{"not": left}, {"not": right}]})
    assert of({"not": {"any": [left, right]}}) is of({"all": [{"not": left}, {"not": right}]})
    assert of({"not": {"not": left}}) is of(left)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=conditions, facts=contexts)
def test_the_first_failing_test_is_one_that_does_not_hold(
    parsed: Callable[[object], Condition], view_of: Callable[..., View], raw: Any, facts: Any
) -> None:
    evaluator = Evaluator({"shopping": parsed({"cart.count": {"more_than": 0}})}, view_of(facts))
    condition = parsed(raw)

    failing = evaluator.first_failing(condition)

    assert (failing is None) is (evaluator.truth(condition) is True)
    if failing is not None:
        test, wanted = failing
        assert evaluator.truth(test) is not wanted


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=conditions, facts=contexts)
def test_forgetting_a_fact_never_turns_a_match_that_does_not_ask_for_knowledge_into_its_opposite(
    ask: Ask, raw: Any, facts: Any
) -> None:
    """So an outage never widens an audience: what is decided with less known stays so, or was unknown."""
    if "known" in str(raw):
        return
    segments = {"shopping": {"cart.count": {"more_than": 0}}}
    full = ask(raw, facts, segments=segments)
    for name in facts:
        less = ask(raw, {**facts, name: None}, segments=segments)
        assert less is None or less is full
