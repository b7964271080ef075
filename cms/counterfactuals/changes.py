"""Changes: what a decision was told, told otherwise, together with all that would be told otherwise for it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TypeVar

from cms.facts.context import DecisionContext, Observation
from cms.facts.counters import KEPT, Counters, day_of, milliseconds
from cms.facts.declarations import FactRef, FactType, Origin
from cms.facts.derive import product_facts, visit_facts
from cms.facts.money import Money
from cms.facts.signals import Product, Signal
from cms.facts.values import Value

T = TypeVar("T")
_DAY = timedelta(days=1)
_MONTH_DAYS = 30
_TO_UNKNOWN = 10.0  # dearer than any other change of one fact


@dataclass(frozen=True, slots=True)
class Change:
    """One thing told otherwise.

    `what` is "fact" (`ref`), "now" (the clock, moved to `now`), "locale" (of the request, `seen` to `to`) or "catalogue"
    (the product `sku`: an amount is its price, a number its stock; seen None, it may not have been listed at all). None
    as `seen` or `to` is unknown.
    """

    ref: FactRef | None
    what: str
    seen: Value | None
    to: Value | None
    now: datetime | None = None
    sku: str = ""

    @property
    def name(self) -> str:
        """Name what is changed; a change to another value of the same has the same name."""
        if self.ref is not None:
            return self.ref.name
        return f"catalogue[{self.sku}].{type(self.to).__name__}" if self.sku else self.what

    @property
    def key(self) -> tuple[str, str]:
        return self.name, ordered_text(self.now or self.to)


def ordered_text(value: Value | datetime | None) -> str:
    """Write a value so that equal ones are written alike in every process; numbers sort as they count."""
    if isinstance(value, frozenset):
        return f"{len(value):03}" + " ".join(sorted(value))
    if isinstance(value, Money):
        return f"{value.currency}{value.minor:020}"
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return f"{value:030.6f}"
    return str(value)


def applied(context: DecisionContext, changes: Iterable[Change]) -> DecisionContext:
    """Make changes to a context, and to all in it that hangs on them.

    A promotion's threshold goes with the facts that tell of it, a product's stock and price with the catalogue, the gap to
    a threshold with the subtotal, the product's facts with the product viewed, impressions with their count. What was too
    old to be known counts as told just now. The order of the changes does not matter, and what one says itself holds.
    """
    changes = sorted(changes, key=lambda change: change.key)
    for change in changes:
        context = _APPLY[change.what](context, change)
    said = {change.ref.name: change.to for change in changes if change.ref is not None and change.to is not None}
    return context if len(changes) < 2 else replace(context, values={**context.values, **said})


def hangs_on_more(ref: FactRef) -> bool:
    """Say whether a change of a fact brings other changes with it, or hangs itself on the clock or the language."""
    fact = ref.fact
    is_dated = fact.origin is Origin.CLOCK or fact.type is FactType.DATE or fact.max_age is not None
    return fact.stem in _ALSO or is_dated or ref.name == "locale"


def distance(change: Change, context: DecisionContext) -> float:
    """Say how far a change goes: 1 is to tell what was unknown, to say another word or no at all, or to move a month."""
    if change.now is not None:
        return abs((change.now - context.now) / _DAY) / _MONTH_DAYS
    if change.to is None:
        return _TO_UNKNOWN
    return 1.0 if change.seen is None else _between(change.seen, change.to, change.ref)


def _between(seen: Value, to: Value, ref: FactRef | None) -> float:
    if isinstance(seen, frozenset) and isinstance(to, frozenset):
        return float(len(seen ^ to))
    if isinstance(seen, date) and isinstance(to, date):
        return abs((to - seen).days) / _MONTH_DAYS
    if ref is not None and ref.fact.ordered and {seen, to} <= set(ref.fact.of):
        return float(abs(ref.fact.of.index(str(seen)) - ref.fact.of.index(str(to))))
    amounts = _amount(seen), _amount(to)
    if amounts[0] is None or amounts[1] is None or _unit(seen) != _unit(to):
        return 1.0
    return abs(amounts[0] - amounts[1]) / max(abs(amounts[0]), abs(amounts[1]), 1.0)


def _amount(value: Value) -> float | None:
    if isinstance(value, timedelta):
        return value / timedelta(seconds=1)
    if isinstance(value, Money):
        return float(value.minor)
    return float(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else None


def _unit(value: Value) -> str:
    return value.currency if isinstance(value, Money) else ""


def _with_fact(context: DecisionContext, change: Change) -> DecisionContext:
    ref = change.ref
    if ref is None:
        raise TypeError(change)
    before = context.values.get(ref.name)
    if change.to is None:
        values = {name: value for name, value in context.values.items() if name != ref.name}
        context = replace(context, values=values, untold=context.untold | {ref.name})
    else:
        values = {**context.values, ref.name: change.to}
        context = replace(context, values=values, observations=_told_now(context, ref))
    also = _ALSO.get(ref.fact.stem)
    return also(context, replace(change, seen=before)) if also is not None else context


def _told_now(context: DecisionContext, ref: FactRef) -> Mapping[Signal, Observation]:
    """Let the signals of a fact be told now if one is too old for it to be known."""
    seen, most = context.observations, ref.fact.max_age
    signals = ref.fact.signals & seen.keys()
    if most is None or all(context.now - seen[signal].observed_at <= most for signal in signals):
        return seen
    return {**seen, **{signal: Observation(context.now) for signal in signals}}


def _with_now(context: DecisionContext, change: Change) -> DecisionContext:
    """Move the clock; what was told is as old as it was."""
    if change.now is None:
        raise TypeError(change)
    moved = change.now - context.now
    observations = {
        signal: replace(seen, observed_at=seen.observed_at + moved) for signal, seen in context.observations.items()
    }
    return replace(context, now=change.now, observations=observations)


def _with_locale(context: DecisionContext, change: Change) -> DecisionContext:
    locale = str(change.to)
    values = {**context.values, "locale": locale} if "locale" in context.values else context.values
    return replace(context, locale=locale, values=values)


def _with_product(context: DecisionContext, change: Change) -> DecisionContext:
    if isinstance(change.to, Money):
        return _relisted(context, change.sku, price=change.to)
    context = _relisted(context, change.sku, stock=change.to)
    return replace(context, values={**context.values, f"stock[{change.sku}]": change.to or 0})


def _relisted(context: DecisionContext, sku: str, **told: object) -> DecisionContext:
    """Change a product in the catalogue, or put it there; what is known of it as the product viewed follows."""
    known = context.catalogue or {}
    product = known.get(sku) or Product(sku, {"": sku}, "/", None)
    listed: Mapping[str, Product] = {**known, sku: replace(product, **told)}  # type: ignore[arg-type]
    context = replace(context, catalogue=listed)
    viewed = context.values.get("page.product")
    return _viewing(context, sku) if viewed == sku else context


def _viewing(context: DecisionContext, sku: str) -> DecisionContext:
    """Tell of a product as the one viewed, where there is a catalogue that knows it."""
    if context.catalogue is None:
        return context
    kept = {name: value for name, value in context.values.items() if not name.startswith("product.")}
    told = {**product_facts(context.catalogue, sku), **visit_facts(sku, kept, context.catalogue)}
    told = {name: value for name, value in told.items() if name.startswith("product.")}
    return replace(context, values={**kept, **told}, untold=context.untold - {"product.last_bought"})


def _stocked(context: DecisionContext, change: Change) -> DecisionContext:
    sku = change.ref.parameter if change.ref is not None else ""
    if context.catalogue is None or sku not in context.catalogue:
        return context
    return _relisted(context, sku, stock=change.to)


def _viewed(context: DecisionContext, change: Change) -> DecisionContext:
    return _viewing(context, str(change.to)) if change.to is not None else context


def _viewed_told(context: DecisionContext, change: Change) -> DecisionContext:
    """Put in the catalogue what is told of the product viewed."""
    sku, field = str(context.values.get("page.product")), change.name.removeprefix("product.")
    known = context.catalogue or {}
    if sku not in known:
        return context
    listed: Mapping[str, Product] = {**known, sku: replace(known[sku], **{field: change.to})}  # type: ignore[arg-type]
    stock = {f"stock[{sku}]": change.to} if field == "stock" and change.to is not None else {}
    return replace(context, catalogue=listed, values={**context.values, **stock})


def _promoted(context: DecisionContext, change: Change) -> DecisionContext:
    """Let the thresholds of promotions that do not run any more go."""
    gone = change.seen - change.to if isinstance(change.seen, frozenset) and isinstance(change.to, frozenset) else ()
    return replace(context, thresholds={key: told for key, told in context.thresholds.items() if key not in gone})


def _threshold(context: DecisionContext, change: Change) -> DecisionContext:
    key = change.ref.parameter if change.ref is not None and change.ref.parameter else "free-shipping"
    told = {amount for amount in context.thresholds.get(key, ()) if amount != change.seen}
    told |= {change.to} if isinstance(change.to, Money) else set()
    amounts = tuple(sorted(told, key=lambda amount: (amount.currency, amount.minor)))
    return replace(context, thresholds={**context.thresholds, key: amounts})


def _added_up(context: DecisionContext, change: Change) -> DecisionContext:
    """Let the gaps to thresholds follow the cart's subtotal, where both are known."""
    subtotal, values = change.to, {**context.values}
    for key, amounts in context.thresholds.items():
        if isinstance(subtotal, Money) and f"cart.gap[{key}]" in values:
            ahead = [amount for amount in amounts if amount.currency == subtotal.currency and amount > subtotal]
            gap = min(ahead).minor - subtotal.minor if ahead else 0
            values[f"cart.gap[{key}]"] = Money(gap, subtotal.currency)
            values.pop(f"next.threshold[{key}]", None)
            values |= {f"next.threshold[{key}]": min(ahead)} if ahead else {}
    return replace(context, values=values)


