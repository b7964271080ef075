"""A condition as a sentence for people, said from its parts; it is never read back."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import reduce

from babel.dates import format_datetime

from cms.facts.declarations import FactRef, FactType
from cms.facts.formats import locale_of, one_line, shown_date, shown_duration, shown_exactly, shown_money
from cms.facts.locales import negotiate
from cms.facts.money import Money
from cms.facts.values import NEVER, Value
from cms.segments.conditions import All, AnyOf, Condition, InSegment, Not, Operand, PercentOf, Test
from cms.segments.phrases import ANY_FAMILY, FAMILIES, PHRASES, filled, language_of

Titles = Mapping[str, str]  # segment → its title

# Each says what the other denies: both are unknown for the same values.
_OPPOSITES = {
    "is_not": "is",
    "none_of": "one_of",
    "has_any": "has_none",
    "has_none": "has_any",
    "at_least": "less_than",
    "less_than": "at_least",
    "at_most": "more_than",
    "more_than": "at_most",
}
_ON_THE_DAY = {"days_ago_at_least": "today or before", "days_ago_at_most": "today"}  # 0 days ago
_PLAIN = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.:/-]*[A-Za-z0-9])?")
_KINDS = {
    FactType.BOOL: "bool",
    FactType.NUMBER: "number",
    FactType.DURATION: "number",
    FactType.MONEY: "money",
    FactType.SET: "set",
}


def said(condition: Condition, titles: Titles, language: str) -> str:
    """Say a condition.

    Args:
        condition: What to say.
        titles: Of the segments it may name; one without a title is named by its key.
        language: One of `LANGUAGES`, or the locale of a reader of one.
    """
    return Speaker(titles, language).condition(condition)


class Speaker:
    """Says conditions, facts and values in one language."""

    def __init__(self, titles: Titles, language: str) -> None:
        self.titles = titles
        self.language = language_of(language)

    def condition(self, condition: Condition, *, wanted: bool = True) -> str:
        """Say a condition or, where it stands under a `not`, its opposite: that of each part."""
        match _opened(condition):
            case Test() as test:
                return self._test(test, wanted=wanted)
            case InSegment(key):
                return self._denied("segment", wanted=wanted, value=self._phrase("quoted", value=self._title(key)))
            case Not(part):
                return self.condition(part, wanted=not wanted)
            case All(parts) | AnyOf(parts) as group:
                joint = _joint(group, wanted=wanted)
                return self._joined(joint, [self._part(part, joint, wanted=wanted) for part in parts])

    def _part(self, part: Condition, joint: str, *, wanted: bool) -> str:
        """Say a part, in brackets where its own parts are joined by the other word."""
        said = self.condition(part, wanted=wanted)
        while isinstance(part, Not):
            part, wanted = part.part, not wanted
        opened = _opened(part)
        is_mixed = isinstance(opened, All | AnyOf) and _joint(opened, wanted=wanted) != joint
        return self._phrase("group", whole=said) if is_mixed else said

    def _test(self, test: Test, *, wanted: bool) -> str:
        operator, operand, fact = test.operator, test.operand, self.fact(test.ref)
        kind = _KINDS.get(test.ref.fact.type)
        if operator == "count" and isinstance(operand, tuple):
            size, fact, kind = operand[0], self._phrase("size", fact=fact), "number"
            operator, operand = (size.operator, size.operand) if isinstance(size, Test) else ("is", size)
        elif operand is NEVER and operator in {"is", "is_not"}:
            operator, operand = "ever", operator == "is_not"
        elif isinstance(operand, bool) and operator in {"is", "is_not"}:
            operator, operand, wanted = "is", operand is (wanted is (operator == "is")), True
        if operator in {"known", "ever"}:
            return self._denied(operator, wanted=wanted is operand, fact=fact)
        return self._compared(operator, operand, fact, kind, wanted=wanted)

    def _compared(self, operator: str, operand: Operand, fact: str, kind: str | None, *, wanted: bool) -> str:
        if operator in _OPPOSITES and (not wanted or operator not in PHRASES):
            operator, wanted = _OPPOSITES[operator], not wanted
        key = "is" if operator == "one_of" else operator
        gaps = {"value": self._operand(operand, "these" if operator == "has_all" else "of these")}
        if key == "between" and isinstance(operand, tuple):
            low, high = (self.value(end) for end in operand if not isinstance(end, Test))
            gaps = {"low": low, "high": high}
        elif isinstance(operand, int) and key in _ON_THE_DAY:
            key, gaps = (key, {"days": self._days(operand)}) if operand else (_ON_THE_DAY[key], {})
        elif kind == "set" and key == "is":
            kind = "set" if operand else "nothing"
            gaps = {"value": self._operand(operand, "these")}
        exact = f"{key} {kind}"
        return self._denied(exact if exact in PHRASES else key, wanted=wanted, fact=fact, **gaps)

    def _days(self, days: int) -> str:
        return self._phrase("1 days" if days == 1 else "days", count=self.value(days))

    def _operand(self, operand: Operand, joint: str = "of these") -> str:
        if isinstance(operand, PercentOf) and operand.percent == 100:
            operand = operand.ref
        if isinstance(operand, PercentOf):
            return self._phrase("share", percent=f"{self.value(operand.percent)}%", fact=self.fact(operand.ref))
        if isinstance(operand, FactRef):
            return self._phrase("fact", fact=self.fact(operand))
        if isinstance(operand, tuple):
            return self.listed([self.value(item) for item in operand if not isinstance(item, Test)], joint)
        return self._set(operand, joint) if isinstance(operand, frozenset) else self.value(operand)

    def fact(self, ref: FactRef) -> str:
        """Name a fact by its title, a member of a family with what it is about."""
        title = ref.fact.title[negotiate(self.language, ref.fact.title, "en")]
        if not ref.parameter:
            return title
        family = FAMILIES.get(ref.fact.stem, ANY_FAMILY)
        return filled(family[self.language], fact=title, key=self.text(ref.parameter))

    def value(self, value: Value | None) -> str:
        """Say a value; None is unknown."""
        if value is None or isinstance(value, bool):
            return self._phrase({None: "unknown", True: "yes", False: "no"}[value])
        if isinstance(value, frozenset):
            return self._set(value, "these")
        if isinstance(value, str):
            return self.text(value)
        return self._phrase("never") if value is NEVER else self._measured(value)

    def _measured(self, value: Value) -> str:
        if isinstance(value, Money):
            return shown_money(value, self.language)
        if isinstance(value, datetime):
            return str(format_datetime(value, "medium", tzinfo=value.tzinfo, locale=locale_of(self.language)))
        if isinstance(value, date):
            return shown_date(value, self.language)
        if isinstance(value, timedelta):
            return shown_duration(value, self.language)
        if isinstance(value, int | Decimal):
            return shown_exactly(value, self.language)
        raise TypeError(value)

    def _set(self, value: frozenset[str], joint: str) -> str:
        return self.listed([self.text(item) for item in sorted(value)], joint) or self._phrase("nothing")

    def text(self, text: str) -> str:
        """Say a text as it is, in quotes unless it is a plain word."""
        return text if _PLAIN.fullmatch(text) else self._phrase("quoted", value=one_line(text))

    def listed(self, items: Sequence[str], joint: str) -> str:
        """List some words: `a, b or c`."""
        if len(items) < 2:
            return "".join(items)
        return self._phrase(joint, left=self._joined("comma", items[:-1]), right=items[-1])

    def _joined(self, joint: str, said: Sequence[str]) -> str:
        return reduce(lambda left, right: self._phrase(joint, left=left, right=right), said)

    def _title(self, key: str) -> str:
        return one_line(self.titles.get(key, "")) or key

    def _denied(self, key: str, *, wanted: bool, **gaps: str) -> str:
        return self._phrase(key if wanted else f"not {key}", **gaps)

    def _phrase(self, key: str, **gaps: str) -> str:
        return filled(PHRASES[key][self.language], **gaps)


def _opened(condition: Condition) -> Condition:
    """Take a count that is tested twice for the two tests that it is."""
    if not isinstance(condition, Test) or condition.operator != "count" or not isinstance(condition.operand, tuple):
        return condition
    if len(condition.operand) == 1:
        return condition
    return All(tuple(replace(condition, operand=(test,)) for test in condition.operand if isinstance(test, Test)))


def _joint(condition: All | AnyOf, *, wanted: bool) -> str:
    """Give the word between the parts; of what is not all, one part is not."""
    return "and" if isinstance(condition, All) is wanted else "or"
