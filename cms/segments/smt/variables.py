"""Facts as variables of Z3, one kind for each type: what can be asked of them, and their value in a model."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import chain, count
from math import ceil, floor
from typing import Any, Protocol

from cms.facts.declarations import Absence, FactRef, FactType
from cms.facts.money import Money, minor_digits
from cms.facts.values import NEVER, Value
from cms.segments.regions import Limit
from cms.segments.smt.logic import Formula, Logic, Model, Term

_LARGEST = 2**53  # as numbers in files
_DIGITS = 15  # before the point, as amounts in files
_OTHERS = 10_000  # elements of a set that nothing names: more than any shop tells of one visitor
_MENTIONED = 10**6  # more words than any snapshot has
_FINEST = 21  # decimals of a number that hangs on another one


class Variable(Protocol):
    def read(self, model: Model) -> Value: ...


class Flag:
    def __init__(self, logic: Logic, name: str) -> None:
        self.logic = logic
        self.is_set: Formula = logic.boolean(name)

    def read(self, model: Model) -> Value:
        return self.logic.holds(model, self.is_set)


class Words:
    """A text or an enum, as the number that its word has among those mentioned; another number is any other word.

    Words and beginnings may be mentioned at any time: each new one is told how it stands to those before it.
    """

    def __init__(self, logic: Logic, name: str, choices: Sequence[str] = (), *, term: Term = None) -> None:
        self.logic = logic
        self.name = name
        self.choices = choices
        self.term = logic.whole(name) if term is None else term
        self._is: dict[str, Formula] = {}
        self._begins: dict[str, Formula] = {}
        self._watchers: list[Callable[[str, Formula], None]] = []
        if len(choices) == 1:
            self._is[choices[0]] = True
        elif term is None:
            logic.bound(self.term, 0, (len(choices) or _MENTIONED) - 1)

    def one_of(self, words: Iterable[str]) -> Formula:
        return self.logic.any_(self.is_word(word) for word in words)

    def is_word(self, word: str) -> Formula:
        if self.choices and word not in self.choices:
            return False
        if word not in self._is:
            self._is[word] = self.term == (self.choices.index(word) if self.choices else len(self._is))
            for prefix, begins in self._begins.items():
                self._tell(word, prefix, begins)
            for watcher in self._watchers:
                watcher(word, self._is[word])
        return self._is[word]

    def watch(self, watcher: Callable[[str, Formula], None]) -> None:
        """Tell of every word, now or later, when it is mentioned."""
        self._watchers.append(watcher)
        for word, holds in tuple(self._is.items()):
            watcher(word, holds)

    def begins(self, prefix: str) -> Formula:
        if self.choices:
            return self.one_of(choice for choice in self.choices if choice.startswith(prefix))
        if prefix not in self._begins:
            begins = self.logic.boolean(f"{self.name} begins {prefix}")
            for word in self._is:
                self._tell(word, prefix, begins)
            for other, also in self._begins.items():
                self._tell_apart(prefix, begins, other, also)
            self._begins[prefix] = begins
        return self._begins[prefix]

    def _tell(self, word: str, prefix: str, begins: Formula) -> None:
        given = begins if word.startswith(prefix) else self.logic.not_(begins)
        self.logic.require(self.logic.implies(self._is[word], given))

    def _tell_apart(self, prefix: str, begins: Formula, other: str, also: Formula) -> None:
        logic = self.logic
        if prefix.startswith(other):
            logic.require(logic.implies(begins, also))
        elif other.startswith(prefix):
            logic.require(logic.implies(also, begins))
        else:
            logic.require(logic.any_((logic.not_(begins), logic.not_(also))))

    def read(self, model: Model) -> str:
        if len(self.choices) == 1:
            return self.choices[0]
        words, code = self.choices or tuple(self._is), self.logic.number(model, self.term)
        if code < len(words):
            return words[code]
        begun = {prefix: self.logic.holds(model, begins) for prefix, begins in self._begins.items()}
        return next(word for word in _unmentioned(begun) if word not in self._is and _fits(word, begun))


def _unmentioned(begun: Mapping[str, bool]) -> Iterator[str]:
    start = max((prefix for prefix, holds in begun.items() if holds), key=len, default="")
    words = chain(("-other" if start else "other",), map(chr, range(ord("a"), 0xD800)))
    return (start + word for word in words)


def _fits(word: str, begun: Mapping[str, bool]) -> bool:
    return all(word.startswith(prefix) is holds for prefix, holds in begun.items())


class Number:
    """A number between `low` and `high`: whole, or a decimal."""

    def __init__(self, logic: Logic, name: str, *, low: int, high: int, whole: bool = True, term: Term = None) -> None:
        self.logic = logic
        self.whole = whole
        self.low, self.high = low, high
        make = logic.whole if whole else logic.decimal
        self.term = make(name) if term is None else term
        self.is_tied = False  # to another number, so that no other value does as well
        self._limits = {Fraction(low), Fraction(high)}
        if term is None:
            logic.bound(self.term, low, high)

    def at_least(self, limit: Limit) -> Formula:
        if limit <= self.low or limit > self.high:
            return limit <= self.low
        return self.term >= self._constant(limit, ceil)

    def at_most(self, limit: Limit) -> Formula:
        if limit >= self.high or limit < self.low:
            return limit >= self.high
        return self.term <= self._constant(limit, floor)

    def equal(self, limit: Limit) -> Formula:
        if not self.low <= limit <= self.high or (self.whole and limit != floor(limit)):
            return False
        return self.term == self._constant(limit, floor)

    def _constant(self, limit: Limit, rounded: Callable[[Limit], int]) -> Term:
        self._limits.add(Fraction(limit))
        return rounded(limit) if self.whole or limit == floor(limit) else self.logic.constant(Fraction(limit))

    def read(self, model: Model) -> Value:
        if self.whole:
            return self.logic.number(model, self.term)
        return _shortest(model.eval(self.term, model_completion=True).as_fraction(), self._limits, exact=self.is_tied)


def _shortest(value: Fraction, limits: Iterable[Fraction], *, exact: bool) -> int | Decimal:
    """Give the shortest decimal that is above and below the same limits as `value`."""
    low = max((limit for limit in limits if limit <= value), default=value)
    high = min((limit for limit in limits if limit >= value), default=value)
    for digits in count():
        scaled = round(value * 10**digits)
        near = Fraction(scaled, 10**digits)
        if near == value or (not exact and low < near < high) or (exact and digits == _FINEST):
            return scaled if not digits else Decimal(f"{scaled}E-{digits}")
    raise AssertionError(value)


class Amount(Number):
    """Minor units of a currency that is a variable of its own."""

    def __init__(self, logic: Logic, ref: FactRef, currency: Words) -> None:
        most = {code: 10 ** (_DIGITS + minor_digits(code)) - 1 for code in currency.choices}
        high, minimum = max(most.values()), ref.fact.minimum
        super().__init__(logic, ref.name, low=-high if minimum is None else minimum, high=high)
        self.currency = currency
        for code in currency.choices:
            if most[code] < high:
                logic.require(logic.implies(currency.is_word(code), self.term <= most[code]))

    def read(self, model: Model) -> Value:
        return Money(self.logic.number(model, self.term), self.currency.read(model))


class Span(Number):
    """A duration in seconds, in which all are written."""

    def __init__(self, logic: Logic, name: str) -> None:
        super().__init__(logic, name, low=0, high=timedelta.max // timedelta(seconds=1))

    def read(self, model: Model) -> Value:
        return timedelta(seconds=self.logic.number(model, self.term))


class Elements:
    """A set: whether it has each word that is mentioned, and how many others."""

    def __init__(self, logic: Logic, name: str, choices: Sequence[str]) -> None:
        self.logic = logic
        self.name = name
        self.choices = choices
        self._has: dict[str, Formula] = {}
        self._size: Number | None = None
        self._others: Term = 0

    def has(self, word: str) -> Formula:
        if self.choices and word not in self.choices:
            return False
        if word not in self._has:
            self._has[word] = self.logic.boolean(f"{self.name} has {word}")
            if self._size is not None:
                self._split_off(self._has[word])
        return self._has[word]

    def _split_off(self, has: Formula) -> None:
        """Take a word that was one of the others out of them."""
        before, self._others = self._others, self._new_others()
        self.logic.require(before == self.logic.z3.If(has, 1, 0) + self._others)

    def _new_others(self) -> Term:
        others = self.logic.whole(f"{self.name} others {len(self._has)}")
        self.logic.bound(others, 0, _OTHERS)
        return others

    @property
    def size(self) -> Number:
        if self._size is None:
            for choice in self.choices:
                self.has(choice)
            self._others = 0 if self.choices else self._new_others()
            term = self.logic.z3.Sum([self.logic.z3.If(has, 1, 0) for has in self._has.values()]) + self._others
            self._size = Number(self.logic, self.name, low=0, high=_LARGEST, term=term)
        return self._size

    def read(self, model: Model) -> Value:
        named = {word for word, has in self._has.items() if self.logic.holds(model, has)}
        left = 0 if isinstance(self._others, int) else self.logic.number(model, self._others)
        others = (word for number in count(1) if (word := f"other-{number}") not in self._has)
        return frozenset(named | {next(others) for _ in range(left)})


class Day:
    """A date as its number in the calendar, and whether it never was."""

    def __init__(self, logic: Logic, name: str, *, can_be_never: bool, term: Term = None) -> None:
        self.logic = logic
        self.never: Formula = logic.boolean(f"{name} never") if can_be_never else False
        self.term = logic.whole(name) if term is None else term
        if term is None:
            logic.bound(self.term, date.min.toordinal(), date.max.toordinal())

    def read(self, model: Model) -> Value:
        never = self.logic.holds(model, self.never)
        return NEVER if never else date.fromordinal(self.logic.number(model, self.term))


def _number(logic: Logic, ref: FactRef) -> Number:
    fact = ref.fact
    low = -_LARGEST if fact.minimum is None else fact.minimum
    high = _LARGEST if fact.maximum is None else fact.maximum
    return Number(logic, ref.name, low=low, high=high, whole=fact.whole)


_KINDS: Mapping[FactType, Callable[[Logic, FactRef], Variable]] = {
    FactType.BOOL: lambda logic, ref: Flag(logic, ref.name),
    FactType.NUMBER: _number,
    FactType.TEXT: lambda logic, ref: Words(logic, ref.name),
    FactType.ENUM: lambda logic, ref: Words(logic, ref.name, ref.fact.of),
    FactType.SET: lambda logic, ref: Elements(logic, ref.name, ref.fact.of),
    FactType.DATE: lambda logic, ref: Day(logic, ref.name, can_be_never=ref.fact.absent is Absence.NEVER),
    FactType.DURATION: lambda logic, ref: Span(logic, ref.name),
}


def variable_of(logic: Logic, ref: FactRef) -> Any:
    """Make the variable of a fact that is no amount."""
    return _KINDS[ref.fact.type](logic, ref)
