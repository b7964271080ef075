"""Schemas of conditions: each fact with the operators that fit it, segments by name, and their combinations."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from cms.content.editor.values import (
    DATE,
    Schema,
    described,
    list_of,
    matching,
    name_pattern,
    one_of,
    ref,
    value_of,
)
from cms.facts.declarations import Fact, FactRef, FactSchema, FactType
from cms.segments.operands import COUNTS, OPERANDS

_WHOLE: Schema = {"type": "integer", "minimum": 0}
_UNITS = (FactType.NUMBER, FactType.MONEY)


@dataclass(slots=True)
class Facts:
    """The facts of one workspace as schemas.

    `members` are names with a parameter that are known, for completion; `entries` are all that a fact about an
    entry can name. `definitions` are filled while schemas are made.
    """

    schema: FactSchema
    entries: tuple[str, ...]
    members: tuple[FactRef, ...] = ()
    definitions: dict[str, Schema] = field(default_factory=dict)
    _named: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for kind in (FactType.DATE, *_UNITS):
            self.definitions[f"{kind}-fact"] = self._names(kind)
        for kind in _UNITS:
            self.definitions[f"{kind}-share"] = _share(kind)

    def by_name(self, take: Callable[[Fact], Schema | bool]) -> Schema:
        """Take an object from the names of facts to what `take` says of each."""
        plain = {fact.stem: take(fact) for fact in self.schema.facts if not fact.parameters}
        written = {found.name: take(found.fact) for found in self.members}
        families = {f"^{self.pattern(fact)}$": take(fact) for fact in self._families()}
        return {"properties": plain | written, "patternProperties": families, "additionalProperties": False}

    def _families(self) -> list[Fact]:
        known = [fact for fact in self.schema.facts if fact.parameters]
        return [fact for fact in known if self.entries or fact.parameters != ("entry",)]

    def pattern(self, fact: Fact) -> str:
        return name_pattern(fact, self.entries)

    def _names(self, kind: FactType) -> Schema:
        """Take the name of a fact of a type."""
        fitting = [fact for fact in self.schema.facts if fact.type is kind]
        plain = [fact.stem for fact in fitting if not fact.parameters]
        plain += [found.name for found in self.members if found.fact.type is kind]
        families = [matching(f"^{self.pattern(fact)}$") for fact in fitting if fact in self._families()]
        return {"anyOf": [one_of(plain), *families]}

    def test(self, fact: Fact) -> Schema:
        """Take a test of a fact: a value, a list of values, or operators that fit."""
        return described(fact, {"allOf": [self._shared(f"{fact.type}-test", self._test(fact))]})

    def _shared(self, kind: str, schema: Schema) -> Schema:
        """Define a schema once, however many facts have it."""
        spelled = json.dumps(schema, sort_keys=True)
        if spelled not in self._named:
            number = sum(name.startswith(kind) for name in self.definitions) + 1
            self._named[spelled] = kind if number == 1 else f"{kind}-{number}"
            self.definitions[self._named[spelled]] = schema
        return ref(self._named[spelled])

    def _test(self, fact: Fact) -> Schema:
        named = FactRef(fact.stem, fact)
        fitting = {name: OPERAND[name](fact) for name, spec in OPERANDS.items() if not spec.refusal(named)}
        operators: Schema = {
            "type": "object",
            "properties": fitting,
            "additionalProperties": False,
            "minProperties": 1,
        }
        lists = [list_of(value_of(fact), least=1)] if "one_of" in fitting else []
        value = [] if fact.type is FactType.SET else [value_of(fact)]
        return {"anyOf": [*value, *lists, operators]}

    def condition(self, segments: Schema) -> Schema:
        """Take a condition; parts refer to the definition `condition`."""
        schema = self.by_name(self.test)
        parts = list_of(ref("condition"), least=1)
        words: Schema = {
            "segment": {"title": "In the segment", **segments},
            "all": {"title": "All of these", **parts},
            "any": {"title": "At least one of these", **parts},
            "not": {"title": "Definitely not this", "allOf": [ref("condition")]},
        }
        return {**schema, "type": "object", "properties": words | schema["properties"], "minProperties": 1}


def _value(fact: Fact) -> Schema:
    return value_of(fact)


def _values(fact: Fact) -> Schema:
    return list_of(value_of(fact), least=1)


def _share(kind: FactType) -> Schema:
    return {
        "type": "object",
        "properties": {"percent": {"type": "number", "exclusiveMinimum": 0}, "of": ref(f"{kind}-fact")},
        "required": ["percent", "of"],
        "additionalProperties": False,
    }


def _limit(fact: Fact) -> Schema:
    return {"anyOf": [value_of(fact), ref(f"{fact.type}-share")]} if fact.type in _UNITS else value_of(fact)


def _between(fact: Fact) -> Schema:
    return {**list_of(value_of(fact)), "minItems": 2, "maxItems": 2}


def _words(fact: Fact) -> Schema:
    return {**value_of(fact), "minItems": 1}


def _count(fact: Fact) -> Schema:
    tests: Schema = {
        "type": "object",
        "properties": dict.fromkeys(COUNTS, _WHOLE),
        "additionalProperties": False,
        "minProperties": 1,
    }
    return {"anyOf": [_WHOLE, tests]}


def _yes_or_no(fact: Fact) -> Schema:
    return {"type": "boolean"}


def _moment(fact: Fact) -> Schema:
    return {"anyOf": [DATE, ref("date-fact")]}


def _days(fact: Fact) -> Schema:
    return _WHOLE


def _prefix(fact: Fact) -> Schema:
    return {"type": "string", "minLength": 1}


OPERAND: Mapping[str, Callable[[Fact], Schema]] = {
    "is": _value,
    "is_not": _value,
    "one_of": _values,
    "none_of": _values,
    "at_least": _limit,
    "at_most": _limit,
    "more_than": _limit,
    "less_than": _limit,
    "between": _between,
    "has_any": _words,
    "has_all": _words,
    "has_none": _words,
    "count": _count,
    "ever": _yes_or_no,
    "before": _moment,
    "since": _moment,
    "days_ago_at_least": _days,
    "days_ago_at_most": _days,
    "starts_with": _prefix,
    "known": _yes_or_no,
}
