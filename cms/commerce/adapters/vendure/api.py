"""Talking to Vendure: who asks, in which channel, and the administrator's session."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from cms.commerce.adapters.vendure.queries import LOGIN
from cms.commerce.failures import ERROR, ShopError
from cms.commerce.wire import graphql
from cms.commerce.wire.graphql import RefusedError
from cms.commerce.wire.tokens import Token, Tokens
from cms.commerce.wire.transport import SHOPPER_BYTES, Transport

SHOP = "/shop-api"
ADMIN = "/admin-api"
_NEW_SESSION = "vendure-auth-token"
_FORBIDDEN = "FORBIDDEN"
_OWN_FAULTS = frozenset({_FORBIDDEN, "USER_INPUT_ERROR", "GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT"})


@dataclass(frozen=True, slots=True)
class Said:
    """`new_session` is set when the answer opened one: then the token that asked is not known."""

    data: Any
    new_session: str
    headers: Mapping[str, str]


class Api:
    """Vendure's two APIs, in one channel; `channel` is its token, "" the default one."""

    def __init__(self, transport: Transport, channel: str = "") -> None:
        self.monotonic = transport.monotonic
        self._transport = transport
        self._channel = {"vendure-token": channel} if channel else {}

    def ask(
        self,
        api: str,
        query: str,
        variables: Mapping[str, Any],
        *,
        token: str,
        deadline: float,
        currency: str = "",
        max_bytes: int = SHOPPER_BYTES,
    ) -> Said:
        """Put one question; an empty token is never sent, for Vendure takes it for a session.

        Raises:
            ShopError: `RefusedError` for errors in a 200 too.
        """
        said = graphql.ask(
            self._transport,
            api,
            query,
            variables,
            params={"currencyCode": currency} if currency else {},
            headers={**self._channel, **({"Authorization": f"Bearer {token}"} if token else {})},
            deadline=deadline,
            max_bytes=max_bytes,
            own_faults=_OWN_FAULTS,
        )
        return Said(said.data, said.headers.get(_NEW_SESSION, ""), said.headers)


class AdminSession:
    """Logs in once and reuses the session: Vendure's API keys cost it half a second of hashing per call."""

    def __init__(self, api: Api, user: str, password: str) -> None:
        self._api = api
        self._credentials = {"username": user, "password": password}
        self._tokens = Tokens(self._log_in, monotonic=api.monotonic)

    def ask(
        self, query: str, variables: Mapping[str, Any], *, deadline: float, currency: str = "", max_bytes: int
    ) -> Said:
        """Ask the admin API; a session that has ended is renewed once.

        Raises:
            ShopError: As `Api.ask`; without `ails` where the administrator may not ask this.
        """
        put = partial(self._api.ask, ADMIN, query, variables, deadline=deadline, currency=currency, max_bytes=max_bytes)
        token = self._tokens.get(deadline)
        try:
            return put(token=token)
        except RefusedError as refused:
            if _FORBIDDEN not in refused.codes:
                raise
        return put(token=self._tokens.renewed(token, deadline))

    def _log_in(self, deadline: float) -> Token:
        said = self._api.ask(ADMIN, LOGIN, self._credentials, token="", deadline=deadline)
        if not said.new_session:
            raise ShopError(ERROR, "Vendure did not take the administrator's name and password", ails=False)
        return Token(said.new_session)
