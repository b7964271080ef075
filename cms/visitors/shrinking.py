"""Shrinking: a visitor told no more than a finding needs, and in values that people would believe."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from math import gcd

from cms.content.snapshot import Settings
from cms.counterfactuals import ANOTHER
from cms.facts.money import Money, minor_digits
from cms.facts.values import Value
from cms.visitors.visitor import Visitor

Keeps = Callable[[Visitor], bool]  # whether a finding is still the same for a visitor
_FEW = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 75, 80, 100, 120, 150, 200, 250, 300, 400, 500, 1000)
_USUAL_AMOUNTS = (50, 75, 60, 80, 100)
_SMALL = (10, 20, 5)  # in place of an amount that no product costs
_COIN = {"HUF": 100, "INR": 10, "JPY": 100, "KRW": 1000, "THB": 10, "TWD": 10, "VND": 10_000}  # worth a dollar, about
_DAYS = (1, 3, 7, 14, 30, 60, 90, 180, 365)
_SHARES = tuple(map(Decimal, ("0.8", "0.5", "0.9", "0.3", "0.1")))  # of facts that lie between 0 and 1
_OTHER = {"visitor.country": ("US", "DE", "JP")}  # in place of a word of which only matters that no rule names it


def shrunk(visitor: Visitor, settings: Settings, keeps: Keeps, *, now: datetime) -> Visitor:
    """Make a visitor simpler while a finding stays the same.

    Args:
        visitor: One of whom it holds.
        settings: Give the usual language and currency.
        keeps: Says whether it holds of another.
        now: The moment to prefer.
    """
    currency = settings.default_market.currency
    visitor = _first([replace(visitor, key="")], keeps) or visitor
    visitor = _first([_in_currency(visitor, currency)], keeps) or visitor
    visitor = _first([replace(visitor, locale=settings.default_locale)], keeps) or visitor
    visitor = _first((replace(visitor, now=moment) for moment in _moments(visitor.now, now)), keeps) or visitor
    visitor = _with_less(visitor, keeps)
    visitor = _first(_larger(visitor), keeps) or visitor
    for name in sorted(visitor.facts):
        visitor = _believable(visitor, name, keeps)
    return _with_less(visitor, keeps)


def _first(visitors: Iterable[Visitor], keeps: Keeps) -> Visitor | None:
    return next(filter(keeps, visitors), None)


def _in_currency(visitor: Visitor, currency: str) -> Visitor:
    """Let a visitor come to another market, with as many coins of its money."""
    amounts = ((name, value) for name, value in visitor.facts.items() if isinstance(value, Money))
    told = {name: Money(amount.minor, currency) for name, amount in amounts}
    return replace(visitor.told(told), currency=currency)


def _unit(currency: str) -> int:
    """Give the smallest amount, in minor units, that people count in."""
    return _COIN.get(currency, 1) * int(10 ** minor_digits(currency))


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
    """Make all amounts larger alike: rules that compare them with each other see no difference, people do.

    Those that stay whole come first, such as 15.00, 45.00 and 60.00 for 1, 3 and 4 cents.
    """
    amounts = {name: value for name, value in visitor.facts.items() if isinstance(value, Money) and value.minor}
    most = max((amount.minor for amount in amounts.values()), default=0)
    whole = most // gcd(*(amount.minor for amount in amounts.values())) if most else 1
    for usual in sorted(_USUAL_AMOUNTS, key=lambda usual: usual % whole != 0) if most else ():
        large = {name: usual * _unit(amount.currency) for name, amount in amounts.items()}
        if all(most < large[name] for name in amounts):
            yield visitor.told(
                {name: Money(amount.minor * large[name] // most, amount.currency) for name, amount in amounts.items()}
            )


def _believable(visitor: Visitor, name: str, keeps: Keeps) -> Visitor:
    value = visitor.facts[name]
    if isinstance(value, frozenset):
        return _with_fewer(visitor, name, value, keeps)
    for better in _nicer(name, value, visitor):
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


def _nicer(name: str, value: Value | None, visitor: Visitor) -> Iterator[Value]:
    """List values that are easier to believe, the best first; those far off come last."""
    match value:
        case Money(minor, currency):
            unit = _unit(currency)
            small = _SMALL if minor < min(_SMALL) * unit else ()
            near = sorted(_FEW, key=lambda few: abs(few * unit - minor))
            yield from (Money(few * unit, currency) for few in (*small, *near))
        case int() | Decimal() if name == "churn_risk" or name.startswith("affinity["):
            yield from sorted(_SHARES, key=lambda share: abs(share - value))
        case int() | Decimal() if not isinstance(value, bool):
            yield from sorted(_FEW, key=lambda few: abs(Decimal(few) - Decimal(value)))
            yield from () if isinstance(value, int) else (Decimal("0.5"),)
        case date():
            today = visitor.now.date()
            yield from (today - timedelta(days=days) for days in _DAYS)
        case str() if value == ANOTHER:
            yield from _OTHER.get(name, ("other",))
