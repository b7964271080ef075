"""The operators' operands: how each is read from JSON, and which facts it fits."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from cms.facts.declarations import FactRef, FactSchema, FactType, Origin
from cms.facts.money import Money
from cms.facts.values import Value, how_written, value_of
from cms.problems import Problem, did_you_mean, pointer_of
from cms.segments.conditions import Operand, PercentOf, Test


@dataclass(frozen=True, slots=True)
class Language:
    """What names mean while parsing: the facts, and the currency and zone of bare amounts and moments."""

    schema: FactSchema
    currency: str
    zone: ZoneInfo


class OperandError(ValueError):
    """An operand is not what its operator takes; `hint` says how that is written, whatever the fact's type."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(slots=True)
class Reading:
    """One condition being read: what names mean, and what was found wrong so far."""

    language: Language
    problems: list[Problem] = field(default_factory=list)

    def fault(self, code: str, message: str, pointer: str, suggestion: str = "") -> None:
        self.problems.append(Problem(code, message, pointer, suggestion))

    def mismatch(self, ref: FactRef, raw: object, wrong: ValueError, pointer: str) -> None:
        """Note that a value is none of the fact's."""
        code = "unknown-choice" if "is not one of" in str(wrong) else "wrong-type"
        hint = wrong.hint if isinstance(wrong, OperandError) else _choice_hint(ref, raw)
        self.fault(code, f'"{ref.name}": {wrong}.', pointer, hint)


def _choice_hint(ref: FactRef, raw: object) -> str:
    words = raw if isinstance(raw, list) else [raw]
    wrong = next((word for word in words if isinstance(word, str) and word not in ref.fact.of), None)
    if ref.fact.of:
        return did_you_mean(wrong, ref.fact.of) if wrong is not None else f"Known: {', '.join(ref.fact.of)}."
    is_number = isinstance(raw, int | float | Decimal) and not isinstance(raw, bool)
    if is_number and ref.fact.minimum is not None and ref.fact.maximum is not None:
        return f"Write a number from {ref.fact.minimum} to {ref.fact.maximum}."
    return how_written(ref.fact)


def _value(reading: Reading, ref: FactRef, raw: object) -> Value:
    value = value_of(ref.fact, raw, currency=reading.language.currency, zone=reading.language.zone)
    if value is None:
        raise ValueError('null is not a value; ask {"known": false}')
    return value


def _scalar(reading: Reading, ref: FactRef, raw: object, pointer: str) -> Operand | None:
    return _value(reading, ref, raw)


def _list(reading: Reading, ref: FactRef, raw: object, pointer: str) -> Operand | None:
    if not isinstance(raw, list):
        raise OperandError("a list is needed", "Put it in brackets: [ … ].")
    if not raw:
        reading.fault("empty-list", f'"{ref.name}": an empty list means nobody.', pointer, "List at least one value.")
        return None
    values = [_item(reading, ref, item, pointer + pointer_of(index)) for index, item in enumerate(raw)]
    known = tuple(value for value in values if value is not None)
    return known if len(known) == len(raw) else None


def _item(reading: Reading, ref: FactRef, raw: object, pointer: str) -> Value | None:
    try:
        return _value(reading, ref, raw)
    except ValueError as wrong:
        reading.mismatch(ref, raw, wrong, pointer)
        return None


def _limit(reading: Reading, ref: FactRef, raw: object, pointer: str) -> Operand | None:
    if isinstance(raw, Mapping) and "percent" in raw:
        return _percent_of(reading, ref, raw, pointer)
    return _value(reading, ref, raw)


def _percent_of(reading: Reading, ref: FactRef, raw: Mapping[str, object], pointer: str) -> Operand | None:
    percent, name = raw.get("percent"), raw.get("of")
    if set(raw) != {"percent", "of"} or isinstance(percent, bool) or not isinstance(percent, int | Decimal):
        raise OperandError('a share is {"percent": 80, "of": "another.fact"}', "Give both, and nothing else.")
    if percent <= 0:
        raise OperandError("a share is more than 0 percent", "Write for example 80.")
    other = reading.language.schema.find(str(name))
    if other is None:
        suggestion = did_you_mean(str(name), reading.language.schema.spell_like(str(name)))
        reading.fault("unknown-fact", f'No fact "{name}".', pointer + "/of", suggestion)
        return None
    if other.fact.type is not ref.fact.type or ref.fact.type not in {FactType.MONEY, FactType.NUMBER}:
        message = f'a share of "{other.name}" ({other.fact.type}) is not in the unit of a {ref.fact.type}'
        raise OperandError(message, "Name an amount for an amount, a number for a number.")
    return PercentOf(Decimal(percent), other)


def _between(reading: Reading, ref: FactRef, raw: object, pointer: str) -> Operand | None:
    if not isinstance(raw, list) or len(raw) != 2:
        raise OperandError("between takes the two ends: [low, high]", "Put them in brackets: [ …, … ].")
    low, high = (_value(reading, ref, end) for end in raw)
    if _rank(ref, low) > _rank(ref, high):
        hint = 'Put the lower end first; what goes on beyond midnight, or beyond sunday, takes two tests in an "any".'
        clock = ref.fact.origin is Origin.CLOCK
        message = f'"{ref.name}": nothing is between these ends.'
        reading.fault("empty-range", message, pointer, hint if clock else "Put the lower end first.")
        return None
    return (low, high)


