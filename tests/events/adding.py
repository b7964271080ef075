"""A process that adds events: `python adding.py URL FIRST LAST SECONDS [REDIS]` says how many ids were new.

It begins at the given second of the clock, so that several begin together.
"""

import sys
import time
from datetime import UTC, datetime

from cms.events import Event, EventLog, Events, Kind, RedisCounters

AT = datetime(2026, 12, 2, 15, tzinfo=UTC)


def event(number: int) -> Event:
    return Event(f"e-{number}", Kind.IMPRESSION, AT, visitor=f"v-{number % 7}", entry="welcome")


def main(url: str, first: int, last: int, begin: float, redis: str = "") -> int:
    log = EventLog(url)
    events: Events = RedisCounters(log, redis, monotonic=time.monotonic, answers_s=5) if redis else log
    time.sleep(max(0.0, begin - time.time()))  # noqa: TID251 - the border where time enters
    batches = [range(start, min(start + 10, last)) for start in range(first, last, 10)]
    return sum(len(events.add(map(event, numbers), received_at=AT)) for numbers in batches)


if __name__ == "__main__":
    url, first, last, begin, *redis = sys.argv[1:]
    sys.stdout.write(str(main(url, int(first), int(last), float(begin), *redis)))
