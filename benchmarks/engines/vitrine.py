"""Vitrine: the rules as a compiled workspace, decided by `decide`. What is timed is `decide` itself, reasons included."""

from collections.abc import Mapping

from benchmarks.engines.engine import Engine, Split
from benchmarks.engines.floors import ByHand
from benchmarks.floors import by_hand
from benchmarks.workload import HALF, Rules, Visitor
from benchmarks.workspace import PAGE, context_of, snapshot_of, workspace_files
from cms.decisions.decide import decide
from cms.decisions.decision import Decision
from cms.experiments.bucketing import bucket_of
from cms.facts.context import DecisionContext


class Vitrine(Engine):
    split = Split.ARMS

    def load(self, rules: Rules) -> None:
        self.snapshot = snapshot_of(workspace_files(rules))
        self.page = self.snapshot.pages[PAGE]

    def visitor(self, visitor: Visitor) -> DecisionContext:
        return context_of(visitor)

    def decide(self, visitor: DecisionContext) -> Decision:
        return decide(self.snapshot, self.page, visitor)

    def traced(self, visitor: DecisionContext) -> Decision:
        return decide(self.snapshot, self.page, visitor, trace=True)

    def chosen(self, answer: Decision) -> Mapping[str, str]:
        return {slot: choices[0].variant for slot, choices in answer.slots.items()}


class ByHandMurmur(ByHand):
    """The limit with the cheaper hash: the page by hand that draws each split as Vitrine's experiments do."""

    split = Split.OWN

    def load(self, rules: Rules) -> None:
        self.written = by_hand(rules, lambda salt, user: bucket_of(user, f"{salt}#arm") < HALF)
