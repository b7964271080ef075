"""Moments: from when on and until when a proof looks, and where anything turns in between."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from cms.content.snapshot import Snapshot
from cms.proofs.places import conditions_of
from cms.segments.conditions import Test, leaves

_LATER = timedelta(days=800)  # after the last moment that is named: every day of a year and of a week is yet to come
_FURTHEST = timedelta(days=100 * 365)  # what is named beyond, such as the year 9999, stands for never


def next_minute(now: datetime) -> datetime:
    """Begin at a full minute, so that no visitor comes at an odd moment."""
    minute = now.replace(second=0, microsecond=0)
    return minute if minute == now else minute + timedelta(minutes=1)


def horizon(snapshot: Snapshot, now: datetime) -> datetime:
    """Give the last moment to look at: after all that is named, as long as a rule may wait and every date has come round."""
    ahead = (moment for moment in moments_named(snapshot) if moment < now + _FURTHEST)
    return max([now, *ahead]) + _LATER + _longest_ago(snapshot)


def moments_named(snapshot: Snapshot) -> Iterator[datetime]:
    """List the moments at which anything turns: ends of schedules, and days that rules name."""
    for entry in snapshot.entries.values():
        for schedule in (entry.schedule, *(variant.schedule for variant in entry.variants)):
            yield from (edge for edge in (schedule.start, schedule.until) if edge is not None)
    zone = snapshot.settings.default_market.zone
    for test in _tests(snapshot):  # of any fact: an order since some day may be yet to come
        yield from (datetime.combine(day, time(), zone) for day in test.operands if isinstance(day, date))


def _longest_ago(snapshot: Snapshot) -> timedelta:
    """Give the longest time that a rule waits for after some day."""
    named = (test.operand for test in _tests(snapshot) if test.operator.startswith("days_ago"))
    return timedelta(min(_FURTHEST.days, max((days for days in named if isinstance(days, int)), default=0)))


def _tests(snapshot: Snapshot) -> Iterator[Test]:
    rules = [condition for page in snapshot.surfaces.values() for condition in conditions_of(page)]
    for condition in {id(rule): rule for rule in (*snapshot.segments.values(), *rules)}.values():
        yield from (test for test in leaves(condition) if isinstance(test, Test))
