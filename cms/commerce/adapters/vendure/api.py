"""Talking to Vendure: GraphQL answers with their errors inside, and the administrator's session."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from cms.commerce.adapters.vendure.queries import LOGIN
from cms.commerce.failures import ERROR, GARBAGE, TIMEOUT, ShopError
from cms.commerce.wire.transport import SHOPPER_BYTES, Reply, Transport

SHOP = "/shop-api"
ADMIN = "/admin-api"
_NEW_SESSION = "vendure-auth-token"
_RELOGIN_S = 30.0


class ForbiddenError(ShopError):
    """The session has ended or may not ask this."""


@dataclass(frozen=True, slots=True)
class Said:
    """`new_session` is set when the answer opened one: then the token that asked is not known."""

    data: Any
    new_session: str


def ask(
    transport: Transport,
    api: str,
    query: str,
    variables: Mapping[str, Any],
    *,
    token: str,
    deadline: float,
    currency: str = "",
    max_bytes: int = SHOPPER_BYTES,
) -> Said:
    """Put one GraphQL question; an empty token is never sent, for Vendure takes it for a session.

    Raises:
        ShopError: Errors in a 200 too; `ForbiddenError` when the session may not ask.
    """
    reply = transport.post(
        api,
        {"query": query, "variables": variables},
        params={"currencyCode": currency} if currency else {},
        headers={"Authorization": f"Bearer {token}"} if token else {},
        deadline=deadline,
        max_bytes=max_bytes,
    )
    return Said(_data(api, reply), reply.headers.get(_NEW_SESSION, ""))


def _data(api: str, reply: Reply) -> Any:
    match reply.data:
        case {"errors": [first, *_]}:
            raise _error(api, _code(first))
        case {"data": dict(data)} if reply.status < 400:
            return data
    if reply.status >= 400:
        raise ShopError(ERROR, f"{api} answered {reply.status}", ails=False)
    raise ShopError(GARBAGE, f"{api} answered something other than GraphQL")


def _code(error: object) -> str:
    match error:
        case {"extensions": {"code": str(code)}}:
            return code
    return "unnamed"


def _error(api: str, code: str) -> ShopError:
    if code == "FORBIDDEN":
        return ForbiddenError(ERROR, f"{api} does not let this session ask", ails=False)
    own_fault = code in ("USER_INPUT_ERROR", "GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT")
    return ShopError(ERROR, f"{api} answered with error {code[:64]}", ails=not own_fault)


class AdminSession:
    """Logs in once and reuses the session: Vendure's API keys cost it half a second of hashing per call."""

    def __init__(
        self, transport: Transport, user: str, password: str, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._transport = transport
        self._monotonic = monotonic
        self._credentials = {"username": user, "password": password}
        self._lock = threading.Lock()
        self._token = ""
        self._since = 0.0

    def ask(
        self, query: str, variables: Mapping[str, Any], *, deadline: float, currency: str = "", max_bytes: int
    ) -> Any:
        """Ask the admin API; a session that has ended is renewed once."""
        put = partial(
            ask, self._transport, ADMIN, query, variables, deadline=deadline, currency=currency, max_bytes=max_bytes
        )
        token = self._token or self._renew("", deadline)
        try:
            return put(token=token).data
        except ForbiddenError:
            return put(token=self._renew(token, deadline)).data

    def _renew(self, ended: str, deadline: float) -> str:
        """Log in unless another thread has; a session refused right after its login lacks the permission."""
        if not self._lock.acquire(timeout=max(0.0, deadline - self._transport.monotonic())):
            raise ShopError(TIMEOUT, "the administrator's login did not end in time")
        try:
            if self._token == ended:
                if ended and self._monotonic() - self._since < _RELOGIN_S:
                    raise ForbiddenError(ERROR, "the administrator may not read this", ails=False)
                self._token, self._since = self._log_in(deadline), self._monotonic()
            return self._token
        finally:
            self._lock.release()

    def _log_in(self, deadline: float) -> str:
        said = ask(self._transport, ADMIN, LOGIN, self._credentials, token="", deadline=deadline)
        if not said.new_session:
            raise ShopError(ERROR, "Vendure did not take the administrator's name and password")
        return said.new_session
