"""JSON content: what `format: json` gives of a choice."""

import json
from collections.abc import Callable

import pytest

from cms.components.model import ComponentModel, parse_model
from cms.decisions.decision import Choice
from cms.facts.context import View
from cms.facts.money import Money
from cms.facts.signals import Product
from cms.rendering.filling import filled
from cms.rendering.products import product_view

FIELDS = {
    "text": {"type": "text"}, "markdown": {"type": "markdown"}, "money": {"type": "money"}, "percent": {"type": "percent"},
    "decimal": {"type": "decimal"}, "link": {"type": "link"}, "image": {"type": "image"}, "rail": {"type": "rail"},
    "product": {"type": "product"}, "products": {"type": "products"}, "datetime": {"type": "datetime"},
    "category": {"type": "category"}, "color": {"type": "color"}, "list": {"type": "list", "of": {"type": "text"}},
    "group": {"type": "group", "fields": {"on": {"type": "bool"}, "n": {"type": "int"}}},
}  # fmt: skip
POTHOS = Product(
    "pothos", {"en": "Pothos", "zh-Hans": "绿萝"}, "/p/pothos", Money(2300, "USD"), stock=3, rating=4.5, review_count=1
)
POTHOS_VIEW = {
    "sku": "pothos", "title": "Pothos", "url": "/p/pothos", "image": "", "list_price": None, "stock": 3, "rating": 4.5,
    "price": {"amount": "23.00", "currency": "USD", "text": "$23.00"},
    "review_count": 1, "rated": "4.5 of 5 · 1 review", "details": [],
}  # fmt: skip


@pytest.fixture
def model() -> ComponentModel:
    found, _ = parse_model("everything", {"fields": FIELDS})
    assert found is not None
    return found


def test_every_type_of_field_becomes_json(
    model: ComponentModel, a_choice: Callable[..., Choice], a_view: Callable[..., View]
) -> None:
    raw = {
        "text": "{cart.count} items", "markdown": "Save **{cart.subtotal}**", "money": "{cart.subtotal}", "percent": 12.5,
        "decimal": "{cart.count}", "link": "/cart", "image": {"src": "/f.jpg", "alt": "{cart.count}", "width": 9},
        "rail": "best", "product": "pothos", "products": ["gone", "pothos"], "datetime": "2026-12-01T20:00+00:00",
        "category": "plants", "color": "#0a7", "list": ["a"], "group": {"on": True, "n": 2},
    }  # fmt: skip
    choice = a_choice(model, raw, rails={"best": (POTHOS,)}, items={"pothos": POTHOS})

    content = filled(choice, a_view({"cart.count": 2, "cart.subtotal": Money(500, "USD")}))

    expected = {
        "text": "2 items", "markdown": {"html": "<p>Save <strong>$5.00</strong></p>", "text": "Save $5.00"},
        "money": {"amount": "5.00", "currency": "USD", "text": "$5.00"}, "percent": 12.5, "decimal": 2, "link": "/cart",
        "image": {"src": "/f.jpg", "alt": "2", "width": 9}, "rail": {"rail": "best", "products": [POTHOS_VIEW]},
        "product": POTHOS_VIEW, "products": [None, POTHOS_VIEW],
        "datetime": {"at": "2026-12-01T20:00:00+00:00", "text": "Dec 2, 2026"},
        "category": "plants", "color": "#0a7", "list": ["a"], "group": {"on": True, "n": 2},
    }  # fmt: skip
    assert expected == content
    json.dumps(content)


def test_content_holds_only_the_fields_that_were_placed(
    model: ComponentModel, a_choice: Callable[..., Choice], a_view: Callable[..., View]
) -> None:
    assert {"text": "Hi"} == filled(a_choice(model, {"text": "Hi"}), a_view())


@pytest.mark.parametrize(
    ("titles", "locale", "title"),
    [
        ({"en": "Pot", "zh-Hant": "盆"}, "zh-Hant-TW", "盆"),
        ({"en": "Pot", "zh-Hant": "盆"}, "zh-Hans", "Pot"),
        ({"": "Any", "en": "Pot"}, "fr", "Any"),
        ({"de": "Topf"}, "fr", "Topf"),
        ({}, "en", "sku-1"),
    ],
)
def test_a_product_has_a_title_in_every_language(titles: dict[str, str], locale: str, title: str) -> None:
    assert title == product_view(Product("sku-1", titles, "/p", None), locale)["title"]


@pytest.mark.parametrize("url", ["javascript:alert(1)", "//evil.example", "/\\evil.example", "data:x", " /x", ""])
def test_an_unsafe_address_from_the_shop_is_left_empty(url: str) -> None:
    view = product_view(Product("a", {"en": "A"}, url, None, image=url), "en")

    assert ("", "") == (view["url"], view["image"])


def test_a_regular_price_is_told_only_where_it_is_higher() -> None:
    dearer = Product("a", {}, "/a", Money(500, "USD"), list_price=Money(900, "USD"))
    same = Product("a", {}, "/a", Money(500, "USD"), list_price=Money(500, "USD"))
    foreign = Product("a", {}, "/a", Money(500, "USD"), list_price=Money(900, "TWD"))

    told = [product_view(product, "en")["list_price"] for product in (dearer, same, foreign)]
    assert [{"amount": "9.00", "currency": "USD", "text": "$9.00"}, None, None] == told
