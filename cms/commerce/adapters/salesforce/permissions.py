"""What our own SLAS client may not do: found out by trying each call once."""

from collections.abc import Iterator, Mapping
from typing import Any

from cms.commerce.adapters.salesforce.api import Api, Scapi
from cms.facts.signals import Signal

_NOTHING = "vitrine-doctor"  # an id that nothing has: only whether it may be asked for counts
_OF_CATALOGUE: dict[Api, tuple[str, Mapping[str, Any], str]] = {
    Api.SEARCH: ("product-search", {"q": _NOTHING, "limit": 1}, "sfcc.shopper-product-search"),
    Api.PRODUCTS: ("products", {"ids": _NOTHING, "expand": "none"}, "sfcc.shopper-products"),
    Api.AVAILABILITY: ("availability", {"productIds": _NOTHING}, "sfcc.shopper-availability"),
}
_OF_PROMOTIONS: dict[Api, tuple[str, Mapping[str, Any], str]] = {
    Api.PROMOTIONS: ("promotions", {"ids": _NOTHING}, "sfcc.shopper-promotions"),
}


def missing(scapi: Scapi, signals: frozenset[Signal], timeout_s: float) -> Iterator[str]:
    """Say which scopes the client lacks for these signals.

    Raises:
        ShopError: No token came, or a call failed otherwise.
    """
    deadline = scapi.monotonic() + timeout_s
    tried = _OF_CATALOGUE | (_OF_PROMOTIONS if Signal.PROMOTIONS in signals else {})
    for api, (path, params, scope) in tried.items():
        if scapi.refuses(api, path, params, deadline):
            yield f"The SLAS client lacks the scope {scope}: add it in the SLAS Admin UI."
