"""Joining: what several upstreams say becomes one reading."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast

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


class Stocked:
    """Catalogues with the stock of another system; the same two are joined once. Not safe for threads on its own."""

    def __init__(self) -> None:
        self._made: dict[int, tuple[Answer, Answer | None, Answer]] = {}  # by the catalogue's identity

    def joined(self, catalogue: Reading, stock: Reading) -> Reading:
        """Give the products the stock that is known; without any it is unknown, whatever the catalogue says."""
        if catalogue.answer is None or catalogue.answer.found is not Found.FOUND:
            return catalogue
        told = stock.answer if _is_found(stock) else None
        both = [catalogue] if told is None else [catalogue, stock]
        made = self._answer(catalogue.answer, told)
        return replace(catalogue, answer=made, observed_at=_oldest(both), stale=any(one.stale for one in both))

    def _answer(self, catalogue: Answer, told: Answer | None) -> Answer:
        known = self._made.get(id(catalogue))
        if known is not None and known[0] is catalogue and known[1] is told:
            return known[2]
        units = cast("Mapping[str, int]", told.value) if told is not None else {}
        products = cast("Mapping[str, Product]", catalogue.value)
        made = replace(catalogue, value={sku: replace(one, stock=units.get(sku)) for sku, one in products.items()})
        self._made[id(catalogue)] = (catalogue, told, made)
        while len(self._made) > _CATALOGUES:
            del self._made[next(iter(self._made))]
        return made
