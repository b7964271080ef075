"""Tests and values as files write them, by fact names: the same in every language, for machines and for cases."""

from collections.abc import Mapping

from cms.explanations.explaining import Explanation
from cms.facts.declarations import FactRef
from cms.facts.money import Money
from cms.facts.values import NEVER, Value
from cms.segments.conditions import Operand, PercentOf, Test


def said_value(value: Value | None) -> str:
    """Write a value as a file would; unknown has its own word."""
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Money):
        return f"{value.amount} {value.currency}"
    if isinstance(value, frozenset):
        return ", ".join(sorted(value)) or "nothing"
    return "never" if value is NEVER else str(value)


def said_operand(operand: Operand) -> str:
    if isinstance(operand, PercentOf):
        return f"{operand.percent.normalize():f} % of {operand.ref.name}"
    if isinstance(operand, FactRef):
        return operand.name
    if isinstance(operand, tuple):
        return ", ".join(
            f"{part.operator} {said_operand(part.operand)}" if isinstance(part, Test) else said_value(part)
            for part in operand
        )
    return said_value(operand)


OPERATOR_WORDS: Mapping[str, str] = {
    "is_not": "is not",
    "one_of": "one of",
    "none_of": "none of",
    "at_least": "at least",
    "at_most": "at most",
    "more_than": "more than",
    "less_than": "less than",
    "has_any": "has any of",
    "has_all": "has all of",
    "has_none": "has none of",
    "days_ago_at_least": "days ago at least",
    "days_ago_at_most": "days ago at most",
    "starts_with": "starts with",
}


def words_of_test(test: Test, *, wanted: bool) -> str:
    """Say one test: `cart.subtotal at least 60.00 USD`."""
    operator = OPERATOR_WORDS.get(test.operator, test.operator)
    said = f"{test.ref.name} {operator} {said_operand(test.operand)}"
    return said if wanted else f"not ({said})"


def said_test(found: Explanation) -> str:
    """Say what a candidate hangs on: its first failing test, else what it names."""
    if found.test is not None:
        return words_of_test(found.test, wanted=found.wanted)
    return found.step.verdict.detail or (found.ref.name if found.ref is not None else "")


def said_seen(found: Explanation) -> str:
    return "" if found.ref is None else said_value(found.seen)
