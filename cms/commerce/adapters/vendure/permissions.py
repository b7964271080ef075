"""What an administrator may read, and what is lost where they may not."""

from collections.abc import Sequence

from cms.commerce.adapters.vendure.api import AdminSession
from cms.commerce.adapters.vendure.queries import PERMISSIONS
from cms.commerce.failures import GARBAGE, ShopError
from cms.commerce.wire.transport import SHOPPER_BYTES

READ_ORDER = "ReadOrder"
_NEEDED = {
    "ReadCatalog": "the catalogue, and with it prices, stock and categories, stays unknown",
    "ReadPromotion": "promotions and their thresholds stay unknown",
    "ReadCustomer": "customer groups, and with them kinds of customers, stay unknown; nobody is known by a verified id",
    READ_ORDER: "orders and carts are not known by verified ids, and the whole catalogue is read each time, "
    "because what is sold does not show otherwise",
}
_NOBODY = (
    "no administrator is set: customer groups, the catalogue and promotions stay unknown. "
    "Set CMS_COMMERCE_KEY to user:password of one who may read."
)


def permissions_of(admin: AdminSession, deadline: float) -> frozenset[str]:
    """Ask what the administrator may do in the channel.

    Raises:
        ShopError: As `AdminSession.ask`.
    """
    data = admin.ask(PERMISSIONS, {}, deadline=deadline, max_bytes=SHOPPER_BYTES).data
    try:
        here = data["activeChannel"]["code"]
        return frozenset(name for one in data["me"]["channels"] if one["code"] == here for name in one["permissions"])
    except (KeyError, TypeError) as error:
        raise ShopError(GARBAGE, "Vendure did not say what the administrator may do") from error


def missing(admin: AdminSession | None, deadline: float) -> Sequence[str]:
    """Say what the administrator may not read, and what is lost by it."""
    if admin is None:
        return [_NOBODY]
    held = permissions_of(admin, deadline)
    return [f"the administrator lacks {name}: {lost}." for name, lost in _NEEDED.items() if name not in held]
