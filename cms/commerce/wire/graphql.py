"""GraphQL over the guarded transport: its errors come inside a 200."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from cms.commerce.failures import ERROR, GARBAGE, ShopError
from cms.commerce.wire.transport import SHOPPER_BYTES, Reply, Transport


class RefusedError(ShopError):
    """A question that was answered with errors or with a status that says no.

    `codes` are those of the errors, in the shop's own words, and `paths` their fields; none where only `status` says it.
    `extensions` are the answer's, such as how long to wait.
    """

    def __init__(
        self,
        message: str,
        codes: Collection[str],
        paths: Collection[str],
        *,
        ails: bool,
        status: int = 200,
        extensions: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(ERROR, message, ails=ails)
        self.codes = frozenset(codes)
        self.paths = frozenset(paths)
        self.status = status
        self.extensions = extensions or {}


@dataclass(frozen=True, slots=True)
class Said:
    """`data` is complete; `extensions` are the answer's, such as what it cost; `headers` the reply's."""

    data: Mapping[str, Any]
    extensions: Mapping[str, Any]
    headers: Mapping[str, str]


def ask(
    transport: Transport,
    path: str,
    query: str,
    variables: Mapping[str, Any],
    *,
    headers: Mapping[str, str],
    deadline: float,
    params: Mapping[str, Any] | None = None,
    max_bytes: int = SHOPPER_BYTES,
    own_faults: Collection[str] = (),
    optional: Collection[str] = (),
) -> Said:
    """Put one GraphQL question.

    Args:
        transport: The way to the shop.
        path: Of its GraphQL endpoint.
        query: With named operations and variables only; a value never stands in it.
        variables: Its values.
        headers: Who asks.
        deadline: Monotonic seconds.
        params: Of the address.
        max_bytes: The longest answer that is read.
        own_faults: Codes of errors that say nothing about the shop's health, such as a token it does not take.
        optional: Top-level fields whose errors leave the others in force; such a field is None.

    Raises:
        ShopError: As `Transport`; `RefusedError` for errors in an answer, whatever its status.
    """
    body = {"query": query, "variables": dict(variables)}
    reply = transport.post(path, body, params=params or {}, headers=headers, deadline=deadline, max_bytes=max_bytes)
    match reply.data:
        case {"errors": [_, *_] as errors, "data": dict(data)} if _covers(errors, optional):
            return Said(data, _extensions(reply.data), reply.headers)
        case {"errors": [_, *_] as errors}:
            raise _refusal(path, reply, errors, own_faults)
        case {"data": dict(data)} if reply.status < 400:
            return Said(data, _extensions(reply.data), reply.headers)
    raise _unclear(path, reply)


def _extensions(body: Any) -> Mapping[str, Any]:
    found = body.get("extensions")
    return found if isinstance(found, dict) else {}


def _unclear(path: str, reply: Reply) -> ShopError:
    if reply.status >= 400:
        return RefusedError(f"{path} answered {reply.status}", (), (), ails=False, status=reply.status)
    return ShopError(GARBAGE, f"{path} answered something other than GraphQL")


def _covers(errors: list[Any], optional: Collection[str]) -> bool:
    return all(_field(error) in optional for error in errors)


def _field(error: Any) -> str:
    match error:
        case {"path": [str(field), *_]}:
            return field
    return ""


def _code(error: Any) -> str:
    """Give the code of an error where the systems put it."""
    match error:
        case {"extensions": {"code": str(code)}} | {"extensions": {"category": str(code)}}:
            return code[:64]
    return "unnamed"


def _refusal(path: str, reply: Reply, errors: list[Any], own_faults: Collection[str]) -> RefusedError:
    codes = [_code(error) for error in errors]
    named = ", ".join(sorted(set(codes)))
    own_fault = all(code in own_faults for code in codes)
    return RefusedError(
        f"{path} answered with error {named}",
        codes,
        [*map(_field, errors)],
        ails=not own_fault,
        status=reply.status,
        extensions=_extensions(reply.data),
    )
