"""The one value of the log."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    PAGE_VIEW = "page_view"
    IMPRESSION = "impression"  # an entry was seen, not merely delivered
    CLICK = "click"
    DISMISS = "dismiss"
    ADD_TO_CART = "add_to_cart"
    ORDER = "order"
    CONVERSION = "conversion"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened. `id` is the sender's; whatever was not told is None.

    `visitor` is the pseudonymous key that pages are asked with, `customer` the one that commerce knows the customer by;
    the other keys say what it happened to.
    """

    id: str
    kind: Kind
    at: datetime  # aware
    visitor: str | None = None
    decision: str | None = None
    slot: str | None = None
    entry: str | None = None
    variant: str | None = None
    sku: str | None = None
    order: str | None = None
    customer: str | None = None
    channel: str = "web"
