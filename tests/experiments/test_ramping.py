"""Ramping: nobody moves between arms but across the boundary that was moved, and devices of a customer agree."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from cms.experiments.bucketing import bucket_of
from cms.experiments.experiment import Arm, Experiment, is_held_out
from cms.facts.context import Units

people = st.lists(st.text(min_size=1).filter(str.isprintable), min_size=1, max_size=30)
percents = st.decimals(0, 100, places=2)
boundaries = st.lists(st.integers(1, 9998), min_size=2, max_size=2, unique=True).map(sorted)


def _experiment(first: int, second: int) -> Experiment:
    arms = (Arm("control", "a", (0, first - 1)), Arm("b", "b", (first, second - 1)), Arm("c", "c", (second, 9999)))
    return Experiment("copy", "bar", arms, running=True)


def _arms(experiment: Experiment, units: list[str]) -> dict[str, str]:
    drawn = {unit: experiment.draw(Units(visitor=unit)) for unit in units}
    return {unit: arm.key for unit, arm in drawn.items() if arm}


@given(people, percents, percents, boundaries)
def test_growing_traffic_moves_nobody(units: list[str], one: Decimal, other: Decimal, ends: list[int]) -> None:
    experiment = _experiment(*ends)

    few, many = (_arms(replace(experiment, traffic=traffic), units) for traffic in sorted((one, other)))

    assert few.items() <= many.items()


@given(people, boundaries, st.integers(1, 9999))
def test_moving_a_boundary_moves_only_those_it_passes(units: list[str], ends: list[int], wanted: int) -> None:
    first, old = ends
    new = max(wanted, first + 1)

    before, after = _arms(_experiment(first, old), units), _arms(_experiment(first, new), units)

    moved = {unit for unit in units if before[unit] != after[unit]}
    assert moved == {unit for unit in units if min(old, new) <= bucket_of(unit, "copy#arm") < max(old, new)}


@given(people, boundaries)
def test_growing_an_arm_into_free_buckets_moves_nobody(units: list[str], ends: list[int]) -> None:
    small, large = (
        replace(_experiment(1, 9999), arms=(Arm("control", "a", (0, 0)), Arm("b", "b", (1, end)))) for end in ends
    )

    assert _arms(small, units).items() <= _arms(large, units).items()


@given(people, st.integers(0, 9999), st.integers(0, 9999))
def test_experiments_whose_ranges_of_a_layer_are_apart_share_nobody(units: list[str], one: int, other: int) -> None:
    low, high = sorted((one, other))
    first = replace(_experiment(1, 2), key="first", layer="cart", layer_buckets=(0, low))
    second = replace(_experiment(1, 2), key="second", layer="cart", layer_buckets=(low + 1, high))

    assert not _arms(first, units).keys() & _arms(second, units).keys()


def test_all_devices_of_a_customer_draw_as_the_first_one_did() -> None:
    experiment = _experiment(3333, 6666)
    phones = [f"phone-{number}" for number in range(50)]

    signed_in = [Units(phone, "c-1", None, "phone-7") for phone in phones]

    assert {experiment.draw(Units("phone-7"))} == {experiment.draw(units) for units in signed_in}
    assert 1 < len({experiment.draw(Units(phone)) for phone in phones})


def test_the_first_visitor_stands_in_for_no_customer() -> None:
    experiment = replace(_experiment(3333, 6666), unit="customer")
    ten = Decimal(10)
    held = next(f"v-{number}" for number in range(100) if is_held_out(Units(f"v-{number}"), ten))
    free = next(f"v-{number}" for number in range(100) if not is_held_out(Units(f"v-{number}"), ten))

    assert experiment.draw(Units("v", None, None, "first")) is None
    assert is_held_out(Units(free, None, None, held), ten)
    assert not is_held_out(Units(free, free, None, held), ten)
