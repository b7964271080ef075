"""Rules asked of Z3: of a visitor who is told to it fact by fact, in the language of rules itself."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import z3
from random_rules import FACTS, NOW, SCHEMA, ZONE

from cms.facts.context import DecisionContext, View
from cms.facts.declarations import FactRef, FactType, Origin
from cms.facts.money import Money
from cms.facts.values import Value
from cms.segments.conditions import All, Condition, Test
from cms.segments.evaluate import Segments, Truth
from cms.segments.smt import Formula, Smt

ZONES = {"USD": ZONE, "JPY": ZoneInfo("America/New_York")}
LOCALES = ("en", "ja")
START, END = NOW - timedelta(days=400), NOW + timedelta(days=400)
MOST = 10**15  # of minor units: amounts in files have no more digits before the point
TRUTHS: Mapping[tuple[bool, bool], Truth] = {(True, False): True, (False, True): False, (False, False): None}
TOLD = tuple(ref for name in ("locale", "currency") if (ref := SCHEMA.find(name)))


def existing(view: View, random: Random) -> View:
    """Give a random visitor at a random moment what one can be told to have, and nothing else."""
    context = view.context
    values = {name: _tellable(FACTS[name], value, context.currency) for name, value in context.values.items()}
    told = {name: value for name, value in values.items() if value is not None}
    now = NOW + random.choice((0, 1, 1)) * timedelta(seconds=random.randint(-400 * 86400, 400 * 86400))
    return View(replace(context, now=now, locale=random.choice(LOCALES), zone=ZONES[context.currency], values=told))


def _tellable(ref: FactRef, value: Value, currency: str) -> Value | None:
    """Give a value as it can be told, None where it cannot."""
    fact = ref.fact
    match value:
        case bool():
            return value
        case Money(minor):
            told = value if fact.origin is Origin.TRAIT else Money(minor, currency)
            return told if abs(minor) < MOST and (fact.minimum is None or fact.minimum <= minor) else None
        case int() | Decimal():
            is_whole = not fact.whole or isinstance(value, int)
            fits = (fact.minimum is None or fact.minimum <= value) and (fact.maximum is None or value <= fact.maximum)
            return value if is_whole and fits and -(2**53) <= value <= 2**53 else None
        case timedelta():
            return value - timedelta(microseconds=value.microseconds)
        case str() if fact.type is FactType.ENUM and value not in fact.of:
            return None
    return value


def solver_of(segments: Segments, rules: Sequence[Condition], channel: str) -> Callable[[View], list[Truth]]:
    """Make the formulas of some rules once, to be asked of one visitor after the other."""
    smt = Smt(segments, channel=channel, zones=ZONES, locales=LOCALES, start=START, end=END)
    asked = [(smt.truth(rule), smt.truth(rule, wanted=False)) for rule in rules]
    solver = smt.logic.solver()

    def solved(view: View) -> list[Truth]:
        now = view.context.now
        told = smt.all_((smt.truth(telling(view)), smt.during(now, now + timedelta(seconds=1))))
        solver.add(smt.axioms())
        assert solver.check(told) == z3.sat, f"no visitor can be {view.context}"
        model = solver.model()
        assert smt.read(model) == told_of(view)
        return [TRUTHS[holds(model, true), holds(model, false)] for true, false in asked]

    return solved


def telling(view: View) -> Condition:
    """Say of every fact what it is."""
    locale, currency = TOLD
    parts = [Test(locale, "is", view.context.locale), Test(currency, "is", view.context.currency)]
    for ref in FACTS.values():
        value = view.value(ref)
        parts.append(Test(ref, "known", operand=False) if value is None else Test(ref, "is", value))
    return All(tuple(parts))


def told_of(view: View) -> tuple[dict[str, Value | None], datetime, str, str]:
    context = view.context
    asked = {name: ref for name, ref in FACTS.items() if ref.fact.origin is not Origin.CLOCK}
    facts = {name: view.value(ref) for name, ref in asked.items() if context.channel in ref.fact.channels}
    return facts, context.now, context.locale, context.currency


class Finder:
    """Finds visitors; what was said to have to be so stays."""

    def __init__(self, smt: Smt) -> None:
        self.smt = smt
        self._solver = smt.logic.solver()

    def find(self, *formulas: Formula) -> View | None:
        """Find a visitor for whom some formulas hold; None: there is none."""
        self._solver.add(self.smt.axioms())
        if self._solver.check(self.smt.all_(formulas)) != z3.sat:
            return None
        return view_of(self.smt, self._solver.model())


def view_of(smt: Smt, model: Any) -> View:
    """Give a model as a context, in which nothing is known that it does not tell."""
    facts, now, locale, currency = smt.read(model)
    known = {name: value for name, value in facts.items() if value is not None}
    channel = smt.universe.channel
    values: dict[str, Value] = {**known, "locale": locale, "currency": currency, "channel": channel}
    untold = frozenset(facts.keys() - known)
    return View(DecisionContext(now, ZONES[currency], locale, currency, channel, values, untold=untold))


def holds(model: Any, formula: Formula) -> bool:
    return formula if isinstance(formula, bool) else z3.is_true(model.eval(formula, model_completion=True))
