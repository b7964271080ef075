"""`/v1/hooks/{upstream}`: what shops tell of changes; only ever a reason to read again, never a value."""

import logging

from flask import Response, request
from marshmallow import Schema, validate

from cms.commerce.adapter import HookError
from cms.commerce.hooks.receiving import Hooks
from cms.content.fields import Text
from cms.delivery.caching import PRIVATE_HEADERS
from cms.delivery.failures import Failure
from cms.delivery.output import written
from cms.delivery.parsing import StrictBlueprint
from cms.delivery.service import service

MOST_BYTES = 256_000
_BODY = {
    "required": True,
    "description": "As the upstream writes it, at most 256 kB.",
    "content": {"application/json": {"schema": {"type": "object"}}},
}
_log = logging.getLogger("cms.delivery")


class HookAnswer(Schema):
    status = Text(metadata={"description": "`accepted`, or `repeated` where it came before."})


class ChallengeQuery(Schema):
    challenge = Text(required=True, validate=validate.Regexp(r"[A-Za-z0-9_.-]{1,128}\Z"))


class ChallengeAnswer(Schema):
    challenge = Text()


blueprint = StrictBlueprint("hooks", __name__, url_prefix="/v1", description="What shops tell of changes.")


@blueprint.post("/hooks/<upstream>")
@blueprint.doc(requestBody=_BODY)
@blueprint.alt_response(202, schema=HookAnswer, success=True, description="What it hints at is read again.")
@blueprint.alt_response(200, schema=HookAnswer, success=True, description="It came before: nothing is done.")
@blueprint.fails(400, "Signed, but not of the upstream's form.")
@blueprint.fails(401, "Not signed with a live secret, or too old.")
@blueprint.fails(404, "No webhooks of such an upstream are taken.")
@blueprint.fails(413, "Too long.")
def post_hook(upstream: str) -> Response:
    """Take a signed webhook; the work is done after the answer."""
    hooks = _hooks(upstream)
    body = _body()
    try:
        is_new = hooks.receive(upstream, dict(request.headers), body, service().clock())
    except HookError as wrong:
        _log.warning("hook_refused upstream=%s code=%s", upstream, wrong.code)
        raise _refusal(wrong) from wrong
    return _written({"status": "accepted"}, 202) if is_new else _written({"status": "repeated"}, 200)


@blueprint.get("/hooks/<upstream>")
@blueprint.arguments(ChallengeQuery, location="query")
@blueprint.alt_response(200, schema=ChallengeAnswer, success=True, description="The challenge.")
@blueprint.fails(404, "No webhooks of such an upstream are taken.")
@blueprint.fails(422, "No challenge.")
def get_hook(query: dict[str, str], upstream: str) -> Response:
    """Give a challenge back, as Adobe I/O Events asks once, to see that the address takes its webhooks."""
    _hooks(upstream)
    return _written(query, 200)


def _body() -> bytes:
    """Read what came, byte for byte; of what is sent in chunks no more than tells that it is too long.

    Raises:
        Failure: 413 `too_large`.
    """
    request.max_content_length = MOST_BYTES + 1
    body = request.get_data(cache=False)
    if len(body) > MOST_BYTES:
        raise Failure(413, "too_large", f"A webhook has at most {MOST_BYTES} bytes here.")
    return body


def _hooks(upstream: str) -> Hooks:
    """Find who takes webhooks of an upstream.

    Raises:
        Failure: 404 `unknown_hook`, the same where there is no such upstream and where nothing is set to check its webhooks by.
    """
    hooks = service().hooks
    if hooks is None or upstream not in hooks:
        raise Failure(404, "unknown_hook", "No webhooks are taken at this address.")
    return hooks


def _refusal(wrong: HookError) -> Failure:
    """Tell who can sign what is wrong; tell everybody else the same."""
    if wrong.code == "hook-malformed":
        return Failure(400, "hook_malformed", wrong.message)
    return Failure(401, "hook_refused", "The webhook is not signed with a live secret, or too old.")


def _written(answer: dict[str, str], status: int) -> Response:
    return Response(written(answer), status, mimetype="application/json", headers=PRIVATE_HEADERS)
