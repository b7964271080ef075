"""Smt: conditions about one visitor as formulas, one that they definitely hold, one that they definitely do not."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from cms.facts.declarations import FactRef, FactType
from cms.facts.values import Value
from cms.segments.conditions import All, AnyOf, Condition, InSegment, Not, Operand, PercentOf, Test
from cms.segments.evaluate import Segments
from cms.segments.regions import words_of
from cms.segments.smt.logic import Formula, Model
from cms.segments.smt.operators import JOINED, OPERATORS, OPPOSITES, Leaf
from cms.segments.smt.universe import Universe


class Smt:
    """Turns conditions into formulas about one visitor in one channel.

    Conditions may be added at any time: words that were not mentioned before become values of their own.
    """

    def __init__(
        self,
        segments: Segments,
        *,
        channel: str,
        zones: Mapping[str, ZoneInfo],
        locales: Sequence[str],
        start: datetime,
        end: datetime,
        stage: str = "",
    ) -> None:
        """Begin with nothing asked.

        Args:
            segments: All that can be named.
            channel: Facts that do not exist there are unknown.
            zones: The currencies that are sold in, each with the time zone of its market; the default comes first.
            locales: The visitor's is one of them; the default comes first.
            start: The first moment that is looked at.
            end: The last one.
            stage: The page's; "" for any.

        Raises:
            CmsError: `missing-extra`; Z3 is not installed.
        """
        self.universe = Universe(channel=channel, zones=zones, locales=locales, start=start, end=end, stage=stage)
        self.logic = self.universe.logic
        self._segments = segments
        self._memo: dict[tuple[object, ...], Formula] = {}

    def truth(self, condition: Condition, *, wanted: bool = True) -> Formula:
        """Say that a condition definitely has the truth wanted: a Python bool where that is so of everybody or nobody."""
        match condition:
            case Test():
                return self._test(condition, wanted=wanted)
            case InSegment(key):
                return self._segment(key, wanted=wanted)
            case Not(part):
                return self.truth(part, wanted=not wanted)
            case All(parts) | AnyOf(parts):
                joined = self.logic.all_ if isinstance(condition, All) is wanted else self.logic.any_
                return joined([self.truth(part, wanted=wanted) for part in parts])

    def all_(self, parts: Iterable[Formula]) -> Formula:
        return self.logic.all_(parts)

    def any_(self, parts: Iterable[Formula]) -> Formula:
        return self.logic.any_(parts)

    def not_(self, part: Formula) -> Formula:
        return self.logic.not_(part)

    def known(self, ref: FactRef) -> Formula:
        return self.universe.known(ref)

    def during(self, start: datetime | None, until: datetime | None) -> Formula:
        """Say that it is `start` or later, and before `until`; None is open."""
        return self.universe.clock.during(start, until)

    def at_most(self, parts: Sequence[FactRef], whole: Sequence[FactRef], *, wanted: bool = True) -> Formula:
        """Say that the sum of some facts is at most that of others; a set counts as its size.

        As with a condition there is no answer where one of them is unknown, or their currencies differ.
        """
        refs = (*parts, *whole)
        known = self.all_(map(self.known, refs))
        if known is False:
            return False
        amounts = [ref for ref in refs if ref.fact.type is FactType.MONEY]
        same = [self.universe.one_currency(amounts[0], other) for other in amounts[1:]]
        less, more = ([self.universe.term(ref) for ref in side] for side in (parts, whole))
        return self._answer((self.all_((known, *same)), sum(less) <= sum(more)), wanted=wanted)

    def tie(self, one: FactRef, several: FactRef) -> None:
        """Have a text be in a set where both are known, whatever words are mentioned later.

        A set of which a size is asked counts only words that something mentions.
        """
        self.universe.tie(one, several)

    def close(self) -> None:
        """Let go of all formulas; nothing can be asked any more."""
        self._memo.clear()
        self.universe.close()

    def axioms(self) -> list[Formula]:
        """Take what has to be so for all formulas made until now, without what was taken before."""
        return self.logic.taken()

    def read(self, model: Model) -> tuple[dict[str, Value | None], datetime, str, str]:
        """Read a visitor off a model: the facts that were asked for, None for those unknown; now, locale and currency."""
        return self.universe.read(model)

    def _segment(self, key: str, *, wanted: bool) -> Formula:
        place = (key, wanted)
        if place not in self._memo:
            name = f"{'in' if wanted else 'not in'} {key}"
            self._memo[place] = self.logic.named(name, self.truth(self._segments[key], wanted=wanted))
        return self._memo[place]

    def _test(self, test: Test, *, wanted: bool) -> Formula:
        place = (test.ref.name, test.operator, _hashable(test.operand), wanted)
        found = self._memo.get(place)
        if found is None:
            found = self._memo[place] = self._asked(test, wanted=wanted)
        return found

    def _asked(self, test: Test, *, wanted: bool) -> Formula:
        ref, operator, operand = test.ref, test.operator, test.operand
        known = self.known(ref)
        if operator == "known":
            return known if operand is wanted else self.not_(known)
        if known is False:
            return False
        words = words_of(test, wanted=wanted)
        if words is not None:
            inside = self._inside(ref, words.values)
            return self.all_((known, inside if words.inside else self.not_(inside)))
        if operator in OPPOSITES:
            return self._test(Test(ref, OPPOSITES[operator], operand), wanted=not wanted)
        if operator in JOINED:
            return self.truth(JOINED[operator](ref, operand), wanted=wanted)
        answered, holds = OPERATORS[operator](self.universe, ref, operand)
        return self._answer((self.all_((known, answered)), holds), wanted=wanted)

    def _answer(self, leaf: Leaf, *, wanted: bool) -> Formula:
        answered, holds = leaf
        return self.all_((answered, holds if wanted else self.not_(holds)))

    def _inside(self, ref: FactRef, values: frozenset[Any]) -> Formula:
        variable = self.universe.variable(ref)
        if ref.fact.type is not FactType.BOOL:
            return variable.one_of(sorted(values))
        return self.any_(variable.is_set if value else self.not_(variable.is_set) for value in values)


def _hashable(operand: Operand) -> object:
    match operand:
        case PercentOf(percent, ref):
            return percent, ref.name
        case FactRef():
            return operand.name
        case tuple():
            return tuple((one.operator, one.operand) if isinstance(one, Test) else one for one in operand)
        case _:
            return operand
