"""The operators' meaning in formulas: of a fact that is known, whether there is an answer, and whether it is yes."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from operator import ge, le
from typing import Any

from cms.facts.declarations import FactRef, FactType
from cms.facts.money import Money
from cms.facts.values import NEVER
from cms.segments.conditions import All, AnyOf, Condition, Operand, PercentOf, Test
from cms.segments.regions import Limit
from cms.segments.smt.logic import Formula, Term
from cms.segments.smt.universe import Universe
from cms.segments.smt.variables import Day

Leaf = tuple[Formula, Formula]  # whether there is an answer, and whether it is yes
Operator = Callable[[Universe, FactRef, Any], Leaf]


def _exact(limit: Operand) -> Limit:
    match limit:
        case Money():
            return limit.minor
        case timedelta():
            return Fraction(limit // timedelta(microseconds=1), 10**6)
        case int():
            return limit
        case Decimal():
            return Fraction(limit)
    raise TypeError(limit)


def _is(universe: Universe, ref: FactRef, operand: Operand) -> Leaf:
    logic, variable = universe.logic, universe.variable(ref)
    if operand is NEVER:
        return True, variable.never
    if isinstance(operand, date):
        return True, logic.all_((logic.not_(variable.never), variable.term == operand.toordinal()))
    if isinstance(operand, frozenset):
        return True, logic.all_((variable.size.equal(len(operand)), *(variable.has(word) for word in sorted(operand))))
    return _limited(universe, ref, operand, lambda number, limit: number.equal(limit))


def _limited(universe: Universe, ref: FactRef, operand: Operand, ask: Callable[[Any, Limit], Formula]) -> Leaf:
    """Compare a number, or the size of a set, with a fixed limit; amounts of another currency have no answer."""
    variable = universe.variable(ref)
    if ref.fact.type is FactType.SET:
        variable = variable.size
    answered = variable.currency.is_word(operand.currency) if isinstance(operand, Money) else True
    return answered, ask(variable, _exact(operand))


def _share(universe: Universe, ref: FactRef, share: PercentOf, compare: Callable[[Term, Term], Formula]) -> Leaf:
    one, other, ratio = universe.variable(ref), universe.variable(share.ref), Fraction(share.percent) / 100
    one.is_tied = other.is_tied = True
    same = universe.one_currency(ref, share.ref) if ref.fact.type is FactType.MONEY else True
    answered = universe.logic.all_((universe.known(share.ref), same))
    return answered, compare(one.term * ratio.denominator, other.term * ratio.numerator)


def _at_least(universe: Universe, ref: FactRef, operand: Operand) -> Leaf:
    if isinstance(operand, PercentOf):
        return _share(universe, ref, operand, ge)
    return _limited(universe, ref, operand, lambda number, limit: number.at_least(limit))


def _at_most(universe: Universe, ref: FactRef, operand: Operand) -> Leaf:
    if isinstance(operand, PercentOf):
        return _share(universe, ref, operand, le)
    return _limited(universe, ref, operand, lambda number, limit: number.at_most(limit))


def _has(universe: Universe, ref: FactRef, words: frozenset[str]) -> list[Formula]:
    variable = universe.variable(ref)
    return [variable.has(word) for word in sorted(words)]


def _dated(universe: Universe, ref: FactRef, operand: FactRef | date) -> tuple[Day, Formula, Formula, Term]:
    """Give the date that is tested, whether there is an answer, and the other date: whether it never was, and its day.

    What never was has an answer whatever it is compared with.
    """
    day: Day = universe.variable(ref)
    if not isinstance(operand, FactRef):
        return day, True, False, operand.toordinal()
    other: Day = universe.variable(operand)
    return day, universe.logic.any_((day.never, universe.known(operand))), other.never, other.term


def _before(universe: Universe, ref: FactRef, operand: FactRef | date) -> Leaf:
    logic = universe.logic
    day, answered, never, limit = _dated(universe, ref, operand)
    return answered, logic.all_((logic.not_(day.never), logic.not_(never), day.term < limit))


def _since(universe: Universe, ref: FactRef, operand: FactRef | date) -> Leaf:
    logic = universe.logic
    day, answered, never, limit = _dated(universe, ref, operand)
    return answered, logic.all_((logic.not_(day.never), logic.any_((never, day.term >= limit))))


def _days_ago_at_least(universe: Universe, ref: FactRef, days: int) -> Leaf:
    day, logic = universe.variable(ref), universe.logic
    return True, logic.all_((logic.not_(day.never), day.term <= universe.clock.today - days))


def _days_ago_at_most(universe: Universe, ref: FactRef, days: int) -> Leaf:
    day, logic, today = universe.variable(ref), universe.logic, universe.clock.today
    return True, logic.all_((logic.not_(day.never), day.term >= today - days, day.term <= today))


def _ever(universe: Universe, ref: FactRef, operand: bool) -> Leaf:  # noqa: FBT001 - an operand
    never = universe.variable(ref).never
    return True, universe.logic.not_(never) if operand else never


OPERATORS: Mapping[str, Operator] = {
    "is": _is,
    "at_least": _at_least,
    "at_most": _at_most,
    "has_any": lambda universe, ref, words: (True, universe.logic.any_(_has(universe, ref, words))),
    "has_all": lambda universe, ref, words: (True, universe.logic.all_(_has(universe, ref, words))),
    "ever": _ever,
    "before": _before,
    "since": _since,
    "days_ago_at_least": _days_ago_at_least,
    "days_ago_at_most": _days_ago_at_most,
    "starts_with": lambda universe, ref, prefix: (True, universe.variable(ref).begins(prefix)),
}
OPPOSITES: Mapping[str, str] = {
    "is_not": "is", "none_of": "one_of", "more_than": "at_most", "less_than": "at_least", "has_none": "has_any",
}  # fmt: skip
JOINED: Mapping[str, Callable[[FactRef, Any], Condition]] = {
    "one_of": lambda ref, values: AnyOf(tuple(Test(ref, "is", value) for value in values)),
    "between": lambda ref, ends: All((Test(ref, "at_least", ends[0]), Test(ref, "at_most", ends[1]))),
    "count": lambda _, tests: All(tests),
}
