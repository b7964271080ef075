"""Records: all that a decision was made of, written down so that it can be made again, bit for bit."""

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any, NamedTuple, cast

import msgspec

from cms.content.snapshot import Page, Snapshot
from cms.decisions.decide import decide
from cms.decisions.decision import Decision
from cms.decisions.gathering import Told, gather
from cms.decisions.requests import Request
from cms.facts.context import DecisionContext, Observation
from cms.facts.counters import Counters
from cms.facts.money import Money
from cms.facts.signals import (
    Cart,
    CartLine,
    Customer,
    Order,
    Product,
    Promotion,
    Shopper,
    Signal,
    SignalValue,
)
from cms.facts.values import Never, Value

# What a visitor typed is kept only where the page can read it.
_TYPED = "page.search_terms"
_TOKEN = "known"  # noqa: S105 - stands for the customer's own, which is never kept
_MICROSECOND = timedelta(microseconds=1)


class Made(NamedTuple):
    """A decision and all it was made of, as they were at hand: nothing is copied, for it is done while a page waits."""

    key: str
    release: str
    page: Page
    request: Request
    told: Told
    observations: Mapping[Signal, Observation]
    now: datetime
    decision: Decision
    missing: Mapping[str, str]  # signals that could not be had, and why
    lacks: frozenset[str] = frozenset()  # stems of facts that the shop cannot tell


class Asked(msgspec.Struct, frozen=True, omit_defaults=True):
    """A request. Of the shopper's tokens only that there was a customer's is kept."""

    locale: str
    market: str
    channel: str
    facts: dict[str, Any]
    visitor: str | None = None
    has_customer: bool = False
    lines: tuple[CartLine, ...] | None = None
    public: tuple[str, ...] = ()


class Heard(msgspec.Struct, frozen=True, omit_defaults=True):
    """What each signal told; of what all visitors share, the digest it is kept under."""

    cart: Cart | None = None
    customer: Customer | None = None
    orders: tuple[Order, ...] | None = None
    traits: dict[str, Any] | None = None
    counters: Counters | None = None
    promotions: str | None = None
    catalogue: str | None = None


