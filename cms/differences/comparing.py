"""Comparing: one surface decided by two snapshots for the same visitors."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from cms.content.snapshot import Page, Snapshot
from cms.counterfactuals.reach import Reach
from cms.decisions.choosing import Slots
from cms.decisions.decide import decide
from cms.decisions.decision import Choice
from cms.decisions.plans import PagePlan
from cms.facts.context import View
from cms.facts.money import Money, minor_digits
from cms.visitors.relations import Relation, can_exist, relations
from cms.visitors.shrinking import shrunk
from cms.visitors.visitor import Visitor

_USUAL = 100  # of the currency, in a cart
Shown = tuple[str, ...]  # `entry:variant`, in order


@dataclass(frozen=True, slots=True)
class Moved:
    """What a slot does not show any more, and what in its place; what it shows both times only if the order changed."""

    slot: str
    before: Shown
    after: Shown


@dataclass(frozen=True, slots=True)
class Change:
    """Visitors who are shown something else in one slot.

    `channels` are those looked at: where web and app are alike, the web stands for both. `visitor` is one of them, decided
    by both snapshots, of whom no more is told than it takes.
    """

    surface: str
    moved: Moved
    channels: tuple[str, ...]
    visitor: Visitor

    @property
    def place(self) -> str:
        return f"{self.surface}/{self.moved.slot}"


class Comparing:
    """Two snapshots of one surface in one channel, for visitors who come from a moment on."""

    def __init__(self, before: Snapshot, after: Snapshot, surface: str, channel: str, *, now: datetime) -> None:
        self.before, self.after = before, after
        self.surface, self.channel = surface, channel
        self.now = now

    @property
    def pages(self) -> tuple[Page, Page]:
        return self.before.surfaces[self.surface], self.after.surfaces[self.surface]

    @cached_property
    def plans(self) -> tuple[PagePlan, PagePlan]:
        old, new = self.pages
        return PagePlan.of(self.before, old, self.channel), PagePlan.of(self.after, new, self.channel)

    @cached_property
    def relations(self) -> tuple[Relation, ...]:
        """List what facts say of each other, as far as either snapshot asks for them here."""
        sides = zip((self.before, self.after), self.pages, strict=True)
        reaches = [Reach.of(side, page, self.channel, page.slots[-1].key) for side, page in sides]
        return tuple(relations({name: ref for reach in reaches for name, ref in reach.refs.items()}.values()))

    def moved(self, visitor: Visitor) -> list[Moved]:
        """List what one visitor is shown instead of what."""
        old, new = (
            self._slots(side, page, visitor) for side, page in zip((self.before, self.after), self.pages, strict=True)
        )
        pairs = ((slot, _names(old[slot]), _names(new[slot])) for slot in old if slot in new)
        return [Moved(slot, *_apart(lost, got)) for slot, lost, got in pairs if lost != got]

    def _slots(self, snapshot: Snapshot, page: Page, visitor: Visitor) -> Slots:
        if self._is_read_otherwise or visitor.locale not in snapshot.settings.locales:
            # What does not fit a fact has to be left out, and the language to be negotiated.
            return visitor.decision(snapshot, page).slots
        return decide(snapshot, page, visitor.context(snapshot, page)).slots

    @cached_property
    def _is_read_otherwise(self) -> bool:
        """Say whether a fact is of one type in one snapshot and of another in the other."""
        old, new = (
            {name: fact.type for fact in side.schema.facts for name in fact.names} for side in (self.before, self.after)
        )
        return any(new.get(name, kind) is not kind for name, kind in old.items())

    @cached_property
    def _currencies(self) -> frozenset[str]:
        """Name the currencies in which both snapshots sell."""
        old, new = ({one.currency for one in side.settings.markets.values()} for side in (self.before, self.after))
        return frozenset(old & new)

    def can_exist(self, visitor: Visitor) -> bool:
        """Say whether there can be such a visitor, of both snapshots."""
        if visitor.currency not in self._currencies:
            return False
        amounts = (value for value in visitor.facts.values() if isinstance(value, Money))
        view = View(visitor.context(self.after, self.pages[1]))
        return all(amount.currency == visitor.currency for amount in amounts) and can_exist(view, self.relations)

    def changes(self, visitors: Iterable[Visitor]) -> list[Change]:
        """List what changes for visitors, each change once, in the order of the slots.

        Of those who see a change, the one of whom there is least to tell becomes its example; who cannot exist is none.
        """
        simplest: dict[Moved, Visitor] = {}
        for visitor in visitors:
            for moved in self.moved(visitor):
                best = simplest.get(moved)
                if (best is None or self._cost(visitor) < self._cost(best)) and self.can_exist(visitor):
                    simplest[moved] = visitor
        order = [slot.key for slot in self.pages[0].slots]
        found = [
            Change(self.surface, moved, (self.channel,), self._reduced(visitor, moved))
            for moved, visitor in simplest.items()
        ]
        return sorted(found, key=lambda one: (order.index(one.moved.slot), one.moved.before, one.moved.after))

    def _cost(self, visitor: Visitor) -> tuple[int, str]:
        """Say how much there is to tell of a visitor."""
        usual = self.after.settings.default_market.currency
        odd = [visitor.key != "", visitor.now != self.now, visitor.currency != usual]
        unknown = sum(value is None for value in visitor.facts.values())
        return len(visitor.facts) + unknown + 2 * sum(odd), repr(visitor)

    def _reduced(self, visitor: Visitor, moved: Moved) -> Visitor:
        """Tell no more of a visitor than the change takes, in values that people would believe."""
        keeps: Callable[[Visitor], bool] = lambda simpler: self.can_exist(simpler) and moved in self.moved(simpler)  # noqa: E731
        found = _in_big_coins(shrunk(visitor, self.after.settings, keeps, now=self.now), keeps)
        at_once = replace(found, now=self.now)
        return at_once if keeps(at_once) else found


def _in_big_coins(visitor: Visitor, keeps: Callable[[Visitor], bool]) -> Visitor:
    """Let amounts of a few cents be of a believable size, all by one factor."""
    unit = 10 ** minor_digits(visitor.currency)
    amounts = {name: value for name, value in visitor.facts.items() if isinstance(value, Money)}
    small = {name: amount for name, amount in amounts.items() if 0 < amount.minor < unit}
    if not small:
        return visitor
    factor = _USUAL * unit // max(amount.minor for amount in small.values())
    told = visitor.told({name: Money(amount.minor * factor, amount.currency) for name, amount in small.items()})
    return told if keeps(told) else visitor


def _names(choices: Sequence[Choice]) -> Shown:
    return tuple(f"{choice.entry}:{choice.variant}" for choice in choices)


def _apart(before: Shown, after: Shown) -> tuple[Shown, Shown]:
    """Leave out what is shown both times, unless its order changed."""
    kept, still = ([name for name in names if name in other] for names, other in ((before, after), (after, before)))
    if kept != still:
        return before, after
    return tuple(name for name in before if name not in after), tuple(name for name in after if name not in before)
