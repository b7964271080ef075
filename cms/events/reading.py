"""Reading: one item of a batch becomes an event, or the problem that refuses it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from marshmallow import validate

from cms.content.fields import Strict, Text, choice
from cms.content.shaping import shaped
from cms.events.event import Event, Kind
from cms.facts.values import moment_of
from cms.problems import Problem

AHEAD = timedelta(minutes=5)  # how far a sender's clock may be ahead of ours
OLDEST = timedelta(days=7)  # how long a sender may have been offline
NEEDS: Mapping[Kind, tuple[str, ...]] = {
    Kind.PAGE_VIEW: (),
    Kind.IMPRESSION: ("entry",),
    Kind.CLICK: ("entry",),
    Kind.DISMISS: ("visitor", "entry"),  # of nobody it could not be remembered; a customer is somebody too
    Kind.ADD_TO_CART: ("sku",),
    Kind.ORDER: ("order",),
    Kind.CONVERSION: (),
}

# Python's $ would let a line break pass; \Z means nothing to readers of the OpenAPI document.
_END = r"$(?!\n)"
_id = validate.Regexp(
    rf"^[A-Za-z0-9_.:-]{{1,64}}{_END}", error="An id is made of 1 to 64 letters, digits, _, -, . or :."
)
_key = validate.Regexp(
    rf"^[a-z0-9][a-z0-9-]{{0,127}}{_END}",
    error="A key is made of at most 128 of a-z, 0-9 and -, and begins with a letter or digit.",
)
_short = validate.Length(min=1, max=256)


class EventShape(Strict):
    """Something that happened; a key that is not listed here is refused, so that no personal data slips in."""

    id = Text(required=True, validate=_id, metadata={"description": "Chosen by the sender, unique: a random UUID."})
    kind = choice(tuple(Kind), required=True)
    at = Text(required=True, metadata={"description": "ISO 8601 with its offset: when it happened."})
    visitor = Text(validate=_short, allow_none=True, metadata={"description": "The key that pages are asked with."})
    decision = Text(validate=_id, allow_none=True, metadata={"description": "The decision that it follows from."})
    slot = Text(validate=_key, allow_none=True)
    entry = Text(validate=_key, allow_none=True)
    variant = Text(validate=_key, allow_none=True)
    sku = Text(validate=_short, allow_none=True)
    order = Text(validate=_short, allow_none=True, metadata={"description": "The shop's number of the order."})
    customer = Text(
        validate=_short, allow_none=True, metadata={"description": "The key that the shop's signals give the customer."}
    )
    channel = choice(
        ("web", "email", "app"), allow_none=True, metadata={"description": "Where it happened; web unless given."}
    )


_SHAPE = EventShape()


def read_event(raw: object, *, now: datetime) -> Event | Problem:
    """Read one item; what is wrong with it is told as the first problem, with a pointer into the item.

    Args:
        raw: Parsed JSON. A key that is null counts as left out.
        now: Aware; the moment must be near it.
    """
    data, problems = shaped(_SHAPE, raw)
    if problems:
        return problems[0]
    try:
        at = moment_of(data["at"])
    except ValueError as wrong:
        return Problem("bad-date", f"{wrong}.", "/at")
    told = {key: value for key, value in data.items() if value is not None}
    kind = Kind(data["kind"])
    return _untimely(at, now) or _lacking(kind, told) or Event(**told | {"kind": kind, "at": at})


def _untimely(at: datetime, now: datetime) -> Problem | None:
    if at > now + AHEAD:
        return Problem("in-the-future", "This has not happened yet.", "/at", "Set the sender's clock.")
    if at < now - OLDEST:
        return Problem("too-old", f"This happened more than {OLDEST.days} days ago.", "/at", "Send events sooner.")
    return None


def _lacking(kind: Kind, data: Mapping[str, Any]) -> Problem | None:
    """Name the first key that this kind cannot do without."""
    given = data.keys() | ({"visitor"} if "customer" in data else set())
    missing = next((key for key in NEEDS[kind] if key not in given), None)
    if missing is None:
        return None
    return Problem("missing-key", f'An event of kind "{kind}" needs "{missing}".', "", f'Add "{missing}".')