def _counted(context: DecisionContext, change: Change) -> DecisionContext:
    """Let as many impressions be counted in every window, the latest ones."""
    counters = context.counters
    if counters is None or change.ref is None or not isinstance(change.to, int):
        return context
    return replace(context, counters=_recounted(counters, change.ref.parameter, change.to, context.now))


def _recounted(counters: Counters, entry: str, times: int, now: datetime) -> Counters:
    """Count a person's impressions anew; everybody's change by as many, where they are known."""
    now_ms = milliseconds(now)
    more = times - (counters.times(entry, "customer", KEPT, now) or 0)
    moments = (*counters.seen.get(entry, ()), *[now_ms] * times)[:times]
    return replace(
        counters,
        seen={**counters.seen, entry: moments} if times else _without(counters.seen, entry),
        shown={**counters.shown, entry: {"web": moments}} if times else _without(counters.shown, entry),
        accepted=counters.accepted if times else _without(counters.accepted, entry),
        totals={**counters.totals, entry: _added(counters.totals[entry], day_of(now_ms), more)}
        if entry in counters.totals
        else counters.totals,
        of_nobody=False,
    )


def _added(by_day: Mapping[int, int], day: int, more: int) -> Mapping[int, int]:
    return {**by_day, day: max(0, by_day.get(day, 0) + more)}


def _without(counted: Mapping[str, T], entry: str) -> Mapping[str, T]:
    return {key: told for key, told in counted.items() if key != entry}


def _sold_in(context: DecisionContext, change: Change) -> DecisionContext:
    return context if change.to is None else replace(context, currency=str(change.to))


_Applied = Callable[[DecisionContext, Change], DecisionContext]
_APPLY: Mapping[str, _Applied] = {
    "fact": _with_fact,
    "now": _with_now,
    "locale": _with_locale,
    "catalogue": _with_product,
}
_ALSO: Mapping[str, _Applied] = {
    "stock": _stocked,
    "page.product": _viewed,
    "product.stock": _viewed_told,
    "product.price": _viewed_told,
    "shop.promotions": _promoted,
    "shop.free_shipping_threshold": _threshold,
    "next.threshold": _threshold,
    "cart.subtotal": _added_up,
    "shown": _counted,
    "currency": _sold_in,
}
