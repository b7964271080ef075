"""Draws: keys by which experiments draw an arm, so that a visitor can be made whom they do."""

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

from cms.experiments.bucketing import BUCKETS
from cms.experiments.experiment import Arm, Experiment
from cms.facts.context import Units

_KEYS = 20_000  # that are tried: an arm of less than a thousandth of all visitors may stay without


@lru_cache(maxsize=256)
def _drawn(experiment: Experiment) -> dict[str, tuple[str, ...]]:
    """Draw for made-up keys; conditions, which do not hash, are no matter here."""
    found: dict[str, list[str]] = {}
    for number in range(1, _KEYS):
        key = f"visitor-{number}"
        arm = experiment.draw(Units(key, key, key))
        found.setdefault(arm.key if arm is not None else "", []).append(key)
        if number % 200 == 0 and len(found) > len(experiment.arms):
            break
    return {arm: tuple(keys) for arm, keys in found.items()}


def keys_of(experiment: Experiment, arm: Arm | None) -> tuple[str, ...]:
    """List keys for which an arm is drawn, or none is; no keys: that never happens, or hardly ever."""
    return _drawn(replace(experiment, audience=None)).get(arm.key if arm is not None else "", ())


def draws_everybody(experiment: Experiment) -> bool:
    """Say whether some arm is drawn for whoever has the experiment's unit."""
    drawn = sum(last - first + 1 for first, last in (arm.buckets for arm in experiment.arms))
    return experiment.traffic == 100 and drawn == BUCKETS and experiment.layer_buckets == (0, BUCKETS - 1)


def are_apart(one: Experiment, other: Experiment) -> bool:
    """Say whether two experiments share out their layer, so that nobody is in both."""
    (first, last), (start, end) = one.layer_buckets, other.layer_buckets
    is_shared = one.layer == other.layer and one.layer != "" and one.unit == other.unit
    return is_shared and (last < start or end < first)


def key_of(draws: Iterable[tuple[Experiment, Arm | None]]) -> str | None:
    """Find a key for which each experiment draws its arm, None: none of them; None as answer: there is no such key."""
    draws = list(draws)
    if all(arm is None for _, arm in draws):
        return ""
    for number in range(1, _KEYS):
        key = f"visitor-{number}"
        units = Units(key, key, key)
        if all(experiment.draw(units) == arm for experiment, arm in draws):
            return key
    return None
