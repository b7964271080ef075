"""docs/content.md says every key of every authored file, and no other."""

import re
from pathlib import Path

import pytest

from cms.content.fields import Strict
from cms.content.schemas import (
    AcceptanceShape,
    AcceptedShape,
    EmailShape,
    EntryShape,
    ExperimentShape,
    FeedShape,
    FiltersShape,
    PageShape,
    PersonaShape,
    PromiseShape,
    RailShape,
    SlotShape,
    VariantShape,
    WorkspaceShape,
)
from cms.rails.filling import RANKINGS
from cms.rails.rail import STRATEGIES

DOC = (Path(__file__).parents[2] / "docs" / "content.md").read_text("utf-8")
SECTIONS = {
    "Entry": (EntryShape, VariantShape, PromiseShape),
    "Page": (PageShape, SlotShape),
    "Email": (EmailShape,),
    "Rail": (RailShape, FiltersShape),
    "Experiment": (ExperimentShape,),
    "Persona": (PersonaShape,),
    "Workspace": (WorkspaceShape,),
    "Feed": (FeedShape,),
    "Accepted findings": (AcceptanceShape, AcceptedShape),
}


def _section(title: str) -> str:
    found = re.search(rf"^## {title}$(.*?)(?=^## |\Z)", DOC, re.MULTILINE | re.DOTALL)
    assert found, title
    return found[1]


@pytest.mark.parametrize("title", SECTIONS)
def test_every_key_is_told_in_its_section(title: str) -> None:
    keys = {key for shape in SECTIONS[title] for key in _keys(shape)} - {"title"}

    assert set() == {key for key in keys if f"`{key}`" not in _section(title)}


@pytest.mark.parametrize("title", SECTIONS)
def test_every_key_told_is_one(title: str) -> None:
    told = {key for row in re.findall(r"^\| ([^|]+) \|", _section(title), re.MULTILINE) for key in _quoted(row)}
    keys = {key for shape in SECTIONS[title] for key in _keys(shape)} | set(STRATEGIES)

    assert set() == told - keys


@pytest.mark.parametrize("title", SECTIONS)
def test_required_keys_are_bold_and_no_others(title: str) -> None:
    for shape in SECTIONS[title][:2]:
        for name, field in shape().fields.items():
            bold = f"**`{field.data_key or name}`**" in _section(title)
            rows = re.findall(rf"^\| \**`{name}`", _section(title), re.MULTILINE)
            assert not rows or bold is field.required, name


def test_every_ranking_strategy_is_told() -> None:
    assert set() == {name for name in RANKINGS if f"| `{name}` |" not in _section("Rail")}


def _keys(shape: type[Strict]) -> set[str]:
    return {field.data_key or name for name, field in shape().fields.items()}


def _quoted(cell: str) -> list[str]:
    return re.findall(r"`([a-z_-]+)`", cell)
