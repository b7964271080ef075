"""The meaning of conditions: Kleene's three values, exactly SQL's. None is unknown; only True matches.

This is the reference evaluator: simple on purpose, and what faster forms are compared with.
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from cms.facts.context import View
from cms.facts.declarations import FactRef, FactType
from cms.facts.money import Money
from cms.facts.values import NEVER, Value
from cms.segments.conditions import All, AnyOf, Condition, InSegment, Not, Operand, PercentOf, Test

Truth = bool | None
Segments = Mapping[str, Condition]


class Evaluator:
    """Evaluates conditions for one view, each named segment once."""

    def __init__(self, segments: Segments, view: View) -> None:
        self.segments = segments
        self.view = view
        self._known: dict[str, Truth] = {}

    def truth(self, condition: Condition) -> Truth:
        """Decide a condition.

        Every part is looked at although one may settle it, so that what was read does not depend on the
        order in which an author wrote the parts.
        """
        match condition:
            case Test():
                return test_truth(condition, self.view)
            case InSegment(key):
                if key not in self._known:
                    self._known[key] = self.truth(self.segments[key])
                return self._known[key]
            case Not(part):
                return _negated(self.truth(part))
            case All(parts):
                return conjunction([self.truth(part) for part in parts])
            case AnyOf(parts):
                return _negated(conjunction([_negated(self.truth(part)) for part in parts]))

    def first_failing(self, condition: Condition) -> tuple[Test, bool] | None:
        """Find the first test because of which a condition does not match.

        Returns:
            The test and whether it was wanted to hold (False: it stands under a `not`); None if it matches.
        """
        return None if self.truth(condition) is True else self._failing(condition, wanted=True)

    def _failing(self, condition: Condition, *, wanted: bool) -> tuple[Test, bool] | None:
        match condition:
            case Test():
                return (condition, wanted)
            case InSegment(key):
                return self._failing(self.segments[key], wanted=wanted)
            case Not(part):
                return self._failing(part, wanted=not wanted)
            case All(parts) | AnyOf(parts):
                for part in parts:
                    if self.truth(part) is not wanted:
                        return self._failing(part, wanted=wanted)
        return None


def _negated(truth: Truth) -> Truth:
    return None if truth is None else not truth


def conjunction(truths: list[Truth]) -> Truth:
    """Kleene's and: false wins over unknown, unknown over true."""
    if any(truth is False for truth in truths):
        return False
    return None if any(truth is None for truth in truths) else True


def test_truth(test: Test, view: View) -> Truth:
    """Decide one test; comparison with unknown is unknown, only `known` asks for it openly."""
    value = view.value(test.ref)
    if test.operator == "known":
        return (value is not None) is test.operand
    if value is None:
        return None
    return OPERATORS[test.operator](value, test.operand, test.ref, view)


def _same(value: Value, operand: Operand) -> Truth:
    if isinstance(value, Money) and isinstance(operand, Money) and value.currency != operand.currency:
        return None
    return value == operand


def _is(value: Value, operand: Operand, ref: FactRef, view: View) -> Truth:
    return _same(value, operand)


def _is_not(value: Value, operand: Operand, ref: FactRef, view: View) -> Truth:
    return _negated(_same(value, operand))


def _one_of(value: Value, operand: Operand, ref: FactRef, view: View) -> Truth:
    if not isinstance(operand, tuple):
        raise TypeError(operand)
    return _negated(conjunction([_negated(_same(value, item)) for item in operand if not isinstance(item, Test)]))


def _none_of(value: Value, operand: Operand, ref: FactRef, view: View) -> Truth:
    return _negated(_one_of(value, operand, ref, view))


def _compared(value: Value, operand: Operand, ref: FactRef, view: View) -> int | None:
    """Order a value and its limit: negative, 0 or positive; None where they cannot be compared."""
    if isinstance(operand, PercentOf):
        other = view.value(operand.ref)
        return None if other is None else _order(value, other, Fraction(operand.percent) / 100)
    if isinstance(operand, Money | int | Decimal | str | timedelta):
        if ref.fact.type is FactType.ENUM:
            return _enum_order(ref, value, operand)
        return _order(value, operand, Fraction(1))
    raise TypeError(operand)


def _enum_order(ref: FactRef, value: Value, operand: Operand) -> int | None:
    choices = ref.fact.of
    if value not in choices or not isinstance(value, str):
        return None
    return choices.index(value) - choices.index(str(operand))


