"""Tests and values in words, for traces and explanations."""

from collections.abc import Mapping

from cms.decisions.decision import Reason, Step
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


def said_step(step: Step) -> str:
    """Say what became of one candidate: `- club:near: needs cart.subtotal at least 60.00 USD; it is unknown`."""
    name = ":".join(part for part in (step.entry, step.variant) if part) or "the slot"
    mark = "+" if step.outcome == "chosen" else "-"
    said = OUTCOMES[step.outcome].format(test=step.test, seen=step.seen, rival=step.rival)
    return f"{mark} {name}: {said}"


OUTCOMES: Mapping[str, str] = {
    "chosen": "shown",
    "when": "needs {test}; it is {seen}",
    "audience": "is for those with {test}; it is {seen}",
    "schedule": "is not scheduled now",
    "content": "is not written for {test} or its fallbacks",
    "placeholder": "cannot be filled: {test} is unknown",
    "promise": "commerce does not confirm its {test}",
    "claims": "would contradict {rival}: {test}",
    "product": "its product {test} cannot be had now",
    "rail": "its rail {test} has too few products",
    "repeats": "would only repeat products shown or in the cart",
    "max-offers": "the page has its offers already: {rival}",
    "exclusive": "its group is taken by {rival}",
    "stage": "is never shown at the stage {test}",
    "channel": "has no output for {test}",
    "capped": "was shown often enough ({test}; seen {seen})",
    "dismissed": "was dismissed on {seen}",
    "held-out": "is kept back: this visitor is held out",
    "outranked": "was not needed: {rival} came first",
    "not-drawn": "is shown only by its experiment",
}

REASON_WORDS: Mapping[Reason, str] = {
    Reason.STATIC: "the entry has only this variant",
    Reason.DEFAULT: "no other variant applies",
    Reason.TARGETING_MATCH: "its rule matches",
    Reason.SPLIT: "an experiment drew it",
    Reason.STALE: "its rule matches on facts past their fresh age",
    Reason.DISABLED: "it is switched off",
    Reason.ERROR: "it could not be decided",
}
