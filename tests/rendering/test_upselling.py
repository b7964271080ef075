"""Components that offer more: what their forms post, what they compare and count, and what they leave out."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from outline import Outline

from cms.decisions.decision import Choice
from cms.facts.context import View
from cms.facts.money import Money
from cms.facts.signals import Detail, Product
from cms.rendering.samples import sample_of

if TYPE_CHECKING:
    from tests.rendering.conftest import Shipped

Shown = Callable[..., str]
LEAST: Mapping[str, Mapping[str, Any]] = {
    "accessory-list": {"title": "Don't forget these", "rail": "r"},
    "bundle": {"title": "Complete the set", "rail": "r", "label": "Add the set"},
    "upgrade-compare": {"headline": "A size up", "product": "fern", "rail": "r", "label": "Take it"},
    "add-on": {"headline": "A year without worry", "product": "fern", "label": "Add it"},
    "deal-of-day": {"headline": "One good thing", "rail": "r"},
    "loyalty": {"headline": "Two more"},
    "service": {"headline": "We carry it in"},
}
KEYS = tuple(LEAST)
SET = {**LEAST["bundle"], "product": "fern"}


def product(sku: str, minor: int | None, **more: Any) -> Product:
    return Product(sku, {"en": sku.title()}, f"/p/{sku}", None if minor is None else Money(minor, "USD"), **more)


def detail(label: str, value: str) -> Detail:
    return Detail({"en": label}, {"": value})


FERN = product("fern", 2300, details=(detail("Height", "30 cm"), detail("Light", "shade")))
BIG = product("big-fern", 2900, details=(detail("Height", "70 cm"), detail("Light", "shade")))
POT = product("pot", 1400, image="/pictures/pot.svg", list_price=Money(1800, "USD"))
SOIL = product("soil", 900, stock=0)


@pytest.fixture
def shown(shipped: "Shipped", a_choice: Callable[..., Choice], a_view: Callable[..., View]) -> Shown:
    def show(key: str, raw: Mapping[str, Any], *rail: Product, item: Product = FERN, **more: Any) -> str:
        rails = {"r": rail} if "rail" in raw else {}
        items = {"fern": item} if "product" in raw else {}
        choice = a_choice(shipped.models[key], raw, rails=rails, items=items, **more)
        return shipped.renderer.html(choice, a_view(), decision="d", slot="s")

    return show


def forms(html: str) -> list[tuple[str, list[str]]]:
    """Give for each form where it posts to and which SKUs."""
    found = []
    for tag, attributes in Outline(html).elements:
        if tag == "form":
            assert attributes["method"] == "post"
            found.append((attributes["action"], list[str]()))
        elif attributes.get("name") == "sku":
            found[-1][1].append(attributes["value"])
    return found


@pytest.mark.parametrize("key", KEYS)
def test_what_was_left_out_leaves_nothing_empty_behind(shown: Shown, key: str) -> None:
    html = shown(key, LEAST[key], replace(product("moss", None), url=""))

    assert [] == re.findall(r"<(p|div|ul|li|a|h2|span|strong|form)\b[^>]*>\s*</\1>", html)
    assert not re.search(r"None|<img|<s>|cms-dismiss", html)


@pytest.mark.parametrize("key", KEYS)
def test_a_section_is_named_by_its_one_heading(shipped: "Shipped", key: str) -> None:
    choice, view = sample_of(shipped.models[key], shipped.samples[key])
    outline = Outline(shipped.renderer.html(choice, view, decision="d", slot="s"))

    tag, root = outline.elements[0]
    assert "section" == tag
    assert ["cms-s-sample"] == [heading["id"] for heading in outline.all("h2")] == [root["aria-labelledby"]]


@pytest.mark.parametrize("key", KEYS)
def test_the_close_control_comes_last_and_only_where_one_may_close(shipped: "Shipped", key: str) -> None:
    choice, view = sample_of(shipped.models[key], shipped.samples[key])

    def html(choice: Choice) -> str:
        return re.sub(r"\s+", " ", shipped.renderer.html(choice, view, decision="d", slot="s"))

    assert shipped.models[key].dismissible
    assert html(choice).endswith("</svg> </label> </section>")
    assert "data-cms-dismiss" not in html(replace(choice, dismissible=False))


@pytest.mark.parametrize("key", KEYS)
def test_nothing_is_chosen_beforehand(shipped: "Shipped", key: str) -> None:
    choice, view = sample_of(shipped.models[key], shipped.samples[key])
    inputs = Outline(shipped.renderer.html(choice, view, decision="d", slot="s")).all("input")

    assert [] == [one for one in inputs if one["type"] != "hidden" and "data-cms-dismiss" not in one]
    assert [] == [one for one in inputs if "checked" in one]


@pytest.mark.parametrize("key", KEYS)
def test_the_style_sheet_is_the_same_in_both_directions_of_reading(shipped: "Shipped", key: str) -> None:
    css = shipped.templates[f"{key}/web.css"]

    assert not re.search(
        r"-(?:top|right|bottom|left)\b|[ {](?:left|right|top|bottom|width|height):|: (?:left|right)\b", css
    )


@pytest.mark.parametrize("key", KEYS)
def test_the_style_sheet_knows_neither_the_window_nor_a_color(shipped: "Shipped", key: str) -> None:
    css = shipped.templates[f"{key}/web.css"]

    assert not re.search(r"@media \((?:min|max)-|\d[dsl]?v(?:w|h|i|b|min|max)\b|#[0-9a-f]{3}|rgb|hsl", css)


def test_each_accessory_is_added_on_its_own_and_a_sold_out_one_not(shown: Shown) -> None:
    html = shown("accessory-list", LEAST["accessory-list"], POT, SOIL, FERN)

    assert [("/cart/add", ["pot"]), ("/cart/add", ["fern"])] == forms(html)
    assert 1 == html.count("Sold out")
    assert ["/p/pot", "/p/soil", "/p/fern"] == [link["href"] for link in Outline(html).all("a")]


def test_a_set_is_the_named_product_with_those_of_the_rail_each_once(shown: Shown) -> None:
    html = shown("bundle", SET, POT, FERN, BIG)

    assert [("/cart/add", ["fern", "pot", "big-fern"])] == forms(html)
    assert ["/p/fern", "/p/pot", "/p/big-fern"] == [link["href"] for link in Outline(html).all("a")]
    assert "Together <strong>$66.00</strong>" in html


def test_a_set_without_a_named_product_is_the_rail(shown: Shown) -> None:
    assert [("/cart/add", ["pot", "big-fern"])] == forms(shown("bundle", LEAST["bundle"], POT, BIG))


def test_a_set_of_unknown_price_can_be_added_but_tells_no_total(shown: Shown) -> None:
    html = shown("bundle", SET, POT, product("moss", None))

    assert [("/cart/add", ["fern", "pot", "moss"])] == forms(html)
    assert "Together" not in html


def test_a_set_with_a_part_that_is_sold_out_is_shown_but_not_sold(shown: Shown) -> None:
    html = shown("bundle", SET, POT, SOIL)

    assert [] == forms(html)
    assert "Together" not in html


def test_a_set_without_pictures_has_no_room_for_them(shown: Shown) -> None:
    assert "picture" not in shown("bundle", SET, BIG)
    assert 2 == shown("bundle", SET, POT).count('class="cms-bundle__picture"')


@pytest.mark.parametrize("key", ["bundle", "upgrade-compare", "add-on", "service"])
def test_the_action_says_where_a_form_posts_to(shown: Shown, key: str) -> None:
    raw = {**LEAST[key], "product": "fern", "label": "Yes", "action": "/order/add"}

    assert ["/order/add"] == [action for action, _ in forms(shown(key, raw, BIG))]


def cells(html: str) -> list[list[str]]:
    """Give the texts of a table, row by row."""
    rows = re.findall(r"<tr\b.*?</tr>", html, re.DOTALL)
    found = [re.findall(r"<t[dh]\b[^>]*>(.*?)</t[dh]>", row, re.DOTALL) for row in rows]
    return [[" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in row] for row in found]


def test_a_comparison_shows_what_differs_and_what_the_step_costs(shown: Shown) -> None:
    html = shown("upgrade-compare", LEAST["upgrade-compare"], BIG, POT)

    expected = [["", "Fern", "Big-Fern"], ["Height", "30 cm", "70 cm"], ["Price", "$23.00", "$29.00 +$6.00"]]
    assert expected == cells(html)
    assert [("/cart/add", ["big-fern"])] == forms(html)


def test_a_comparison_is_a_table_with_a_caption_and_named_rows_and_columns(shown: Shown) -> None:
    html = shown("upgrade-compare", LEAST["upgrade-compare"], BIG)

    scopes = [header["scope"] for header in Outline(html).all("th")]
    assert ["col", "col", "row", "row"] == scopes
    assert '<caption class="cms-hidden">What differs</caption>' in html


def test_products_that_differ_in_nothing_are_compared_by_price_alone(shown: Shown) -> None:
    html = shown("upgrade-compare", LEAST["upgrade-compare"], replace(BIG, details=FERN.details))

    assert [["", "Fern", "Big-Fern"], ["Price", "$23.00", "$29.00 +$6.00"]] == cells(html)


def test_without_any_price_there_is_no_row_for_it(shown: Shown) -> None:
    raw = LEAST["upgrade-compare"]

    assert [["", "Fern", "Big-Fern"], ["Height", "30 cm", "70 cm"]] == cells(
        shown("upgrade-compare", raw, replace(BIG, price=None), item=replace(FERN, price=None))
    )


def test_an_add_on_is_one_product_and_one_button(shown: Shown) -> None:
    html = shown("add-on", LEAST["add-on"], item=POT)

    assert [("/cart/add", ["pot"])] == forms(html)
    assert 'Add it<span class="cms-hidden">: Pot</span>' in html
    assert ["$14.00", "$18.00"] == re.findall(r"\$\d+\.\d\d", html)


def test_a_deal_is_the_first_product_with_both_prices_and_its_end(shown: Shown) -> None:
    html = shown("deal-of-day", {**LEAST["deal-of-day"], "until": "Until midnight"}, POT, FERN)

    assert [("/cart/add", ["pot"])] == forms(html)
    assert '<s><span class="cms-hidden">Regular price </span>$18.00</s>' in html
    assert ["$14.00", "$18.00"] == re.findall(r"\$\d+\.\d\d", html)
    assert "Until midnight" in html


def test_a_deal_that_is_gone_says_so(shown: Shown) -> None:
    html = shown("deal-of-day", LEAST["deal-of-day"], SOIL)

    assert ([], True) == (forms(html), "Sold out" in html)


@pytest.mark.parametrize(
    ("value", "goal", "full", "empty"),
    [(8, 10, 8, ["9", "10"]), (0, 3, 0, ["1", "2", "3"]), (12, 12, 12, []), (11, 10, 10, [])],
)
def test_a_card_has_a_stamp_for_each_step_to_the_goal(
    shown: Shown, value: int, goal: int, full: int, empty: list[str]
) -> None:
    html = shown("loyalty", {**LEAST["loyalty"], "value": value, "goal": goal, "label": "Stamps"})

    stamps = re.findall(r"__stamp(--full)?\">(\d*)<", html)
    assert [("--full", "")] * full + [("", number) for number in empty] == stamps
    [card] = [one for one in Outline(html).all("div") if one.get("role") == "img"]
    assert f"Stamps · {value} of {goal}" == card["aria-label"]
    assert [] == Outline(html).all("progress")


@pytest.mark.parametrize(("value", "goal"), [(120, 200), (3, 13)])
def test_a_goal_too_far_for_stamps_is_a_bar(shown: Shown, value: int, goal: int) -> None:
    html = shown("loyalty", {**LEAST["loyalty"], "value": value, "goal": goal})

    [bar] = Outline(html).all("progress")
    assert (str(value * 100 // goal), f"{value} of {goal}") == (bar["value"], bar["aria-valuetext"])
    assert "__stamp" not in html


def test_without_a_goal_there_is_neither_card_nor_bar(shown: Shown) -> None:
    html = shown("loyalty", {**LEAST["loyalty"], "value": 3})

    assert not re.search(r"__stamp|<progress|__way", html)


def test_a_service_can_be_put_in_the_cart_or_asked_for(shown: Shown) -> None:
    ask = {"cta": {"label": "Ask us", "href": "/help"}, "points": ["Two people", "One visit"]}
    bought = shown("service", {**LEAST["service"], "product": "fern"})
    asked = shown("service", {**LEAST["service"], **ask})

    assert ([("/cart/add", ["fern"])], []) == (forms(bought), forms(asked))
    assert "Add to cart<span" in bought
    assert ["/help"] == [link["href"] for link in Outline(asked).all("a")]
    assert ["Two people", "One visit"] == re.findall(r"<li>(.*?)</li>", asked)
