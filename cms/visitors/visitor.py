"""Visitors: who could come, as far as rules can tell, as a context to decide on and as a persona to keep."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from cms.content.snapshot import Page, Persona, Snapshot
from cms.decisions.decision import Decision
from cms.decisions.rehearsal import Rehearsal, answered_by, thresholds_of
from cms.facts.context import DecisionContext, Units
from cms.facts.money import Money
from cms.facts.values import Never, Value


@dataclass(frozen=True, slots=True)
class Visitor:
    """What is told of one visitor, and when.

    `facts` are those that matter, by name; None is one expressly unknown. What they do not hold is as a persona leaves
    it: unknown, or absent where its signal told. The clock, language, market and channel are no facts here.
    """

    now: datetime  # aware
    locale: str
    currency: str
    channel: str
    facts: Mapping[str, Value | None] = field(default_factory=dict)
    key: str = ""  # by which experiments draw, as visitor, customer and account alike; "" where none does

    def context(self, snapshot: Snapshot, page: Page) -> DecisionContext:
        """Give what the resolver decides on: the same as of the persona, without writing and reading it."""
        market, told = snapshot.settings.market_of(self.currency), self.facts
        given = {"locale": self.locale, "currency": self.currency, "channel": self.channel, "page.stage": page.stage}
        known = {name: value for name, value in told.items() if value is not None}
        values: dict[str, Value] = {"visitor.consent": True} if "visitor.consent" not in told else {}
        values |= known | given
        return DecisionContext(
            now=self.now,
            zone=market.zone,
            locale=self.locale,
            currency=self.currency,
            channel=self.channel,
            values=values,
            answered=answered_by(snapshot.schema, known),
            untold=frozenset(told.keys() - known.keys())
            | {"product.last_bought"},  # nor has a persona's request a product
            thresholds=thresholds_of(values),
            units=Units(self.key, self.key, self.key) if self.key else Units(),
            rehearsed=True,
        )

    def request(self, snapshot: Snapshot) -> dict[str, Any]:
        """Give the request body, without what is the workspace's default."""
        settings = snapshot.settings
        told: dict[str, Any] = {}
        if self.currency != settings.default_market.currency:
            told["currency"] = self.currency
        if self.channel == "app":
            told["channel"] = self.channel
        body: dict[str, Any] = {"visitor": self.key, "customer": {"token": self.key}} if self.key else {}
        body |= {"locale": self.locale} if self.locale != settings.default_locale else {}
        return body | ({"facts": told} if told else {})

    def persona(self, snapshot: Snapshot, *, title: str = "") -> dict[str, Any]:
        """Write the visitor as the body of a persona file."""
        body: dict[str, Any] = {"title": title} if title else {}
        facts = {name: _written(value) for name, value in sorted(self.facts.items())}
        return body | {"request": self.request(snapshot), "facts": facts, "now": self.now.isoformat()}

    def rehearsal(self, snapshot: Snapshot) -> Rehearsal:
        body = self.persona(snapshot)
        persona = Persona("", "", body["request"], body["facts"], body["now"], {})
        return Rehearsal(snapshot, persona, now=self.now)

    def decision(self, snapshot: Snapshot, page: Page, *, trace: bool = False) -> Decision:
        """Ask the real resolver what this visitor sees, as `cms preview` does of the persona."""
        return self.rehearsal(snapshot).decide(page, email=self.channel == "email", trace=trace)

    def told(self, facts: Mapping[str, Value | None]) -> "Visitor":
        return replace(self, facts={**self.facts, **facts})


def _duration(value: timedelta) -> str:
    return f"P{value.days}DT{value.seconds}S"


_WRITTEN: Mapping[type, Callable[[Any], object]] = {
    Money: lambda money: {"amount": money.amount, "currency": money.currency},
    frozenset: sorted,
    timedelta: _duration,
    date: date.isoformat,
    Decimal: float,  # JSON has no other
    Never: lambda never: never.value,
}


def _written(value: Value | None) -> object:
    """Write a value as persona files do."""
    write = _WRITTEN.get(type(value))
    return value if write is None else write(value)
