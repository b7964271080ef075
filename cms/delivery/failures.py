"""Failures: every error answer is RFC 9457 problem+json with a stable code and JSON pointers."""

import json
import logging
import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from flask import Flask, Response
from werkzeug.exceptions import HTTPException

from cms.delivery.caching import PRIVATE_HEADERS
from cms.problems import Problem

_log = logging.getLogger("cms.delivery")
_LONG_RUN = re.compile(r"([^\s/]{64})[^\s/]+")
_LONGEST_DETAIL = 500
_HEADERS: Mapping[int, Mapping[str, str]] = {401: {"WWW-Authenticate": "Bearer"}, 503: {"Retry-After": "2"}}


class Failure(Exception):
    """An answer other than the one asked for; `problems` point into the request's body."""

    def __init__(self, status: int, code: str, detail: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.problems = tuple(problems)


def problem_response(failure: Failure, headers: Mapping[str, str] | None = None) -> Response:
    """Write a failure; nothing of the input is echoed beyond short names."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(failure.status).phrase,
        "status": failure.status,
        "code": failure.code,
        "detail": short(failure.detail),
    }
    if failure.problems:
        body["pointer"] = short(failure.problems[0].pointer)
        body["errors"] = [
            {
                "code": found.code,
                "pointer": short(found.pointer),
                "detail": short(f"{found.message} {found.suggestion}".strip()),
            }
            for found in failure.problems
        ]
    response = Response(json.dumps(body, ensure_ascii=False), failure.status, mimetype="application/problem+json")
    response.headers.update({**PRIVATE_HEADERS, **(headers or {})})
    return response


def short(text: str) -> str:
    """Keep words and steps of pointers short: a caller gets no page of its own making back."""
    return _LONG_RUN.sub(r"\1…", text)[:_LONGEST_DETAIL]


def register(app: Flask) -> None:
    """Answer every error of an app as a problem; an unforeseen one is logged and told as no more than that."""

    def on_failure(failure: Failure) -> Response:
        return problem_response(failure, _HEADERS.get(failure.status))

    def on_http(error: HTTPException) -> Response:
        code = (error.name or "error").lower().replace(" ", "_")
        allowed = getattr(error, "valid_methods", None)
        headers = {"Allow": ", ".join(sorted(allowed))} if allowed else {}
        return problem_response(Failure(error.code or 500, code, error.description or error.name), headers)

    def on_crash(error: Exception) -> Response:
        _log.exception("request_crashed", exc_info=error)
        return problem_response(Failure(500, "internal", "Something went wrong here; it has been logged."))

    app.register_error_handler(Failure, on_failure)
    app.register_error_handler(HTTPException, on_http)
    app.register_error_handler(Exception, on_crash)
