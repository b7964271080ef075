"""The one table of built-in facts in the docs says what the code declares, row by row."""

from pathlib import Path

from cms.facts.builtin import BUILTIN_FACTS
from cms.facts.declarations import Fact

TABLE = Path(__file__).parents[2] / "docs" / "facts.md"
CHANNELS = ("web", "email", "app")


def _row(fact: Fact) -> tuple[str, ...]:
    bounds = [bound for bound in (fact.minimum, fact.maximum) if bound is not None]
    domain = f"{fact.minimum}…{'' if fact.maximum is None else fact.maximum}" if bounds else ""
    domain += " whole" if fact.whole else ""
    return (
        " ".join(f"`{name}`" for name in fact.names),
        f"{fact.type}, ordered" if fact.ordered else str(fact.type),
        str(fact.origin),
        " ".join(fact.of) or domain,
        " ".join(channel for channel in CHANNELS if channel in fact.channels),
        str(fact.absent or ""),
    )


def _documented() -> list[tuple[str, ...]]:
    lines = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    return [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines]


def test_the_table_of_facts_is_the_one_in_the_code() -> None:
    assert [_row(fact) for fact in BUILTIN_FACTS.facts] == [row[:6] for row in _documented()]


def test_every_fact_has_a_sentence_for_people_and_a_title_in_each_language() -> None:
    assert [] == [row[0] for row in _documented() if not row[6].endswith(".")]
    assert [] == [fact.stem for fact in BUILTIN_FACTS.facts if {"en", "zh-Hans", "zh-Hant"} != fact.title.keys()]


def test_no_two_facts_are_spelled_alike() -> None:
    names = [name for fact in BUILTIN_FACTS.facts for name in fact.names]

    assert len(set(names)) == len(names)
    assert [] == [name for name in names if BUILTIN_FACTS.find(name) is None]