class Shown(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a slot showed, so far as two answers may differ in it."""

    entry: str
    variant: str
    reason: str
    locale: str
    products: tuple[str, ...] = ()


class Record(msgspec.Struct, frozen=True, omit_defaults=True):
    """One decision. `surface` is named as a snapshot's surfaces are; `seen`: when a signal was told, and if stale."""

    decision: str
    engine: str
    release: str
    surface: str
    now: datetime
    asked: Asked
    heard: Heard
    slots: dict[str, tuple[Shown, ...]]
    seen: dict[str, tuple[datetime, bool]] = {}
    missing: dict[str, str] = {}
    lacks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Replay:
    """A recorded decision made again: `differs` says what is not as recorded, nothing if all is."""

    context: DecisionContext
    decision: Decision
    differs: tuple[str, ...]


def record_of(made: Made, *, engine: str, shared: Mapping[Signal, str]) -> Record:
    """Write a decision down.

    Args:
        made: The decision and its inputs.
        engine: The version that decided.
        shared: The digests of the signals that are kept apart, see `parts_of`.
    """
    told: dict[str, Any] = {str(signal): value for signal, value in made.told.items()} | dict(shared)
    if "orders" in told:
        told["orders"] = tuple(told["orders"])
    return Record(
        decision=made.key,
        engine=engine,
        release=made.release,
        surface=made.page.key if made.page.route else f"emails/{made.page.key}",
        now=made.now,
        asked=_asked(made.request, made.decision.reads),
        heard=Heard(**told),
        slots=summary_of(made.decision),
        seen={str(signal): (seen.observed_at, seen.stale) for signal, seen in made.observations.items()},
        missing=dict(made.missing),
        lacks=tuple(sorted(made.lacks)),
    )


def written(record: Record) -> bytes:
    """Write a record as JSON."""
    return msgspec.json.encode(record)


def read(text: bytes) -> Record:
    """Read what `written` wrote.

    Raises:
        ValueError: It is no such record.
    """
    return msgspec.json.decode(text, type=Record)


def summary_of(decision: Decision) -> dict[str, tuple[Shown, ...]]:
    return {
        slot: tuple(
            Shown(found.entry, found.variant, str(found.reason), found.locale, tuple(p.sku for p in found.products))
            for found in choices
        )
        for slot, choices in decision.slots.items()
    }


def replay(record: Record, snapshot: Snapshot, shared: Mapping[Signal, SignalValue]) -> Replay:
    """Make a recorded decision again, with the reasons.

    Args:
        record: The decision.
        snapshot: The release it was made on.
        shared: What was kept apart, by signal.

    Raises:
        LookupError: The snapshot has no such page or market.
    """
    page = snapshot.surfaces[record.surface]
    observations = {Signal(name): Observation(at, stale) for name, (at, stale) in record.seen.items()}
    told = {signal: getattr(record.heard, signal, None) for signal in Signal} | dict(shared)
    found = {signal: value for signal, value in told.items() if value is not None}
    request = _request(record.asked, snapshot)
    context = gather(snapshot, page, request, found, now=record.now, observations=observations, lacks=record.lacks)
    decision = decide(snapshot, page, context, trace=True)
    return Replay(context, decision, tuple(_differences(record, snapshot, context, decision)))


def _differences(record: Record, snapshot: Snapshot, context: DecisionContext, decision: Decision) -> Iterator[str]:
    summary = summary_of(decision)
    for slot in {**record.slots, **summary}:
        then, now = _canonical(record.slots.get(slot)), _canonical(summary.get(slot))
        if then != now:
            yield f"{slot} was {then}, is {now}"
    key = decision_key(snapshot, context, decision)
    if key != record.decision:
        yield f"the id is {key}"


def _canonical(shown: tuple[Shown, ...] | None) -> str:
    return msgspec.json.encode(shown, order="sorted").decode()


def decision_key(snapshot: Snapshot, context: DecisionContext, decision: Decision) -> str:
    """Name a decision by its inputs; one that anybody may share names no moment, so that it is the same everywhere."""
    moment = context.now.isoformat() if decision.private else ""
    told = [snapshot.release, decision.page, moment, context.locale, context.currency, context.channel]
    told += [str(unit) for unit in (context.units.visitor, context.units.customer, context.units.account)]
    chosen = {slot: [(choice.entry, choice.variant) for choice in choices] for slot, choices in decision.slots.items()}
    return "d_" + sha256(json.dumps([told, chosen]).encode()).hexdigest()[:24]


def _asked(request: Request, reads: Collection[str]) -> Asked:
    facts = {name: _plain(value) for name, value in request.values.items() if name != _TYPED or name in reads}
    return Asked(
        locale=request.locale,
        market=request.market.key,
        channel=request.channel,
        facts=facts,
        visitor=request.visitor,
        has_customer=request.shopper.is_customer,
        lines=request.lines,
        public=tuple(sorted(request.public)),
    )


def _request(asked: Asked, snapshot: Snapshot) -> Request:
    return Request(
        locale=asked.locale,
        market=snapshot.settings.markets[asked.market],
        channel=asked.channel,
        values={name: _value(plain) for name, plain in asked.facts.items()},
        visitor=asked.visitor,
        shopper=Shopper(customer_token=_TOKEN if asked.has_customer else None),
        lines=asked.lines,
        public=frozenset(asked.public),
    )


# JSON's own types stand for themselves; others say what they are.
_WRITTEN: Mapping[type, tuple[str, Callable[[Any], Any]]] = {
    Money: ("money", lambda money: [money.minor, money.currency]),
    Decimal: ("decimal", str),
    frozenset: ("set", sorted),
    timedelta: ("duration", lambda duration: duration // _MICROSECOND),
    date: ("date", date.isoformat),
    Never: ("never", lambda never: never.value),
}
_READ: Mapping[str, Callable[[Any], Value]] = {
    "money": lambda raw: Money(*raw),
    "decimal": Decimal,
    "set": frozenset,
    "duration": lambda raw: raw * _MICROSECOND,
    "date": date.fromisoformat,
    "never": Never,
}


def _plain(value: Value) -> Any:
    kind = _WRITTEN.get(type(value))
    return value if kind is None else {kind[0]: kind[1](value)}


def _value(plain: Any) -> Value:
    if not isinstance(plain, dict):
        return cast("Value", plain)
    [(kind, raw)] = plain.items()
    return _READ[kind](raw)


# Catalogue and promotions are the same for many decisions: kept once, in parts, so that a change costs one part.
_PART = 50
SHARED: Mapping[Signal, type[list[Any]]] = {Signal.CATALOGUE: list[Product], Signal.PROMOTIONS: list[Promotion]}


def parts_of(value: SignalValue) -> tuple[bytes, ...]:
    """Write a catalogue or promotions in parts; equal content gives equal bytes in every process."""
    items = list(value.values()) if isinstance(value, Mapping) else list(cast("Sequence[Promotion]", value))
    chunks = (items[start : start + _PART] for start in range(0, len(items), _PART))
    return tuple(msgspec.json.encode(chunk, order="deterministic") for chunk in chunks)


def joined(signal: Signal, parts: Sequence[bytes]) -> SignalValue:
    """Read what `parts_of` wrote.

    Raises:
        ValueError: It is something else.
    """
    items = [item for part in parts for item in msgspec.json.decode(part, type=SHARED[signal])]
    return {product.sku: product for product in items} if signal is Signal.CATALOGUE else tuple(items)
