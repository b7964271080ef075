"""Rehearsal: a persona's own context. Nothing is fetched for it; what it does not give is unknown."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from cms.content.snapshot import Page, Persona, Snapshot
from cms.decisions.decide import decide
from cms.decisions.decision import Decision
from cms.decisions.gathering import gather
from cms.decisions.requests import Request, RequestReader
from cms.facts.context import DecisionContext, Units
from cms.facts.declarations import FactSchema
from cms.facts.money import Money
from cms.facts.reading import read_facts
from cms.facts.signals import Signal
from cms.facts.values import Value, moment_of


class Rehearsal:
    """One persona on one snapshot, which has been checked when it was compiled."""

    def __init__(self, snapshot: Snapshot, persona: Persona, *, now: datetime) -> None:
        self.snapshot = snapshot
        self.persona = persona
        self.now = moment_of(persona.now) if persona.now else now
        self.request = self._request("web")
        self.facts, self.unknown = self._facts(self.request)

    def _request(self, channel: str) -> Request:
        return RequestReader(self.snapshot, channel=channel, trusted=True).read(self.persona.request)

    def _facts(self, request: Request) -> tuple[dict[str, Value], frozenset[str]]:
        """Give the known facts, and the names of those said to be unknown."""
        market = request.market
        values, _ = read_facts(
            self.persona.facts, self.snapshot.schema, currency=market.currency, zone=market.zone, pointer="/facts"
        )
        known = {name: value for name, value in values.items() if value is not None}
        return known, frozenset(values.keys() - known.keys())

    def context(self, page: Page, *, channel: str) -> DecisionContext:
        request = self.request if channel == "web" else self._request(channel)
        bare = gather(self.snapshot, page, request, {}, now=self.now, observations={})
        gathered = {name: value for name, value in bare.values.items() if name not in self.unknown}
        assumed = {"visitor.consent": True}.items() if "visitor.consent" not in self.unknown else ()
        values = dict(assumed) | gathered | self.facts | {"page.stage": page.stage}
        return replace(
            bare,
            values=values,
            answered=bare.answered | answered_by(self.snapshot.schema, self.facts),
            untold=bare.untold | self.unknown,
            thresholds=thresholds_of(values),
            units=_units(request, bare.units),
            rehearsed=True,
        )

    def decide(self, page: Page, *, email: bool = False, trace: bool = False) -> Decision:
        channel = "email" if email else self.request.channel
        return decide(self.snapshot, page, self.context(page, channel=channel), trace=trace)


def answered_by(schema: FactSchema, facts: Iterable[str]) -> frozenset[Signal]:
    """A persona that gives one fact of a signal has been told of the whole, so that absence means absence."""
    refs = map(schema.find, facts)
    owners = {ref.fact.owner for ref in refs if ref is not None and ref.fact.owner is not None}
    return frozenset(owners | {Signal.TRAITS, Signal.COUNTERS})


def _units(request: Request, units: Units) -> Units:
    """A persona that logs in has no shop to be recognized by: its token stands for the customer and the account."""
    token = request.shopper.customer_token
    return units if token is None else replace(units, customer=token, account=token)


def thresholds_of(values: Mapping[str, Any]) -> dict[str, tuple[Money, ...]]:
    """Read thresholds off the facts of a persona, since no commerce lists its promotions."""
    found: dict[str, set[Money]] = {}
    subtotal, free = values.get("cart.subtotal"), values.get("shop.free_shipping_threshold")
    for name, value in values.items():
        stem, _, key = name.removesuffix("]").partition("[")
        if stem == "next.threshold":
            found.setdefault(key, set()).add(value)
        elif stem == "cart.gap" and value.minor and isinstance(subtotal, Money) and subtotal.currency == value.currency:
            found.setdefault(key, set()).add(Money(subtotal.minor + value.minor, value.currency))
    if isinstance(free, Money):
        found.setdefault("free-shipping", set()).add(free)
    return {key: tuple(sorted(amounts)) for key, amounts in found.items()}
