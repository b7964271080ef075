"""The catalogue of a base site in parts: all of its export, then what was modified or put into the express update feed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from cms.commerce.adapter import Batch
from cms.commerce.adapters.sap import selections
from cms.commerce.adapters.sap.api import Occ, RefusedError, is_key, under
from cms.commerce.adapters.sap.forms import Habits, product_form
from cms.commerce.failures import GARBAGE, ShopError
from cms.commerce.payloads import sound_products
from cms.commerce.wire.transport import CATALOGUE_BYTES

_PAGE = 100
_MOST_UPDATES = 50  # read one by one; where there are more, all is read again
_OVERLAP = timedelta(minutes=1)  # clocks differ, and a change is dated before it can be seen

_Item = tuple[Any, Mapping[str, Any]]  # a product, and the same one in other languages by locale


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Which catalogue is read; "": the base site's own. `others` are SAP's codes of further languages by locale."""

    name: str = ""
    version: str = ""
    others: Mapping[str, str] = field(default_factory=dict)

    @property
    def of_export(self) -> dict[str, str]:
        return {"catalog": self.name, "version": self.version} if self.name else {}

    @property
    def of_updates(self) -> dict[str, str]:
        return {"catalog": f"{self.name}:{self.version}"} if self.name else {}


@dataclass(frozen=True, slots=True)
class _Place:
    """How far a reading is: `since` is "" while all is read; `started` is what the next reading begins at."""

    since: str
    started: str
    page: int = 0

    @property
    def next_page(self) -> str:
        return f"{self.since}|{self.started}|{self.page + 1}"


def _place(cursor: str, now: datetime) -> _Place:
    match cursor.split("|"):
        case [since, started, page]:
            return _Place(since, started, int(page))
    return _Place(cursor, f"{now - _OVERLAP:%Y-%m-%dT%H:%M:%S}+0000")


class SapFeed:
    """A `CatalogueFeed` over OCC; `clock` gives UTC."""

    def __init__(self, occ: Occ, catalogue: Catalogue, habits: Habits, *, clock: Callable[[], datetime]) -> None:
        self._occ = occ
        self._catalogue = catalogue
        self._habits = habits
        self._clock = clock

    def batch(self, cursor: str, *, currency: str, timeout_s: float) -> Batch:
        deadline = self._occ.transport.monotonic() + timeout_s
        try:
            return self._batch(_place(cursor, self._clock()), currency, deadline)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise ShopError(GARBAGE, "SAP Commerce answered the catalogue in a form it should not have") from error

    def _batch(self, place: _Place, currency: str, deadline: float) -> Batch:
        page = self._exported(place, selections.PRODUCT, currency, deadline)
        items = self._with_texts(place, _named(page), currency, deadline)
        is_last = place.page + 1 >= page["totalPageCount"]
        if place.since and is_last:
            return self._caught_up(items, place, currency, deadline)
        batch = self._part(items, place.started if is_last else place.next_page, is_last=is_last)
        if place.since:
            return batch
        if page.get("products") and not (batch.products or batch.gone):
            raise ShopError(GARBAGE, "no product of a part of SAP Commerce's catalogue is well formed")
        return replace(batch, total=page["totalProductCount"])

    def _caught_up(self, items: Sequence[_Item], place: _Place, currency: str, deadline: float) -> Batch:
        """Add what stands in the express update feed: a new price or stock does not count as a change of the product."""
        codes = self._updated(place.since, deadline)
        if len(codes) > _MOST_UPDATES:
            return Batch({}, "", is_last=False)
        found = {code: self._one(code, currency, deadline) for code in codes}
        batch = self._part([*items, *filter(None, found.values())], place.started, is_last=True)
        return replace(batch, gone=batch.gone | {code for code, item in found.items() if item is None})

    def _exported(self, place: _Place, asked: str, currency: str, deadline: float, language: str = "") -> Any:
        since = {"timestamp": place.since} if place.since else {}
        return self._occ.ask(
            "export/products",
            selections.EXPORT.format(asked),
            deadline=deadline,
            currency=currency,
            language=language,
            params={**self._catalogue.of_export, **since, "pageSize": _PAGE, "currentPage": place.page},
            max_bytes=CATALOGUE_BYTES,
        )

    def _with_texts(self, place: _Place, products: Sequence[Any], currency: str, deadline: float) -> list[_Item]:
        """Read a page in the other languages too; a product that is not in it there has no texts in that language."""
        texts: dict[str, dict[str, Any]] = {product["code"]: {} for product in products}
        for locale, language in self._catalogue.others.items() if products else ():
            for product in _named(self._exported(place, selections.TEXTS, currency, deadline, language)):
                texts.get(product["code"], {})[locale] = product
        return [(product, texts[product["code"]]) for product in products]

    def _updated(self, since: str, deadline: float) -> list[str]:
        params = {"timestamp": since, **self._catalogue.of_updates}
        data = self._occ.ask("products/expressupdate", selections.UPDATES, deadline=deadline, params=params)
        codes = [element["code"] for element in data.get("productExpressUpdateElements") or ()]
        return list(filter(is_key, dict.fromkeys(codes)))

    def _one(self, code: str, currency: str, deadline: float) -> _Item | None:
        """Read one product in all languages; None where it is not there any more."""
        path = under("products", code)
        try:
            product = self._occ.ask(path, selections.PRODUCT, deadline=deadline, currency=currency)
            others = {
                locale: self._occ.ask(path, selections.TEXTS, deadline=deadline, currency=currency, language=language)
                for locale, language in self._catalogue.others.items()
            }
        except RefusedError as refusal:
            if refusal.is_unknown:
                return None
            raise
        return product, others

    def _part(self, items: Sequence[_Item], cursor: str, *, is_last: bool) -> Batch:
        """Make a part; what cannot be bought, a base product among it, is gone."""
        by_code = {product["code"]: (product, texts) for product, texts in items}
        unsold = frozenset(code for code, (product, _) in by_code.items() if product.get("purchasable") is False)
        forms = [_form(*item, self._habits) for code, item in by_code.items() if code not in unsold]
        return Batch(sound_products(forms), cursor, is_last, unsold)


def _named(page: Any) -> list[Any]:
    """Take the products that have a code; one bad record must not cost the others."""
    products = page.get("products") or []
    return [one for one in products if isinstance(one, dict) and isinstance(one.get("code"), str)]


def _form(product: Any, texts: Mapping[str, Any], habits: Habits) -> Any:
    """Tell a product; None where it is of another shape."""
    try:
        return product_form(product, texts, habits)
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
