"""Block trees: derived from the types of fields alone."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from cms.components.model import ComponentModel, parse_model
from cms.decisions.decision import Choice
from cms.facts.context import View
from cms.facts.money import Money
from cms.facts.signals import Product
from cms.rendering.blocks import block_tree

if TYPE_CHECKING:
    from tests.rendering.conftest import Shipped

Choices = Callable[..., Choice]
Views = Callable[..., View]
CTA = {"type": "group", "fields": {"label": {"type": "text"}, "href": {"type": "link"}}}
KINDS = {
    "heading",
    "text",
    "rich",
    "button",
    "link",
    "image",
    "progress",
    "products",
    "list",
    "group",
    "comparison",
    "add",
}


def model_of(fields: dict[str, Any]) -> ComponentModel:
    model, problems = parse_model("x", {"fields": fields})
    assert [] == problems
    assert model is not None
    return model


def test_a_block_says_what_it_is_and_how_it_reads(a_choice: Choices, a_view: Views) -> None:
    model = model_of({"headline": {"type": "text"}, "tone": {"type": "choice", "of": ["info"], "default": "info"}})

    assert {
        "type": "x", "entry": "spring", "variant": "default", "locale": "ar", "dir": "rtl", "display": "inline",
        "dismissible": True, "props": {"tone": "info"},
        "nodes": [{"type": "heading", "field": "headline", "text": "Hi 3"}],
    } == block_tree(a_choice(model, {"headline": "Hi {cart.count}"}, locale="ar", dismissible=True), a_view({"cart.count": 3}), model)  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "raw", "node"),
    [
        (
            {"cta": CTA},
            {"cta": {"label": "Go", "href": "/x"}},
            {"type": "button", "field": "cta", "label": "Go", "href": "/x"},
        ),
        ({"to": {"type": "link"}}, {"to": "/x"}, {"type": "link", "field": "to", "href": "/x"}),
        (
            {"image": {"type": "image"}},
            {"image": {"src": "/x", "alt": "y"}},
            {"type": "image", "field": "image", "src": "/x", "alt": "y"},
        ),
        ({"off": {"type": "percent"}}, {"off": 20}, {"type": "heading", "field": "off", "text": "20%"}),
        ({"price": {"type": "money"}}, {"price": "5.00"}, {"type": "heading", "field": "price", "text": "$5.00"}),
        (
            {"list": {"type": "list", "of": {"type": "text"}}},
            {"list": ["a"]},
            {"type": "list", "field": "list", "items": [[{"type": "text", "field": "list", "text": "a"}]]},
        ),
        (
            {"rail": {"type": "rail"}},
            {"rail": "best"},
            {"type": "products", "field": "rail", "rail": "best", "products": []},
        ),
        (
            {"product": {"type": "product"}},
            {"product": "gone"},
            {"type": "products", "field": "product", "products": []},
        ),
    ],
)
def test_a_type_of_field_becomes_its_kind_of_node(
    a_choice: Choices, a_view: Views, fields: dict[str, Any], raw: dict[str, Any], node: dict[str, Any]
) -> None:
    model = model_of(fields)

    assert [node] == block_tree(a_choice(model, raw), a_view(), model)["nodes"]


def test_a_value_and_its_goal_are_one_progress(a_choice: Choices, a_view: Views) -> None:
    model = model_of({"value": {"type": "money"}, "goal": {"type": "money"}})

    [node] = block_tree(a_choice(model, {"value": "69.00", "goal": "75.00"}), a_view(), model)["nodes"]

    assert {
        "type": "progress", "percent": 92, "text": "$69.00 of $75.00",
        "value": {"amount": "69.00", "currency": "USD", "text": "$69.00"},
        "goal": {"amount": "75.00", "currency": "USD", "text": "$75.00"},
    } == node  # fmt: skip


def test_rich_text_is_a_tree_for_mini_programs_with_its_gaps_closed(a_choice: Choices, a_view: Views) -> None:
    model = model_of({"body": {"type": "markdown"}})
    choice = a_choice(model, {"body": "Save **{cart.subtotal}** [now](/x)"})

    [node] = block_tree(choice, a_view({"cart.subtotal": Money(500, "USD")}), model)["nodes"]

    text = [{"type": "text", "text": "$5.00"}]
    assert ("rich", "Save $5.00 now (/x)") == (node["type"], node["text"])
    assert [
        {"type": "node", "name": "p", "attrs": {}, "children": [
            {"type": "text", "text": "Save "},
            {"type": "node", "name": "strong", "attrs": {}, "children": text},
            {"type": "text", "text": " "},
            {"type": "node", "name": "a", "attrs": {"href": "/x"}, "children": [{"type": "text", "text": "now"}]},
        ]},
    ] == node["nodes"]  # fmt: skip


def test_a_cta_is_a_button_with_its_style(shipped: "Shipped", a_choice: Choices, a_view: Views) -> None:
    model = shipped.models["cta"]

    tree = block_tree(a_choice(model, {"label": "Go", "href": "/x", "style": "quiet"}), a_view(), model)

    assert [{"type": "button", "label": "Go", "href": "/x", "style": "quiet"}] == tree["nodes"]


def test_a_rail_shows_its_products(shipped: "Shipped", a_choice: Choices, a_view: Views) -> None:
    model = shipped.models["rail"]
    product = Product("a", {"en": "A"}, "/a", Money(100, "USD"))

    tree = block_tree(a_choice(model, {"title": "For you", "rail": "r"}, rails={"r": (product,)}), a_view(), model)

    assert ["heading", "products"] == [node["type"] for node in tree["nodes"]]
    assert ["A"] == [shown["title"] for shown in tree["nodes"][1]["products"]]


def test_all_shipped_samples_are_json_of_known_kinds(shipped: "Shipped") -> None:
    from cms.rendering.samples import sample_of

    for key, model in shipped.models.items():
        tree = shipped.renderer.blocks(*sample_of(model, shipped.samples[key]))
        json.dumps(tree)
        assert {node["type"] for node in tree["nodes"]} <= KINDS


@pytest.mark.parametrize(
    ("component", "skus", "total"),
    [("bundle", ["sample-0", "sample-1", "sample-2", "sample"], "$108.00"), ("add-on", ["sample"], "$18.00"),
     ("upgrade-compare", ["sample-0"], None)],
)  # fmt: skip
def test_an_app_learns_what_the_button_adds(
    shipped: "Shipped", component: str, skus: list[str], total: str | None
) -> None:
    from cms.rendering.samples import sample_of

    tree = shipped.renderer.blocks(*sample_of(shipped.models[component], shipped.samples[component]))
    add = next(node for node in tree["nodes"] if node["type"] == "add")

    assert ("/cart/add", skus) == (add["action"], add["skus"])
    assert total == (add["total"] and add["total"]["text"])
    assert ("comparison" in {node["type"] for node in tree["nodes"]}) is (component == "upgrade-compare")


def test_an_app_gets_no_button_for_what_is_sold_out(shipped: "Shipped") -> None:
    from cms.rendering.samples import sample_of

    choice, view = sample_of(shipped.models["add-on"], shipped.samples["add-on"])
    gone = {sku: replace(product, stock=0) for sku, product in choice.items.items()}
    tree = shipped.renderer.blocks(replace(choice, items=gone), view)

    assert ["add"] == [node["type"] for node in shipped.renderer.blocks(choice, view)["nodes"] if "skus" in node]
    assert [] == [node for node in tree["nodes"] if "skus" in node or node.get("field") in {"label", "action"}]
