"""What the keys of a Shopify shop may not do, for `cms commerce doctor`."""

from collections.abc import Callable, Iterator, Sequence

from cms.commerce.adapters.shopify import queries
from cms.commerce.adapters.shopify.api import DENIED, Admin, Storefront, is_unknown
from cms.commerce.adapters.shopify.customers import Told
from cms.commerce.adapters.shopify.forms import Habits, gid
from cms.commerce.wire.graphql import RefusedError

# What is tried with a storefront's token, and the scopes it needs for that; no shop has that cart.
_OF_STOREFRONT = {
    "cart": (queries.CART, {"id": gid("Cart", "vitrine")}, "unauthenticated_read_checkouts"),
    "products": (
        queries.STOREFRONT_RIGHTS,
        {},
        "unauthenticated_read_product_listings, …_product_tags and unauthenticated_read_product_inventory",
    ),
}


def missing(
    storefront: Storefront, admin: Admin | None, habits: Habits, told: Told
) -> Callable[[float], Sequence[str]]:
    """Make what asks Shopify what the keys may do."""

    def ask(timeout_s: float) -> Sequence[str]:
        deadline = storefront.api.transport.monotonic() + timeout_s
        lacking = [*_of_storefront(storefront, deadline)]
        return lacking + ([*_of_admin(admin, habits, told, deadline)] if admin else [])

    return ask


def _of_storefront(storefront: Storefront, deadline: float) -> Iterator[str]:
    for name, (query, variables, scopes) in _OF_STOREFRONT.items():
        try:
            storefront.ask(query, variables, deadline)
        except RefusedError as refused:
            if DENIED in refused.codes:
                yield f"The storefront's token may not read {name}: it needs {scopes}."
            elif not is_unknown(refused, name):
                raise


def _of_admin(admin: Admin, habits: Habits, told: Told, deadline: float) -> Iterator[str]:
    installed = admin.ask(queries.ADMIN_RIGHTS, {}, deadline)["currentAppInstallation"]
    granted = {scope["handle"] for scope in installed["accessScopes"]}
    for scope, purpose in scopes_for(habits, told).items():
        if not {scope, scope.replace("read_", "write_")} & granted:
            yield f"The app lacks the scope {scope}: without it {purpose}."


def scopes_for(habits: Habits, told: Told) -> dict[str, str]:
    wanted = {
        "read_customers": "customers are not told by their number, nor groups and traits",
        "read_discounts": "promotions are not told",
        "read_products": "what was taken off sale is noticed only once a day",
    }
    if told.has_all_orders:
        wanted["read_orders"] = "orders are not told by a customer's number"
        wanted["read_all_orders"] = (
            "orders older than 60 days are missing: unset the option `all_orders`, or ask Shopify"
        )
    if habits.is_b2b:
        wanted["read_companies"] = "companies are not told"
    return wanted
