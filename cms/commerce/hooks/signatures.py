"""Signatures of webhooks: checked over the raw bytes, in constant time, against every secret that is live.

Each check raises `HookError` `hook-unsigned` where no live secret made the signature; without a live secret nothing is signed.
"""

import binascii
import hmac
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from cms.commerce.adapter import HookError, unsettled
from cms.errors import CmsError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

TOLERANCE_S = 300  # into the past and the future: clocks differ
_PREFIX = "whsec_"
_LONGEST_ID = 256
_SHORTEST_KEY = 16  # bytes


def standard_webhook(headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime) -> str:
    """Check a webhook signed as https://www.standardwebhooks.com says, and give its id.

    Args:
        headers: In any case; `webhook-id`, `webhook-timestamp` and `webhook-signature` are read.
        body: As it came.
        secrets: The live ones, each `whsec_` and base64, or plain text.
        now: Aware.

    Raises:
        HookError: `hook-unsigned`, `hook-too-old` (or from the future), or `hook-malformed` where the id is too long to be one.
        CmsError: `commerce-settings`: what `signing_key` raises.
    """
    key, timestamp = header_of(headers, "webhook-id"), header_of(headers, "webhook-timestamp")
    content = b".".join((_bytes(key), _bytes(timestamp), body))
    expected = [_hmac(signing_key(secret), content) for secret in secrets]
    sent = [part.removeprefix("v1,") for part in header_of(headers, "webhook-signature").split() if part[:3] == "v1,"]
    if not (key and _is_one_of(sent, expected)):
        raise HookError("hook-unsigned", "The webhook is not signed with a secret that is known here.")
    if not (timestamp.isdecimal() and abs(now.timestamp() - int(timestamp[:15])) <= TOLERANCE_S):
        raise HookError("hook-too-old", "The webhook was signed more than 5 minutes before or after now.")
    if len(key) > _LONGEST_ID:
        raise HookError("hook-malformed", f"A webhook-id has at most {_LONGEST_ID} characters.")
    return key


def hmac_base64(headers: Mapping[str, str], body: bytes, secrets: Sequence[str], *, header: str) -> None:
    """Check the base64 of an HMAC-SHA256 of the body alone, such as `X-Shopify-Hmac-Sha256`.

    Neither the moment nor the id of the webhook is signed by it.
    """
    expected = [_hmac(secret.encode(), body) for secret in secrets if secret]
    if not _is_one_of([header_of(headers, header)], expected):
        raise HookError("hook-unsigned", f"{header} is not what a secret that is known here makes of the body.")


def shared_secret(headers: Mapping[str, str], secrets: Sequence[str], *, header: str) -> None:
    """Check a header that holds the secret itself, for systems that sign nothing: the body may be anybody's."""
    if not _is_one_of([header_of(headers, header)], [secret.encode() for secret in secrets if secret]):
        raise HookError("hook-unsigned", f"{header} is no secret that is known here.")


def rsa_sha256(body: bytes, signatures: Iterable[str], keys: Iterable["RSAPublicKey"]) -> None:
    """Check that one of some RSA signatures (PKCS #1 v1.5, SHA-256, in base64) of the body was made with one of the keys."""
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - an extra
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15  # noqa: PLC0415
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415

    signed = [decoded for text in signatures if (decoded := _decoded(text))]
    for key in keys:
        for signature in signed:
            try:
                key.verify(signature, body, PKCS1v15(), SHA256())
            except InvalidSignature:
                continue
            return
    raise HookError("hook-unsigned", "The webhook is not signed with a key that is known here.")


def public_key(pem: str) -> "RSAPublicKey":
    """Read a public key for `rsa_sha256`.

    Raises:
        CmsError: `commerce-settings`: it is none; `adobe-missing`: what reads it is not installed.
    """
    try:
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey  # noqa: PLC0415 - an extra
        from cryptography.hazmat.primitives.serialization import load_pem_public_key  # noqa: PLC0415
    except ImportError as missing:
        message = "Webhooks signed with RSA need the package cryptography: install vitrine-cms[adobe]."
        raise CmsError("adobe-missing", message) from missing
    try:
        key = load_pem_public_key(pem.encode())
    except ValueError as error:
        raise unsettled("A public key for webhooks is no PEM: begin it with -----BEGIN PUBLIC KEY-----.") from error
    if not isinstance(key, RSAPublicKey):
        raise unsettled("A public key for webhooks must be an RSA key.")
    return key


def signing_key(secret: str) -> bytes:
    """Read a secret of Standard Webhooks.

    Raises:
        CmsError: `commerce-settings`: it begins with `whsec_` and is no base64, or is too short to keep anybody out.
    """
    try:
        key = _of_base64(secret.removeprefix(_PREFIX)) if secret.startswith(_PREFIX) else secret.encode()
    except binascii.Error as error:
        raise unsettled("A secret for webhooks begins with whsec_, but what follows is no base64.") from error
    if len(key) < _SHORTEST_KEY:
        raise unsettled(
            f"A secret for webhooks is shorter than {_SHORTEST_KEY} bytes; make one with openssl rand -hex 32."
        )
    return key


def header_of(headers: Mapping[str, str], name: str) -> str:
    """Give a header by its name in any case; "" where it is not there, or there twice."""
    found = [value for key, value in headers.items() if key.lower() == name.lower()]
    return found[0].strip() if len(found) == 1 else ""


def _is_one_of(sent: Sequence[str], expected: Sequence[bytes]) -> bool:
    """Compare all with all, so that how long it takes tells nothing of what was right."""
    return any([hmac.compare_digest(_bytes(one), other) for one in sent for other in expected])  # noqa: C419


def _hmac(key: bytes, content: bytes) -> bytes:
    return b64encode(hmac.digest(key, content, sha256))


def _of_base64(text: str) -> bytes:
    """Decode strictly, but for the padding: many leave it out."""
    return b64decode(text.rstrip("=").encode() + b"=" * (-len(text.rstrip("=")) % 4), validate=True)


def _decoded(text: str) -> bytes:
    try:
        return b64decode(_bytes(text), validate=True)
    except binascii.Error:
        return b""


def _bytes(header: str) -> bytes:
    """Give a header's bytes: servers read each as one character."""
    return header.encode("latin-1", "replace")
