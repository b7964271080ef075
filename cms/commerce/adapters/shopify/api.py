"""Talking to Shopify: three GraphQL APIs, each opened in its own way, whose answers say what they cost."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from cms.commerce.failures import ERROR, GARBAGE, ShopError
from cms.commerce.wire.graphql import RefusedError, Said, ask
from cms.commerce.wire.tokens import Token, Tokens
from cms.commerce.wire.transport import SHOPPER_BYTES, Transport

TOO_DEAR = "MAX_COST_EXCEEDED"
DENIED = "ACCESS_DENIED"
_THROTTLED = "THROTTLED"
# Errors that say nothing of the shop's health: a right that is missing, or a question that this version does not know.
_OWN_FAULTS = frozenset({
    DENIED, TOO_DEAR, "UNAUTHORIZED", "BAD_REQUEST", "NOT_FOUND", "RESOURCE_NOT_FOUND", "INVALID", "INVALID_VARIABLE",
    "undefinedField", "argumentNotAccepted", "argumentLiteralsIncompatible", "missingRequiredArguments", "variableMismatch",
})  # fmt: skip
# Errors about what was asked for; Shopify names no code where an id is none.
_ABOUT_IT = frozenset({"NOT_FOUND", "RESOURCE_NOT_FOUND", "INVALID", "INVALID_VARIABLE", "BAD_REQUEST", "unnamed"})
_SHORTEST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 60.0
_TAKEN_FOR_A_BOT = 430  # Shopify's own status
_BOTS_PAUSE_S = 10.0


class Points:
    """What is left of an API's allowance, as its last answer said; safe for threads, for one whole value is replaced."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._known: tuple[float, float, float, float] | None = None  # available, maximum, restored a second, when

    def note(self, extensions: Mapping[str, Any]) -> None:
        """Take what an answer says; one that does not say it changes nothing."""
        match extensions:
            case {
                "cost": {
                    "throttleStatus": {
                        "currentlyAvailable": int() | float() as available,
                        "maximumAvailable": int() | float() as maximum,
                        "restoreRate": int() | float() as rate,
                    }
                }
            } if rate > 0:
                self._known = available, maximum, rate, self._monotonic()

    def pause_s(self, share: float) -> float:
        """Say how long it takes until that share of the allowance is there; 0 where nothing is known."""
        if self._known is None:
            return 0.0
        available, maximum, rate, at = self._known
        return max(0.0, (share * maximum - available) / rate - (self._monotonic() - at))


def _needed_s(extensions: Mapping[str, Any]) -> float:
    """Say how long it takes until a question that was throttled can be afforded."""
    match extensions:
        case {
            "cost": {
                "requestedQueryCost": int() | float() as cost,
                "throttleStatus": {
                    "currentlyAvailable": int() | float() as available,
                    "restoreRate": int() | float() as rate,
                },
            }
        } if rate > 0:
            return min(max((cost - available) / rate, _SHORTEST_PAUSE_S), _LONGEST_PAUSE_S)
    return _SHORTEST_PAUSE_S


@dataclass(frozen=True, slots=True)
class Api:
    """One GraphQL API; the header `opened_by` holds the token that opens it."""

    transport: Transport
    path: str
    opened_by: str
    points: Points

    def ask(
        self,
        query: str,
        variables: Mapping[str, Any],
        token: str,
        deadline: float,
        *,
        max_bytes: int = SHOPPER_BYTES,
    ) -> Mapping[str, Any]:
        """Put one question and give its data.

        Raises:
            ShopError: As `cms.commerce.wire.graphql.ask`; of a throttled question with the pause until it can be afforded.
        """
        try:
            said = self._said(query, variables, token, deadline, max_bytes)
        except RefusedError as refused:
            self.points.note(refused.extensions)
            if _THROTTLED in refused.codes:
                pause = _needed_s(refused.extensions)
                raise ShopError(ERROR, f"{self.path} asks for a pause", retry_after_s=pause) from refused
            if refused.status == _TAKEN_FOR_A_BOT:
                raise ShopError(ERROR, f"{self.path} answered 430", retry_after_s=_BOTS_PAUSE_S) from refused
            if refused.status in (401, 403):
                refused.ails = False
            raise
        self.points.note(said.extensions)
        return said.data

    def _said(self, query: str, variables: Mapping[str, Any], token: str, deadline: float, max_bytes: int) -> Said:
        return ask(
            self.transport,
            self.path,
            query,
            variables,
            headers={self.opened_by: token},
            deadline=deadline,
            max_bytes=max_bytes,
            own_faults=_OWN_FAULTS,
        )


