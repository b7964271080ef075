"""Shrinking: a visitor told no more than a finding needs, and in values that people would believe."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from cms.content.snapshot import Settings
from cms.counterfactuals import ANOTHER
from cms.facts.money import Money, minor_digits
from cms.facts.values import NEVER, Value
from cms.visitors.visitor import Visitor

Keeps = Callable[[Visitor], bool]  # whether a finding is still the same for a visitor
_FEW = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 75, 80, 100, 120, 150, 200, 250, 300, 400, 500, 1000)
_USUAL_AMOUNTS = (50, 75, 60, 80, 100)
_DAYS = (1, 3, 7, 14, 30, 60, 90, 180, 365)
_USUAL = {ANOTHER: ("other",)}


def shrunk(visitor: Visitor, settings: Settings, keeps: Keeps, *, now: datetime) -> Visitor:
    """Make a visitor simpler while a finding stays the same.

    Args:
        visitor: One of whom it holds.
        settings: Give the usual language and currency.
        keeps: Says whether it holds of another.
        now: The moment to prefer.
    """
    usual: Sequence[dict[str, Any]] = [{"key": ""}, {"currency": settings.default_market.currency}]
    for simpler in [*usual, {"locale": settings.default_locale}]:
        visitor = _first([replace(visitor, **simpler)], keeps) or visitor
    visitor = _first((replace(visitor, now=moment) for moment in _moments(visitor.now, now)), keeps) or visitor
    visitor = _with_less(visitor, keeps)
    visitor = _first(_larger(visitor), keeps) or visitor
    for name in sorted(visitor.facts):
        visitor = _believable(visitor, name, keeps)
    return _with_less(visitor, keeps)


def _first(visitors: Iterable[Visitor], keeps: Keeps) -> Visitor | None:
    return next(filter(keeps, visitors), None)


def _moments(then: datetime, now: datetime) -> Iterator[datetime]:
    """List moments to prefer: this one, else ten o'clock of the same day or of the next."""
    morning = then.replace(hour=10, minute=0, second=0, microsecond=0)
    yield now
    yield from (moment for moment in (morning, morning + timedelta(days=1)) if moment > now)


def _with_less(visitor: Visitor, keeps: Keeps) -> Visitor:
    """Leave out each fact that is not needed, those that say nothing first, and then several at once where one leans on another."""
    names = sorted(visitor.facts, key=lambda name: (visitor.facts[name] is not None, name))
    size = max(1, len(names) // 2)
    while size >= 1:
        for start in range(0, len(names), size):
            left = replace(
                visitor, facts={k: v for k, v in visitor.facts.items() if k not in names[start : start + size]}
            )
            visitor = left if left.facts != visitor.facts and keeps(left) else visitor
        names = [name for name in names if name in visitor.facts]
        size //= 2
    return visitor


def _larger(visitor: Visitor) -> Iterator[Visitor]:
    """Make all amounts larger alike: rules that compare them with each other see no difference, people do."""
    amounts = {name: value for name, value in visitor.facts.items() if isinstance(value, Money) and value.minor}
    most = max((amount.minor for amount in amounts.values()), default=0)
    for usual in _USUAL_AMOUNTS if most else ():
        whole = {name: usual * 10 ** minor_digits(amount.currency) for name, amount in amounts.items()}
        if all(most < whole[name] for name in amounts):
            yield visitor.told(
                {name: Money(amount.minor * whole[name] // most, amount.currency) for name, amount in amounts.items()}
            )


def _believable(visitor: Visitor, name: str, keeps: Keeps) -> Visitor:
    value = visitor.facts[name]
    if isinstance(value, frozenset):
        return _with_fewer(visitor, name, value, keeps)
    for better in _nicer(value, visitor):
        if better == value:
            break
        told = visitor.told({name: better})
        if keeps(told):
            return told
    return visitor


def _with_fewer(visitor: Visitor, name: str, words: frozenset[str], keeps: Keeps) -> Visitor:
    for word in sorted(words, key=lambda word: (not word.startswith(ANOTHER), word)):
        told = visitor.told({name: words - {word}})
        if keeps(told):
            visitor, words = told, words - {word}
    return visitor


def _nicer(value: Value | None, visitor: Visitor) -> Iterator[Value]:
    """List values that are easier to believe, the best first; those far off come last."""
    match value:
        case Money(minor, currency):
            unit: int = 10 ** minor_digits(currency)
            yield from (Money(few * unit, currency) for few in sorted(_FEW, key=lambda few: abs(few * unit - minor)))
        case int() | Decimal() if not isinstance(value, bool):
            yield from sorted(_FEW, key=lambda few: abs(Decimal(few) - Decimal(value)))
            yield Decimal("0.5")
        case date():
            today = visitor.now.date()
            yield from (today - timedelta(days=days) for days in _DAYS)
        case str():
            yield from _USUAL.get(value, ())
        case _ if value is NEVER:
            return
