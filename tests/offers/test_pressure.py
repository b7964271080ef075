"""Pressure: what offers weigh, over which window, and when one more is too much."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cms.facts.context import DecisionContext, View
from cms.facts.counters import Counters, milliseconds
from cms.facts.signals import Signal
from cms.offers.pressure import WEIGHTS, Pressure, over_budget, pressure_of

NOW = datetime(2026, 12, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)
DISPLAYS = {"deal": "inline", "popup": "overlay", "wall": "blocking"}  # "news" is no offer


def ago(*days: float) -> tuple[int, ...]:
    return tuple(milliseconds(NOW - day * DAY) for day in days)


def view(pressure: int | None) -> View:
    values = {} if pressure is None else {"pressure": pressure}
    return View(DecisionContext(NOW, ZoneInfo("UTC"), "en", "USD", "web", values))


@pytest.mark.parametrize(
    ("shown", "sum_"),
    [
        ({}, 0),
        ({"deal": {"web": ago(1)}}, 1),
        ({"deal": {"web": ago(1), "app": ago(1), "email": ago(1)}}, 5),
        ({"popup": {"web": ago(1, 2)}}, 4),
        ({"popup": {"email": ago(1)}}, 3),
        ({"wall": {"web": ago(1)}}, 3),
        ({"deal": {"web": ago(6.9, 7, 8)}}, 1),
        ({"news": {"web": ago(1)}, "gone": {"email": ago(1)}}, 0),
    ],
)
def test_the_offers_of_a_week_weigh_by_channel_and_display(
    shown: dict[str, dict[str, tuple[int, ...]]], sum_: int
) -> None:
    assert pressure_of(Pressure(10), Counters(shown=shown), DISPLAYS.get, now=NOW) == sum_
    assert pressure_of(Pressure(), Counters(shown=shown), DISPLAYS.get, now=NOW) == sum_


def test_a_workspace_weighs_and_reckons_as_it_says() -> None:
    budget = Pressure(10, 2 * DAY, {**WEIGHTS, "inline": 5, "email": 0})
    shown = {"deal": {"web": ago(1, 3), "email": ago(1)}}
    assert pressure_of(budget, Counters(shown=shown), DISPLAYS.get, now=NOW) == 5
    assert [budget.weight(display, "web") for display in WEIGHTS if display != "email"] == [3, 2, 5]
    assert budget.weight("overlay", "email") == 0


@pytest.mark.parametrize(
    ("sofar", "weight", "taken", "over"),
    [
        (0, 10, 0, False),
        (0, 11, 0, True),
        (9, 1, 0, False),
        (9, 2, 0, True),
        (9, 1, 1, True),
        (7, 1, 2, False),
        (12, 0, 0, True),
        (None, 100, 100, False),
    ],
)
def test_an_offer_that_would_exceed_the_budget_is_withheld(
    sofar: int | None, weight: int, taken: int, *, over: bool
) -> None:
    assert over_budget(Pressure(10), weight, view(sofar), taken=taken) is over
    assert over_budget(Pressure(), weight, view(sofar), taken=taken) is False


def test_a_budget_makes_an_answer_private_and_no_budget_does_not() -> None:
    budgeted, free = view(0), view(0)
    over_budget(Pressure(10), 1, budgeted)
    over_budget(Pressure(), 1, free)
    assert (budgeted.is_private(), free.is_private()) == (True, False)


def test_a_persona_is_under_no_pressure_unless_it_says_so() -> None:
    context = DecisionContext(
        NOW, ZoneInfo("UTC"), "en", "USD", "web", {}, frozenset({Signal.COUNTERS}), rehearsed=True
    )
    assert not over_budget(Pressure(1), 1, View(context))
    assert over_budget(Pressure(1), 2, View(context))


@given(
    shown=st.dictionaries(
        st.sampled_from(sorted(DISPLAYS)),
        st.dictionaries(
            st.sampled_from(["web", "app", "email"]),
            st.lists(st.floats(0, 28), max_size=5).map(lambda days: ago(*days)),
        ),
    ),
    limit=st.integers(1, 20),
)
def test_whoever_keeps_to_the_budget_never_exceeds_it(shown: dict[str, dict[str, tuple[int, ...]]], limit: int) -> None:
    budget = Pressure(limit)
    weighs = pressure_of(budget, Counters(shown=shown), DISPLAYS.get, now=NOW)
    for entry, display in DISPLAYS.items():
        for channel in ("web", "email"):
            weight = budget.weight(display, channel)
            if not over_budget(budget, weight, view(weighs)):
                more = {**shown, entry: {**shown.get(entry, {})}}
                more[entry][channel] = (*more[entry].get(channel, ()), milliseconds(NOW))
                assert pressure_of(budget, Counters(shown=more), DISPLAYS.get, now=NOW) <= limit