def _rank(ref: FactRef, value: Value) -> Decimal:
    if isinstance(value, str):
        return Decimal(ref.fact.of.index(value))
    if isinstance(value, timedelta):
        return Decimal(value.total_seconds())
    return value.decimal if isinstance(value, Money) else Decimal(str(value))


def _words(reading: Reading, ref: FactRef, raw: object, pointer: str) -> Operand | None:
    if isinstance(raw, list) and not raw:
        reading.fault(
            "empty-list", f'"{ref.name}": an empty list asks for nothing.', pointer, "List at least one value."
        )
        return None
    return _value(reading, ref, raw)


def _yes_or_no(reading: Reading, ref: FactRef, raw: object, pointer: str) -> Operand | None:
    if not isinstance(raw, bool):
        raise OperandError("true or false is needed", "Write it without quotes.")
    return raw


def _whole(raw: object, what: str) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int) or raw < 0:
        raise OperandError(f"{what} is needed", "Write it without quotes, sign or decimals, such as 2.")
    return raw


def _days(reading: Reading, ref: FactRef, raw: object, pointer: str) -> Operand | None:
    return _whole(raw, "a whole number of days")


COUNTS = ("is", "is_not", "at_least", "at_most", "more_than", "less_than")


def _count(reading: Reading, ref: FactRef, raw: object, pointer: str) -> Operand | None:
    """`count` takes a number, or a number test such as {"at_least": 2}; both become tests of a number."""
    tests = raw if isinstance(raw, Mapping) else {"is": raw}
    for name in tests:
        if name not in COUNTS:
            reading.fault(
                "unknown-operator",
                f'"count" has no operator "{name}".',
                pointer + pointer_of(name) + "#key",
                did_you_mean(name, COUNTS),
            )
            return None
    if not tests:
        raise OperandError("a number or a number test is needed", 'Write 2, or {"at_least": 2}.')
    return tuple(Test(ref, name, _whole(operand, "a whole number"), pointer) for name, operand in tests.items())


def _moment(reading: Reading, ref: FactRef, raw: object, pointer: str) -> Operand | None:
    other = reading.language.schema.find(raw) if isinstance(raw, str) else None
    if other is not None and other.fact.type is FactType.DATE:
        return other
    if isinstance(raw, str) and not raw[:1].isdigit():
        dates = [name for name in reading.language.schema.spell_like(raw) if _is_date(reading, name)]
        reading.fault("unknown-fact", f'"{raw}" is neither a date nor a date fact.', pointer, did_you_mean(raw, dates))
        return None
    return _value(reading, ref, raw)


def _is_date(reading: Reading, name: str) -> bool:
    ref = reading.language.schema.find(name)
    return ref is not None and ref.fact.type is FactType.DATE


def _prefix(reading: Reading, ref: FactRef, raw: object, pointer: str) -> Operand | None:
    if not isinstance(raw, str) or not raw:
        raise ValueError("the first letters are needed")
    return raw


@dataclass(frozen=True, slots=True)
class Operands:
    """How one operator reads its operand, and which facts it fits."""

    read: Callable[[Reading, FactRef, object, str], Operand | None]
    types: frozenset[FactType]
    ordered: bool = False

    def refusal(self, ref: FactRef) -> str:
        """Say why the operator does not fit the fact; "" if it does."""
        if ref.fact.type not in self.types:
            return f"it is a {ref.fact.type}"
        if self.ordered and not ref.fact.has_order:
            return "its choices have no declared order"
        return ""


_ALL = frozenset(FactType)
_PLAIN = _ALL - {FactType.SET}
_ORDERED = frozenset({FactType.NUMBER, FactType.MONEY, FactType.DURATION, FactType.ENUM})
_SET = frozenset({FactType.SET})
_DATE = frozenset({FactType.DATE})

OPERANDS: Mapping[str, Operands] = {
    "is": Operands(_scalar, _ALL),
    "is_not": Operands(_scalar, _ALL),
    "one_of": Operands(_list, _PLAIN),
    "none_of": Operands(_list, _PLAIN),
    "at_least": Operands(_limit, _ORDERED, ordered=True),
    "at_most": Operands(_limit, _ORDERED, ordered=True),
    "more_than": Operands(_limit, _ORDERED, ordered=True),
    "less_than": Operands(_limit, _ORDERED, ordered=True),
    "between": Operands(_between, _ORDERED, ordered=True),
    "has_any": Operands(_words, _SET),
    "has_all": Operands(_words, _SET),
    "has_none": Operands(_words, _SET),
    "count": Operands(_count, _SET),
    "ever": Operands(_yes_or_no, _DATE),
    "before": Operands(_moment, _DATE),
    "since": Operands(_moment, _DATE),
    "days_ago_at_least": Operands(_days, _DATE),
    "days_ago_at_most": Operands(_days, _DATE),
    "starts_with": Operands(_prefix, frozenset({FactType.TEXT, FactType.ENUM})),
    "known": Operands(_yes_or_no, _ALL),
}
