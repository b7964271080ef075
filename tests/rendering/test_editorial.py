"""Components that tell: hero, teaser, trust, education, reviews, scarcity and subscribe, full and with little in them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from outline import Outline

from cms.decisions.decision import Choice
from cms.facts.context import View
from cms.facts.money import Money
from cms.facts.signals import Product
from cms.rendering.samples import sample_of

if TYPE_CHECKING:
    from tests.rendering.conftest import Shipped

Choices = Callable[..., Choice]
Views = Callable[..., View]
PICTURE = {
    "src": "/pictures/room.jpg",
    "alt": "A bright room",
    "width": 1000,
    "height": 750,
    "srcset": [{"src": "/pictures/room-640.jpg", "width": 640}],
}
SUBSCRIBE = {
    "headline": "A letter",
    "field": "Email",
    "label": "Send",
    "href": "/subscribe",
    "consent": "Stop any time.",
}
LEAST: Mapping[str, Mapping[str, Any]] = {
    "hero": {"headline": "Plants"},
    "teaser": {"headline": "Ferns"},
    "trust": {"points": [{"title": "Paid safely"}]},
    "education": {"headline": "Water less"},
    "reviews": {"title": "What people say"},
    "scarcity": {"headline": "The last of this batch"},
    "subscribe": SUBSCRIBE,
}
KEYS = tuple(LEAST)
ICONS = ("leaf", "shield", "truck", "return", "lock", "gift", "chat")


@pytest.fixture
def shown(shipped: "Shipped", a_choice: Choices, a_view: Views) -> Callable[..., str]:
    def show(key: str, raw: Mapping[str, Any], **more: Any) -> str:
        choice = a_choice(shipped.models[key], raw, **more)
        return shipped.renderer.html(choice, a_view(), decision="d", slot="s")

    return show


@pytest.mark.parametrize("key", KEYS)
def test_what_was_left_out_leaves_nothing_empty_behind(shown: Callable[..., str], key: str) -> None:
    html = shown(key, LEAST[key])

    assert [] == re.findall(r"<(p|div|ul|ol|li|a|h2|span|figure)\b[^>]*>\s*</\1>", html)
    assert "None" not in html


@pytest.mark.parametrize("key", KEYS)
def test_a_section_is_named_by_its_one_heading(shipped: "Shipped", key: str) -> None:
    choice, view = sample_of(shipped.models[key], shipped.samples[key])
    outline = Outline(shipped.renderer.html(choice, view, decision="d", slot="s"))

    tag, root = outline.elements[0]
    assert "section" == tag
    assert ["cms-s-sample"] == [heading["id"] for heading in outline.all("h2")] == [root["aria-labelledby"]]


def test_reasons_without_a_title_are_a_section_without_a_name(shown: Callable[..., str]) -> None:
    html = shown("trust", LEAST["trust"])

    assert ("aria-labelledby" in html, "<h2" in html) == (False, False)


@pytest.mark.parametrize("key", KEYS)
def test_there_is_a_close_control_where_one_may_close(shipped: "Shipped", key: str) -> None:
    choice, view = sample_of(shipped.models[key], shipped.samples[key])

    def closes(choice: Choice) -> bool:
        return "data-cms-dismiss" in shipped.renderer.html(choice, view, decision="d", slot="s")

    may_close = key in {"teaser", "scarcity", "subscribe"}
    assert (may_close, may_close, False) == (
        shipped.models[key].dismissible, closes(choice), closes(replace(choice, dismissible=False)),
    )  # fmt: skip


def test_the_picture_of_a_hero_comes_at_once_in_the_width_that_is_needed(shown: Callable[..., str]) -> None:
    [hero] = Outline(shown("hero", {"headline": "Plants", "image": PICTURE})).all("img")
    [teaser] = Outline(shown("teaser", {"headline": "Ferns", "image": PICTURE})).all("img")

    assert ("loading" in hero, teaser["loading"]) == (False, "lazy")
    assert ("1000", "750", "A bright room") == (hero["width"], hero["height"], hero["alt"])
    assert hero["srcset"].startswith("/pictures/room-640.jpg 640w")
    assert hero["sizes"]


def test_a_hero_has_a_first_way_and_a_quieter_second(shown: Callable[..., str]) -> None:
    ways = {"cta": {"label": "Shop", "href": "/products"}, "more": {"label": "Read", "href": "/care"}}
    links = Outline(shown("hero", {"headline": "Plants", **ways})).all("a")

    assert [("/products", False), ("/care", True)] == [(link["href"], "quiet" in link["class"]) for link in links]


def test_every_drawing_there_is_to_choose_is_its_own_and_silent(shipped: "Shipped", shown: Callable[..., str]) -> None:
    icon = shipped.models["trust"].fields["points"].item
    assert icon is not None
    assert ICONS == icon.fields["icon"].of

    drawings = [Outline(shown("trust", {"points": [{"icon": name, "title": "T"}]})) for name in ICONS]
    assert ["true"] * len(ICONS) == [outline.all("svg")[0]["aria-hidden"] for outline in drawings]
    assert len(ICONS) == len({outline.all("path")[0]["d"] for outline in drawings})


def test_only_drawings_that_point_somewhere_turn_with_the_direction_of_reading(shown: Callable[..., str]) -> None:
    turning = [name for name in ICONS if "onward" in shown("trust", {"points": [{"icon": name, "title": "T"}]})]

    assert ["truck", "return"] == turning


def test_steps_are_a_list_in_order_and_the_words_of_a_step_may_be_missing(shown: Callable[..., str]) -> None:
    steps = [{"title": "Unpack", "text": "Out of the sun."}, {"title": "Wait"}]
    html = shown("education", {"headline": "First week", "steps": steps})

    assert ["Unpack", "Wait"] == re.findall(r'__name">(.*?)<', html)
    assert ["Out of the sun."] == re.findall(r'__words">(.*?)<', html)
    assert 1 == len(Outline(html).all("ol"))


def test_a_rating_is_said_in_words_and_its_stars_are_not_read_out(shown: Callable[..., str]) -> None:
    fern = Product("fern", {"en": "Fern"}, "/p/fern", Money(100, "USD"), rating=4.4, review_count=310)
    quotes = [{"text": "A new leaf.", "author": "Ines", "rating": 3}, {"text": "Green.", "author": "Tom"}]
    raw = {"title": "What people say", "product": "fern", "quotes": quotes}
    html = shown("reviews", raw, items={"fern": fern})

    assert ["4.4 of 5 · 310 reviews", "3 of 5"] == re.findall(r"<bdi>(.*?)</bdi>", html)
    drawn = [span for span in Outline(html).all("span") if span.get("class") == "cms-stars__drawn"]
    assert ["true", "true"] == [span["aria-hidden"] for span in drawn]
    assert (4 + 3, 1 + 2) == (html.count("★"), html.count("☆"))


def test_a_product_nobody_rated_has_no_stars(shown: Callable[..., str]) -> None:
    fern = Product("fern", {"en": "Fern"}, "/p/fern", Money(100, "USD"))
    raw = {"title": "What people say", "product": "fern"}

    assert ["", ""] == [re.sub(r"[^★☆]", "", shown("reviews", raw, items=items)) for items in ({"fern": fern}, {})]


def test_a_quote_is_a_figure_that_says_whose_it_is(shown: Callable[..., str]) -> None:
    quote = {"text": "A <new> leaf.", "author": "Ines & Tom"}
    html = shown("reviews", {"title": "Voices", "quotes": [quote]})

    assert re.search(
        r"<figure.*<blockquote>A &lt;new&gt; leaf\.</blockquote>.*Ines &amp; Tom.*</figure>", html, re.DOTALL
    )


def test_a_large_number_is_for_the_eye_and_the_headline_for_everybody(shown: Callable[..., str]) -> None:
    html = shown("scarcity", {"headline": "Only 3 left", "left": 3})

    assert re.search(r'<p class="cms-scarcity__left" aria-hidden="true">3</p>', html)
    assert "__left" not in shown("scarcity", {"headline": "Nearly gone"})


def test_a_form_to_subscribe_has_a_labelled_field_and_says_what_is_agreed_to(shown: Callable[..., str]) -> None:
    outline = Outline(shown("subscribe", SUBSCRIBE))

    [form], [label], [field] = outline.all("form"), outline.all("label"), outline.all("input")
    assert ("post", "/subscribe") == (form["method"], form["action"])
    assert ("email", "email", "email") == (field["type"], field["name"], field["autocomplete"])
    assert "required" in field
    assert label["for"] == field["id"]
    assert [field["aria-describedby"]] == [part["id"] for part in outline.all("p") if "id" in part]


@pytest.mark.parametrize("key", KEYS)
def test_styles_know_neither_left_nor_right(shipped: "Shipped", key: str) -> None:
    css = shipped.templates[f"{key}/web.css"]

    assert [] == re.findall(
        r"(?:margin|padding|border)-(?:left|right|top|bottom)\b|[;{ ](?:left|right|width|height):", css
    )
    assert "@media (min-width" not in css


def test_a_reason_keeps_its_drawing_in_blocks(shipped: "Shipped") -> None:
    tree = shipped.renderer.blocks(*sample_of(shipped.models["trust"], shipped.samples["trust"]))

    [points] = [node for node in tree["nodes"] if node["type"] == "list"]
    assert ["lock", "return", "chat"] == [item[0]["icon"] for item in points["items"]]
