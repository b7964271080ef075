"""All visitors that one channel can have: which facts are known of them, and with which values."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from cms.facts.builtin import builtin
from cms.facts.declarations import FactRef, FactType, Origin
from cms.facts.values import Value
from cms.segments.smt.clock import Clock
from cms.segments.smt.logic import Formula, Logic, Model, Term
from cms.segments.smt.variables import Amount, Words, variable_of

_TOLD = frozenset({"locale", "currency", "channel", "page.stage"})  # of every request


class Universe:
    """The variables of the facts that are asked for, each made when it first is; see `Smt` for the arguments."""

    def __init__(
        self,
        *,
        channel: str,
        zones: Mapping[str, ZoneInfo],
        locales: Sequence[str],
        start: datetime,
        end: datetime,
        stage: str,
    ) -> None:
        self.logic = Logic()
        self.channel = channel
        self.currencies = tuple(zones)
        self.locales = tuple(locales)
        self.stage = stage
        self.clock = Clock(self.logic, zones, self._currency, start, end)
        self._known: dict[str, Formula] = {}
        self._variables: dict[str, Any] = {}
        self._tied: list[tuple[str, str]] = []  # a text and the set that it is in

    def close(self) -> None:
        """Let go of all formulas: they refer to each other, and Z3 holds much memory for them."""
        self._known.clear()
        self._variables.clear()
        del self.clock, self.logic

    def known(self, ref: FactRef) -> Formula:
        if ref.name not in self._known:
            self._known[ref.name] = self._new_known(ref)
        return self._known[ref.name]

    def _new_known(self, ref: FactRef) -> Formula:
        if self.channel not in ref.fact.channels:
            return False
        if ref.name in _TOLD or ref.fact.origin is Origin.CLOCK:
            return True
        self.variable(ref)  # what is known has a value
        return self.logic.boolean(f"{ref.name} known")

    def variable(self, ref: FactRef) -> Any:
        """Give the variable of a fact, of the kind that its type needs."""
        if ref.name not in self._variables:
            self._variables[ref.name] = self._new_variable(ref)
        return self._variables[ref.name]

    def _new_variable(self, ref: FactRef) -> Any:
        if ref.fact.origin is Origin.CLOCK:
            return self.clock.fact(ref.fact.stem)
        if ref.name in _TOLD:
            return Words(self.logic, ref.name, self._told(ref))
        if ref.fact.type is FactType.MONEY:
            own = self._own_currency(ref) if ref.fact.origin is Origin.TRAIT else None
            return Amount(self.logic, ref, self._currency() if own is None else own)
        return variable_of(self.logic, ref)

    def _own_currency(self, ref: FactRef) -> Words:
        """A trait is told with its currency: that of the request, or the default one wherever the visitor is."""
        own, asked = Words(self.logic, f"{ref.name} currency", self.currencies), self._currency()
        for code in self.currencies[1:]:
            self.logic.require(self.logic.implies(own.is_word(code), asked.is_word(code)))
        return own

    def _told(self, ref: FactRef) -> tuple[str, ...]:
        told = {"locale": self.locales, "currency": self.currencies, "channel": (self.channel,)}
        return told.get(ref.name) or ((self.stage,) if self.stage else ref.fact.of)

    def _currency(self) -> Words:
        variable: Words = self.variable(builtin("currency"))
        return variable

    def term(self, ref: FactRef) -> Term:
        """Give a fact as a number; a set is its size."""
        variable = self.variable(ref)
        return variable.size.term if ref.fact.type is FactType.SET else variable.term

    def one_currency(self, ref: FactRef, other: FactRef) -> Formula:
        one, two = self.variable(ref).currency, self.variable(other).currency
        if one is two:
            return True
        both = (self.logic.all_((one.is_word(code), two.is_word(code))) for code in self.currencies)
        return self.logic.any_(both)

    def tie(self, one: FactRef, several: FactRef) -> None:
        """Have a text be in a set where both are known, whatever words are mentioned later; see `Smt`."""
        known = self.logic.all_((self.known(one), self.known(several)))
        if known is False:
            return
        has = self.variable(several).has
        self.variable(one).watch(
            lambda word, holds: self.logic.require(self.logic.implies(self.logic.all_((known, holds)), has(word)))
        )
        self._tied.append((one.name, several.name))

    def read(self, model: Model) -> tuple[dict[str, Value | None], datetime, str, str]:
        """Read off a model the facts that were asked for, None for those unknown, the moment, locale and currency."""
        facts = {
            name: self._variables[name].read(model) if self.logic.holds(model, known) else None
            for name, known in self._known.items()
            if not isinstance(known, bool)
        }
        for one, several in self._tied:
            word, words = facts[one], facts[several]
            if isinstance(word, str) and isinstance(words, frozenset):
                facts[several] = words | {word}
        locale, currency = (
            self._variables[name].read(model) if name in self._variables else default
            for name, default in (("locale", self.locales[0]), ("currency", self.currencies[0]))
        )
        return facts, self.clock.read(model), locale, currency
