"""The catalogue in parts, and then only what has changed: for readers that keep a copy."""

from collections.abc import Sequence
from dataclasses import dataclass

from cms.shop.catalogue import Product
from cms.shop.trade import Shop

PART = 20  # products


@dataclass(frozen=True, slots=True)
class Part:
    """`cursor` is where the next one begins; with `more` there is one already."""

    products: Sequence[Product]
    cursor: str
    more: bool
    total: int


@dataclass(frozen=True, slots=True)
class _Cursor:
    """Where a reader is: `offset` None, it has read all of `edition` and the changes up to `change`, on the day of `deal`."""

    edition: str
    change: int
    deal: str
    offset: int | None

    def __str__(self) -> str:
        return f"{self.edition}.{self.change}.{self.deal}.{'' if self.offset is None else self.offset}"


def part_of(shop: Shop, cursor: str, *, edition: str, currency: str) -> Part | None:
    """Give the part that begins at a cursor, "" is the first.

    Args:
        shop: The shop.
        cursor: As the part before gave it.
        edition: Of all that changes with a new version of the shop only.
        currency: Of the deal.

    Returns:
        None where the cursor leads nowhere: it is of another edition, or too old.
    """
    deal = shop.catalogue.deals[currency]
    if not cursor:
        return _page(shop, _Cursor(edition, shop.store.last_change(), deal, 0))
    read = _read(cursor)
    if read is None or read.edition != edition:
        return None
    return _changed(shop, read, deal) if read.offset is None else _page(shop, read)


def _read(cursor: str) -> _Cursor | None:
    match cursor.split("."):
        case [edition, change, deal, offset] if change.isdecimal() and (offset.isdecimal() or not offset):
            return _Cursor(edition, int(change), deal, int(offset) if offset else None)
    return None


def _page(shop: Shop, at: _Cursor) -> Part:
    """Give a part of the whole; what changes meanwhile is told after the last one."""
    products, begin = list(shop.catalogue.products.values()), at.offset or 0
    end = begin + PART if begin + PART < len(products) else None
    following = _Cursor(at.edition, at.change, at.deal, end)
    return Part(products[begin:end], str(following), end is not None, len(products))


def _changed(shop: Shop, since: _Cursor, deal: str) -> Part | None:
    now = shop.store.last_change()  # before the stock is read: what changes meanwhile is told again
    changes = shop.store.changes_since(since.change)
    if changes is None:
        return None
    skus = [change.key for change in changes if change.kind == "stock"]
    if since.deal != deal:
        skus += [since.deal, deal]
    products = shop.catalogue.products
    changed = [products[sku] for sku in dict.fromkeys(skus) if sku in products]
    return Part(changed, str(_Cursor(since.edition, now, deal, None)), more=False, total=len(products))
