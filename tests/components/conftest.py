"""A small component with a field of each type, and its check."""

from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from cms.components.body import Body
from cms.components.checking import check_body
from cms.components.model import ComponentModel, parse_model
from cms.facts.builtin import BUILTIN_FACTS
from cms.problems import Problem

Check = Callable[[Mapping[str, Any]], tuple[Body, list[Problem]]]

FIELDS = {
    "text": {"type": "text", "max_length": 40},
    "markdown": {"type": "markdown"},
    "choice": {"type": "choice", "of": ["info", "urgent"], "default": "info"},
    "bool": {"type": "bool"},
    "int": {"type": "int"},
    "decimal": {"type": "decimal"},
    "percent": {"type": "percent"},
    "money": {"type": "money"},
    "link": {"type": "link"},
    "image": {"type": "image"},
    "product": {"type": "product"},
    "products": {"type": "products", "max_items": 2},
    "category": {"type": "category"},
    "datetime": {"type": "datetime"},
    "color": {"type": "color"},
    "rail": {"type": "rail"},
    "group": {"type": "group", "fields": {"label": {"type": "text", "required": True}, "href": {"type": "link"}}},
    "list": {"type": "list", "of": {"type": "text"}, "max_items": 3},
}


@pytest.fixture
def model() -> ComponentModel:
    found, problems = parse_model("everything", {"fields": FIELDS})
    assert [] == problems
    assert found is not None
    return found


@pytest.fixture
def check(model: ComponentModel) -> Check:
    def run(raw: Mapping[str, Any]) -> tuple[Body, list[Problem]]:
        return check_body(
            model,
            raw,
            schema=BUILTIN_FACTS,
            currency="USD",
            zone=ZoneInfo("UTC"),
            link_hosts=frozenset({"shop.example"}),
            pointer="/content/en",
        )

    return run
