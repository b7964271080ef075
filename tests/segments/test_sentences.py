"""Conditions in sentences: whole ones as people read them, and that none is missing in any language."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from random import Random
from string import Formatter
from typing import Any

import pytest
from random_rules import FACTS, LANGUAGE, Author, constants, parsed

from cms.facts.builtin import BUILTIN_FACTS
from cms.facts.declarations import FactType
from cms.segments.conditions import All, AnyOf, Condition, InSegment, Not
from cms.segments.operands import OPERANDS
from cms.segments.parsing import parse_condition
from cms.segments.phrases import ANY_FAMILY, FAMILIES, LANGUAGES, PHRASES, language_of
from cms.segments.sentences import said

GOLDEN = json.loads((Path(__file__).parent / "sentences.json").read_text(encoding="utf-8"))
TABLES = {**PHRASES, **FAMILIES, "any family": ANY_FAMILY}
CHARACTERS = {"en": "latin-1", "zh-Hans": "gb2312", "zh-Hant": "big5"}  # none has the other script's own characters


@pytest.mark.parametrize("row", GOLDEN, ids=[row["en"] for row in GOLDEN])
def test_a_condition_is_said_in_each_language(row: dict[str, Any]) -> None:
    condition = parsed(row["rule"])
    assert condition is not None

    told = {language: said(condition, {"vip": "Very important"}, language) for language in LANGUAGES}

    assert {language: row[language] for language in LANGUAGES} == told


def _tests() -> Iterator[Any]:
    """List each operator over each fact it fits, plain and shared or by another fact, as it stands and under a not."""
    one_of_each = {ref.fact.type: ref for ref in FACTS.values() if ref.fact.has_order or ref.fact.type not in _ORDERED}
    for kind, ref in one_of_each.items():
        choices = constants(ref)[:2]
        lists = {"one_of", "none_of", "has_any", "has_all", "has_none"}
        special = {
            "between": choices, "count": {"at_least": 1, "at_most": 2}, "ever": True, "known": True,
            "days_ago_at_least": 3, "days_ago_at_most": 3, "before": "orders.last", "since": "orders.last",
        }  # fmt: skip
        for name, spec in OPERANDS.items():
            if not spec.refusal(ref):
                plain = choices if name in lists or kind is FactType.SET else choices[0]
                yield pytest.param({ref.name: {name: special.get(name, plain)}}, id=f"{kind} {name}")


_ORDERED = {FactType.ENUM}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("rule", list(_tests()))
def test_every_operator_over_every_type_has_its_sentence(rule: dict[str, Any], language: str) -> None:
    for raw in (rule, {"not": rule}):
        condition, problems = parse_condition(raw, LANGUAGE)
        assert condition is not None, problems

        sentence = said(condition, {}, language)

        assert sentence
        assert not re.search(r"[{}\[\]]|None|True|False|  |_", sentence), sentence


@pytest.mark.parametrize("seed", range(40))
def test_any_rule_can_say_itself(seed: int) -> None:
    author = Author(Random(seed))
    for _ in range(10):
        condition = parsed(author.rule())
        if condition is not None:
            assert all(said(condition, {}, language) for language in LANGUAGES)


@pytest.mark.parametrize("seed", range(40))
def test_a_sentence_has_brackets_exactly_where_and_meets_or(seed: int) -> None:
    """However deep the rule: a part that is joined by the same word as the whole needs none."""
    random = Random(seed)

    def rule(depth: int) -> Condition:
        if not depth:
            return InSegment(random.choice("abc"))
        if random.random() < 0.2:
            return Not(rule(depth - 1))
        parts = tuple(rule(depth - 1) for _ in range(2))
        return All(parts) if random.random() < 0.5 else AnyOf(parts)

    condition = rule(4)
    sentence = re.sub(r"the visitor must( not)? be in the segment “(\w)”", r"\1 \2", said(condition, {}, "en"))
    python = sentence.replace(", and ", " and ").replace(", or ", " or ")

    for world in range(8):
        values = {name: bool(world >> place & 1) for place, name in enumerate("abc")}
        assert _holds(condition, values) is eval(python.strip(), {}, values)


def _holds(condition: Condition, values: dict[str, bool]) -> bool:
    match condition:
        case InSegment(key):
            return values[key]
        case Not(part):
            return not _holds(part, values)
        case All(parts):
            return all(_holds(part, values) for part in parts)
        case AnyOf(parts):
            return any(_holds(part, values) for part in parts)
    raise TypeError(condition)


@pytest.mark.parametrize("key", TABLES)
def test_a_phrase_has_the_same_gaps_in_each_language_and_its_characters(key: str) -> None:
    phrase = TABLES[key]

    gaps = {language: {gap for _, gap, _, _ in Formatter().parse(phrase[language]) if gap} for language in LANGUAGES}

    assert set(LANGUAGES) == set(phrase)
    assert 1 == len(set(map(frozenset, gaps.values()))), gaps
    for language, characters in CHARACTERS.items():
        phrase[language].translate(dict.fromkeys(map(ord, "“”"))).encode(characters)


def test_titles_of_facts_are_in_the_characters_of_their_language() -> None:
    for fact in BUILTIN_FACTS.facts:
        for language, characters in CHARACTERS.items():
            assert fact.title[language].encode(characters), (fact.stem, language)


def test_every_family_of_facts_names_what_it_is_about() -> None:
    assert {fact.stem for fact in BUILTIN_FACTS.facts if fact.parameters} == set(FAMILIES)
    assert all("{key}" in words[language] for words in FAMILIES.values() for language in LANGUAGES)


def test_a_fact_without_a_title_in_the_language_is_named_in_english() -> None:
    condition = parsed({"plant.names": {"has_any": ["Fern"]}})
    assert condition is not None

    assert "names 包含 Fern" == said(condition, {}, "zh-Hant")


def test_a_reader_of_any_locale_gets_the_nearest_language() -> None:
    asked = ("zh-TW", "zh-HK", "zh-CN", "zh", "en-GB", "fr")

    assert ["zh-Hant", "zh-Hant", "zh-Hans", "zh-Hans", "en", "en"] == [language_of(locale) for locale in asked]