def _order(value: Value, limit: Value, share: Fraction) -> int | None:
    if isinstance(value, Money) and isinstance(limit, Money):
        return None if value.currency != limit.currency else _sign(Fraction(value.minor) - share * limit.minor)
    if isinstance(value, timedelta) and isinstance(limit, timedelta):
        return _sign(Fraction((value - limit) / timedelta(microseconds=1)))
    if isinstance(value, int | Decimal) and isinstance(limit, int | Decimal):
        return _sign(Fraction(value) - share * Fraction(limit))
    return None


def _sign(difference: Fraction) -> int:
    return (difference > 0) - (difference < 0)


def _ordering(holds: Callable[[int], bool]) -> Callable[[Value, Operand, FactRef, View], Truth]:
    def decide(value: Value, operand: Operand, ref: FactRef, view: View) -> Truth:
        order = _compared(value, operand, ref, view)
        return None if order is None else holds(order)

    return decide


def _between(value: Value, operand: Operand, ref: FactRef, view: View) -> Truth:
    if not isinstance(operand, tuple):
        raise TypeError(operand)
    low, high = (_compared(value, end, ref, view) for end in operand if not isinstance(end, Test))
    return conjunction([None if low is None else low >= 0, None if high is None else high <= 0])


def _has_any(value: Value, operand: Operand, ref: FactRef, view: View) -> Truth:
    return bool(_set(value) & _set(operand))


def _has_all(value: Value, operand: Operand, ref: FactRef, view: View) -> Truth:
    return _set(value) >= _set(operand)


def _has_none(value: Value, operand: Operand, ref: FactRef, view: View) -> Truth:
    return not _set(value) & _set(operand)


def _set(value: Operand) -> frozenset[str]:
    if not isinstance(value, frozenset):
        raise TypeError(value)
    return value


def _count(value: Value, operand: Operand, ref: FactRef, view: View) -> Truth:
    if not isinstance(operand, tuple):
        raise TypeError(operand)
    size = len(_set(value))
    tests = [test for test in operand if isinstance(test, Test)]
    return conjunction([OPERATORS[test.operator](size, test.operand, ref, view) for test in tests])


def _ever(value: Value, operand: Operand, ref: FactRef, view: View) -> Truth:
    return (value is not NEVER) is operand


def _tested_date(operand: Operand, view: View) -> Value | None:
    return view.value(operand) if isinstance(operand, FactRef) else _date_or_never(operand)


def _date_or_never(operand: Operand) -> Value:
    if not isinstance(operand, date) and operand is not NEVER:
        raise TypeError(operand)
    return operand


def _before(value: Value, operand: Operand, ref: FactRef, view: View) -> Truth:
    limit = _tested_date(operand, view)
    if value is NEVER or limit is NEVER:
        return False
    return value < limit if isinstance(value, date) and isinstance(limit, date) else None


def _since(value: Value, operand: Operand, ref: FactRef, view: View) -> Truth:
    limit = _tested_date(operand, view)
    if value is NEVER or limit is NEVER:
        return value is not NEVER
    return value >= limit if isinstance(value, date) and isinstance(limit, date) else None


def _days_ago(value: Value, view: View) -> int | None:
    return (view.today - value).days if isinstance(value, date) else None


def _days_ago_at_least(value: Value, operand: Operand, ref: FactRef, view: View) -> Truth:
    days = _days_ago(value, view)
    return days is not None and isinstance(operand, int) and days >= operand


def _days_ago_at_most(value: Value, operand: Operand, ref: FactRef, view: View) -> Truth:
    days = _days_ago(value, view)
    return days is not None and isinstance(operand, int) and 0 <= days <= operand


def _starts_with(value: Value, operand: Operand, ref: FactRef, view: View) -> Truth:
    return str(value).startswith(str(operand))


OPERATORS: Mapping[str, Callable[[Value, Operand, FactRef, View], Truth]] = {
    "is": _is,
    "is_not": _is_not,
    "one_of": _one_of,
    "none_of": _none_of,
    "at_least": _ordering(lambda order: order >= 0),
    "at_most": _ordering(lambda order: order <= 0),
    "more_than": _ordering(lambda order: order > 0),
    "less_than": _ordering(lambda order: order < 0),
    "between": _between,
    "has_any": _has_any,
    "has_all": _has_all,
    "has_none": _has_none,
    "count": _count,
    "ever": _ever,
    "before": _before,
    "since": _since,
    "days_ago_at_least": _days_ago_at_least,
    "days_ago_at_most": _days_ago_at_most,
    "starts_with": _starts_with,
}
