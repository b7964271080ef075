"""DecisionContext: everything a decision may look at, `now` included, and a view of it that notes what was read."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from cms.facts.builtin import WEEKDAYS, builtin
from cms.facts.counters import Counters
from cms.facts.declarations import FactRef, Origin
from cms.facts.derive import BOUGHT_BY_CATEGORY
from cms.facts.money import Money
from cms.facts.signals import Product, Signal
from cms.facts.values import Value, absent_value


@dataclass(frozen=True, slots=True)
class Observation:
    """When a signal was told and whether it is past its fresh age (but within its maximum)."""

    observed_at: datetime
    stale: bool = False


# One of each is made for every request, and frozen fields would cost as much as deciding: nobody changes them.
@dataclass(slots=True)
class Units:
    """Who an experiment draws: stable pseudonymous keys, None where not known."""

    visitor: str | None = None
    customer: str | None = None
    account: str | None = None
    first_visitor: str | None = None  # the key this customer was first seen with; None: no customer, or not known


@dataclass(slots=True)
class DecisionContext:
    """All input of a decision.

    `values` holds known facts by written name, nothing for unknown ones. `answered` are the signals that told,
    so that what they do not hold is absent rather than unknown, but for the names and stems in `untold`.
    `catalogue` is None when it is unavailable; `thresholds` are the amounts commerce gives for each running promotion.
    `public` are the facts of a request that came as a URL: reading them leaves its answer shareable.
    """

    now: datetime  # aware
    zone: ZoneInfo  # the market's
    locale: str
    currency: str
    channel: str
    values: Mapping[str, Value] = field(default_factory=dict)
    answered: frozenset[Signal] = frozenset()
    untold: frozenset[str] = frozenset()
    observations: Mapping[Signal, Observation] = field(default_factory=dict)
    catalogue: Mapping[str, Product] | None = None
    thresholds: Mapping[str, tuple[Money, ...]] = field(default_factory=dict)
    units: Units = field(default_factory=Units)
    public: frozenset[str] = frozenset()
    counters: Counters | None = None  # None: not read, or a persona's, which are its facts
    rehearsed: bool = False  # a persona: counters are 0, nothing is dismissed, rails count as filled

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()


class View:
    """A context as rules see it; remembers which known facts were read, for caching and for reasons."""

    def __init__(self, context: DecisionContext) -> None:
        self.context = context
        self.today = context.today
        self.read: dict[str, FactRef] = {}
        self.read_catalogue = False
        self._members: dict[str, tuple[tuple[str, Value], ...]] = {}

    def value(self, ref: FactRef) -> Value | None:
        """Look a fact up; None: unknown."""
        found = self._value(ref)
        if found is not None:
            self.read[ref.name] = ref
        return found

    def members(self, stem: str) -> tuple[tuple[str, Value], ...]:
        """Give the known facts of a built-in family as (parameter, value): of `bought`, what was bought and when."""
        if stem not in self._members:
            self._members[stem] = tuple(self._found(stem))
        return self._members[stem]

    def _found(self, stem: str) -> Iterator[tuple[str, Value]]:
        for name in self.context.values:
            if name.startswith(f"{stem}[") and name.endswith("]"):
                ref = builtin(name)
                value = self.value(ref)
                if value is not None:
                    yield ref.parameter, value

    def _value(self, ref: FactRef) -> Value | None:
        context, fact = self.context, ref.fact
        if context.channel not in fact.channels or self._is_too_old(ref):
            return None
        if ref.name in context.values:
            return context.values[ref.name]
        if fact.origin is Origin.CLOCK:
            return self._clock(fact.stem)
        return absent_value(fact, context.currency) if self._is_absent(ref) else None

    def _is_absent(self, ref: FactRef) -> bool:
        context, fact = self.context, ref.fact
        answered = fact.owner is None or fact.owner in context.answered
        return fact.absent is not None and answered and not self._is_untold(ref)

    def _is_untold(self, ref: FactRef) -> bool:
        untold = self.context.untold
        if BOUGHT_BY_CATEGORY in untold and ref.fact.stem == "bought":
            return ref.parameter not in (self.context.catalogue or ())
        return ref.name in untold or ref.fact.stem in untold

    def _is_too_old(self, ref: FactRef) -> bool:
        observed = self.context.observations
        return ref.fact.max_age is not None and any(
            self.context.now - observed[signal].observed_at > ref.fact.max_age
            for signal in ref.fact.signals & observed.keys()
        )

    def _clock(self, stem: str) -> Value:
        local = self.context.now.astimezone(self.context.zone)
        clock: Mapping[str, Value] = {
            "now.date": local.date(),
            "now.hour": local.hour,
            "now.weekday": WEEKDAYS[local.weekday()],
        }
        return clock[stem]

    def note_catalogue(self) -> None:
        """Remember that products themselves were looked at: they are fetched, so the answer is private."""
        self.read_catalogue = True

    def is_private(self) -> bool:
        """Say whether anything was read that neither came in the URL nor from the clock."""
        public = self.context.public
        private = (ref.fact.origin is not Origin.CLOCK and name not in public for name, ref in self.read.items())
        return self.read_catalogue or any(private)
