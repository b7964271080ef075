"""The shipped components with their samples, and bodies and views made of a few words."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from cms.components.body import Body
from cms.components.checking import check_body, check_sample
from cms.components.model import ComponentModel, parse_model
from cms.decisions.decision import Choice, Reason
from cms.facts.builtin import BUILTIN_FACTS
from cms.facts.context import DecisionContext, View
from cms.facts.placeholders import Template, parse_template
from cms.facts.values import Value
from cms.rendering.renderer import Renderer

COMPONENTS = Path(__file__).parents[2] / "components"


@dataclass(frozen=True, slots=True)
class Shipped:
    models: Mapping[str, ComponentModel]
    templates: Mapping[str, str]
    samples: Mapping[str, Body]
    renderer: Renderer


@pytest.fixture(scope="session")
def shipped() -> Shipped:
    models = {path.parent.name: _model(path) for path in sorted(COMPONENTS.glob("*/model.json"))}
    templates = {
        f"{path.parent.name}/{path.name}": path.read_text("utf-8")
        for path in COMPONENTS.glob("*/*")
        if path.name != "model.json"
    }
    samples = {key: _sample(model) for key, model in models.items()}
    return Shipped(models, templates, samples, Renderer(templates, models))


def _model(path: Path) -> ComponentModel:
    model, problems = parse_model(path.parent.name, json.loads(path.read_text("utf-8")))
    assert [] == problems
    assert model is not None
    return model


def _sample(model: ComponentModel) -> Body:
    zone = ZoneInfo("UTC")
    body, problems = check_sample(model, schema=BUILTIN_FACTS, currency="USD", zone=zone, link_hosts=frozenset())
    assert [] == problems
    return body


@pytest.fixture
def a_view() -> Callable[..., View]:
    def make(values: Mapping[str, Value] | None = None) -> View:
        now = datetime(2026, 12, 2, 10, tzinfo=UTC)
        return View(DecisionContext(now, ZoneInfo("Asia/Taipei"), "en", "USD", "web", values=values or {}))

    return make


@pytest.fixture
def a_choice() -> Callable[..., Choice]:
    def make(model: ComponentModel, raw: Mapping[str, Any], **more: Any) -> Choice:
        zone = ZoneInfo("UTC")
        body, problems = check_body(
            model, raw, schema=BUILTIN_FACTS, currency="USD", zone=zone, link_hosts=frozenset(), pointer=""
        )
        assert [] == problems
        given = {"entry": "spring", "variant": "default", "locale": "en", "reason": Reason.DEFAULT, **more}
        return Choice(component=model.key, body=body, **given)

    return make


@pytest.fixture
def a_template() -> Callable[[str], Template]:
    def make(text: str) -> Template:
        template, problems = parse_template(text, BUILTIN_FACTS)
        assert [] == problems
        return template

    return make
