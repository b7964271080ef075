"""Vendure's catalogue: whole in parts, then what its own dates say has changed."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from hashlib import blake2b
from typing import Any

from cms.commerce.adapter import Batch
from cms.commerce.adapters.vendure import queries
from cms.commerce.adapters.vendure.api import AdminSession, Said
from cms.commerce.adapters.vendure.custom_fields import CustomFields
from cms.commerce.adapters.vendure.forms import Habits, products_form, skus_of
from cms.commerce.adapters.vendure.permissions import READ_ORDER, permissions_of
from cms.commerce.failures import GARBAGE, ShopError
from cms.commerce.payloads import sound_products
from cms.commerce.wire.transport import CATALOGUE_BYTES

_PART = 100  # products
_OVERLAP = timedelta(minutes=1)  # what is dated before a moment may be written after it
_MARKED = ("activeChannel", "globalSettings", "all", "variants", "collections", "facets", "facetValues", "taxRates")
_ODD = (KeyError, TypeError, ValueError, AttributeError, OverflowError)


@dataclass(frozen=True, slots=True)
class _Cursor:
    """Where a reading is.

    `since` "" is a whole reading, else one of what has changed since. `until` is where the next one begins. `mark` is of all
    that no product's date shows, as it was when the reading began.
    """

    since: str = ""
    until: str = ""
    mark: str = ""
    skip: int = 0

    def __str__(self) -> str:
        return json.dumps(asdict(self))


class VendureFeed:
    """A `CatalogueFeed` over the admin API.

    Changes alone are read where the administrator may read orders, for what is sold shows in nothing else; and unless
    `always_whole`. A product or variant that is made or deleted, and whatever bears on many, has all read anew.
    """

    def __init__(self, admin: AdminSession, fields: CustomFields, habits: Habits, *, always_whole: bool) -> None:
        self._admin = admin
        self._fields = fields
        self._habits = habits
        self._always_whole = always_whole

    def batch(self, cursor: str, *, currency: str, timeout_s: float) -> Batch:
        deadline = self._fields.monotonic() + timeout_s
        try:
            at = _Cursor(**json.loads(cursor)) if cursor else _Cursor()
            if at.since and self._always_whole:
                at = _Cursor()  # a copy kept from before
            return self._changes(at, currency, deadline) if at.since else self._page(at, currency, deadline)
        except _ODD as error:
            raise ShopError(GARBAGE, "Vendure answered the catalogue in a form it should not have") from error

    def _page(self, at: _Cursor, currency: str, deadline: float) -> Batch:
        said = self._products({"skip": at.skip, "take": _PART, "sort": {"id": "ASC"}}, currency, deadline)
        if not at.mark:
            at = replace(at, mark=_mark(said), until=_moment(said))
        found, total = said.data["products"]["items"], said.data["products"]["totalItems"]
        more = bool(found) and at.skip + len(found) < total
        if more:
            following = str(replace(at, skip=at.skip + len(found)))
        else:
            following = str(_Cursor(since=at.until, mark=at.mark)) if self._can_read_changes(at, deadline) else ""
        return Batch(self._sound(said, deadline, may_be_none=False), following, not more, total=total)

    def _changes(self, at: _Cursor, currency: str, deadline: float) -> Batch:
        variables = {"after": at.since, "skip": at.skip}
        anew = Batch({}, "", is_last=False)
        try:
            said = self._admin.ask(queries.CHANGES, variables, deadline=deadline, max_bytes=CATALOGUE_BYTES)
        except ShopError as error:
            if error.ails:
                raise
            return anew  # the administrator may not read orders any more
        if _mark(said) != at.mark:
            return anew
        at = replace(at, until=at.until or _moment(said))
        kinds = [said.data[kind] for kind in ("products", "changed", "sold")]
        more = any(kind["totalItems"] > at.skip + _PART for kind in kinds)
        following = replace(at, skip=at.skip + _PART) if more else _Cursor(since=at.until, mark=at.mark)
        ids = _product_ids(*(kind["items"] for kind in kinds))
        if not ids:
            return Batch({}, str(following), not more)
        options = {"filter": {"id": {"in": ids}}, "take": len(ids)}
        changed = self._products(options, currency, deadline)
        sold = self._sound(changed, deadline, may_be_none=True)
        gone = skus_of(changed.data["products"]["items"]) - sold.keys()
        return Batch(sold, str(following), not more, frozenset(gone))

    def _products(self, options: Mapping[str, Any], currency: str, deadline: float) -> Said:
        links = " ".join(queries.LINKED % link for link in self._fields.links(deadline))
        query = queries.CATALOGUE % (f"customFields {{ {links} }}" if links else "")
        variables = {"options": options}
        return self._admin.ask(query, variables, deadline=deadline, currency=currency, max_bytes=CATALOGUE_BYTES)

    def _sound(self, said: Said, deadline: float, *, may_be_none: bool) -> Mapping[str, Any]:
        items, settings = said.data["products"]["items"], said.data["globalSettings"]
        forms = products_form(items, settings, self._fields.links(deadline), self._habits)
        sound = sound_products(forms)
        if forms and not sound and not may_be_none:
            raise ValueError("not one product is well formed")
        return sound

    def _can_read_changes(self, at: _Cursor, deadline: float) -> bool:
        return bool(at.until) and not self._always_whole and READ_ORDER in permissions_of(self._admin, deadline)


def _mark(said: Said) -> str:
    told = json.dumps([said.data[name] for name in _MARKED])
    return blake2b(told.encode(), digest_size=8).hexdigest()


def _moment(said: Said) -> str:
    """Say when it was answered, by the shop's own clock and a little before; "" where it does not say."""
    try:
        moment = parsedate_to_datetime(said.headers.get("Date", "")).astimezone(UTC) - _OVERLAP
    except (TypeError, ValueError, OverflowError):
        return ""
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def _product_ids(products: Any, variants: Any, orders: Any) -> list[str]:
    ids = [product["id"] for product in products] + [variant["productId"] for variant in variants]
    ids += [line["productVariant"]["productId"] for order in orders for line in order["lines"]]
    return list(dict.fromkeys(ids))
