"""The parser of conditions: plain JSON data becomes typed nodes, or problems with their place.

Written by hand, because a recursive language deserves better messages than a nested schema gives.
"""

from collections.abc import Mapping

from cms.facts.declarations import FactRef, FactType
from cms.problems import Problem, did_you_mean, pointer_of
from cms.segments.conditions import All, AnyOf, Condition, InSegment, Not, Test
from cms.segments.operands import OPERANDS, Language, Reading

MAX_CLAUSES = 50
MAX_DEPTH = 5


class Parser(Reading):
    """Parses one condition and collects what is wrong with it."""

    clauses = 0

    def condition(self, raw: object, pointer: str, depth: int = 0) -> Condition | None:
        if not isinstance(raw, Mapping):
            message = 'A condition is an object such as {"visitor.device": "mobile"}.'
            self.fault("bad-condition", message, pointer, "Map facts to what they should be.")
            return None
        if depth > MAX_DEPTH:
            self.fault(
                "too-deep",
                f"A condition nests at most {MAX_DEPTH} levels.",
                pointer,
                "Name an inner part as a segment.",
            )
            return None
        if not raw:
            self.fault(
                "empty-condition", "An empty condition means everybody.", pointer, "Leave it out, or say who is meant."
            )
            return None
        parts = [self._clause(key, value, pointer + pointer_of(key), depth) for key, value in raw.items()]
        return All(tuple(part for part in parts if part is not None)) if len(parts) != 1 else parts[0]

    def _clause(self, key: str, raw: object, pointer: str, depth: int) -> Condition | None:
        if key in {"all", "any"}:
            return self._group(key, raw, pointer, depth)
        if key == "not":
            part = self.condition(raw, pointer, depth + 1)
            return None if part is None else Not(part)
        self.clauses += 1
        if self.clauses == MAX_CLAUSES + 1:
            self.fault(
                "too-many-clauses",
                f"A condition has at most {MAX_CLAUSES} clauses.",
                pointer,
                "Name a part as a segment.",
            )
        if key == "segment":
            return self._segment(raw, pointer)
        return self._fact(key, raw, pointer)

    def _group(self, key: str, raw: object, pointer: str, depth: int) -> Condition | None:
        if not isinstance(raw, list):
            self.fault("bad-condition", f'"{key}" takes a list of conditions.', pointer, "Put it in brackets: [ … ].")
            return None
        if not raw:
            meaning = "everybody" if key == "all" else "nobody"
            self.fault("empty-list", f'"{key}": [] means {meaning}.', pointer, "Put at least one condition in it.")
            return None
        found = [self.condition(part, pointer + pointer_of(index), depth + 1) for index, part in enumerate(raw)]
        parts = tuple(part for part in found if part is not None)
        return All(parts) if key == "all" else AnyOf(parts)

    def _segment(self, raw: object, pointer: str) -> Condition | None:
        if not isinstance(raw, str):
            self.fault(
                "bad-condition", '"segment" takes the key of one segment.', pointer, 'Use "all" or "any" for several.'
            )
            return None
        return InSegment(raw, pointer)

    def _fact(self, name: str, raw: object, pointer: str) -> Condition | None:
        ref = self.language.schema.find(name)
        if ref is None:
            known = [*self.language.schema.spell_like(name), "all", "any", "not", "segment"]
            self.fault("unknown-fact", f'No fact "{name}".', pointer + "#key", did_you_mean(name, known))
            return None
        return self._test(ref, raw, pointer)

    def _test(self, ref: FactRef, raw: object, pointer: str) -> Condition | None:
        if isinstance(raw, list):
            return self._operator(ref, "one_of", raw, pointer)
        if not isinstance(raw, Mapping) or (ref.fact.type is FactType.MONEY and set(raw) == {"amount", "currency"}):
            return self._operator(ref, "is", raw, pointer)
        if not raw:
            self.fault(
                "empty-condition", f'The test of "{ref.name}" asks nothing.', pointer, "Give an operator and a value."
            )
            return None
        parts = [self._operator(ref, key, operand, pointer + pointer_of(key)) for key, operand in raw.items()]
        kept = tuple(part for part in parts if part is not None)
        return kept[0] if len(kept) == 1 else All(kept)

    def _operator(self, ref: FactRef, name: str, raw: object, pointer: str) -> Test | None:
        spec = OPERANDS.get(name)
        if spec is None:
            self.fault("unknown-operator", f'No operator "{name}".', pointer + "#key", did_you_mean(name, OPERANDS))
            return None
        refusal = spec.refusal(ref)
        if refusal:
            self.fault("wrong-operator", f'"{name}" does not fit "{ref.name}": {refusal}.', pointer, _fitting(ref))
            return None
        try:
            operand = spec.read(self, ref, raw, pointer)
        except ValueError as wrong:
            self.mismatch(ref, raw, wrong, pointer)
            return None
        return None if operand is None else Test(ref, name, operand, pointer)


def _fitting(ref: FactRef) -> str:
    return "Fitting: " + ", ".join(name for name, spec in OPERANDS.items() if not spec.refusal(ref)) + "."


def parse_condition(raw: object, language: Language, pointer: str = "") -> tuple[Condition | None, list[Problem]]:
    """Parse a condition at `pointer` of its document.

    Returns:
        The condition, None if nothing of it could be read, and everything wrong with it. Whether the segments
        it names exist is known only to whoever holds them all: see `segments_named`.
    """
    parser = Parser(language)
    condition = parser.condition(raw, pointer)
    return condition, parser.problems
