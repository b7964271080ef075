"""Joining: what several upstreams say becomes one reading."""

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple, cast

from cms.facts.signals import Answer, Found, Product

_CATALOGUES = 4  # one for each currency that is much asked for


@dataclass(frozen=True, slots=True)
class Reading:
    """One signal's outcome for one request.

    `answer` None: unavailable. `observed_at`: when the shop was asked for it. `stale`: past its fresh age, within
    its maximum. `why` is "" when fine, else timeout, refused, error, garbage, mismatch, busy, unsupported or unknown-token;
    an older answer that stands in for one that failed has both `answer` and `why`.
    """

    answer: Answer | None
    observed_at: datetime | None
    stale: bool
    why: str = ""


def joined_traits(readings: Sequence[tuple[Reading, frozenset[str]]]) -> Reading:
    """Join traits of several systems, each with the facts it tells; those of one that is unavailable are unknown.

    Where one that is unavailable did not say what it tells, nothing can be told from absent: then nothing is known.
    """
    if len(readings) == 1:
        return readings[0][0]
    found = [reading for reading, _ in readings if _is_found(reading)]
    missing = [(reading, tells) for reading, tells in readings if not _is_found(reading)]
    trouble = [reading for reading, _ in missing if reading.why != "unsupported"]
    why = next((reading.why for reading in trouble), next((reading.why for reading in found if reading.why), ""))
    if not found or any(not tells for reading, tells in missing if reading in trouble):
        return next(iter(trouble), readings[0][0])
    values: dict[str, object] = dict.fromkeys(fact for _, tells in missing for fact in tells)
    for reading in found:
        values |= cast("Mapping[str, object]", reading.answer.value if reading.answer else {})
    return Reading(Answer(Found.FOUND, values), _oldest(found), stale=any(reading.stale for reading in found), why=why)


def _is_found(reading: Reading) -> bool:
    return reading.answer is not None and reading.answer.found is Found.FOUND


def _oldest(readings: Iterable[Reading]) -> datetime | None:
    return min((reading.observed_at for reading in readings if reading.observed_at is not None), default=None)


class _Joined(NamedTuple):
    bare: Mapping[str, Product]
    units: Mapping[str, int]
    products: Mapping[str, Product]


_NOTHING_JOINED = _Joined({}, {}, {})


class Stocked:
    """Catalogues with the stock of another system; safe for threads.

    Where neither has changed the products are the same object, and where little has, most of them are: much is kept by it.
    """

    def __init__(self) -> None:
        self._made: dict[str, _Joined] = {}  # by currency
        self._lock = (
            threading.Lock()
        )  # of its own: to join many products takes longer than a page may wait for anything else

    def joined(self, catalogue: Reading, stock: Reading, currency: str) -> Reading:
        """Give the products the stock that is known; without any it is unknown, whatever the catalogue says."""
        if catalogue.answer is None or catalogue.answer.found is not Found.FOUND:
            return catalogue
        told = stock.answer if _is_found(stock) else None
        both = [catalogue] if told is None else [catalogue, stock]
        units = cast("Mapping[str, int]", told.value) if told is not None else {}
        with self._lock:
            products = self._products(cast("Mapping[str, Product]", catalogue.answer.value), units, currency)
        made = replace(catalogue.answer, value=products)
        return replace(catalogue, answer=made, observed_at=_oldest(both), stale=any(one.stale for one in both))

    def _products(self, bare: Mapping[str, Product], units: Mapping[str, int], currency: str) -> Mapping[str, Product]:
        known = self._made.get(currency, _NOTHING_JOINED)
        if known.bare is bare and known.units == units:
            return known.products
        products = {
            sku: known.products[sku]
            if known.bare.get(sku) is one and known.products[sku].stock == units.get(sku)
            else replace(one, stock=units.get(sku))
            for sku, one in bare.items()
        }
        self._made[currency] = _Joined(bare, units, products)
        while len(self._made) > _CATALOGUES:
            del self._made[next(iter(self._made))]
        return products
