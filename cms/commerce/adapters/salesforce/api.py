"""Talking to SCAPI: which API lies where, the tokens SLAS gives, and what an answer that is none means."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import quote

from cms.commerce.failures import ERROR, GARBAGE, ShopError
from cms.commerce.wire.tokens import Token, Tokens
from cms.commerce.wire.transport import SHOPPER_BYTES, Reply, Transport

_PAUSES = {"THROTTLE": 30.0, "WARN": 5.0}  # seconds for which a system that is nearly full is spared
_LONGEST_PAUSE_S = 300.0


class Api(StrEnum):
    """The families of SCAPI that are asked, each by its own scope."""

    AVAILABILITY = "/product/shopper-availability/v1"
    AUTH = "/shopper/auth/v1"
    CUSTOMERS = "/customer/shopper-customers/v1"
    PRODUCTS = "/product/shopper-products/v1"
    PROMOTIONS = "/pricing/shopper-promotions/v1"
    SEARCH = "/search/shopper-search/v1"


@dataclass(frozen=True, slots=True)
class Site:
    """Whose shop: each question names both."""

    organization: str
    id: str


class UnknownLoginError(ShopError):
    """SLAS knows no shopper of this login."""


class Scapi:
    """Asks for one site; safe for threads. `client` is our own private SLAS client as `id:secret`, "" where there is none."""

    def __init__(self, transport: Transport, site: Site, client: str) -> None:
        self._transport = transport
        self._site = site
        self._client = client
        self._guest = Tokens(self._guest_token, monotonic=transport.monotonic)

    @property
    def monotonic(self) -> Callable[[], float]:
        return self._transport.monotonic

    def ask(
        self,
        api: Api,
        path: str,
        params: Mapping[str, Any],
        *,
        token: str,
        deadline: float,
        max_bytes: int = SHOPPER_BYTES,
    ) -> Reply:
        """Put a question with somebody's token."""
        return self._transport.get(
            f"{self._root(api)}/{path}",
            named=f"{self._root(api)}/{path.partition('/')[0]}",
            params={"siteId": self._site.id, **params},
            headers={"Authorization": f"Bearer {token}"},
            deadline=deadline,
            max_bytes=max_bytes,
        )

    def ask_as_guest(
        self, api: Api, path: str, params: Mapping[str, Any], *, deadline: float, max_bytes: int = SHOPPER_BYTES
    ) -> Reply:
        """Put a question about what everybody sees, with our own token; one that has ended is renewed once."""
        token = self._guest.get(deadline)
        reply = self.ask(api, path, params, token=token, deadline=deadline, max_bytes=max_bytes)
        if reply.status == 401:
            token = self._guest.renewed(token, deadline)
            reply = self.ask(api, path, params, token=token, deadline=deadline, max_bytes=max_bytes)
        return reply

    def refuses(self, api: Api, path: str, params: Mapping[str, Any], deadline: float) -> bool:
        """Tell whether our own token may not ask this at all."""
        token = self._guest.get(deadline)
        return self.ask(api, path, params, token=token, deadline=deadline).status in (401, 403)

    def token_of(self, login: str, deadline: float) -> Token:
        """Get a token on behalf of the shopper who logs in with this name.

        Raises:
            UnknownLoginError: There is none.
        """
        fields = {"login_id": login, "idp_origin": "ecom", "hint": "ts_ext_on_behalf_of", "client_id": self._client_id}
        reply = self._slas("trusted-system/token", fields, deadline)
        if reply.status == 400:
            raise UnknownLoginError(ERROR, "SLAS gave no token on behalf of this shopper", ails=False)
        if reply.status == 409:  # twice within three seconds, as another node may have asked
            raise ShopError(ERROR, "SLAS wants to be asked later", ails=False, retry_after_s=3.0)
        return _token(reply)

    def _guest_token(self, deadline: float) -> Token:
        return _token(self._slas("token", {}, deadline))

    @property
    def _client_id(self) -> str:
        return self._client.partition(":")[0]

    def _slas(self, path: str, fields: Mapping[str, str], deadline: float) -> Reply:
        return self._transport.post_form(
            f"{self._root(Api.AUTH)}/oauth2/{path}",
            {"grant_type": "client_credentials", "channel_id": self._site.id, **fields},
            headers={"Authorization": f"Basic {b64encode(self._client.encode()).decode()}"},
            deadline=deadline,
            max_bytes=SHOPPER_BYTES,
        )

    def _root(self, api: Api) -> str:
        return f"{api}/organizations/{quote(self._site.organization, safe='')}"


def data_of(reply: Reply, api: Api) -> Any:
    """Give the body of an answer.

    Raises:
        ShopError: `commerce-error`: it is a refusal.
    """
    if reply.status in (401, 403):
        raise ShopError(ERROR, f"{api} answered {reply.status}: the token may not ask this", ails=False)
    if reply.status >= 400:
        raise ShopError(ERROR, f"{api} answered {reply.status}", ails=False)
    return reply.data


def pause_of(headers: Mapping[str, str], clock: Callable[[], datetime]) -> float:
    """Read for how many seconds a system that refused wants to be left alone; 0 where it does not say."""
    ends = [
        float(headers.get(f"X-RateLimit-{window}-Reset", "0"))
        for window in ("1M", "5M")
        if headers.get(f"X-RateLimit-{window}-Remaining") == "0" and _is_second(headers, window)
    ]
    limited = max(ends, default=0.0) - clock().timestamp()
    return min(max(limited, _PAUSES.get(load_of(headers), 0.0)), _LONGEST_PAUSE_S)


def load_of(headers: Mapping[str, str]) -> str:
    """Read how full a system says it is: WARN from 80 %, THROTTLE from 90 %, "" below."""
    return headers.get("sfdc_load_status", "").strip().upper()


def _is_second(headers: Mapping[str, str], window: str) -> bool:
    end = headers.get(f"X-RateLimit-{window}-Reset", "")
    return end.isascii() and end.isdigit() and len(end) < 12


def _token(reply: Reply) -> Token:
    match reply.data:
        case {"access_token": str(value), "expires_in": int(lasts_s)} if reply.status < 400 and value and lasts_s > 0:
            return Token(value, float(lasts_s))
    if reply.status >= 400:
        raise ShopError(ERROR, f"SLAS answered {reply.status}: it does not take our client id and secret", ails=False)
    raise ShopError(GARBAGE, "SLAS answered something other than a token")
