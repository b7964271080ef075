"""The Common Expression Language in Python, compiled.

This runner takes no functions, so the splits are variables drawn up front; only the page's slots are compiled, for a
large store would take minutes.
"""

from collections.abc import Mapping
from typing import Any

import celpy
from celpy.celtypes import BoolType

from benchmarks.engines.cel_text import slot_text
from benchmarks.engines.engine import Engine, Split
from benchmarks.workload import Rules, Visitor, in_half


class CelPython(Engine):
    split = Split.SHARED

    def load(self, rules: Rules) -> None:
        environment = celpy.Environment(runner_class=celpy.CompiledRunner)
        self.page = rules.page
        self.salts = [salt for slot in rules.page for _, _, salt in rules.slots[slot] if salt is not None]
        self.programs = {
            slot: environment.program(environment.compile(slot_text(rules, slot, _variable))) for slot in rules.page
        }

    def visitor(self, visitor: Visitor) -> dict[str, Any]:
        told = {key: celpy.json_to_cel(value) for key, value in visitor.items()}
        return told | {_variable(salt): BoolType(in_half(salt, visitor["user_id"])) for salt in self.salts}

    def decide(self, visitor: Any) -> Mapping[str, str]:
        programs = self.programs
        return {slot: str(programs[slot].evaluate(visitor)) for slot in self.page}


def _variable(salt: str) -> str:
    return "half_" + salt.replace("-", "_")
