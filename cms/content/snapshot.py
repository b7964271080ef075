"""Snapshot: the compiled workspace, immutable and identified by its hash."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from cms.components.body import Body
from cms.components.model import ComponentModel
from cms.experiments.experiment import Experiment
from cms.facts.declarations import FactSchema
from cms.facts.placeholders import Template
from cms.facts.signals import Signal
from cms.offers.offer import ALWAYS, Cap, Claims, Offer, Promise, Schedule
from cms.offers.pressure import Pressure
from cms.rails.rail import Rail
from cms.segments.conditions import Condition


@dataclass(frozen=True, slots=True)
class Market:
    key: str
    currency: str  # ISO 4217
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Settings:
    """`content/workspace.json`. `locales` gives each locale its whole fallback chain, itself first."""

    default_locale: str
    locales: Mapping[str, tuple[str, ...]]
    channels: tuple[str, ...]
    default_market: Market
    markets: Mapping[str, Market]
    link_hosts: frozenset[str]
    holdout: Decimal  # percent
    signals_ms: int
    pressure: Pressure = field(default_factory=Pressure)

    def market_of(self, currency: str) -> Market:
        """Pick the market that sells in a currency, the default one first."""
        fitting = [market for market in self.markets.values() if market.currency == currency]
        return self.default_market if self.default_market.currency == currency or not fitting else fitting[0]


@dataclass(frozen=True, slots=True)
class Variant:
    """One alternative body of an entry; `arm` variants are shown only by their experiment."""

    key: str
    content: Mapping[str, Body]
    when: Condition | None = None
    schedule: Schedule = ALWAYS
    promise: Promise | None = None
    claims: Claims = field(default_factory=Claims)
    arm: bool = False
    default: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One authored instance of a component; the order of its variants is their precedence."""

    key: str
    component: ComponentModel
    variants: tuple[Variant, ...]
    audience: Condition | None = None
    offer: Offer | None = None
    schedule: Schedule = ALWAYS
    caps: tuple[Cap, ...] = ()
    dismiss_for: timedelta | None = None  # None: a dismissal is not remembered
    service: bool = False
    experiments: tuple[Experiment, ...] = ()

    def variant(self, key: str) -> Variant:
        return next(variant for variant in self.variants if variant.key == key)


@dataclass(frozen=True, slots=True)
class Slot:
    key: str
    accepts: tuple[str, ...]
    entries: tuple[Entry, ...]
    count: int = 1
    may_be_empty: bool = False
    audience: Condition | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A route with slots; an email's slots are a page too. `signals` are all it can ever need to know."""

    key: str
    stage: str
    slots: tuple[Slot, ...]
    route: str = ""
    max_offers: int | None = None
    signals: frozenset[Signal] = frozenset()


@dataclass(frozen=True, slots=True)
class Email:
    page: Page
    subject: Mapping[str, tuple[Template, ...]]
    preheader: Mapping[str, tuple[Template, ...]]


@dataclass(frozen=True, slots=True)
class Persona:
    """A request body, facts that would otherwise be fetched, a clock, and what is expected of them."""

    key: str
    title: str
    request: Mapping[str, object]
    facts: Mapping[str, object]
    now: str
    expect: Mapping[str, str]
    file: str = ""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything a node decides and renders from. `release` is the SHA-256 of the authored files."""

    release: str
    settings: Settings
    schema: FactSchema
    components: Mapping[str, ComponentModel]
    templates: Mapping[str, str]
    segments: Mapping[str, Condition]
    entries: Mapping[str, Entry]
    pages: Mapping[str, Page]
    emails: Mapping[str, Email]
    rails: Mapping[str, Rail]
    personas: Mapping[str, Persona]
    segment_titles: Mapping[str, str] = field(default_factory=dict)  # "" where it has none
    programs: dict[Any, Any] = field(
        default_factory=dict, repr=False, compare=False
    )  # compiled pages, kept by `decide`

    @property
    def surfaces(self) -> dict[str, Page]:
        """Give everything with slots by its name: pages as `cart`, mails as `emails/abandoned-cart`."""
        return {**self.pages, **{f"emails/{key}": email.page for key, email in self.emails.items()}}
