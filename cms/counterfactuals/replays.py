"""Replays: one decision with changes made, each made once however many steps of its trace ask for it."""

from collections import defaultdict

from cms.content.snapshot import Page, Snapshot
from cms.counterfactuals.changes import applied
from cms.counterfactuals.reach import Reach
from cms.counterfactuals.repairs import Known, Repairs
from cms.counterfactuals.ways import Key, Way
from cms.decisions.decide import decide
from cms.decisions.decision import Decision
from cms.facts.context import DecisionContext


class Replays:
    """The contexts and decisions that changes to one context lead to."""

    def __init__(self, snapshot: Snapshot, page: Page, context: DecisionContext) -> None:
        self.context = context
        self._snapshot = snapshot
        self._page = page
        self._contexts: dict[Key, DecisionContext] = {}
        self._decisions: dict[Key, Decision] = {}
        self._repairs: dict[tuple[str, Key], Repairs] = {}
        self._known: dict[str, Known] = defaultdict(dict)

    def reach(self, slot: str) -> Reach:
        return Reach.of(self._snapshot, self._page, self.context.channel, slot)

    def changed(self, way: Way) -> DecisionContext:
        if way.key not in self._contexts:
            self._contexts[way.key] = applied(self.context, way.changes)
        return self._contexts[way.key]

    def decision(self, way: Way) -> Decision:
        if way.key not in self._decisions:
            self._decisions[way.key] = decide(self._snapshot, self._page, self.changed(way), trace=True)
        return self._decisions[way.key]

    def repairs(self, reach: Reach, way: Way) -> Repairs:
        """Give the repairs that a slot could need once changes were made."""
        slot = reach.slot.slot.key
        if (slot, way.key) not in self._repairs:
            self._repairs[slot, way.key] = Repairs(reach, self.changed(way), way.names, self._known[slot])
        return self._repairs[slot, way.key]
