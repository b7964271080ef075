"""Buckets, gates, arms, layers and the holdout: who is drawn into what, by hash alone."""

import json
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cms.experiments.bucketing import bucket_of
from cms.experiments.experiment import Arm, Experiment, is_held_out
from cms.facts.context import Units

VECTORS = Path(__file__).parents[1] / "decisions" / "cases" / "buckets.json"
HALVES = (Arm("control", "near", (0, 4999)), Arm("urgent", "near-urgent", (5000, 9999)))
COPY = Experiment("cart-copy", "free-shipping", HALVES, running=True)
PEOPLE = [f"visitor-{number}" for number in range(4000)]


def _arm(experiment: Experiment, visitor: str) -> str:
    arm = experiment.draw(Units(visitor=visitor))
    return arm.key if arm else ""


@pytest.mark.parametrize("vector", json.loads(VECTORS.read_text(encoding="utf-8"))["vectors"])
def test_buckets_are_those_published(vector: dict[str, Any]) -> None:
    import mmh3

    assert vector["hash"] == mmh3.hash(f"{vector['salt']}:{vector['unit']}".encode(), 0, signed=False)
    assert vector["bucket"] == bucket_of(vector["unit"], vector["salt"])


def test_the_customer_of_the_design_is_in_bucket_831() -> None:
    assert 831 == bucket_of("客户-42", "exp-1")


def _chi_squared(counts: Counter[int], cells: int) -> float:
    expected = sum(counts.values()) / cells
    return sum((counts[cell] - expected) ** 2 / expected for cell in range(cells))


@pytest.mark.parametrize("salt", ["cart-copy#arm", "cart-copy#gate", "layer:cart", "holdout", "实验#arm"])
def test_buckets_are_spread_evenly(salt: str) -> None:
    """Over 20 cells chi² has 19 degrees of freedom: beyond 43.8 once in a thousand salts."""
    counts = Counter(bucket_of(unit, salt) // 500 for unit in PEOPLE)

    assert _chi_squared(counts, 20) < 43.8


def test_two_draws_with_their_own_salts_are_independent() -> None:
    """Over 4 × 4 cells chi² of the pairs has 9 degrees of freedom."""
    pairs = Counter(bucket_of(unit, "a#arm") // 2500 * 4 + bucket_of(unit, "b#arm") // 2500 for unit in PEOPLE)

    assert _chi_squared(pairs, 16) < 37.7


def test_arms_own_both_ends_of_their_ranges() -> None:
    unit = "c-1"
    bucket = bucket_of(unit, "cart-copy#arm")

    def drawn(low: int, high: int) -> bool:
        return replace(COPY, arms=(Arm("control", "near", (low, high)),)).draw(Units(visitor=unit)) is not None

    assert [True, True, False, False] == [
        drawn(bucket, 9999), drawn(0, bucket), drawn(bucket + 1, 9999), drawn(0, bucket - 1)
    ]  # fmt: skip


def test_nobody_is_drawn_from_a_range_no_arm_owns() -> None:
    small = replace(COPY, arms=(Arm("control", "near", (0, 999)), Arm("urgent", "near-urgent", (1000, 1999))))

    shares = Counter(_arm(small, person) for person in PEOPLE)

    assert 0.75 < shares[""] / len(PEOPLE) < 0.85


def test_more_traffic_lets_more_in_and_moves_nobody_across() -> None:
    before: dict[str, str] = {}
    for traffic in (0, 1, 10, Decimal("33.5"), 50, 100):
        ramped = replace(COPY, traffic=Decimal(traffic))
        now = {person: arm for person in PEOPLE if (arm := _arm(ramped, person))}

        assert before.items() <= now.items()
        assert abs(len(now) / len(PEOPLE) - float(traffic) / 100) < 0.03
        before = now


def test_the_gate_closes_exactly_below_its_percent() -> None:
    unit = next(person for person in PEOPLE if bucket_of(person, "cart-copy#gate") % 100)
    gate = Decimal(bucket_of(unit, "cart-copy#gate")) / 100

    drawn = [
        replace(COPY, traffic=traffic).draw(Units(visitor=unit)) is not None
        for traffic in (gate, gate + Decimal("0.01"))
    ]

    assert [False, True] == drawn


def test_experiments_of_one_layer_share_nobody() -> None:
    first = replace(COPY, key="one", layer="cart", layer_buckets=(0, 4999))
    second = replace(COPY, key="two", layer="cart", layer_buckets=(5000, 9999))

    in_first = {person for person in PEOPLE if _arm(first, person)}
    in_second = {person for person in PEOPLE if _arm(second, person)}

    assert set() == in_first & in_second
    assert set(PEOPLE) == in_first | in_second


def test_an_experiment_draws_by_its_unit_and_nobody_whose_unit_is_not_known() -> None:
    known = Units(visitor="v", customer="c", account="a")

    arms = [replace(COPY, unit=unit).draw(known) for unit in ("visitor", "customer", "account")]
    same = [replace(COPY).draw(Units(visitor=unit)) for unit in ("v", "c", "a")]
    unknown = [replace(COPY, unit=unit).draw(Units()) for unit in ("visitor", "customer", "account")]

    assert same == arms
    assert [None] * 3 == unknown


def test_the_holdout_draws_by_customer_and_only_else_by_visitor() -> None:
    held = next(person for person in PEOPLE if bucket_of(person, "holdout") < 1000)
    free = next(person for person in PEOPLE if bucket_of(person, "holdout") >= 1000)
    ten = Decimal(10)

    assert is_held_out(Units(visitor=held), ten)
    assert is_held_out(Units(visitor=free, customer=held), ten)
    assert not is_held_out(Units(visitor=held, customer=free), ten)
    assert not is_held_out(Units(visitor=held), Decimal(0))
    assert not is_held_out(Units(), Decimal(100))
    assert is_held_out(Units(visitor=free), Decimal(100))
