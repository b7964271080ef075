"""Samples: every component can be shown before any entry exists, which also proves its templates."""

import re
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from jinja2 import TemplateSyntaxError

from cms.components.body import Body, ProductRef, RailName, nodes
from cms.components.model import ComponentModel, Field
from cms.decisions.decision import Choice, Reason
from cms.errors import CmsError
from cms.facts.context import DecisionContext, View
from cms.facts.declarations import FactRef, FactType
from cms.facts.money import Money
from cms.facts.signals import Detail, Product
from cms.facts.values import Value
from cms.problems import Problem, did_you_mean
from cms.rendering.renderer import Renderer, environment_of

_NEEDED = {"web": ("web.html",), "email": ("email.mjml", "email.txt"), "app": ()}
_SAMPLE = "sample"  # begins the SKU of what is made up
_SCALES = {"TWD": 30}  # so that an amount is plausible
_ATTRIBUTE = re.compile(r"(?:has no attribute '|^')(\w+)'(?: is undefined)?$")
_PROSE = (".html", ".mjml", ".txt")


def check_templates(templates: Mapping[str, str], models: Mapping[str, ComponentModel] | None = None) -> list[Problem]:
    """Find templates that cannot be read (`bad-template`) and, given models, missing ones (`missing-template`)."""
    environment = environment_of(templates)
    problems = []
    for name in sorted(name for name in templates if name.endswith(_PROSE)):
        try:
            environment.parse(templates[name], name)
        except TemplateSyntaxError as wrong:
            message = f"{wrong.message or wrong}."
            problems.append(Problem("bad-template", message, file=f"components/{name}", line=wrong.lineno, column=1))
    missing = (problem for key in sorted(models or {}) for problem in _missing((models or {})[key], templates))
    return [*problems, *missing]


def _missing(model: ComponentModel, templates: Mapping[str, str]) -> list[Problem]:
    needed = [(channel, file) for channel in sorted(model.channels) for file in _NEEDED[channel]]
    return [
        Problem(
            "missing-template",
            f'The component can be shown in channel "{channel}" but has no {file}.',
            "/channels",
            f'Add {file}, or leave "{channel}" out of "channels".',
            file=f"components/{model.key}/model.json",
        )
        for channel, file in needed
        if f"{model.key}/{file}" not in templates
    ]


def check_samples(
    templates: Mapping[str, str], models: Mapping[str, ComponentModel], samples: Mapping[str, Body]
) -> list[Problem]:
    """Show each component's checked sample, and nothing but it, so that no template first fails for a visitor."""
    renderer = Renderer(templates, models)
    found = (_sample_problems(renderer, models[key], samples[key], templates) for key in sorted(samples))
    return [problem for problems in found for problem in problems]


def _sample_problems(
    renderer: Renderer, model: ComponentModel, sample: Body, templates: Mapping[str, str]
) -> list[Problem]:
    choice, view = sample_of(model, sample)
    shows: Mapping[str, Callable[[], object]] = {
        "web.html": lambda: renderer.html(choice, view, decision="d_sample", slot="sample"),
        "email.txt": lambda: renderer.text(choice, view),
    }
    tried = (
        _tried(show, f"components/{model.key}/{file}", model)
        for file, show in shows.items()
        if f"{model.key}/{file}" in templates
    )
    return [problem for problem in tried if problem is not None]


def _tried(show: Callable[[], object], file: str, model: ComponentModel) -> Problem | None:
    try:
        show()
    except CmsError as wrong:
        cause = wrong.__cause__ or wrong
        name = _ATTRIBUTE.search(str(cause))
        message = f'There is no "{name[1]}" here' if name else f"The sample cannot be shown: {cause}"
        hint = did_you_mean(name[1], _words(model.fields)) if name else "Look for a misspelled variable or field."
        return Problem("bad-template", f"{message}.", "", hint, file=file, line=_line_of(cause), column=1)
    return None


