"""An experiment, its arms, and the draw."""

from dataclasses import dataclass, field
from decimal import Decimal
from math import ceil

from cms.experiments.bucketing import BUCKETS, bucket_in, prefix_of
from cms.facts.context import Units
from cms.segments.conditions import Condition

CONTROL = "control"
_HOLDOUT = prefix_of("holdout")


@dataclass(frozen=True, slots=True)
class Arm:
    """One side of an experiment; `buckets` include both ends."""

    key: str
    variant: str
    buckets: tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Draw:
    """What drawing needs of an experiment, worked out once: each purpose has a salt of its own."""

    gate: bytes
    arm: bytes
    layer: bytes
    open_below: int  # the first bucket of the gate that is not let in


@dataclass(frozen=True, slots=True)
class Experiment:
    """A randomized comparison of variants of one entry; `traffic` is the percent of units let in."""

    key: str
    entry: str
    arms: tuple[Arm, ...]
    unit: str = "visitor"
    traffic: Decimal = Decimal(100)
    audience: Condition | None = None
    running: bool = False
    layer: str = ""
    layer_buckets: tuple[int, int] = (0, BUCKETS - 1)
    _draw: _Draw = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        gate, arm, layer = map(prefix_of, (f"{self.key}#gate", f"{self.key}#arm", f"layer:{self.layer}"))
        object.__setattr__(self, "_draw", _Draw(gate, arm, layer, ceil(self.traffic * 100)))

    @property
    def control(self) -> Arm:
        return next(arm for arm in self.arms if arm.key == CONTROL)

    def draw(self, units: Units) -> Arm | None:
        """Draw the arm of a visitor; None: no such unit known, or outside traffic, layer or all ranges."""
        key = unit_key(units, self.unit)
        if key is None:
            return None
        unit, draw = key.encode(), self._draw
        if draw.open_below < BUCKETS and bucket_in(draw.gate, unit) >= draw.open_below:
            return None
        if self.layer and not self.layer_buckets[0] <= bucket_in(draw.layer, unit) <= self.layer_buckets[1]:
            return None
        bucket = bucket_in(draw.arm, unit)
        for arm in self.arms:
            if arm.buckets[0] <= bucket <= arm.buckets[1]:
                return arm
        return None


def unit_key(units: Units, kind: str) -> str | None:
    """Give the key that a draw by visitor, customer or account goes by.

    A customer's devices all draw by the visitor the customer was first seen as, so that they agree.
    """
    if kind == "visitor":
        return units.first_visitor or units.visitor
    return units.customer if kind == "customer" else units.account


def is_held_out(units: Units, percent: Decimal) -> bool:
    """Say whether a unit is kept from all personalization: drawn by customer if known, else by visitor."""
    if not percent:
        return False
    unit = units.customer or unit_key(units, "visitor")
    return unit is not None and bucket_in(_HOLDOUT, unit.encode()) < percent * 100
