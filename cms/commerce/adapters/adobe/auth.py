"""Who asks the REST API: an integration's token, an OAuth 1.0a signature, or a token of Adobe's identity service."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from cms.commerce.failures import ERROR, GARBAGE, ShopError
from cms.commerce.wire.tokens import Token, Tokens
from cms.commerce.wire.transport import SHOPPER_BYTES, Transport
from cms.errors import CmsError

Authorization = Callable[[str, str, float], str]  # address asked, header that was refused or "", deadline → header


def by_token(token: str) -> Authorization:
    return lambda _address, _refused, _deadline: f"Bearer {token}"


def by_signature(keys: Sequence[str], clock: Callable[[], datetime]) -> Authorization:
    """Sign each request with HMAC-SHA256; `keys` are consumer key and secret, access token and its secret.

    Raises:
        CmsError: `adobe-missing`: what signs is not installed.
    """
    try:
        from oauthlib import oauth1  # type: ignore[import-untyped]  # noqa: PLC0415 - an extra
    except ImportError as error:
        message = "Requests signed with OAuth 1.0a need the package oauthlib: install vitrine-cms[adobe]."
        raise CmsError("adobe-missing", message) from error

    def sign(address: str, refused: str, _deadline: float) -> str:
        if refused:
            return refused
        client = oauth1.Client(
            *keys, signature_method=oauth1.SIGNATURE_HMAC_SHA256, timestamp=str(int(clock().timestamp()))
        )
        headers: dict[str, str] = client.sign(address)[1]
        return headers["Authorization"]

    return sign


def by_identity_service(endpoint: Transport, client_id: str, secret: str, *, scopes: str) -> Authorization:
    """Trade client credentials for access tokens, renewed before they end and once they are refused."""

    def fetch(deadline: float) -> Token:
        form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret, "scope": scopes}
        reply = endpoint.post_form("", form, headers={}, deadline=deadline, max_bytes=SHOPPER_BYTES)
        if reply.status >= 400:
            raise ShopError(
                ERROR, f"the identity service answered {reply.status} to the client credentials", ails=False
            )
        return _token(reply.data)

    tokens = Tokens(fetch, monotonic=endpoint.monotonic)

    def authorization(_address: str, refused: str, deadline: float) -> str:
        spent = refused.removeprefix("Bearer ")
        return f"Bearer {tokens.renewed(spent, deadline) if spent else tokens.get(deadline)}"

    return authorization


def _token(data: Any) -> Token:
    match data:
        case {"access_token": str(token), "expires_in": int(seconds)} if token.isascii() and token.isprintable():
            return Token(token, float(max(0, seconds)))
    raise ShopError(GARBAGE, "the identity service answered something other than an access token")
