"""A small set of facts, one of each type, and ways to ask them."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from cms.facts.builtin import BUILTIN_FACTS
from cms.facts.context import DecisionContext, View
from cms.facts.declarations import Fact, FactSchema, FactType, Origin
from cms.facts.signals import Signal
from cms.facts.values import value_of
from cms.segments.conditions import Condition
from cms.segments.evaluate import Evaluator, Truth
from cms.segments.operands import Language
from cms.segments.parsing import parse_condition

NOW = datetime(2026, 12, 2, 12, 0, tzinfo=UTC)
ZONE = ZoneInfo("UTC")
OWN = (
    Fact("plant.watered", FactType.DURATION, Origin.TRAIT, {"en": "since watered"}),
    Fact("plant.light", FactType.ENUM, Origin.TRAIT, {"en": "light"}, of=("low", "half", "bright"), ordered=True),
)

Facts = Mapping[str, Any]
Ask = Callable[..., Truth]


@pytest.fixture(scope="session")
def schema() -> FactSchema:
    return BUILTIN_FACTS.having(OWN, {"customer.loyalty_tier": ("green", "silver", "gold")})


@pytest.fixture(scope="session")
def language(schema: FactSchema) -> Language:
    return Language(schema, "USD", ZONE)


@pytest.fixture(scope="session")
def view_of(schema: FactSchema) -> Callable[..., View]:
    """Give a view of facts written as JSON; null is unknown, and `answered` signals tell of absence."""

    def view(facts: Facts, *, answered: frozenset[Signal] = frozenset(), channel: str = "web") -> View:
        values = {}
        for name, raw in facts.items():
            ref = schema.find(name)
            assert ref is not None, name
            value = value_of(ref.fact, raw, currency="USD", zone=ZONE)
            if value is not None:
                values[name] = value
        return View(DecisionContext(NOW, ZONE, "en", "USD", channel, values, answered))

    return view


@pytest.fixture(scope="session")
def parsed(language: Language) -> Callable[[object], Condition]:
    def parse(raw: object) -> Condition:
        condition, problems = parse_condition(raw, language)
        assert [] == problems
        assert condition is not None
        return condition

    return parse


@pytest.fixture(scope="session")
def ask(parsed: Callable[[object], Condition], view_of: Callable[..., View]) -> Ask:
    """Decide a condition over facts, both written as JSON."""

    def decide(raw: object, facts: Facts, *, segments: Mapping[str, object] | None = None, **more: Any) -> Truth:
        named = {key: parsed(when) for key, when in (segments or {}).items()}
        return Evaluator(named, view_of(facts, **more)).truth(parsed(raw))

    return decide
