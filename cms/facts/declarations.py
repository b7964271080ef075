"""What a fact is, and how a written name such as `cart.gap[free-shipping]` finds its declaration."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum

from cms.facts.signals import Signal

CHANNELS = frozenset({"web", "email", "app"})
STAGES = (
    "landing", "listing", "product", "cart", "checkout", "payment",
    "confirmation", "post-purchase", "re-marketing", "account", "app",
)  # fmt: skip


class FactType(StrEnum):
    BOOL = "bool"
    NUMBER = "number"
    MONEY = "money"
    TEXT = "text"
    ENUM = "enum"
    SET = "set"
    DATE = "date"
    DURATION = "duration"


class Origin(StrEnum):
    REQUEST = "request"
    SIGNAL = "signal"
    TRAIT = "trait"
    CLOCK = "clock"


class Absence(StrEnum):
    """What it means that a known source does not hold the fact."""

    ZERO = "0"
    NEVER = "never"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Fact:
    """One declaration.

    `stem`, `parameters` and `suffix` spell the name: `orders.quantity[category].last_90_days` is the stem
    `orders.quantity`, the parameter kind `category` and the suffix `.last_90_days`. `signals` are what has to be
    asked before the fact can be known. `of` are the choices of an enum, lowest first where `ordered`.
    `owner` is the signal that knows of absence: once it answered, a missing value means `absent`. A `whole` number counts
    things: proofs take no value between two.
    """

    stem: str
    type: FactType
    origin: Origin
    # language → sentence part for people; "en" is always there. A fact that is only called otherwise is the same.
    title: Mapping[str, str] = field(compare=False)
    parameters: tuple[str, ...] = ()
    suffix: str = ""
    of: tuple[str, ...] = ()
    ordered: bool = False
    channels: frozenset[str] = CHANNELS
    max_age: timedelta | None = None
    absent: Absence | None = None
    minimum: int | None = None
    maximum: int | None = None
    whole: bool = False
    signals: frozenset[Signal] = field(default_factory=frozenset)
    owner: Signal | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """How the fact is written in docs: one name for each parameter kind."""
        if not self.parameters:
            return (self.stem,)
        return tuple(f"{self.stem}[{kind}]{self.suffix}" for kind in self.parameters)

    @property
    def has_order(self) -> bool:
        """Say whether `at_least` and its like mean something for the values."""
        if self.type is FactType.ENUM:
            return self.ordered and bool(self.of)
        return self.type in {FactType.NUMBER, FactType.MONEY, FactType.DURATION}


@dataclass(frozen=True, slots=True)
class FactRef:
    """A fact as a rule or placeholder names it: `cart.gap[free-shipping]` is its fact with a parameter."""

    name: str
    fact: Fact
    parameter: str = ""


_NAME = re.compile(r"(?P<stem>[a-z][a-z0-9_.]*)(\[(?P<parameter>[^\[\]{}|\s]+)\](?P<suffix>(\.[a-z0-9_]+)*))?")


class FactSchema:
    """All facts of one workspace: the built-in ones and its own."""

    def __init__(self, facts: Iterable[Fact]) -> None:
        self.facts = tuple(facts)
        self._by_spelling = {(fact.stem, bool(fact.parameters), fact.suffix): fact for fact in self.facts}

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for fact in self.facts for name in fact.names)

    def find(self, name: str) -> FactRef | None:
        """Resolve a written name; None: no such fact."""
        match = _NAME.fullmatch(name)
        if not match:
            return None
        parameter = match["parameter"] or ""
        fact = self._by_spelling.get((match["stem"], bool(parameter), match["suffix"] or ""))
        return FactRef(name, fact, parameter) if fact else None

    def spelled(self, stem: str, suffix: str = "", *, has_parameter: bool = False) -> Fact:
        """Give the declaration that is spelled so.

        Raises:
            LookupError: None is.
        """
        return self._by_spelling[stem, has_parameter, suffix]

    def spell_like(self, name: str) -> tuple[str, ...]:
        """List the known names with the parameter of `name` put in, for suggestions."""
        parameter = name[name.find("[") + 1 : name.find("]")] if "[" in name and "]" in name else ""
        if not parameter:
            return self.names
        return tuple(re.sub(r"\[[a-z]+\]", f"[{parameter}]", spelled) for spelled in self.names)

    def having(self, more: Iterable[Fact], given: Mapping[str, tuple[str, ...]]) -> "FactSchema":
        """Copy the schema with further facts and with choices given to enums named by stem."""
        kept = (replace(fact, of=given[fact.stem]) if fact.stem in given else fact for fact in self.facts)
        return FactSchema([*kept, *more])
