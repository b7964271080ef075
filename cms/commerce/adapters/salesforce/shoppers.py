"""Who a shopper is: SLAS writes it into each token, and gives tokens on behalf of those whose login was verified."""

import re
import threading
from base64 import urlsafe_b64decode
from collections import OrderedDict
from dataclasses import dataclass
from functools import partial
from typing import Any

from cms.commerce.adapters.salesforce.api import Scapi, UnknownLoginError
from cms.commerce.failures import ERROR, ShopError
from cms.commerce.wire.strict_json import parse_json
from cms.commerce.wire.tokens import Tokens

_ID = re.compile(r"[0-9A-Za-z]{1,100}")
_MOST_LOGINS = 1_000


@dataclass(frozen=True, slots=True)
class Bearer:
    """A token and whom it names; guests have an id too. Whether SLAS has signed it the system says, which is asked with it."""

    token: str
    customer_id: str
    is_registered: bool


def bearer_of(token: str) -> Bearer | None:
    """Read whom a token names; None: it is none that SLAS gives to shoppers."""
    try:
        claims: Any = parse_json(_decoded(token.split(".")[1]))
        named = dict(part.split(":", 1) for part in claims["isb"].split("::"))
    except (IndexError, KeyError, TypeError, ValueError, AttributeError):
        return None
    customer_id = named.get("rcid") or named.get("gcid", "")
    return Bearer(token, customer_id, "rcid" in named) if _ID.fullmatch(customer_id) else None


def _decoded(part: str) -> bytes:
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))


class TrustedSystem:
    """Tokens on behalf of shoppers whose login a signed visitor reference has given; each is kept while it holds."""

    def __init__(self, scapi: Scapi) -> None:
        self._scapi = scapi
        self._logins: OrderedDict[str, Tokens] = OrderedDict()
        self._lock = threading.Lock()

    def bearer(self, login: str, deadline: float) -> Bearer | None:
        """Get a token of this shopper; None: nobody has this login.

        Raises:
            ShopError: SLAS gave none; `commerce-error` too for a login that is an e-mail address, which no key may be.
        """
        if "@" in login or login == "guest":
            raise ShopError(ERROR, "a visitor reference must name a login that is no e-mail address", ails=False)
        try:
            return bearer_of(self._tokens(login).get(deadline))
        except UnknownLoginError:
            return None

    def forget(self, login: str) -> None:
        """Get another token next time."""
        with self._lock:
            self._logins.pop(login, None)

    def _tokens(self, login: str) -> Tokens:
        with self._lock:
            if login not in self._logins:
                fetch = partial(self._scapi.token_of, login)
                self._logins[login] = Tokens(fetch, monotonic=self._scapi.monotonic)
            self._logins.move_to_end(login)
            if len(self._logins) > _MOST_LOGINS:
                self._logins.popitem(last=False)
            return self._logins[login]
