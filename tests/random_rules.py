"""Random rules, as authored JSON, and random contexts to ask them of: on, just below and just above every constant."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Context, Decimal
from fractions import Fraction
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from cms.facts.builtin import BUILTIN_FACTS
from cms.facts.context import DecisionContext, Observation, View
from cms.facts.declarations import Absence, Fact, FactRef, FactType, Origin
from cms.facts.money import Money
from cms.facts.signals import Signal
from cms.facts.values import Value, value_of
from cms.segments.conditions import Condition
from cms.segments.operands import OPERANDS, Language
from cms.segments.parsing import MAX_DEPTH, parse_condition

NOW = datetime(2028, 2, 29, 23, 30, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Taipei")  # where it is already March
TIERS = ("green", "silver", "gold", "玉")
OWN = (
    Fact("plant.watered", FactType.DURATION, Origin.TRAIT, {"en": "since watered"}),
    Fact("plant.fed", FactType.DURATION, Origin.TRAIT, {"en": "since fed"}, max_age=timedelta(days=30)),
    Fact("plant.score", FactType.NUMBER, Origin.TRAIT, {"en": "score"}),
    Fact(
        "plant.bonus", FactType.NUMBER, Origin.SIGNAL, {"en": "bonus"}, absent=Absence.ZERO,
        max_age=timedelta(hours=1), signals=frozenset({Signal.CUSTOMER}), owner=Signal.CUSTOMER,
    ),
    Fact(
        "plant.names", FactType.SET, Origin.SIGNAL, {"en": "names"}, absent=Absence.EMPTY,
        signals=frozenset({Signal.CUSTOMER}), owner=Signal.CUSTOMER,
    ),
)  # fmt: skip
SCHEMA = BUILTIN_FACTS.having(OWN, {"customer.loyalty_tier": TIERS, "rfm.class": ("lost", "it's", "new")})
LANGUAGE = Language(SCHEMA, "USD", ZONE)
LONG = "x" * 60
NAMES = (
    "visitor.is_new", "customer.is_member",
    "cart.count", "plant.score", "plant.bonus", "affinity[綠]", "orders.quantity[pots].last_90_days",
    "cart.subtotal", "shop.free_shipping_threshold", "cart.amount_in[pots]",
    "visitor.country", "source.campaign", "customer.loyalty_tier", "rfm.class", "visitor.device",
    "cart.skus", "plant.names", "crm.tags",
    "orders.last", "bought[fern]", "bought[Fern]", f"bought[{LONG}1]", f"bought[{LONG}2]", "bought[\"%s';--]",
    "plant.watered", "plant.fed", "now.date", "now.hour", "now.weekday",
)  # fmt: skip
FACTS: Mapping[str, FactRef] = {name: ref for name in NAMES if (ref := SCHEMA.find(name))}
WORDS = ("fern", "Fern", "fer", "f", "蕨", "蕨類", "é", "e\u0301", "it's", 'a"b', "a\\b", "%", "_", "line\nbreak", "{}")
ODD_WORDS = ("\0", "fern\0", "\ue000", "\ue000\ue001", "\ud800", "🪴", " ")
FEW = WORDS[:3]  # so that sets are often the same
TEXTS = (*WORDS, *ODD_WORDS, "")
COUNTS = (0, 1, 2, 3, 7, 2**53)
LONG_THIRD = "0.333333333333333333333"
NUMBERS = (-(2**53), -1, *map(Decimal, ("-0.1", "1e-21", "0.1", "0.3", LONG_THIRD, "1.5", "33.333")), *COUNTS)
AMOUNTS = ("0.00", "0.01", "4.99", "5.00", "60.00", "75.00", "999999999999999.99")
YEN = tuple({"amount": amount, "currency": "JPY"} for amount in ("1", "5", "60", "500"))
DURATIONS = ("P0D", "PT1S", "PT20M", "P1D", "P30D", "P999999999D")
DATES = ("0001-01-01", "2027-12-31", "2028-02-28", "2028-02-29", "2028-03-01", "2028-03-02", "9999-12-31")
SIZES = (*COUNTS, 10**40)
PERCENTS = (1, 30, 80, 100, 250, *map(Decimal, ("0.1", "33.3", "33.333333", "66.6666666667")))
DAYS = (0, 1, 2, 30, 365, 10**6, 10**12)
EXACT = Context(prec=60)
STEP = Decimal("1e-21")
SEVERAL = 3  # at most so many parts in a group, words in a list
ORDERS = ("at_least", "at_most", "more_than", "less_than")

OPERANDS_ALIKE: Mapping[str, Sequence[Any]] = {  # whatever the fact
    "ever": (True, False),
    "known": (True, False),
    "days_ago_at_least": DAYS,
    "days_ago_at_most": DAYS,
    "count": [*SIZES, *({operator: size} for operator in ("is", "is_not", *ORDERS) for size in SIZES)],
    "starts_with": [text[:end] for text in TEXTS for end in range(1, len(text) + 1)],
}

Json = Any


def of_type(kind: FactType) -> list[FactRef]:
    return [ref for ref in FACTS.values() if ref.fact.type is kind]


def constants(ref: FactRef) -> list[Json]:
    """List what a rule may compare a fact with, ascending."""
    listed: dict[FactType, Iterable[Json]] = {
        FactType.BOOL: (False, True),
        FactType.NUMBER: (number for number in sorted(NUMBERS) if _fits(ref.fact, number)),
        FactType.MONEY: sorted([*AMOUNTS[ref.fact.minimum or 0 :], *YEN], key=_amount),
        FactType.ENUM: ref.fact.of,
        FactType.DATE: (*DATES, "never") if ref.fact.absent is Absence.NEVER else DATES,
        FactType.DURATION: DURATIONS,
    }
    return list(listed.get(ref.fact.type, TEXTS))


def _fits(fact: Fact, number: int | Decimal) -> bool:
    return (fact.minimum is None or number >= fact.minimum) and (fact.maximum is None or number <= fact.maximum)


def _amount(money: Json) -> Decimal:
    return Decimal(money if isinstance(money, str) else money["amount"])


def read(ref: FactRef, raw: Json) -> Value:
    known = value_of(ref.fact, raw, currency=LANGUAGE.currency, zone=ZONE)
    assert known is not None
    return known


@dataclass(slots=True)
class Author:
    """Writes random rules as JSON; they may name the segments written before."""

    random: Random
    segments: dict[str, Json] = field(default_factory=dict)

    def rule(self, depth: int = MAX_DEPTH) -> Json:
        kind = self.random.random()
        if depth and kind < 0.15:
            return {"not": self.rule(depth - 1)}
        if depth and kind < 0.5:
            parts = [self.rule(depth - 1) for _ in range(self.random.randint(1, SEVERAL))]
            return {self.random.choice(("all", "any")): parts}
        if self.segments and kind < 0.6:
            return {"segment": self.random.choice(sorted(self.segments))}
        return dict(self._clause() for _ in range(self.random.choice((1, 1, 1, 2))))

    def one_of_each(self) -> list[Json]:
        """Write one clause for each operator of each type of fact."""
        return [
            {ref.name: {name: self._operand(name, ref)}}
            for kind in FactType
            for name, spec in OPERANDS.items()
            if (refs := [ref for ref in of_type(kind) if not spec.refusal(ref)])
            for ref in [self.random.choice(refs)]
        ]

    def _clause(self) -> tuple[str, Json]:
        ref = FACTS[self.random.choice(list(FACTS))]
        fitting = [name for name, spec in OPERANDS.items() if not spec.refusal(ref)]
        names = self.random.sample(fitting, self.random.choice((1, 1, 1, 2)))
        return ref.name, {name: self._operand(name, ref) for name in names}

    def _operand(self, operator: str, ref: FactRef) -> Json:
        pick, may, choices = self.random.choice, self.random.random() < 0.5, constants(ref)
        if operator in ORDERS and ref.fact.type in {FactType.NUMBER, FactType.MONEY} and may:
            return {"percent": pick(PERCENTS), "of": pick(of_type(ref.fact.type)).name}
        if operator in {"before", "since"}:
            return pick(of_type(FactType.DATE)).name if may else pick(DATES)
        if operator in OPERANDS_ALIKE:
            return pick(OPERANDS_ALIKE[operator])
        if ref.fact.type is FactType.SET:
            whole = operator in {"is", "is_not"}
            return self._several(FEW if whole or may else choices, least=0 if whole else 1)
        if operator == "between":
            return sorted((pick(choices), pick(choices)), key=choices.index)
        return self._several(choices) if operator in {"one_of", "none_of"} else pick(choices)

    def _several(self, among: Sequence[Json], *, least: int = 1) -> list[Json]:
        return self.random.sample(among, self.random.randint(least, min(SEVERAL, len(among))))


def parsed(raw: Json) -> Condition | None:
    """Parse what an author wrote; None where it is more than one rule may be."""
    condition, problems = parse_condition(raw, LANGUAGE)
    assert {problem.code for problem in problems} <= {"too-many-clauses"}, (raw, problems)
    return None if problems else condition


@dataclass(slots=True)
class Visitors:
    """Makes random contexts."""

    random: Random

    def view(self) -> View:
        values = {name: value for name, ref in FACTS.items() if (value := self._value(ref)) is not None}
        self._tie(values)
        chance = self.random.random
        return View(
            DecisionContext(
                NOW,
                ZONE,
                "en",
                self.random.choice(("USD", "JPY")),
                self.random.choice(("web", "web", "web", "app", "email")),
                values,
                answered=frozenset(signal for signal in Signal if chance() < 0.7),
                untold=frozenset(ref.fact.stem for ref in FACTS.values() if chance() < 0.1),
                observations={
                    signal: Observation(NOW - self.random.choice((1, 1, 24 * 40)) * timedelta(hours=1))
                    for signal in Signal
                },
            )
        )

    def _value(self, ref: FactRef) -> Value | None:
        chance = self.random.random()
        if chance < 0.2 or ref.fact.origin is Origin.CLOCK:
            return None
        if ref.fact.type is FactType.SET:
            return frozenset(self.random.choices(FEW if chance < 0.6 else TEXTS, k=self.random.randint(0, 4)))
        if ref.fact.type is FactType.ENUM and chance < 0.3:
            return "no longer a choice"
        return self._near(read(ref, self.random.choice(constants(ref))))

    def _near(self, constant: Value) -> Value:
        """Give a constant, or what is right below or above it."""
        sign = self.random.choice((-1, 0, 0, 1))
        match constant:
            case Money(minor, currency):
                return Money(minor + sign, currency)
            case Decimal():
                return EXACT.add(constant, sign * STEP)
            case date() if date.min < constant < date.max:
                return constant + timedelta(sign)
            case timedelta() if timedelta(0) < constant < timedelta(999999999):
                return constant + timedelta(microseconds=sign)
            case int() if abs(constant) < 2**53 and not isinstance(constant, bool):
                return constant + sign
        return constant

    def _tie(self, values: dict[str, Value]) -> None:
        """Put some facts right where a comparison with another one turns."""
        for kind in (FactType.DATE, FactType.MONEY, FactType.NUMBER):
            names = [ref.name for ref in of_type(kind) if ref.name in values]
            for name, other in zip(self.random.sample(names, len(names)), names, strict=True):
                if self.random.random() < 0.4:
                    values[name] = self._near(self._share(values[other]))

    def _share(self, other: Value) -> Value:
        share = Fraction(self.random.choice(PERCENTS)) / 100
        if isinstance(other, Money):
            return Money(int(share * other.minor), other.currency)
        if isinstance(other, int | Decimal):
            part = max(-(2**53), min(share * Fraction(other), 2**53))
            return EXACT.divide(Decimal(part.numerator), Decimal(part.denominator)).quantize(STEP, context=EXACT)
        return other
