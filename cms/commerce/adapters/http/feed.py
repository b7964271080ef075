"""The catalogue of the open signals API: in parts and then by changes where the shop can, else whole each time."""

import threading
from collections.abc import Mapping, Sequence
from typing import Any

from marshmallow import fields, validate

from cms.commerce.adapter import Batch
from cms.commerce.adapters.http.api import Desk, Said
from cms.commerce.payloads import Answered, ProductsPayload, maybe_words, read, sound_products
from cms.facts.signals import Product, Shopper, Signal

_CATALOGUES = 4  # one for each currency that is much asked for
_UNKNOWN_CURSOR = "unknown-cursor"


class PartPayload(Answered):
    products = fields.List(fields.Raw(allow_none=True), required=True)
    cursor = fields.String(allow_none=True, validate=validate.Length(max=2_000))
    more = fields.Boolean(truthy={True}, falsy={False})
    gone = maybe_words()
    total = fields.Integer(strict=True, allow_none=True, validate=validate.Range(min=0))


class HttpFeed:
    """A `CatalogueFeed`: the shop's own cursor is ours; a shop that knows none tells all of it each time."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._lost = ("", "")  # the currency and cursor last refused: one that is given again leads round in a circle
        self._wholes: dict[bytes, Mapping[str, Product]] = {}
        self._lock = threading.Lock()

    def batch(self, cursor: str, *, currency: str, timeout_s: float) -> Batch:
        desk = self._desk
        said = desk.ask(Signal.CATALOGUE, Shopper(), currency, desk.monotonic() + timeout_s, {"cursor": cursor})
        if said.code == _UNKNOWN_CURSOR and cursor and self._lost != (currency, cursor):
            self._lost = (currency, cursor)
            return Batch({}, "", is_last=False)  # begin anew
        if cursor:
            self._lost = ("", "")
        if said.status >= 400:
            raise desk.refused(Signal.CATALOGUE, said)
        return self._batch(said, cursor)

    def _batch(self, said: Said, cursor: str) -> Batch:
        part = read(PartPayload(), said.data, self._desk.path(Signal.CATALOGUE))
        following, more = part.get("cursor") or "", bool(part.get("more"))
        if more and following in {"", cursor}:
            raise self._desk.unclear(Signal.CATALOGUE, "has more products and does not say from where")
        # Changes that are all malformed take those products off the shelf, and not the catalogue.
        products = sound_products(part["products"]) if cursor else self._read(said, keep=not following)
        gone = {*(part.get("gone") or ()), *(_named(part["products"]) - products.keys())}
        return Batch(products, following, not more, frozenset(gone), part.get("total"))

    def _read(self, said: Said, *, keep: bool) -> Mapping[str, Product]:
        """Read products; those of a shop that tells all each time only when the bytes have changed."""
        digest = said.digest
        with self._lock:
            products = self._wholes.pop(digest, None)
        if products is None:
            products = read(ProductsPayload(), said.data, self._desk.path(Signal.CATALOGUE))
        if keep:
            with self._lock:
                self._wholes[digest] = products
                while len(self._wholes) > _CATALOGUES:
                    del self._wholes[next(iter(self._wholes))]
        return products


def _named(items: Sequence[Any]) -> set[str]:
    return {item["sku"] for item in items if isinstance(item, dict) and isinstance(item.get("sku"), str)}