def is_unknown(refused: RefusedError, name: str) -> bool:
    """Tell whether an API refused what it was asked about, and not the asking: such as another shop's cart, or no id at all."""
    return refused.status in (200, 400) and refused.paths <= {name, ""} and refused.codes <= _ABOUT_IT


@dataclass(frozen=True, slots=True)
class Storefront:
    """The API of a storefront's server, opened by its private token."""

    api: Api
    token: str = field(repr=False)

    def ask(
        self, query: str, variables: Mapping[str, Any], deadline: float, *, max_bytes: int = SHOPPER_BYTES
    ) -> Mapping[str, Any]:
        return self.api.ask(query, variables, self.token, deadline, max_bytes=max_bytes)


@dataclass(frozen=True, slots=True)
class Admin:
    """The API of an app that the merchant installed; a token that has ended is renewed once."""

    api: Api
    tokens: Tokens

    def ask(
        self, query: str, variables: Mapping[str, Any], deadline: float, *, max_bytes: int = SHOPPER_BYTES
    ) -> Mapping[str, Any]:
        token = self.tokens.get(deadline)
        try:
            return self.api.ask(query, variables, token, deadline, max_bytes=max_bytes)
        except RefusedError as refused:
            if refused.status != 401:
                raise
        token = self.tokens.renewed(token, deadline)
        return self.api.ask(query, variables, token, deadline, max_bytes=max_bytes)


@dataclass(frozen=True, slots=True)
class Accounts:
    """The API that each shopper opens with the token of their own account."""

    api: Api

    def ask(self, query: str, variables: Mapping[str, Any], token: str, deadline: float) -> Mapping[str, Any] | None:
        """Ask as a shopper; None: their token is not known, or has ended."""
        try:
            return self.api.ask(query, variables, token, deadline)
        except RefusedError as refused:
            if refused.status == 401 or "UNAUTHORIZED" in refused.codes:
                return None
            raise


@dataclass(frozen=True, slots=True)
class Keys:
    """What opens a shop. Of the Admin API either the token itself, or the app's id and secret, which get one for a day."""

    storefront: str = field(repr=False)
    admin: str = field(default="", repr=False)
    client_id: str = ""
    client_secret: str = field(default="", repr=False)

    @property
    def has_admin(self) -> bool:
        return bool(self.admin or self.client_id)


def storefront(transport: Transport, version: str, keys: Keys) -> Storefront:
    opened_by = "Shopify-Storefront-Private-Token"
    return Storefront(
        Api(transport, f"/api/{version}/graphql.json", opened_by, Points(transport.monotonic)), keys.storefront
    )


def admin(transport: Transport, version: str, keys: Keys) -> Admin:
    def fetch(deadline: float) -> Token:
        return Token(keys.admin) if keys.admin else _granted(transport, keys, deadline)

    path = f"/admin/api/{version}/graphql.json"
    api = Api(transport, path, "X-Shopify-Access-Token", Points(transport.monotonic))
    return Admin(api, Tokens(fetch, monotonic=transport.monotonic))


def accounts(url: str) -> Accounts:
    """Make the Customer Account API of a shop from its whole address, which Shopify's admin pages show."""
    parts = urlsplit(url)
    transport = Transport(f"{parts.scheme}://{parts.netloc}")
    return Accounts(Api(transport, parts.path, "Authorization", Points(transport.monotonic)))


def _granted(transport: Transport, keys: Keys, deadline: float) -> Token:
    """Get a token with the app's own id and secret (OAuth 2.0 client credentials)."""
    path = "/admin/oauth/access_token"
    form = {"grant_type": "client_credentials", "client_id": keys.client_id, "client_secret": keys.client_secret}
    reply = transport.post_form(path, form, headers={}, deadline=deadline, max_bytes=SHOPPER_BYTES)
    match reply.data:
        case {"access_token": str(value), "expires_in": int(lasts_s)} if reply.status < 400 and value:
            return Token(value, max(0, lasts_s))
    if reply.status >= 400:
        raise ShopError(ERROR, f"{path} answered {reply.status}: it does not take the app's id and secret", ails=False)
    raise ShopError(GARBAGE, f"{path} answered something other than an access token")
