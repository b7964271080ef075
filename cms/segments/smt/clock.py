"""The moment of a decision as a variable of Z3, and what the clock on the wall of the market says then."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from math import ceil, floor
from typing import Any
from zoneinfo import ZoneInfo

from cms.facts.builtin import WEEKDAYS
from cms.segments.smt.logic import Formula, Logic, Model, Term
from cms.segments.smt.variables import Day, Number, Words

_DAY, _HOUR = 86_400, 3_600
_EPOCH = date(1970, 1, 1).toordinal()


class Clock:
    """Whole seconds from `start` to `end`; dates, hours and weekdays are those of the market, and made when needed."""

    def __init__(
        self, logic: Logic, zones: Mapping[str, ZoneInfo], currency: Callable[[], Words], start: datetime, end: datetime
    ) -> None:
        self.logic = logic
        self.first, self.last = ceil(start.timestamp()), floor(end.timestamp())
        self._zones = zones
        self._currency = currency
        self._now: Term = None
        self._made: dict[str, Any] = {}

    @property
    def now(self) -> Term:
        """Seconds since 1970 in UTC."""
        if self._now is None:
            self._now = self.logic.whole("clock now")
            self.logic.bound(self._now, self.first, self.last)
        return self._now

    def during(self, start: datetime | None, until: datetime | None) -> Formula:
        """Say that it is `start` or later, and before `until`; None is open."""
        first = self.first if start is None else ceil(start.timestamp())
        last = self.last if until is None else ceil(until.timestamp()) - 1
        if first > self.last or last < self.first or first > last:
            return False
        since = True if first <= self.first else self.now >= first
        return self.logic.all_((since, True if last >= self.last else self.now <= last))

    def read(self, model: Model) -> datetime:
        seconds = self.first if self._now is None else self.logic.number(model, self._now)
        return datetime.fromtimestamp(seconds, UTC)

    def fact(self, stem: str) -> Any:
        """Give the variable of `now.date`, `now.hour` or `now.weekday`."""
        makers = {"now.date": self._day, "now.hour": self._hour, "now.weekday": self._weekday}
        if stem not in self._made:
            self._made[stem] = makers[stem]()
        return self._made[stem]

    @property
    def today(self) -> Term:
        """The number of today's date in the calendar."""
        return self.fact("now.date").term

    def _day(self) -> Day:
        """Part the local time into the days before and the seconds of today."""
        today, seconds = self.logic.whole("clock today"), self.logic.whole("clock second of the day")
        self.logic.bound(seconds, 0, _DAY - 1)
        self._tell_local(_DAY * (today - _EPOCH) + seconds)
        self._made["second"] = seconds
        return Day(self.logic, "now.date", can_be_never=False, term=today)

    def _hour(self) -> Number:
        self.fact("now.date")  # parts the local time
        hour, left = self.logic.whole("clock hour"), self.logic.whole("clock second of the hour")
        self.logic.bound(left, 0, _HOUR - 1)
        self.logic.require(self._made["second"] == _HOUR * hour + left)
        return Number(self.logic, "now.hour", low=0, high=23, term=hour)

    def _weekday(self) -> Words:
        weeks, weekday = self.logic.whole("clock weeks"), self.logic.whole("clock weekday")
        self.logic.bound(weekday, 0, 6)
        self.logic.require(self.today - 1 == 7 * weeks + weekday)  # the first day of the calendar is a Monday
        return Words(self.logic, "now.weekday", WEEKDAYS, term=weekday)

    def _tell_local(self, local: Term) -> None:
        """Tie the local time to now: in each zone, from one change of its clocks to the next."""
        for zone in dict.fromkeys(self._zones.values()):
            sold_in = [code for code, other in self._zones.items() if other == zone]
            ours = True if len(sold_in) == len(self._zones) else self._currency().one_of(sold_in)
            for first, until, offset in self._stretches(zone):
                since = True if first <= self.first else self.now >= first
                within = self.logic.all_((ours, since, True if until > self.last else self.now < until))
                self.logic.require(self.logic.implies(within, local == self.now + offset))

    def _stretches(self, zone: ZoneInfo) -> Iterator[tuple[int, int, int]]:
        """List from when, until when and by how much a zone is ahead of UTC, in seconds."""
        begun, offset = self.first, _offset(zone, self.first)
        for day in range(self.first + _DAY, self.last + _DAY, _DAY):
            end = min(day, self.last)
            if _offset(zone, end) != offset:
                change = _change(zone, day - _DAY, end)
                yield begun, change, offset
                begun, offset = change, _offset(zone, end)
        yield begun, self.last + 1, offset


def _offset(zone: ZoneInfo, seconds: int) -> int:
    offset = datetime.fromtimestamp(seconds, zone).utcoffset()
    return int((offset or timedelta(0)).total_seconds())


def _change(zone: ZoneInfo, low: int, high: int) -> int:
    """Find the second at which a zone's clocks are changed, of two between which they are."""
    before = _offset(zone, low)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _offset(zone, middle) == before else (low, middle)
    return high
