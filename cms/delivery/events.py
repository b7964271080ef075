"""`/v1/events`: what pages, mails and shops tell of what happened; acknowledged once it is on disk."""

import logging
from collections.abc import Iterator
from typing import Any

from flask import Response
from marshmallow import Schema, fields, validate

from cms.content.fields import Strict, Text, choice
from cms.delivery.caching import PRIVATE_HEADERS
from cms.delivery.failures import Failure, short
from cms.delivery.output import written
from cms.delivery.parsing import StrictBlueprint, StrictParser, plain
from cms.delivery.service import service
from cms.errors import CmsError
from cms.events import Event, EventShape, read_event
from cms.problems import Problem, pointer_of

MOST_EVENTS = 100
MOST_BYTES = 256_000
_log = logging.getLogger("cms.delivery")


class _BeaconParser(StrictParser):
    """Takes text/plain too: what `navigator.sendBeacon` sends of a text, so that another host's page need not ask first.

    Nothing is lost by it: nobody is recognized here by a cookie, and nothing of the answer can be read over there.
    """

    media_types = StrictParser.media_types | {"text/plain"}
    most_bytes = MOST_BYTES


class _EventsBlueprint(StrictBlueprint):
    ARGUMENTS_PARSER = _BeaconParser()


class _Item(fields.Nested):
    """An event as the document describes it, left as it came: a bad one must not refuse the batch."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, partial: Any = None, **kwargs: Any) -> Any:
        return value


class EventsRequest(Strict):
    events = fields.List(
        _Item(EventShape),
        required=True,
        validate=validate.Length(min=1, max=MOST_EVENTS, error="Send {min} to {max} events."),
    )


class EventResult(Schema):
    id = Text(allow_none=True, metadata={"description": "As sent; null where the item has none that can be used."})
    status = choice(("accepted", "duplicate", "rejected"))
    code = Text(metadata={"description": "Why it was rejected."})
    pointer = Text(metadata={"description": "What of the body it was rejected for."})
    detail = Text()


class EventsAnswer(Schema):
    results = fields.List(fields.Nested(EventResult), metadata={"description": "One for each event, in their order."})


blueprint = _EventsBlueprint("events", __name__, url_prefix="/v1", description="What happened to what was shown.")


@blueprint.post("/events")
@blueprint.arguments(EventsRequest)
@blueprint.alt_response(202, schema=EventsAnswer, success=True, description="What is accepted is on disk.")
@blueprint.fails(413, "Too long.")
@blueprint.fails(422, "No batch of events.")
@blueprint.fails(503, "Events are not kept here, or cannot be stored now: nothing of the batch was.")
def post_events(body: dict[str, Any]) -> Response:
    """Keep a batch of events; each is accepted, known already, or rejected by itself."""
    here = service()
    if here.events is None:
        raise Failure(503, "events_not_kept", "No events are kept here: CMS_EVENTS_URL is empty.")
    now = here.clock()
    read = [read_event(raw, now=now) for raw in body["events"]]
    events = [event for event in read if isinstance(event, Event)]
    try:
        new = here.events.add(events, received_at=now)
    except CmsError as failure:
        _log.error("events_not_stored code=%s count=%s", failure.code, len(events))
        raise Failure(503, "events_unavailable", "Events cannot be stored now; send them again later.") from failure
    answer = {"results": list(_results(body["events"], read, set(new)))}
    return Response(written(answer), 202, mimetype="application/json", headers=PRIVATE_HEADERS)


def _results(sent: list[Any], read: list[Event | Problem], new: set[str]) -> Iterator[dict[str, Any]]:
    for index, (raw, event) in enumerate(zip(sent, read, strict=True)):
        if isinstance(event, Problem):
            yield _rejected(raw, plain(event.below(pointer_of("events", index))))
        else:
            yield {"id": event.id, "status": "accepted" if event.id in new else "duplicate"}
            new.discard(event.id)  # a second one of the same batch is a duplicate


def _rejected(raw: Any, problem: Problem) -> dict[str, Any]:
    sent = raw.get("id") if isinstance(raw, dict) else None
    return {
        "id": short(sent) if isinstance(sent, str) else None,
        "status": "rejected",
        "code": problem.code,
        "pointer": short(problem.pointer),
        "detail": short(f"{problem.message} {problem.suggestion}".strip()),
    }
