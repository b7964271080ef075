"""The parsed form of a condition: typed nodes, and walks over them."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from cms.facts.declarations import FactRef
from cms.facts.values import Value


@dataclass(frozen=True, slots=True)
class PercentOf:
    """The only arithmetic: a share of another fact of the same unit, compared exactly."""

    percent: Decimal
    ref: FactRef


Operand = Value | PercentOf | FactRef | tuple[Value, ...] | tuple["Test", ...]


@dataclass(frozen=True, slots=True)
class Test:
    """One question to one fact; `pointer` is where it stands in its document."""

    ref: FactRef
    operator: str
    operand: Operand
    pointer: str = ""

    @property
    def operands(self) -> tuple[object, ...]:
        """List what the operator compares with: the one operand, or each of several."""
        return self.operand if isinstance(self.operand, tuple) else (self.operand,)


@dataclass(frozen=True, slots=True)
class All:
    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: "Condition"


@dataclass(frozen=True, slots=True)
class InSegment:
    key: str
    pointer: str = ""


Condition = Test | All | AnyOf | Not | InSegment


def leaves(condition: Condition) -> Iterable[Test | InSegment]:
    """List the tests and segment names of a condition in reading order."""
    if isinstance(condition, Not):
        yield from leaves(condition.part)
    elif isinstance(condition, All | AnyOf):
        for part in condition.parts:
            yield from leaves(part)
    else:
        yield condition


def facts_read(condition: Condition) -> Iterable[FactRef]:
    """List every fact a condition itself reads, those compared with included; named segments are not followed."""
    for leaf in leaves(condition):
        if isinstance(leaf, Test):
            yield leaf.ref
            if isinstance(leaf.operand, PercentOf):
                yield leaf.operand.ref
            elif isinstance(leaf.operand, FactRef):
                yield leaf.operand


def segments_named(condition: Condition) -> Iterable[InSegment]:
    return (leaf for leaf in leaves(condition) if isinstance(leaf, InSegment))