def _line_of(error: BaseException) -> int:
    """Find the template's line: Jinja writes it into the traceback, for templates have no file."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename in {"<template>", "<unknown>"} and frame.lineno]
    return lines[-1] if lines else 1


def _words(fields: Mapping[str, Field]) -> Iterator[str]:
    """Name all fields of a model, groups' parts included, and what every template gets."""
    yield from ("content", "products", "item", "attributes", "word", "progress", *fields)
    for part in fields.values():
        yield from _words(part.fields)
        yield from _words(part.item.fields) if part.item else ()


def sample_of(model: ComponentModel, body: Body, *, locale: str = "en", currency: str = "USD") -> tuple[Choice, View]:
    """Make a choice of a checked body with made-up products, and a view in which every fact has a value."""
    choice = Choice(
        entry="sample",
        component=model.key,
        variant="default",
        locale=locale,
        reason=Reason.STATIC,
        body=body,
        dismissible=model.dismissible,
        display=model.display,
    )
    context = DecisionContext(datetime(2026, 12, 1, tzinfo=UTC), ZoneInfo("UTC"), locale, currency, "web")
    return with_sample_products(choice, currency=currency), _SampleView(context)


def with_sample_products(
    choice: Choice,
    *,
    currency: str,
    limits: Mapping[str, int] | None = None,
    own: Mapping[str, tuple[Product, ...]] | None = None,
) -> Choice:
    """Put made-up products into every rail, up to its limit, and in the place of every SKU that a body names.

    `own` are the products of those rails of which they are known.
    """
    found, products, limits, own = list(nodes(choice.body)), _products(currency), limits or {}, own or {}
    keys = [node.key for node in found if isinstance(node, RailName)]
    rails = {key: (own.get(key) or products)[: limits.get(key)] for key in keys}
    items = {node.sku: _named(currency) for node in found if isinstance(node, ProductRef)}
    return replace(choice, rails=rails, items=items)


def shows_samples(choice: Choice) -> bool:
    """Tell whether any of its products is made up."""
    return any(product.sku.startswith(_SAMPLE) for product in (*choice.products, *choice.items.values()))


class _SampleView(View):
    def value(self, ref: FactRef) -> Value:
        made_up: Mapping[FactType, Value] = {
            FactType.BOOL: True,
            FactType.NUMBER: 3,
            FactType.MONEY: Money(4200, self.context.currency),
            FactType.TEXT: "sample",
            FactType.ENUM: ref.fact.of[0] if ref.fact.of else "sample",
            FactType.SET: frozenset({"sample"}),
            FactType.DATE: date(2026, 12, 24),
            FactType.DURATION: timedelta(days=1),
        }
        return made_up[ref.fact.type]


def _products(currency: str) -> tuple[Product, ...]:
    titles = (
        {"en": "Golden Pothos", "zh-Hans": "绿萝", "zh-Hant": "黃金葛"},
        {"en": "Stoneware Pot", "zh-Hans": "炻器花盆", "zh-Hant": "炻器花盆"},
        {"en": "Brass Mister", "zh-Hans": "黄铜喷壶", "zh-Hant": "黃銅噴霧器"},
    )
    return tuple(_product(f"{_SAMPLE}-{n}", title, 2300 + 700 * n, currency, 60) for n, title in enumerate(titles))


def _named(currency: str) -> Product:
    title = {"en": "Golden Pothos, small", "zh-Hans": "绿萝（小株）", "zh-Hant": "黃金葛（小株）"}
    return _product(_SAMPLE, title, 1800, currency, 40)


def _product(sku: str, title: Mapping[str, str], minor: int, currency: str, height: int) -> Product:
    scale = _SCALES.get(currency, 1)
    return Product(
        sku,
        title,
        f"/p/{sku}",
        Money(minor * scale, currency),
        list_price=Money(3600 * scale, currency) if minor == 3000 else None,
        stock=12,
        rating=4.6,
        review_count=128,
        details=(Detail({"en": "Height", "zh-Hans": "高度", "zh-Hant": "高度"}, {"": f"{height} cm"}),),
    )
