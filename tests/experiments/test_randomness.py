"""Assignment is even, and what is drawn with one salt tells nothing of what is drawn with another."""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import combinations
from operator import add
from uuid import UUID

import pytest

from cms.experiments.bucketing import bucket_in, prefix_of
from cms.experiments.experiment import Arm, Experiment
from cms.facts.context import Units

SALTS = [f"exp-{number}" for number in range(1, 31)]
COUNT = 20_000
FAMILIES = {
    "1, 2, 3": [str(number) for number in range(COUNT)],
    "user-0000001": [f"user-{number:07d}" for number in range(COUNT)],
    "uuid": [str(UUID(int=random.Random(number).getrandbits(128), version=4)) for number in range(COUNT)],
}
# What chi² exceeds once in a hundred, with 99 and with 9 × 9 degrees of freedom.
ONE_PERCENT_OF_99 = 134.642
ONE_PERCENT_OF_81 = 113.512
Place = Callable[[str, str], int]


def _ours(salt: str, unit: str) -> int:
    return bucket_in(prefix_of(salt), unit.encode())


def _fnv_of_both(salt: str, unit: str) -> int:
    """Place as an early release of a well-known product did: FNV-1a of unit and salt, modulo 1000."""
    found = 2166136261
    for byte in f"{unit}{salt}".encode():
        found = (found ^ byte) * 16777619 & 0xFFFFFFFF
    return found % 1000 * 10


def _unevenness(buckets: Sequence[int]) -> float:
    counts, expected = Counter(bucket // 100 for bucket in buckets), len(buckets) / 100
    return sum((counts[cell] - expected) ** 2 / expected for cell in range(100))


def _dependence(first: Sequence[int], second: Sequence[int]) -> float:
    """Give chi² of ten by ten cells against the product of their margins; tens of `first`, units of `second`."""
    cells = Counter(map(add, first, second))
    rows = [sum(cells[ten * 10 + one] for one in range(10)) for ten in range(10)]
    columns = [sum(cells[ten * 10 + one] for ten in range(10)) for one in range(10)]
    expected = [rows[cell // 10] * columns[cell % 10] / len(first) for cell in range(100)]
    return sum((cells[cell] - expected[cell]) ** 2 / expected[cell] for cell in range(100))


def _share_of_dependent_pairs(place: Place, salts: Sequence[str], units: Sequence[str]) -> float:
    ones = {salt: [place(salt, unit) // 1000 for unit in units] for salt in salts}
    tens = {salt: [10 * one for one in ones[salt]] for salt in salts}
    found = [_dependence(tens[first], ones[second]) for first, second in combinations(salts, 2)]
    return sum(one > ONE_PERCENT_OF_81 for one in found) / len(found)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_salt_spreads_every_kind_of_unit_evenly(family: str) -> None:
    """Of 30 salts at most 3 may exceed what one in a hundred does: more happens once in 3,000 such tests."""
    found = [_unevenness([_ours(salt, unit) for unit in FAMILIES[family]]) for salt in SALTS]

    assert sum(one > ONE_PERCENT_OF_99 for one in found) <= 3
    assert 85 < sum(found) / len(found) < 113  # too even would be no chance either


@pytest.mark.parametrize("family", FAMILIES)
def test_two_salts_are_independent(family: str) -> None:
    """Of 435 pairs 1 % look dependent by chance; 2.5 % would happen once in 500 such tests."""
    assert _share_of_dependent_pairs(_ours, SALTS, FAMILIES[family]) <= 0.025


def test_a_hash_known_to_be_weak_is_found_out() -> None:
    share = _share_of_dependent_pairs(_fnv_of_both, SALTS[:9], FAMILIES["1, 2, 3"][:10_000])

    assert share > 0.3


def test_who_is_let_in_tells_nothing_of_the_arm() -> None:
    """One hash for both would put all whom a gate of 20 % lets in into the first arm."""
    halves = (Arm("control", "near", (0, 4999)), Arm("urgent", "near-urgent", (5000, 9999)))
    gated = Experiment("cart-copy", "free-shipping", halves, traffic=Decimal(20), running=True)

    drawn = [gated.draw(Units(visitor=unit)) for unit in FAMILIES["user-0000001"]]
    arms = Counter(arm.key for arm in drawn if arm)

    assert 0.19 < sum(arms.values()) / COUNT < 0.21
    assert 0.47 < arms["control"] / sum(arms.values()) < 0.53


def test_each_purpose_has_a_salt_of_its_own() -> None:
    """Gate, arm, layer and holdout of one experiment, drawn for the same units, are pairwise independent."""
    salts = ["cart-copy#gate", "cart-copy#arm", "layer:cart-copy", "holdout"]

    assert 0 == _share_of_dependent_pairs(_ours, salts, FAMILIES["uuid"])
