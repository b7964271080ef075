"""What is timed side by side chooses alike; without that no figure means anything."""

import pytest

from benchmarks.engines.engine import ENGINES, OURS
from benchmarks.normal_form import Literal, conjunctions
from benchmarks.worker import Session
from benchmarks.workload import SIZES, Visitor, holds, make_rules, make_visitors


def _literal_holds(literal: Literal, visitor: Visitor) -> bool:
    kind, attribute, value, negated = literal
    if kind in {"in", "any"}:
        return holds((kind, attribute, value), visitor) != negated
    return visitor[attribute] >= value if kind == "ge" else visitor[attribute] < value


def test_conjunctions_mean_what_the_segment_means() -> None:
    visitors = make_visitors(100)
    for node in make_rules().segments.values():
        terms = conjunctions(node)
        for visitor in visitors:
            flat = any(all(_literal_holds(literal, visitor) for literal in term) for term in terms)
            assert flat is holds(node, visitor)


@pytest.mark.parametrize("name", OURS)
def test_our_ways_choose_as_the_oracle_does(name: str) -> None:
    assert Session.of(name, "base").disagreement() == ""


def test_a_wrong_choice_is_noticed() -> None:
    session = Session.of("hand", "base")
    session.engine.written = lambda _: dict.fromkeys(session.rules.page, "v1")
    assert "is right" in session.disagreement()


def test_a_larger_store_holds_the_same_page() -> None:
    small, large = make_rules(), make_rules(SIZES["store1000"])
    assert large.page == small.page
    assert all(large.slots[slot] == small.slots[slot] for slot in small.page)
    assert len(large.segments) == 1000


def test_every_engine_listed_has_its_distribution_or_is_ours() -> None:
    assert all(listed.distribution or name in OURS for name, listed in ENGINES.items())
