"""Groups over time: an exclusive group may be held by an offer that another page or a mail has shown."""

from collections.abc import Iterator
from datetime import timedelta

from cms.content.snapshot import Entry, Snapshot
from cms.facts.builtin import builtin
from cms.facts.context import View
from cms.facts.counters import Counters, milliseconds

SESSION = timedelta(minutes=30)


def holder(entry: Entry, snapshot: Snapshot, view: View) -> str | None:
    """Name the rival that holds the group of an entry; None: nobody does, or nobody knows of one.

    Within a session it is the one of the group that the visitor saw last, within a customer the one that the person
    was last mailed or accepted, while its schedule runs. An entry that holds its group itself has no rival.
    """
    counters, offer = view.context.counters, entry.offer
    if offer is None or offer.exclusive is None or offer.within == "page" or counters is None or counters.of_nobody:
        return None
    view.value(builtin(f"shown[{entry.key}].last_7_days"))  # the answer hangs on what somebody was shown
    claims = _seen(counters, view) if offer.within == "session" else _taken(counters)
    held = [(at_ms, key) for key, at_ms in claims if _is_of(offer.exclusive, key, snapshot, view)]
    key = max(held, default=(0, entry.key))[1]
    return None if key == entry.key else key


def _seen(counters: Counters, view: View) -> Iterator[tuple[str, int]]:
    """List what the visitor saw in this session, and when last."""
    since_ms = milliseconds(view.context.now - SESSION)
    latest = ((entry, max(moments)) for entry, moments in counters.seen.items())
    yield from ((entry, at_ms) for entry, at_ms in latest if at_ms > since_ms)


def _taken(counters: Counters) -> Iterator[tuple[str, int]]:
    """List what the person was mailed or accepted, and when last; counters know of no more than is kept."""
    yield from counters.accepted.items()
    yield from ((entry, max(found["email"])) for entry, found in counters.shown.items() if "email" in found)


def _is_of(group: str, key: str, snapshot: Snapshot, view: View) -> bool:
    """Say whether an entry belongs to a group and has not run out."""
    entry = snapshot.entries.get(key)
    if entry is None or entry.offer is None or entry.offer.exclusive != group:
        return False
    until = entry.schedule.until
    return until is None or view.context.now < until
