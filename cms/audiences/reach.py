"""Reach: whether a segment can hold of anybody at all, where some of its facts are unknown."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from cms.facts.declarations import FactRef
from cms.segments.conditions import All, AnyOf, Condition, InSegment, Not, Test, facts_read, segments_named


@dataclass(frozen=True, slots=True)
class Reach:
    """What a condition can come out as."""

    holds: bool
    fails: bool


def reach_of(condition: Condition, segments: Mapping[str, Condition], is_known: Callable[[FactRef], bool]) -> Reach:
    """Say whether a condition can be definitely true, and definitely false, of somebody."""
    match condition:
        case Test():
            return _of_test(condition, is_known)
        case InSegment(key):
            return reach_of(segments[key], segments, is_known)
        case Not(part):
            inner = reach_of(part, segments, is_known)
            return Reach(holds=inner.fails, fails=inner.holds)
        case All(parts):
            found = [reach_of(part, segments, is_known) for part in parts]
            return Reach(all(each.holds for each in found), any(each.fails for each in found))
        case AnyOf(parts):
            found = [reach_of(part, segments, is_known) for part in parts]
            return Reach(any(each.holds for each in found), all(each.fails for each in found))


def _of_test(test: Test, is_known: Callable[[FactRef], bool]) -> Reach:
    if not is_known(test.ref):
        asks = test.operator == "known"
        return Reach(asks and test.operand is False, asks and test.operand is True)
    return Reach(all(map(is_known, facts_read(test))), fails=True)


def facts_of(key: str, segments: Mapping[str, Condition]) -> Iterator[FactRef]:
    """List every fact that a segment reads, those of the segments it names included."""
    yield from facts_read(segments[key])
    for named in segments_named(segments[key]):
        yield from facts_of(named.key, segments)
