"""From an HTTP request to a typed one: schemas, facts, tokens."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from hmac import compare_digest
from typing import Any, NoReturn

from flask import Request as HttpRequest
from flask import request as http_request
from flask_smorest import Blueprint
from marshmallow import Schema, ValidationError
from webargs.flaskparser import FlaskParser

from cms.content.shaping import problems_of
from cms.content.snapshot import Page, Snapshot
from cms.decisions.requests import Request, RequestReader
from cms.delivery.failures import Failure
from cms.delivery.references import referenced
from cms.delivery.schemas import ProblemShape
from cms.delivery.service import Service
from cms.delivery.strict_json import MAX_BYTES, parse_body
from cms.facts.declarations import Fact, FactType
from cms.problems import Problem, did_you_mean

INVALID = "invalid_request"


class StrictParser(FlaskParser):
    """webargs over strict JSON; what is wrong is one failure with a pointer each."""

    media_types = frozenset({"application/json"})
    most_bytes = MAX_BYTES

    def load_json(self, req: HttpRequest, schema: Schema) -> Any:
        if req.mimetype not in self.media_types or req.headers.get("Content-Encoding", "identity") != "identity":
            raise Failure(415, "unsupported_media_type", "Send plain application/json.")
        return parse_body(req.get_data(), most=self.most_bytes)

    def handle_error(
        self,
        error: ValidationError,
        req: HttpRequest,
        schema: Schema,
        *,
        error_status_code: int | None,
        error_headers: Mapping[str, str] | None,
    ) -> NoReturn:
        messages = error.messages_dict
        location = next(iter(messages)) if len(messages) == 1 else ""
        inner = ValidationError(messages[location]) if location in {"json", "query"} else error
        problems = [plain(problem) for problem in problems_of(inner, schema)]
        raise Failure(422, INVALID, problems[0].message if problems else "The request is not valid.", problems)


def plain(problem: Problem) -> Problem:
    """Spell a problem as HTTP does: one style of codes, and a pointer without the mark of a key."""
    return Problem(
        problem.code.replace("-", "_"), problem.message, problem.pointer.removesuffix("#key"), problem.suggestion
    )


class StrictBlueprint(Blueprint):  # type: ignore[misc] # flask-smorest is not typed
    ARGUMENTS_PARSER = StrictParser()

    def fails(self, status: int, description: str) -> Any:
        """Document a problem that a route can answer with."""
        shape = {"schema": ProblemShape, "content_type": "application/problem+json"}
        return self.alt_response(status, description=description, **shape)


def read_request(
    here: Service, snapshot: Snapshot, body: Mapping[str, Any], *, channel: str, trusted: bool, in_url: bool = False
) -> Request:
    """Read a body into typed facts, with what its reference vouches for.

    Raises:
        Failure: 422 with every problem.
    """
    reader = RequestReader(snapshot, channel=channel, trusted=trusted, in_url=in_url)
    request = reader.read(body)
    if reader.problems:
        problems = [plain(problem) for problem in reader.problems]
        raise Failure(422, problems[0].code, problems[0].message, problems)
    return referenced(request, body, here.references, now=here.clock())


def facts_of_query(snapshot: Snapshot, query: Mapping[str, str]) -> dict[str, Any]:
    """Pick the facts out of a query; other parameters are nobody's business."""
    found = {name: snapshot.schema.find(name) for name in query}
    return {name: _typed(ref.fact, query[name]) for name, ref in found.items() if ref is not None and name != "locale"}


def _typed(fact: Fact, text: str) -> Any:
    """Give a query's text the JSON type of its fact; what does not fit is left for the reader to refuse."""
    if fact.type is FactType.BOOL:
        return {"true": True, "false": False}.get(text, text)
    if fact.type is FactType.SET:
        return [word for word in text.split(",") if word]
    if fact.type is FactType.NUMBER:
        try:
            return Decimal(text) if len(text) < 32 else text
        except InvalidOperation:
            return text
    return text


def check_slots(page: Page, slots: list[str] | None) -> None:
    """Refuse a slot the page does not have.

    Raises:
        Failure: 422 `unknown_slot`.
    """
    known = [slot.key for slot in page.slots]
    problems = [
        Problem("unknown_slot", f'No slot "{slot[:64]}" on this page.', f"/slots/{index}", did_you_mean(slot, known))
        for index, slot in enumerate(slots or ())
        if slot not in known
    ]
    if problems:
        raise Failure(422, "unknown_slot", problems[0].message, problems)


def is_trusted(tokens: tuple[str, ...]) -> bool:
    """Say whether the caller sent a server token.

    Raises:
        Failure: 401 where a token was sent that is none of ours.
    """
    header = http_request.headers.get("Authorization")
    if header is None:
        return False
    kind, _, sent = header.partition(" ")
    if kind.lower() == "bearer" and any(compare_digest(sent.encode(), token.encode()) for token in tokens):
        return True
    raise Failure(401, "unauthorized", "This token is not valid.")
