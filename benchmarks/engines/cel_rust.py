"""The Common Expression Language in Rust: one program a slot; it has no hash, so the split is a function of ours."""

from collections.abc import Mapping

import cel

from benchmarks.engines.cel_text import slot_text
from benchmarks.engines.engine import Engine, Split
from benchmarks.workload import Rules, Visitor, in_half


class CelRust(Engine):
    split = Split.SHARED

    def load(self, rules: Rules) -> None:
        self.page = rules.page
        self.programs = {
            slot: cel.compile(slot_text(rules, slot, lambda salt: f'in_half("{salt}", user_id)'))
            for slot in rules.slots
        }

    def visitor(self, visitor: Visitor) -> cel.Context:
        return cel.Context(variables=visitor, functions={"in_half": in_half})

    def decide(self, visitor: cel.Context) -> Mapping[str, str]:
        programs = self.programs
        return {slot: programs[slot].execute(visitor) for slot in self.page}
