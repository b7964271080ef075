"""Owns the way to the shop: the signal client (budget, cache, breaker, pool) and one module per adapter.

What is asked for and in which form stands in `cms.facts.signals`. No deciding here, and nothing of a page.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from cms.commerce.client import Reading, SignalClient
from cms.commerce.http import HttpShop
from cms.commerce.transport import Transport
from cms.commerce.vendure import VendureShop
from cms.commerce.vendure_api import AdminSession
from cms.commerce.vendure_forms import Habits, slug
from cms.errors import CmsError
from cms.facts.signals import SignalSource
from cms.problems import did_you_mean

__all__ = ["ADAPTERS", "BUSINESS_GROUPS", "Connection", "Reading", "SignalClient", "source_for"]

BUSINESS_GROUPS = ("wholesale", "business", "b2b", "trade")


@dataclass(frozen=True, slots=True)
class Connection:
    """Where the shop is and what opens it; `key` is a service key, for Vendure `user:password`."""

    url: str
    key: str
    clock: Callable[[], datetime]
    business_groups: frozenset[str]


def _http(connection: Connection) -> SignalSource:
    if not connection.key:
        raise CmsError("commerce-settings", "Adapter http needs the shop's service key: set CMS_COMMERCE_KEY.")
    return HttpShop(Transport(connection.url), connection.key)


def _vendure(connection: Connection) -> SignalSource:
    user, colon, password = connection.key.partition(":")
    if connection.key and not colon:
        raise CmsError("commerce-settings", "Adapter vendure needs CMS_COMMERCE_KEY as user:password.")
    transport = Transport(connection.url)
    admin = AdminSession(transport, user, password) if connection.key else None
    habits = Habits(business_groups=connection.business_groups)
    return VendureShop(transport, admin, clock=connection.clock, habits=habits)


ADAPTERS: Mapping[str, Callable[[Connection], SignalSource]] = {"http": _http, "vendure": _vendure}


def source_for(
    adapter: str,
    *,
    url: str,
    key: str,
    clock: Callable[[], datetime],
    business_groups: Iterable[str] = BUSINESS_GROUPS,
) -> SignalSource:
    """Connect to a shop through the named adapter; nothing is asked of it yet.

    Raises:
        CmsError: `commerce-settings`, with what to set.
    """
    if adapter not in ADAPTERS:
        hint = did_you_mean(adapter, ADAPTERS)
        raise CmsError("commerce-settings", f'There is no commerce adapter "{adapter}". {hint}')
    return ADAPTERS[adapter](Connection(url, key, clock, frozenset(map(slug, business_groups))))
