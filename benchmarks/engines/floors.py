"""What plain Python reaches: the page written by hand, and the rules read as they are."""

from collections.abc import Mapping

from benchmarks.engines.engine import Engine, Split
from benchmarks.floors import by_hand
from benchmarks.workload import Rules, Visitor, oracle


class ByHand(Engine):
    split = Split.SHARED

    def load(self, rules: Rules) -> None:
        self.written = by_hand(rules)

    def decide(self, visitor: Visitor) -> Mapping[str, str]:
        return self.written(visitor)


class Interpreter(Engine):
    split = Split.SHARED

    def load(self, rules: Rules) -> None:
        self.rules = rules

    def decide(self, visitor: Visitor) -> Mapping[str, str]:
        return oracle(self.rules, visitor)
