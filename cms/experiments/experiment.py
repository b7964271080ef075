"""An experiment, its arms, and the draw."""

from dataclasses import dataclass
from decimal import Decimal

from cms.experiments.bucketing import BUCKETS, bucket_of
from cms.facts.context import Units
from cms.segments.conditions import Condition

CONTROL = "control"


@dataclass(frozen=True, slots=True)
class Arm:
    """One side of an experiment; `buckets` include both ends."""

    key: str
    variant: str
    buckets: tuple[int, int]


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

    @property
    def control(self) -> Arm:
        return next(arm for arm in self.arms if arm.key == CONTROL)

    def draw(self, units: Units) -> Arm | None:
        """Draw the arm of a visitor; None: no such unit known, or outside traffic, layer or all ranges."""
        unit = unit_key(units, self.unit)
        if unit is None or bucket_of(unit, f"{self.key}#gate") >= self.traffic * 100:
            return None
        if self.layer and not _within(bucket_of(unit, f"layer:{self.layer}"), self.layer_buckets):
            return None
        bucket = bucket_of(unit, f"{self.key}#arm")
        return next((arm for arm in self.arms if _within(bucket, arm.buckets)), None)


def unit_key(units: Units, kind: str) -> str | None:
    return {"visitor": units.visitor, "customer": units.customer, "account": units.account}[kind]


def _within(bucket: int, ends: tuple[int, int]) -> bool:
    return ends[0] <= bucket <= ends[1]


def is_held_out(units: Units, percent: Decimal) -> bool:
    """Say whether a unit is kept from all personalization: drawn by customer if known, else by visitor."""
    unit = units.customer or units.visitor
    return unit is not None and percent > 0 and bucket_of(unit, "holdout") < percent * 100
