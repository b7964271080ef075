"""The visit-as bar, and offers that a visitor closed."""

import re
import uuid
from urllib.parse import unquote

from flask import Blueprint, Response, abort, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from cms.shop.front import Front
from cms.shop.routes import blueprint_of
from cms.shop.visits import choose, same_visit, visit_as

_MISLEADING = re.compile(r"[\x00-\x20\x7f\\]|//")  # what browsers drop or read as the start of a host
_MARK = re.compile(r"[\w.-]{1,200}", re.ASCII)
MARKS = ("entry", "variant", "slot", "decision")


def visiting_blueprint(front: Front) -> Blueprint:
    actions = {"/visit-as": _visit_as, "/choose": _choose, "/dismissals": _dismiss}
    return blueprint_of("visiting", front, pages={}, actions=actions)


def _visit_as(front: Front) -> AnyResponse:
    visit_as(request.form.get("visitor", ""), front.shop)
    return redirect(_back(), 303)


def _choose(front: Front) -> AnyResponse:
    same_visit(request, front.shop)
    choose(request.form.to_dict())
    return redirect(_back(), 303)


def _dismiss(front: Front) -> Response:
    """Tell Vitrine that an offer was closed, where the visitor agreed to be remembered; 204 whether or not it hears."""
    visit = same_visit(request, front.shop)
    marks = {mark: request.form.get(mark, "") for mark in MARKS}
    if not all(_MARK.fullmatch(value) for value in marks.values()):
        abort(422)
    if visit.consent:
        at = front.shop.clock().isoformat()
        front.vitrine.tell({"id": str(uuid.uuid4()), "kind": "dismiss", "at": at, "visitor": visit.key, **marks})
    return Response(status=204)


def _back() -> str:
    """Where the form was sent from, only ever a path of this shop."""
    back = request.form.get("back", "/")
    return back if back.startswith("/") and not _MISLEADING.search(unquote(back.partition("?")[0]) + back) else "/"
