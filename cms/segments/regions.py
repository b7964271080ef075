"""What one test wants of its own fact: which words, or which stretch of numbers. None where it is neither."""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, cast

from cms.facts.declarations import FactType
from cms.facts.money import Money
from cms.facts.values import Value
from cms.segments.conditions import Operand, Test

Limit = int | Fraction
SIGNS: Mapping[str, str] = {"at_least": ">=", "at_most": "<=", "more_than": ">", "less_than": "<"}
OPPOSITES: Mapping[str, str] = {">=": "<", "<=": ">", ">": "<=", "<": ">="}
COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt,
}  # fmt: skip
_EQUAL = {"is": True, "one_of": True, "is_not": False, "none_of": False}


@dataclass(frozen=True, slots=True)
class Words:
    """The fact is known, and is one of `values`, or none of them where not `inside`."""

    values: frozenset[Value]
    inside: bool

    def hold(self, value: Value) -> bool:
        return (value in self.values) is self.inside


@dataclass(frozen=True, slots=True)
class Numbers:
    """The fact is known, in minor units of `currency` where it is money, and keeps `bounds`: all, or any of them."""

    currency: str
    bounds: tuple[tuple[str, Limit], ...]  # sign and limit
    every: bool

    def hold(self, value: object) -> bool:
        return (all if self.every else any)(COMPARE[sign](value, limit) for sign, limit in self.bounds)


def words_of(test: Test, *, wanted: bool) -> Words | None:
    """Read a test of a bool, text or enum; `wanted` False: what makes it definitely false."""
    fact = test.ref.fact
    if test.operator in _EQUAL and fact.type in {FactType.BOOL, FactType.TEXT, FactType.ENUM}:
        values = cast("tuple[Value, ...]", test.operands)
        words = Words(frozenset(values), _EQUAL[test.operator] is wanted)
        return _bools(words) if fact.type is FactType.BOOL else words
    bounds = _bounds(test.operator, test.operand) if fact.type is FactType.ENUM else None
    if bounds is None:
        return None
    ranks = {choice: rank for rank, choice in enumerate(fact.of)}
    ranked = [(COMPARE[sign], ranks[str(limit)]) for sign, limit in bounds]
    holding = (choice for choice in fact.of if all(keeps(ranks[choice], limit) for keeps, limit in ranked) is wanted)
    return Words(frozenset(holding), inside=True)


def _bools(words: Words) -> Words:
    return Words(frozenset(value for value in (True, False) if words.hold(value)), inside=True)


def numbers_of(test: Test, *, wanted: bool) -> Numbers | None:
    """Read a comparison of a number or an amount with fixed limits of one currency."""
    if test.ref.fact.type not in {FactType.NUMBER, FactType.MONEY}:
        return None
    bounds = _bounds(test.operator, test.operand)
    if bounds is None and test.operator in {"is", "is_not"}:
        wanted = wanted is _EQUAL[test.operator]
        bounds = ((">=", test.operand), ("<=", test.operand))
    if bounds is None:
        return None
    limits = [(sign, limit) for sign, limit in bounds if isinstance(limit, Money | int | Decimal)]
    currencies = {limit.currency if isinstance(limit, Money) else "" for _, limit in limits}
    if len(limits) < len(bounds) or len(currencies) != 1:
        return None
    signed = tuple((sign if wanted else OPPOSITES[sign], _exact(limit)) for sign, limit in limits)
    return Numbers(currencies.pop(), signed, every=wanted)


def _bounds(name: str, operand: Operand) -> tuple[tuple[str, object], ...] | None:
    if name in SIGNS:
        return ((SIGNS[name], operand),)
    if name == "between" and isinstance(operand, tuple):
        low, high = operand
        return ((">=", low), ("<=", high))
    return None


def _exact(limit: Money | int | Decimal) -> Limit:
    if isinstance(limit, Money):
        return limit.minor
    return limit if isinstance(limit, int) else Fraction(limit)
