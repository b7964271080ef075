"""Answers: one request for a page or mail becomes a decision with everything its output needs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cms.commerce import Reading, SignalClient
from cms.content.snapshot import Page, Snapshot
from cms.decisions.decide import decide
from cms.decisions.decision import Decision
from cms.decisions.gathering import Told, gather
from cms.decisions.record import Made, decision_key
from cms.decisions.requests import Request
from cms.decisions.wanting import signals_wanted
from cms.facts.context import Observation, View
from cms.facts.signals import Customer, Found, Signal
from cms.runtime.counting import Counting
from cms.runtime.recording import Recorder

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


_BAD_REFERENCE = Degraded("customer", "bad-reference")


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
    recorder: Recorder | None = None,
    trace: bool = False,
) -> Answer:
    """Fetch what the page can need within its budget, decide, and say what was missing.

    Args:
        snapshot: The live release.
        page: What is asked for.
        request: What the caller told.
        client: The shop; None: none is configured, so that all its signals are unknown.
        now: Aware.
        counting: What people were shown and closed; None: no events are kept, so that nobody knows.
        recorder: Keeps what the decision was made of; None: nobody does.
        trace: Also say why everything else lost.
    """
    # Explanations tell what was seen, so that all has to be looked at that could have mattered.
    needed = page.signals if trace else signals_wanted(snapshot, page, request, now=now)
    wanted = _asked_for(needed, request)
    budget_s = snapshot.settings.signals_ms / 1000
    is_counted = Signal.COUNTERS in needed
    counted = counting.about(page, request, wanted=is_counted, now=now, budget_s=budget_s) if counting else None
    readings = _readings(client, wanted, page, request, budget_s)
    counters = counted(_customer_of(readings)) if counted else None
    if counters is not None:
        readings[Signal.COUNTERS] = counters
    told, observations = _heard(readings)
    lacks = client.lacks if client is not None else frozenset[str]()
    context = gather(snapshot, page, request, told, now=now, observations=observations, lacks=lacks)
    decision = decide(snapshot, page, context, trace=trace)
    degraded = (*([_BAD_REFERENCE] if request.refused else []), *_degraded(readings))
    key = decision_key(snapshot, context, decision)
    if recorder is not None:
        missing = {found.signal: found.why for found in degraded}
        recorder.note(Made(key, snapshot.release, page, request, told, observations, now, decision, missing, lacks))
    return Answer(key, decision, View(context), degraded, _next_change(page, now))


def _readings(
    client: SignalClient | None, wanted: Sequence[Signal], page: Page, request: Request, budget_s: float
) -> dict[Signal, Reading]:
    if client is None:
        return dict.fromkeys(wanted, _NO_SHOP)
    currency, anew = request.market.currency, _JUST_CHANGED.get(page.stage, ())
    return dict(client.read(wanted, request.shopper, currency=currency, budget_s=budget_s, anew=anew))


def _customer_of(readings: Mapping[Signal, Reading]) -> str | None:
    """Name the customer that the shop knows the shopper as."""
    reading = readings.get(Signal.CUSTOMER)
    customer = reading.answer.value if reading is not None and reading.answer is not None else None
    return customer.key if isinstance(customer, Customer) else None


def _asked_for(needed: frozenset[Signal], request: Request) -> Sequence[Signal]:
    """List what to ask the shop for: nothing by identity without consent, and no cart where the caller told it."""
    wanted = set(needed - {Signal.COUNTERS})
    if Signal.COUNTERS in needed:
        wanted.add(Signal.CUSTOMER)  # what a customer was shown counts wherever they are
    if Signal.CART in needed:
        wanted.add(Signal.CATALOGUE)  # prices the lines that came without a price
    refused = request.values.get("visitor.consent") is False
    if refused or not request.shopper.has_cart or request.lines is not None:
        wanted.discard(Signal.CART)
    if refused or not request.shopper.is_customer:
        wanted -= _OF_CUSTOMERS
    return sorted(wanted)


def _heard(readings: Mapping[Signal, Reading]) -> tuple[Told, Mapping[Signal, Observation]]:
    """Pick what was found, and when it was told."""
    told: dict[Signal, Any] = {}
    observations: dict[Signal, Observation] = {}
    for signal, reading in readings.items():
        if reading.answer is not None and reading.answer.found is Found.FOUND and reading.answer.value is not None:
            told[signal] = reading.answer.value
            if reading.observed_at is not None:
                observations[signal] = Observation(reading.observed_at, reading.stale)
    return told, observations


def _degraded(readings: Mapping[Signal, Reading]) -> Iterator[Degraded]:
    for signal, reading in sorted(readings.items()):
        if reading.why and reading.why != "unsupported":  # what a shop never tells is no trouble of now
            yield Degraded(signal, reading.why)


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
