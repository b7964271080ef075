"""docs/components.md tells all that there is."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

from cms.components.model import FieldType
from cms.rendering.words import WORDS

if TYPE_CHECKING:
    from tests.rendering.conftest import Shipped

DOC = (Path(__file__).parents[2] / "docs" / "components.md").read_text("utf-8")


def section(title: str) -> str:
    found = re.search(rf"^### {title}\n(.*?)(?=^##)", DOC, re.MULTILINE | re.DOTALL)
    assert found, f"docs/components.md has no section on {title}"
    return found[1]


def test_every_shipped_component_and_its_fields_are_documented(shipped: "Shipped") -> None:
    for key, model in shipped.models.items():
        missing = [name for name in model.fields if f"`{name}`" not in section(key)]
        assert [] == missing


def test_every_custom_property_in_use_is_documented_and_no_other(shipped: "Shipped") -> None:
    used = set(re.findall(r"var\((--cms-[a-z-]+)", shipped.renderer.css()))

    assert used == set(re.findall(r"^\| `(--cms-[a-z-]+)`", DOC, re.MULTILINE))


def test_every_field_type_is_documented() -> None:
    assert [] == [kind.value for kind in FieldType if f"`{kind.value}`" not in DOC]


def test_every_fixed_word_is_documented_and_there_in_three_languages() -> None:
    assert [] == [key for key in WORDS if key != "progress" and f"`{key}`" not in DOC]
    assert {"en", "zh-Hans", "zh-Hant"} == set.intersection(*(set(words) for words in WORDS.values()))
