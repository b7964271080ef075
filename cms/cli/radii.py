"""How far a change reaches, for people and for machines."""

from collections.abc import Iterator, Mapping
from typing import Any

from cms.differences.radius import Kind, Names, Radius, Tally

_MOST_TRANSITIONS = 5
_MOST_DIGITS = 6  # of a share, behind the point


def as_text(radius: Radius, *, is_traffic: bool) -> Iterator[str]:
    """Tell pages, slots and what turns into what; first how much all together."""
    what = "decisions" if is_traffic else "views of personas (persona × slot)"
    if not is_traffic:
        yield "No such decision was found: personas are held against what is live. This is no share of traffic."
    if radius.whole.looked_at:
        yield f"{_shares(radius.whole, is_traffic=is_traffic)} of {radius.whole.looked_at} {what} would change."
    else:
        yield f"There are no {what} to tell by."
    yield from _aside(radius)
    for surface, tally in sorted(radius.pages.items(), key=lambda page: (-page[1].changed, page[0])):
        yield ""
        yield f"{surface}: {_tally(tally, is_traffic=is_traffic)}"
        for place, slot in _within(surface, radius.slots).items():
            yield f"  {place}: {_tally(slot, is_traffic=is_traffic)}"
            for transition, count in slot.transitions.most_common(_MOST_TRANSITIONS):
                said = f"{_shown(transition.before)} → {_shown(transition.after)}"
                yield f"    {count} × {said}, such as {slot.examples[transition]}"
            if len(slot.transitions) > _MOST_TRANSITIONS:
                yield f"    and {len(slot.transitions) - _MOST_TRANSITIONS} other changes"


def _within(surface: str, slots: Mapping[str, Tally]) -> Mapping[str, Tally]:
    """Give the slots of a page of which there is something to say."""
    here = {place: tally for place, tally in slots.items() if place.rpartition("/")[0] == surface}
    return {place: tally for place, tally in here.items() if tally.kinds[Kind.SAME] != tally.looked_at}


def _tally(tally: Tally, *, is_traffic: bool) -> str:
    more = [(Kind.REWORDED, "with the same variant in other words"), (Kind.RESTOCKED, "with other products")]
    said = [f"{_shares(tally, is_traffic=is_traffic)}, {tally.changed} of {tally.looked_at}, changed"]
    return "; ".join(said + [f"{tally.kinds[kind]} {words}" for kind, words in more if tally.kinds[kind]])


def _shares(tally: Tally, *, is_traffic: bool) -> str:
    """Write a share; of decisions, which stand for more of their kind, also between what it lies."""
    low, high = tally.interval
    between = f" (95 % between {_percent(low)} and {_percent(high)})" if is_traffic and tally.looked_at else ""
    return f"{_percent(tally.share)}{between}"


def _percent(share: float) -> str:
    """Write a share; what is not nothing never as nothing, and what is not all never as all."""
    digits = next((few for few in range(1, _MOST_DIGITS) if 0 < round(share, few + 2) < 1), _MOST_DIGITS)
    return f"{100 * share:.{1 if share in {0, 1} else digits}f} %"


def _shown(names: Names) -> str:
    return "no such slot" if names is None else ", ".join(names) or "nothing"


def _aside(radius: Radius) -> Iterator[str]:
    """Tell what is not in the shares, and what they do not know."""
    for page, count in sorted(radius.gone.items()):
        yield f"Besides, {count} of {page}, which the workspace has no more."
    if radius.differing:
        yield f"Left out: {radius.differing} that come out otherwise even on the release they were made on."
    for reason, count in radius.unmade.most_common():
        yield f"Left out: {count} that cannot be made again: {reason}."
    if radius.unverified:
        yield f"Not verified: {radius.unverified} whose release is not in the store; taken as recorded."
    for page, signals in sorted(radius.unheard.items()):
        yield f"{page} would ask for {', '.join(sorted(signals))}, which it did not then: unknown here."


def as_json(radius: Radius) -> dict[str, Any]:
    """Give the shape that tools read."""
    return {
        **_tally_json(radius.whole),
        "pages": {page: _tally_json(tally) for page, tally in sorted(radius.pages.items())},
        "slots": {place: _slot_json(tally) for place, tally in sorted(radius.slots.items())},
        "gone": dict(sorted(radius.gone.items())),
        "differing": radius.differing,
        "unmade": dict(radius.unmade.most_common()),
        "unverified": radius.unverified,
        "unheard": {page: sorted(signals) for page, signals in sorted(radius.unheard.items())},
    }


def _tally_json(tally: Tally) -> dict[str, Any]:
    low, high = tally.interval
    return {
        "looked_at": tally.looked_at,
        "changed": tally.changed,
        "share": round(tally.share, 6),
        "interval": [round(low, 6), round(high, 6)],
        "reworded": tally.kinds[Kind.REWORDED],
        "restocked": tally.kinds[Kind.RESTOCKED],
    }


def _slot_json(tally: Tally) -> dict[str, Any]:
    transitions = [
        {"before": found.before, "after": found.after, "count": count, "example": tally.examples[found]}
        for found, count in tally.transitions.most_common()
    ]
    return _tally_json(tally) | {"transitions": transitions}
