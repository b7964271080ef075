"""Answers: one request for a page or mail becomes a decision with everything its output needs."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from cms.commerce import Reading, SignalClient
from cms.content.snapshot import Page, Snapshot
from cms.decisions.decide import decide
from cms.decisions.decision import Decision
from cms.decisions.gathering import Told, gather
from cms.decisions.requests import Request
from cms.facts.context import DecisionContext, Observation, View
from cms.facts.signals import Found, Signal
from cms.runtime.counting import Counting

TTL_S = 30
# A page that is shown because something has changed must not be decided by what was before.
_JUST_CHANGED: Mapping[str, tuple[Signal, ...]] = {"confirmation": (Signal.ORDERS,)}
NOT_CONFIGURED = "not-configured"
_NO_SHOP = Reading(None, None, stale=False, why=NOT_CONFIGURED)
_OF_CUSTOMERS = frozenset({Signal.CUSTOMER, Signal.ORDERS, Signal.TRAITS})


@dataclass(frozen=True, slots=True)
class Degraded:
    """A signal that could not be used as it should, and why in one word."""

    signal: str
    why: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A decision and what output is made from. `key` is the decision's id, the same for the same inputs."""

    key: str
    decision: Decision
    view: View
    degraded: tuple[Degraded, ...]
    changes_in_s: int | None = None  # when a schedule changes the page next

    @property
    def ttl_s(self) -> int:
        """How long it may be shown again to the same visitor."""
        return TTL_S if self.changes_in_s is None else max(1, min(TTL_S, self.changes_in_s))


def answer(
    snapshot: Snapshot,
    page: Page,
    request: Request,
    client: SignalClient | None,
    *,
    now: datetime,
    counting: Counting | None = None,
    trace: bool = False,
) -> Answer:
    """Fetch what the page can need within its budget, decide, and say what was missing.

    Args:
        snapshot: The live release.
        page: What is asked for.
        request: What the caller told.
        client: The shop; None: none is configured, so that all its signals are unknown.
        now: Aware.
        counting: What the visitor was shown and closed; None: no events are kept, so that nobody knows.
        trace: Also say why everything else lost.
    """
    wanted = _wanted(page, request)
    budget_s = snapshot.settings.signals_ms / 1000
    visitor = _remembered(page, request)
    counters = counting.ask(visitor, now=now, budget_s=budget_s) if counting and visitor else None
    readings = _readings(client, wanted, page, request, budget_s)
    if counters is not None:
        readings[Signal.COUNTERS] = counters()
    context = _context(snapshot, page, request, readings, now=now)
    decision = decide(snapshot, page, context, trace=trace)
    degraded = tuple(_degraded(readings))
    key = decision_key(snapshot, context, decision)
    return Answer(key, decision, View(context), degraded, _next_change(page, now))


def _readings(
    client: SignalClient | None, wanted: Sequence[Signal], page: Page, request: Request, budget_s: float
) -> dict[Signal, Reading]:
    if client is None:
        return dict.fromkeys(wanted, _NO_SHOP)
    currency, anew = request.market.currency, _JUST_CHANGED.get(page.stage, ())
    return dict(client.read(wanted, request.shopper, currency=currency, budget_s=budget_s, anew=anew))


def _remembered(page: Page, request: Request) -> str | None:
    """Name whose counters are to be read; nobody's without consent, or where nothing on the page asks for them."""
    refused = request.values.get("visitor.consent") is False
    return request.visitor if Signal.COUNTERS in page.signals and not refused else None


def _wanted(page: Page, request: Request) -> Sequence[Signal]:
    """List what to ask the shop for: nothing by identity without consent, and no cart where the caller told it."""
    wanted = set(page.signals - {Signal.COUNTERS})
    refused = request.values.get("visitor.consent") is False
    if refused or request.shopper.cart_token is None or request.lines is not None:
        wanted.discard(Signal.CART)
    if Signal.CART in wanted or (Signal.CART in page.signals and request.lines is not None):
        wanted.add(Signal.CATALOGUE)  # prices the lines that came without a price
    if refused or request.shopper.customer_token is None:
        wanted -= _OF_CUSTOMERS
    return sorted(wanted)


def _context(
    snapshot: Snapshot, page: Page, request: Request, readings: Mapping[Signal, Reading], *, now: datetime
) -> DecisionContext:
    told: dict[Signal, Any] = {}
    observations: dict[Signal, Observation] = {}
    for signal, reading in readings.items():
        if reading.answer is not None and reading.answer.found is Found.FOUND and reading.answer.value is not None:
            told[signal] = reading.answer.value
            if reading.observed_at is not None:
                observations[signal] = Observation(reading.observed_at, reading.stale)
    found: Told = told
    return gather(snapshot, page, request, found, now=now, observations=observations)


def _degraded(readings: Mapping[Signal, Reading]) -> Iterator[Degraded]:
    for signal, reading in sorted(readings.items()):
        if reading.why and reading.why != "unsupported":  # what a shop never tells is no trouble of now
            yield Degraded(signal, reading.why)


def decision_key(snapshot: Snapshot, context: DecisionContext, decision: Decision) -> str:
    """Name a decision by its inputs; one that anybody may share names no moment, so that it is the same everywhere."""
    moment = context.now.isoformat() if decision.private else ""
    told = [snapshot.release, decision.page, moment, context.locale, context.currency, context.channel]
    told += [str(unit) for unit in (context.units.visitor, context.units.customer, context.units.account)]
    chosen = {slot: [(choice.entry, choice.variant) for choice in choices] for slot, choices in decision.slots.items()}
    return "d_" + sha256(json.dumps([told, chosen]).encode()).hexdigest()[:24]


def _next_change(page: Page, now: datetime) -> int | None:
    """Count the whole seconds to the next moment at which a schedule changes the page."""
    edges = [
        (edge - now).total_seconds()
        for slot in page.slots
        for entry in slot.entries
        for schedule in (entry.schedule, *(variant.schedule for variant in entry.variants))
        for edge in (schedule.start, schedule.until)
        if edge is not None and edge > now
    ]
    return int(min(edges)) if edges else None
