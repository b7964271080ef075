"""Pressure: how much the offers of the last days weigh on one person, over all channels, and how much they may."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cms.facts.builtin import builtin
from cms.facts.context import View
from cms.facts.counters import Counters, milliseconds

# A mail weighs as much as what stands in the way, an overlay more than what is read in passing.
WEIGHTS: Mapping[str, int] = {"email": 3, "blocking": 3, "overlay": 2, "inline": 1}
WINDOW = timedelta(days=7)
_PRESSURE = builtin("pressure")


@dataclass(frozen=True, slots=True)
class Pressure:
    """`budgets.pressure` of a workspace; `max` None: there is no limit, and what is shown is weighed all the same."""

    max: int | None = None
    every: timedelta = WINDOW
    weights: Mapping[str, int] = field(default_factory=lambda: WEIGHTS)  # by "email", else by display

    def weight(self, display: str, channel: str) -> int:
        """Weigh one impression of an offer."""
        return self.weights["email" if channel == "email" else display]


def pressure_of(
    pressure: Pressure, counters: Counters, display_of: Callable[[str], str | None], *, now: datetime
) -> int:
    """Sum what the offers that a person was shown weigh.

    Args:
        pressure: Gives window and weights.
        counters: What the person was shown.
        display_of: How an entry is displayed; None: it is no offer, or there is no such entry any more.
        now: Aware; the end of the window.
    """
    since_ms = milliseconds(now - pressure.every)
    return sum(
        pressure.weight(display, channel) * sum(at_ms > since_ms for at_ms in moments)
        for entry, channels in counters.shown.items()
        if (display := display_of(entry)) is not None
        for channel, moments in channels.items()
    )


def over_budget(pressure: Pressure, weight: int, view: View, *, taken: int = 0) -> bool:
    """Say whether an offer of this weight would be too much; unknown pressure keeps nothing away.

    Args:
        pressure: The workspace's.
        weight: That of the offer, shown here.
        view: Tells the pressure so far.
        taken: The weight of the offers that the page shows already.
    """
    if pressure.max is None:
        return False
    sofar = view.value(_PRESSURE)
    return isinstance(sofar, int) and sofar + taken + weight > pressure.max
