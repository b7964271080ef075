"""Talking to SAP Commerce: OCC's errors, and the access token of the shop's own client."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from cms.commerce.failures import ERROR, GARBAGE, ShopError
from cms.commerce.wire.tokens import Token, Tokens
from cms.commerce.wire.transport import SHOPPER_BYTES, Reply, Transport

_KEY = re.compile(r"[^\s/\\?#;%\x00-\x1f]{1,200}")
_RESERVED = frozenset({"current", "anonymous", ".", ".."})  # OCC reads them as somebody, an address as a place
NO_CART = "CartError notFound"
_GONE = frozenset({"UnknownIdentifierError", NO_CART, "CartError expired"})


class RefusedError(ShopError):
    """A question that OCC answered with errors; `kinds` are their types, those of carts with their reason."""

    def __init__(self, place: str, status: int, kinds: frozenset[str]) -> None:
        named = ", ".join(sorted(kinds)) or "no error of OCC"
        super().__init__(ERROR, f"{place} answered {status} with {named}", ails=False)
        self.status = status
        self.kinds = kinds

    @property
    def is_unknown(self) -> bool:
        """Say whether there is no such token, cart, customer or product."""
        return self.status == HTTPStatus.UNAUTHORIZED or bool(self.kinds & _GONE)


def is_key(text: str | None) -> bool:
    """Say whether a text can name one thing in an address, and nothing but that."""
    return text is not None and bool(_KEY.fullmatch(text)) and text.casefold() not in _RESERVED


def under(*parts: str) -> str:
    """Put a path together of parts that may hold anything `is_key` takes."""
    return "/".join(quote(part, safe="") for part in parts)


class Occ:
    """The questions that one base site can be asked; `base` is its path, `language` SAP's code, "" for the site's own."""

    def __init__(self, transport: Transport, tokens: Tokens, base: str, *, language: str = "") -> None:
        self.transport = transport
        self._tokens = tokens
        self._base = base
        self._language = language

    def ask(
        self,
        path: str,
        fields: str,
        *,
        deadline: float,
        token: str | None = None,
        currency: str = "",
        language: str = "",
        params: Mapping[str, Any] | None = None,
        max_bytes: int = SHOPPER_BYTES,
    ) -> Any:
        """GET one thing, as the shopper whose token is given; None: as the shop's own client.

        A currency is always sent with what has prices: OCC turns a cart over to the currency of the request.

        Raises:
            ShopError: As `Transport`; `RefusedError` for an error of OCC.
        """
        asked = {"fields": fields, **(params or {})}
        asked |= {"curr": currency} if currency else {}
        asked |= {"lang": language or self._language} if language or self._language else {}
        return _data(path, self._reply(path, asked, token, deadline, max_bytes))

    def _reply(self, path: str, params: Mapping[str, Any], token: str | None, deadline: float, max_bytes: int) -> Reply:
        used = self._tokens.get(deadline) if token is None else token
        reply = self._get(path, params, used, deadline, max_bytes)
        if reply.status == HTTPStatus.UNAUTHORIZED and token is None:
            reply = self._get(path, params, self._tokens.renewed(used, deadline), deadline, max_bytes)
        return reply

    def _get(self, path: str, params: Mapping[str, Any], token: str, deadline: float, max_bytes: int) -> Reply:
        return self.transport.get(
            f"{self._base}/{path}",
            named=_place(path),
            params=params,
            headers={"Authorization": f"Bearer {token}"},
            deadline=deadline,
            max_bytes=max_bytes,
        )


def _place(path: str) -> str:
    """Name a path in messages: ids and guests' cart tokens follow its first word."""
    return path.partition("/")[0]


def _data(path: str, reply: Reply) -> Any:
    place = _place(path)
    if reply.status >= 400:
        raise RefusedError(place, reply.status, _kinds(reply.data))
    if not isinstance(reply.data, dict):
        raise ShopError(GARBAGE, f"{place} answered something other than an object")
    return reply.data


def _kinds(body: object) -> frozenset[str]:
    """Name the errors of an answer by type, those of carts with their reason."""
    match body:
        case {"errors": [*errors]}:
            return frozenset(filter(None, map(_kind, errors)))
    return frozenset()


def _kind(error: object) -> str:
    match error:
        case {"type": "CartError", "reason": str(reason)}:
            return f"CartError {reason[:32]}"
        case {"type": str(kind)}:
            return kind[:64]
    return ""


def client_tokens(transport: Transport, path: str, client: str, secret: str, scope: str) -> Tokens:
    """Give access tokens of the shop's own OAuth client."""
    form = {"grant_type": "client_credentials", "client_id": client, "client_secret": secret}
    form |= {"scope": scope} if scope else {}

    def fetch(deadline: float) -> Token:
        reply = transport.post_form(path, form, headers={}, deadline=deadline, max_bytes=SHOPPER_BYTES)
        match reply.data:
            case {"access_token": str(value), "expires_in": int(lasts)} if reply.status < 400 and value and lasts > 0:
                return Token(value, float(lasts))
            case {"error": str(code)}:
                raise ShopError(ERROR, f"the OAuth client was not let in: {code[:64]}", ails=False)
        if reply.status >= 400:
            raise ShopError(ERROR, f"the token endpoint answered {reply.status}", ails=False)
        raise ShopError(GARBAGE, f"the token endpoint answered {reply.status} without a token")

    return Tokens(fetch, monotonic=transport.monotonic)
