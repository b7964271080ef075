"""The answer's type: what was chosen for each slot, and the trace of what was not."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from cms.components.body import Body
from cms.facts.signals import Product


class Reason(StrEnum):
    """Why this variant; the closed set of OpenFeature's words that apply here."""

    STATIC = "STATIC"
    DEFAULT = "DEFAULT"
    TARGETING_MATCH = "TARGETING_MATCH"
    SPLIT = "SPLIT"
    STALE = "STALE"
    DISABLED = "DISABLED"
    ERROR = "ERROR"


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry in a slot. `rails` are the products each rail of the body shows, `items` those it names by SKU."""

    entry: str
    component: str
    variant: str
    locale: str  # of the content used
    reason: Reason
    body: Body
    dismissible: bool = False
    display: str = "inline"
    rails: Mapping[str, tuple[Product, ...]] = field(default_factory=dict)
    items: Mapping[str, Product] = field(default_factory=dict)

    @property
    def products(self) -> tuple[Product, ...]:
        """All products shown, each once: those of the rails, then those named."""
        shown = [product for rail in self.rails.values() for product in rail] + list(self.items.values())
        return tuple({product.sku: product for product in shown}.values())


@dataclass(frozen=True, slots=True)
class Step:
    """One candidate that was looked at: `outcome` is `chosen` or the word for why it lost.

    `test` is its first failing condition in words, `seen` the value that was found there ("unknown" if none),
    `rival` the entry it lost to.
    """

    slot: str
    entry: str
    variant: str
    outcome: str
    test: str = ""
    seen: str = ""
    observed_at: str = ""
    rival: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a page or email shows. `private` unless only the URL and the clock were read."""

    page: str
    stage: str
    slots: Mapping[str, tuple[Choice, ...]]
    private: bool
    reads: tuple[str, ...]
    trace: tuple[Step, ...] = ()
