"""Servers made of published OpenAPI specs: a request that breaks the contract is refused, and so is a fixture that does.

with contract(Part("/occ/v2", spec("sap/occ-v2.json.gz")), answers={"getCart": CART}) as server:
    ...  # ask server.url
assert server.operations == {"getCart"}
"""

import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from commerce.openapi_specs import Operation, Spec
from openapi_core.contrib.werkzeug import WerkzeugOpenAPIRequest
from openapi_core.templating.paths.finders import APICallPathFinder
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

_STATUS = {"PathNotFound": 404, "OperationNotFound": 405}
_AUTHENTICATION = 401


@dataclass(frozen=True, slots=True)
class Said:
    """An answer as it goes out. One of 2xx must hold what the spec declares and nothing else, unless it is `wrong` on purpose."""

    body: object
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    wrong: bool = False


Answering = Callable[[Request], Any]  # gives a body or `Said`
Narrow = Callable[[Spec, Operation, Request, Any], Any]  # raises ValueError for a request that it refuses


@dataclass(frozen=True, slots=True)
class Sent:
    """A request that held to the contract."""

    operation: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Part:
    """One spec of a server. `also` are query parameters that it takes though the spec does not declare them.

    `narrow` may refuse a request, and shapes the answer as the request wants it.
    """

    prefix: str
    spec: Spec
    also: frozenset[str] = frozenset()
    narrow: Narrow | None = None


@dataclass(slots=True)
class Server:
    """What was asked of a contract server. `refused` says why requests were."""

    parts: Sequence[Part]
    answers: dict[str, Any]
    beside: Mapping[str, Answering]
    opens: Callable[[str, Request], bool]
    url: str = ""
    sent: list[Sent] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    dishonest: list[str] = field(default_factory=list)

    @property
    def operations(self) -> frozenset[str]:
        """The ids of the operations that were asked for in keeping with the contract."""
        return frozenset(sent.operation for sent in self.sent)

    def answer(self, request: Request) -> Response:
        if request.path in self.beside:
            return _response(_said(self.beside[request.path], request))
        part = next((one for one in self.parts if request.path.startswith(f"{one.prefix}/")), None)
        if part is None:
            return self._refusal(404, f"{request.path} is in no spec")
        try:
            operation = _checked(part, request)
        except _RefusedError as error:
            return self._refusal(error.status, f"{request.method} {request.path}: {error}")
        if _is_guarded(part.spec, operation) and not self.opens(operation.id, request):
            return self._refusal(_AUTHENTICATION, f"{operation.id}: this Authorization opens nothing")
        return self._answered(part, operation, request)

    def _answered(self, part: Part, operation: Operation, request: Request) -> Response:
        said = self._chosen(part.spec, operation, request)
        if part.narrow is not None and said.status < 300 and not said.wrong:
            try:
                said = Said(part.narrow(part.spec, operation, request, said.body), said.status, said.headers)
            except ValueError as error:
                return self._refusal(400, f"{operation.id}: {error}")
        self.sent.append(
            Sent(operation.id, request.path, request.args.to_dict(), dict(request.headers), request.get_data())
        )
        return _response(said)

    def _chosen(self, spec: Spec, operation: Operation, request: Request) -> Said:
        """Take the fixture, else the published example, else what the schema allows."""
        if operation.id not in self.answers:
            example = spec.example(operation.id)
            return Said(spec.fake(spec.schema(operation.id) or {}) if example is None else example)
        said = _said(self.answers[operation.id], request)
        if said.status < 300 and not said.wrong and (wrongs := spec.wrongs(operation.id, said.body)):
            self.dishonest.append(f"{operation.id}: {'; '.join(wrongs[:5])}")
        return said

    def _refusal(self, status: int, why: str) -> Response:
        self.refused.append(why)
        return _response(Said({"title": why}, status))


@contextmanager
def contract(
    *parts: Part,
    answers: Mapping[str, Any] | None = None,
    beside: Mapping[str, Answering] | None = None,
    opens: Callable[[str, Request], bool] = lambda _operation, _request: True,
) -> Iterator[Server]:
    """Serve specs on a loopback port of their own.

    Args:
        *parts: Each under its own prefix.
        answers: Operation id → a body, a `Said`, or a function of the request that gives one; all others answer by the spec.
        beside: Paths that no spec knows, such as a token endpoint.
        opens: (operation id, request) → whether its Authorization opens it; one must be there where the spec says so.

    Raises:
        AssertionError: In the end, where a fixture did not hold what the spec declares.
    """
    server = Server(parts, dict(answers or {}), beside or {}, opens)
    served = make_server("127.0.0.1", 0, Request.application(server.answer), threaded=True, request_handler=_Quiet)
    server.url = f"http://127.0.0.1:{served.port}"
    thread = threading.Thread(target=served.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        served.shutdown()
        thread.join()
        served.server_close()
    assert not server.dishonest, server.dishonest


class _Quiet(WSGIRequestHandler):
    def log(self, *_: Any) -> None:
        pass


class _RefusedError(Exception):
    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


def _checked(part: Part, request: Request) -> Operation:
    asked = _asked(request, part.prefix)
    try:
        part.spec.api.validate_request(asked)
    except Exception as error:
        status = _STATUS.get(type(error).__name__, 400)
        raise _RefusedError(status, f"{type(error).__name__}: {error} {error.__cause__ or ''}"[:400]) from error
    found = APICallPathFinder(part.spec.api.spec).find(asked.method, asked.host_url + asked.path)
    operation = part.spec.operation(found.path.parts[-1], asked.method)
    if unknown := _query(request) - _declared(part.spec, operation) - part.also:
        raise _RefusedError(400, f"query parameters that are not declared: {', '.join(sorted(unknown))}")
    if _is_guarded(part.spec, operation) and not request.headers.get("Authorization"):
        raise _RefusedError(_AUTHENTICATION, "no Authorization")
    return operation


def _asked(request: Request, prefix: str) -> Any:
    class Asked(WerkzeugOpenAPIRequest):
        @property
        def path(self) -> str:
            return str(super().path).removeprefix(prefix)

    return Asked(request)


def _is_guarded(spec: Spec, operation: Operation) -> bool:
    needed = operation.data.get("security", spec.data.get("security")) or []
    return bool(needed) and {} not in needed


def _query(request: Request) -> frozenset[str]:
    return frozenset(map(_any_index, request.args))


def _declared(spec: Spec, operation: Operation) -> frozenset[str]:
    shared = spec.data["paths"][operation.path].get("parameters") or []
    all_of_them = [spec.at(one) for one in [*shared, *(operation.data.get("parameters") or [])]]
    return frozenset(_any_index(one["name"]) for one in all_of_them if one["in"] == "query")


def _any_index(name: str) -> str:
    """Let `filters[0]` stand for all of a list, as Swagger 2 files write it."""
    return re.sub(r"\[\d+\]", "[0]", name)


def _said(answer: Any, request: Request) -> Said:
    made = answer(request) if callable(answer) else answer
    return made if isinstance(made, Said) else Said(made)


def _response(said: Said) -> Response:
    return Response(json.dumps(said.body), said.status, dict(said.headers), content_type="application/json")
