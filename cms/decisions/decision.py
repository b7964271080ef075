"""The answer's type: what was chosen for each slot, and the trace of what was not."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from cms.components.body import Body
from cms.facts.declarations import FactRef
from cms.facts.signals import Product
from cms.segments.conditions import Condition


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
class Verdict:
    """What became of a candidate: `outcome` is `chosen` or the word for why it lost, and the rest what that hangs on.

    A `condition` that is not definitely true, a fact (`ref`), something else by name (`detail`), or the entry it lost to
    (`rival`).
    """

    outcome: str
    condition: Condition | None = None
    ref: FactRef | None = None
    detail: str = ""
    rival: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One candidate of a trace; `cms.explanations.explaining` works out the details."""

    slot: str
    entry: str  # "": the slot itself
    variant: str  # "": the whole entry
    verdict: Verdict

    @property
    def outcome(self) -> str:
        return self.verdict.outcome

    @property
    def rival(self) -> str:
        return self.verdict.rival


@dataclass(slots=True)  # as a context is
class Decision:
    """What a page or email shows.

    `private` unless it came of a URL and hangs on nothing but that URL, the clock and what everybody together was shown.
    `reads` are the facts that the page can read at all. `trace` is empty unless it was asked for.
    """

    page: str
    stage: str
    slots: Mapping[str, tuple[Choice, ...]]
    private: bool
    reads: frozenset[str]
    trace: tuple[Step, ...] = ()
