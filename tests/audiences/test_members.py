"""Who is in a segment by SQL is who is in it by the Python form, over the same customers."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import pytest
import random_rules
from peopling import Peopling, Person, write_files
from random_rules import FACTS, SCHEMA, ZONE, Author, parsed
from sample import ROOT

from cms.audiences.cells import Reckoning
from cms.audiences.members import is_knowable, members
from cms.audiences.reach import facts_of, reach_of
from cms.audiences.sources import opened
from cms.content.compiling import compile_workspace
from cms.content.snapshot import Snapshot
from cms.facts.declarations import Origin
from cms.segments.conditions import Condition
from cms.segments.evaluate import Evaluator
from cms.workspace import read_folder, read_workspace

pytestmark = pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")  # Ibis's own
NOW = datetime(2028, 2, 29, 23, 30, tzinfo=UTC)
PRODUCTS = {
    "fern": ("plants",),
    "Fern": ("plants", "big-plants"),
    "monstera": ("plants", "big-plants"),
    "pot": ("pots",),
    "coffee-filter": ("coffee-filter",),
    "bare": (),
}


@pytest.fixture(scope="module")
def sample() -> Snapshot:
    snapshot, _ = compile_workspace(read_workspace(read_folder(ROOT)))
    assert snapshot is not None
    return snapshot


def differing(
    where: str, peopling: Peopling, people: Sequence[Person], segments: Mapping[str, Condition]
) -> Iterator[tuple[str, str]]:
    """List whom the two forms do not agree about, and count both answers."""
    reckoning = Reckoning("USD", peopling.zone, peopling.now)
    facts = [ref for key in segments for ref in facts_of(key, segments)]
    with opened(where) as source:
        found = {
            member.customer: member.segments for member in members(source, segments, list(segments), facts, reckoning)
        }
    known = {person.key: Evaluator(segments, peopling.view(person)) for person in people}
    for key, condition in segments.items():
        for person, evaluator in known.items():
            if (evaluator.truth(condition) is True) is not (key in found.get(person, ())):
                yield key, person


def peopled(peopling: Peopling, count: int, seed: int) -> list[Person]:
    random = Random(seed)
    made = [peopling.person(f"c{number}", random) for number in range(count)]
    return [person for person in made if person.customer or person.orders or person.traits]


def test_the_samples_segments_have_the_members_that_the_python_form_finds(sample: Snapshot, tmp_path: Path) -> None:
    traits = [
        ref for key in sample.segments for ref in facts_of(key, sample.segments) if ref.fact.origin is Origin.TRAIT
    ]
    traits = [ref for ref in dict.fromkeys(traits) if ref.fact.stem not in {"shown", "dismissed", "pressure"}]
    peopling = Peopling(sample.schema, NOW, ZoneInfo("America/New_York"), PRODUCTS, traits)
    people = peopled(peopling, 400, seed=1)
    where = str(write_files(tmp_path / "shop", people))

    assert [] == list(differing(where, peopling, people, sample.segments))
    with opened(where) as source:
        reached = [
            key
            for key in sample.segments
            if reach_of(sample.segments[key], sample.segments, lambda ref: is_knowable(ref, source.tables)).holds
        ]
        facts = [ref for key in reached for ref in facts_of(key, sample.segments)]
        found = {
            key
            for member in members(source, sample.segments, reached, facts, Reckoning("USD", peopling.zone, NOW))
            for key in member.segments
        }
    assert len(reached) > 15
    assert len(found) > 10


@pytest.mark.parametrize("seed", [1, 2])
def test_random_rules_have_the_members_that_the_python_form_finds(tmp_path: Path, seed: int) -> None:
    author = Author(Random(seed))
    segments: dict[str, Condition] = {}
    for raw in [*author.one_of_each(), *(author.rule() for _ in range(60))]:
        if (condition := parsed(raw)) is not None:
            segments[f"rule-{len(segments)}"] = condition
    traits = [ref for ref in FACTS.values() if ref.fact.origin is Origin.TRAIT]
    peopling = Peopling(SCHEMA, random_rules.NOW, ZONE, PRODUCTS, traits)
    people = peopled(peopling, 150, seed)

    assert [] == list(differing(str(write_files(tmp_path / "shop", people)), peopling, people, segments))
