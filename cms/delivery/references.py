"""Signed visitor references: what the shop's own server vouches for, so that ids may be believed without the shopper's token.

A reference is a JWT (RFC 7519) signed with HS256 and a key that the shop and Vitrine share; it says who the visitor is and ends soon.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import jwt

from cms.decisions.requests import Request
from cms.errors import CmsError

LONGEST_S = 3600
_LEEWAY_S = 60
_LEAST_KEY = 32
_CLAIMS = ("visitor", "customer", "cart")
_MOST_LETTERS = 256


@dataclass(frozen=True, slots=True)
class Reference:
    """What a reference says; None: nothing."""

    visitor: str | None
    customer: str | None
    cart: str | None


class References:
    """Reads references that were signed with one of `keys`.

    Raises:
        CmsError: `bad-setting`: a key is too short to be one.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        if any(len(key) < _LEAST_KEY for key in keys):
            raise CmsError("bad-setting", f"Each key of CMS_REFERENCE_KEYS must have {_LEAST_KEY} characters or more.")
        self._keys = tuple(keys)

    def read(self, text: str, *, now: datetime) -> Reference | None:
        """Read a reference; None: nobody we know signed it, it has ended, ends too late, or is no such thing."""
        for key in self._keys:
            try:
                claims = jwt.decode(text, key, algorithms=["HS256"], options=_UNCLOCKED)
            except jwt.InvalidTokenError:
                continue
            return _reference(claims, now)
        return None


# Time is an argument here, and a clock of its own there.
_UNCLOCKED: Any = {
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
    "verify_iss": False,
}


def _reference(claims: Mapping[str, Any], now: datetime) -> Reference | None:
    ends, seconds = claims.get("exp"), now.timestamp()
    if type(ends) is not int or not seconds - _LEEWAY_S < ends <= seconds + LONGEST_S + _LEEWAY_S:
        return None
    told = {name: claims.get(name) for name in _CLAIMS}
    if not all(
        value is None or (isinstance(value, str) and 0 < len(value) <= _MOST_LETTERS) for value in told.values()
    ):
        return None
    return Reference(**told)


def referenced(request: Request, body: Mapping[str, Any], references: References, *, now: datetime) -> Request:
    """Add to a request what its reference vouches for; one that is not good vouches for nothing, and that is noted.

    A reference made for one visitor is none for another. Ids stand beside the shopper's own tokens and never replace them.
    """
    text = (body.get("customer") or {}).get("reference")
    if not text:
        return request
    found = references.read(text, now=now)
    if found is None or (found.visitor and request.visitor and found.visitor != request.visitor):
        return replace(request, refused=True)
    shopper = replace(request.shopper, customer_id=found.customer, cart_id=found.cart)
    return replace(request, shopper=shopper, visitor=request.visitor or found.visitor)
