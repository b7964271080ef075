"""Rehearsal: a persona's own context. Nothing is fetched for it; what it does not give is unknown."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from cms.content.snapshot import Page, Persona, Snapshot
from cms.decisions.decide import decide
from cms.decisions.decision import Decision
from cms.decisions.gathering import gather
from cms.decisions.requests import Request, RequestReader
from cms.facts.context import DecisionContext
from cms.facts.money import Money
from cms.facts.signals import Signal
from cms.facts.values import Value, moment_of, value_of
from cms.problems import Problem, did_you_mean, pointer_of


class Rehearsal:
    """One persona on one snapshot; `problems` are what is wrong with the persona itself."""

    def __init__(self, snapshot: Snapshot, persona: Persona, *, now: datetime) -> None:
        self.snapshot = snapshot
        self.persona = persona
        self.problems: list[Problem] = []
        self.now = self._clock(now)
        self.request = self._request("web")
        self.facts = dict(self._facts(self.request))

    def _clock(self, now: datetime) -> datetime:
        if not self.persona.now:
            return now
        try:
            return moment_of(self.persona.now)
        except ValueError as wrong:
            self.problems.append(Problem("bad-date", f"{wrong}.", "/now"))
            return now

    def _request(self, channel: str) -> Request:
        reader = RequestReader(self.snapshot, channel=channel, trusted=True)
        try:
            request = reader.read(self.persona.request)
        except (KeyError, TypeError, AttributeError, ValueError):
            reader.problems.append(
                Problem("wrong-type", "The request is not a request body.", "", "See the API's pages.")
            )
            request = reader.read({})
        self.problems += [problem.below("/request") for problem in reader.problems if channel == "web"]
        return request

    def _facts(self, request: Request) -> Iterator[tuple[str, Value]]:
        for name, raw in self.persona.facts.items():
            pointer, ref = "/facts" + pointer_of(name), self.snapshot.schema.find(name)
            if ref is None:
                suggestion = did_you_mean(name, self.snapshot.schema.spell_like(name))
                self.problems.append(Problem("unknown-fact", f'No fact "{name}".', pointer + "#key", suggestion))
                continue
            try:
                value = value_of(ref.fact, raw, currency=request.market.currency, zone=request.market.zone)
            except ValueError as wrong:
                code = "unknown-choice" if "is not one of" in str(wrong) else "wrong-type"
                self.problems.append(Problem(code, f'"{name}": {wrong}.', pointer))
                continue
            if value is not None:
                yield name, value

    def context(self, page: Page, *, channel: str) -> DecisionContext:
        request = self.request if channel == "web" else self._request(channel)
        bare = gather(self.snapshot, page, request, {}, now=self.now, observations={})
        unknown = {name for name, raw in self.persona.facts.items() if raw is None}
        gathered = {name: value for name, value in bare.values.items() if name not in unknown}
        values = {"visitor.consent": True} | gathered | self.facts | {"page.stage": page.stage}
        return replace(
            bare,
            values=values,
            answered=bare.answered | self._answered(),
            untold=bare.untold | unknown,
            thresholds=_thresholds(values),
            rehearsed=True,
        )

    def _answered(self) -> frozenset[Signal]:
        """A persona that gives one fact of a signal has been told of the whole, so that absence means absence."""
        refs = (self.snapshot.schema.find(name) for name in self.facts)
        owners = {ref.fact.owner for ref in refs if ref is not None and ref.fact.owner is not None}
        return frozenset(owners | {Signal.TRAITS, Signal.COUNTERS})

    def decide(self, page: Page, *, email: bool = False, trace: bool = False) -> Decision:
        channel = "email" if email else self.request.channel
        return decide(self.snapshot, page, self.context(page, channel=channel), trace=trace)


def _thresholds(values: Mapping[str, Any]) -> dict[str, tuple[Money, ...]]:
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
