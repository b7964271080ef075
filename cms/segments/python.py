"""Conditions as Python source: an expression that is True if a condition definitely holds, one if it definitely does not.

No third value is needed: what is unknown satisfies no comparison. The meaning is that of `cms.segments.evaluate`, which
is called for tests that are rare on pages.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any, cast

from cms.facts.declarations import FactRef, FactType, Origin
from cms.segments.conditions import All, AnyOf, Condition, InSegment, Not, PercentOf, Test, segments_named
from cms.segments.evaluate import Segments, test_truth
from cms.segments.regions import OPPOSITES, SIGNS, Limit, Numbers, Words, numbers_of, words_of

_NESTED = 8  # segments within segments that one expression may hold: the parser of Python has its limits
_LONGEST = 400  # letters of a segment that may be written again wherever it is named
_START: dict[str, object] = {"NAN": float("nan"), "NOTHING": frozenset(), "truth": test_truth}


class PythonSource:
    """Writes the conditions of one function, which share the facts they read and the segments they name.

    The function has a local `get`, which looks up a known fact by name with a default, and `view`, the `View`.
    Write all expressions first; `head()` are the lines to put before them.
    """

    def __init__(self, segments: Segments, conditions: Iterable[Condition], *, channel: str) -> None:
        """Prepare for `conditions`; a segment that several of them need is worked out once, when first needed.

        Args:
            segments: All that can be named.
            conditions: Every condition that will be written.
            channel: Facts that do not exist there are unknown.
        """
        self.names: dict[str, object] = dict(_START)
        self.asks_view = False  # whether what is written needs the local `view`
        self._segments = segments
        self._channel = channel
        self._loads: dict[str, str] = {}  # local → the lines that set it
        self._locals: dict[tuple[str, str], str] = {}
        self._memos: dict[tuple[str, bool], str] = {}
        self._lazy: list[str] = []
        self._early: list[str] = []
        self._uses = _uses(segments, conditions)
        self._heights: dict[str, int] = {}

    def head(self) -> list[str]:
        """Give the lines that load the facts and begin what is shared."""
        lazy = [" = ".join(self._lazy) + " = None"] if self._lazy else []
        return [*"\n".join(self._loads.values()).splitlines(), *lazy, *self._early]

    def text(self, condition: Condition, *, wanted: bool = True) -> str:
        """Write an expression that is True if a condition definitely has the truth wanted, else False."""
        match condition:
            case Test():
                return self._test(condition, wanted=wanted)
            case InSegment(key):
                return self._segment(key, wanted=wanted)
            case Not(part):
                return self.text(part, wanted=not wanted)
            case All(parts) | AnyOf(parts):
                joint = " and " if isinstance(condition, All) is wanted else " or "
                return joint.join(f"({self.text(part, wanted=wanted)})" for part in parts)

    def constant(self, value: object) -> str:
        """Give a value a name among the function's globals."""
        name = f"K{len(self.names)}"
        self.names[name] = value
        return name

    def _segment(self, key: str, *, wanted: bool) -> str:
        """Write a segment in place, or what is worked out once: early where it is long or would nest too deep."""
        memo = self._memos.get((key, wanted))
        if memo is not None:
            return memo
        expression = self.text(self._segments[key], wanted=wanted)
        is_deep, name = self._height(key) % _NESTED == 0, f"g{len(self._memos)}"
        if not is_deep and self._uses[key] < 2:
            return expression
        if is_deep or len(expression) > _LONGEST:
            memo = name
            self._early.append(f"{name} = {expression}")
        else:
            memo = f"{name} if {name} is not None else ({name} := ({expression}))"
            self._lazy.append(name)
        self._memos[key, wanted] = memo
        return memo

    def _height(self, key: str) -> int:
        """Count the segments that stand below each other in one."""
        if key not in self._heights:
            below = (self._height(named.key) for named in segments_named(self._segments[key]))
            self._heights[key] = 1 + max(below, default=0)
        return self._heights[key]

    def fact(self, ref: FactRef) -> str:
        """Name the local that holds a fact, None where it is unknown."""
        return self._loaded(ref, "v", "None")

    def members(self, ref: FactRef) -> str:
        """Name the local that holds a set, the empty one where it is unknown."""
        return self._loaded(ref, "s", "NOTHING")

    def number(self, ref: FactRef, currency: str) -> str:
        """Name the local that holds a number, or an amount's minor units in a currency.

        Where that is unknown it holds not-a-number, which is neither less than, equal to nor more than anything.
        """
        if not currency:
            return self._loaded(ref, "n", "NAN")
        money = self.fact(ref)
        local = f"{money}_{currency}"
        ours = f"{money} is not None and {money}.currency == {currency!r}"
        self._loads.setdefault(local, f"{local} = {money}.minor if {ours} else NAN")
        return local

    def _loaded(self, ref: FactRef, kind: str, unknown: str) -> str:
        local = self._locals.get((ref.name, kind))
        if local is None:
            local = self._locals[ref.name, kind] = f"{kind}{len(self._locals)}"
            self._loads[local] = self._load(ref, local, unknown)
        return local

    def _load(self, ref: FactRef, local: str, unknown: str) -> str:
        fact = ref.fact
        if self._channel not in fact.channels:
            return f"{local} = {unknown}"
        if fact.absent is None and fact.max_age is None and fact.origin is not Origin.CLOCK:
            return f"{local} = get({ref.name!r})" if unknown == "None" else f"{local} = get({ref.name!r}, {unknown})"
        if unknown != "None":
            known = self.fact(ref)
            return f"{local} = {unknown} if {known} is None else {known}"
        self.asks_view, name = True, self.constant(ref)
        if fact.absent is not None and fact.max_age is None:
            return f"{local} = get({ref.name!r})\nif {local} is None: {local} = view.value({name})"
        return f"{local} = view.value({name})"

    def _test(self, test: Test, *, wanted: bool) -> str:
        if test.operator == "known":
            return f"{self.fact(test.ref)} is {'not ' if bool(test.operand) is wanted else ''}None"
        words, numbers = words_of(test, wanted=wanted), numbers_of(test, wanted=wanted)
        if words is not None:
            return self._words(test.ref, words)
        if numbers is not None:
            return self._numbers(test.ref, numbers)
        written = self._set(test, wanted=wanted) or self._share(test, wanted=wanted)
        return written or self._asked(test, wanted=wanted)

    def _asked(self, test: Test, *, wanted: bool) -> str:
        self.asks_view = True
        return f"truth({self.constant(test)}, view) is {wanted}"

    def _words(self, ref: FactRef, words: Words) -> str:
        known, several = self.fact(ref), len(words.values) > 1
        if not words.values:
            return "False" if words.inside else f"{known} is not None"
        if ref.fact.type is FactType.BOOL:
            return f"{known} is not None" if several else f"{known} is {next(iter(words.values))}"
        listed = sorted(map(str, words.values))
        choices = "{" + ", ".join(map(repr, listed)) + "}" if several else repr(listed[0])
        if words.inside:
            return f"{known} {'in' if several else '=='} {choices}"
        return f"{known} is not None and {known} {'not in' if several else '!='} {choices}"

    def _numbers(self, ref: FactRef, numbers: Numbers) -> str:
        local = self.number(ref, numbers.currency)
        joint = " and " if numbers.every else " or "
        return joint.join(f"{local} {sign} {self._limit(limit)}" for sign, limit in numbers.bounds)

    def _limit(self, limit: Limit) -> str:
        return repr(limit) if isinstance(limit, int) else self.constant(limit)

    def _set(self, test: Test, *, wanted: bool) -> str:
        operand = test.operand
        if not isinstance(operand, frozenset) or test.operator in {"is", "is_not"}:
            return ""
        if test.operator == "has_all":
            known = self.fact(test.ref)
            return f"{known} is not None and {'' if wanted else 'not '}{self.constant(operand)} <= {known}"
        apart = self.constant(operand.isdisjoint)
        if (test.operator == "has_any") is wanted:
            return f"not {apart}({self.members(test.ref)})"
        known = self.fact(test.ref)
        return f"{known} is not None and {apart}({known})"

    def _share(self, test: Test, *, wanted: bool) -> str:
        """Compare two amounts of one currency, in whole numbers."""
        share, sign = test.operand, SIGNS.get(test.operator)
        if test.ref.fact.type is not FactType.MONEY or not isinstance(share, PercentOf) or sign is None:
            return ""
        ratio = Fraction(share.percent) / 100
        one, other = self.fact(test.ref), self.fact(share.ref)
        return (
            f"{one} is not None and {other} is not None and {one}.currency == {other}.currency and "
            f"{one}.minor * {ratio.denominator} {sign if wanted else OPPOSITES[sign]} {other}.minor * {ratio.numerator}"
        )


def _uses(segments: Segments, conditions: Iterable[Condition]) -> Counter[str]:
    """Count in how many places each segment is named, by the conditions and by the segments that they reach."""
    counted: Counter[str] = Counter()
    left = list(conditions)
    while left:
        for named in segments_named(left.pop()):
            counted[named.key] += 1
            if counted[named.key] == 1:
                left.append(segments[named.key])
    return counted


def define(text: str, name: str, names: dict[str, object]) -> Callable[..., Any]:
    """Run generated source, made of fixed phrases, numbered names and quoted literals only, and give its function."""
    exec(compile(text, f"<{name}>", "exec"), names)  # noqa: S102
    return cast("Callable[..., Any]", names[name])
