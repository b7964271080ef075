"""Caps: an entry that was shown often enough, or nobody knows how often, is withheld."""

from datetime import timedelta

from cms.facts.builtin import builtin
from cms.facts.context import View
from cms.facts.counters import KEPT
from cms.offers.offer import Cap

NOT_COUNTABLE = f"Impressions are counted over whole days, at least one and at most {KEPT.days}."
_A_WEEK = timedelta(days=7)
_A_DAY = timedelta(days=1)


def is_countable(every: timedelta) -> bool:
    """Say whether a window is one that counters know: of whole days, and no longer than they are kept."""
    return not every % _A_DAY and _A_DAY <= every <= KEPT


def withheld_by(caps: tuple[Cap, ...], entry: str, view: View) -> Cap | None:
    """Name the first cap that keeps an entry from being shown once more; None: it may be shown."""
    for cap in caps:
        times = times_shown(cap, entry, view)
        if times is None or times >= cap.max:
            return cap
    return None


def times_shown(cap: Cap, entry: str, view: View) -> int | None:
    """Count what a cap counts; None: unknown.

    Without counters the fact of the last seven days stands in: of a persona for any window, otherwise for that of
    seven days, and of a shorter one it tells only that nothing was shown.
    """
    context = view.context
    counters = context.counters
    if counters is not None and cap.per == "total":
        return counters.times(entry, cap.per, cap.every, context.now)
    shown = view.value(builtin(f"shown[{entry}].last_7_days"))  # what is counted of somebody is read as a fact is
    if not isinstance(shown, int):
        return None
    if counters is not None:
        return counters.times(entry, cap.per, cap.every, context.now)
    told = context.rehearsed or cap.every == _A_WEEK or (shown == 0 and cap.every < _A_WEEK)
    return shown if told else None
