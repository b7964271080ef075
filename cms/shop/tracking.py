"""How an order is doing; the demo shop's parcels travel by the calendar."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from cms.shop.store import Order

_STEPS = ("placed_step", "packed_step", "travels_step", "arrived_step")
_HOURS, _EXPRESS_HOURS = (0, 20, 44, 92), (0, 4, 8, 26)


@dataclass(frozen=True, slots=True)
class TrackedStep:
    """One step of an order; `word` is the key of its name."""

    word: str
    on: datetime
    is_done: bool


def tracked(order: Order, now: datetime) -> list[TrackedStep]:
    """Say which steps an order has taken by now and when the others are due."""
    after = [timedelta(hours=hours) for hours in (_EXPRESS_HOURS if order.is_express else _HOURS)]
    return [
        TrackedStep(word, order.placed_at + time, order.placed_at + time <= now)
        for word, time in zip(_STEPS, after, strict=True)
    ]
