"""The shipped components, shown: golden fragments, accessibility and what no fragment may hold.

`UPDATE_GOLDEN=1` writes the golden fragments anew.
"""

import gzip
import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from outline import Outline

from cms.decisions.decision import Choice
from cms.facts.context import View
from cms.facts.money import Money
from cms.rendering.samples import check_samples, check_templates, sample_of

if TYPE_CHECKING:
    from tests.rendering.conftest import Shipped

KEYS = sorted(path.parent.name for path in Path(__file__).parents[2].glob("components/*/web.html"))
GOLDEN = Path(__file__).parent / "golden"


def html_of(shipped: "Shipped", key: str, locale: str = "en") -> str:
    choice, view = sample_of(shipped.models[key], shipped.samples[key], locale=locale)
    return shipped.renderer.html(choice, view, decision="d_1", slot="top")


def test_every_component_that_is_shipped_can_be_shown(shipped: "Shipped") -> None:
    assert 20 <= len(KEYS)
    assert set(KEYS) == set(shipped.models)


@pytest.mark.parametrize("key", KEYS)
def test_a_sample_looks_as_it_did(shipped: "Shipped", key: str) -> None:
    golden = GOLDEN / f"{key}.html"
    html = html_of(shipped, key)
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(html + "\n", "utf-8")

    assert golden.read_text("utf-8") == html + "\n"


@pytest.mark.parametrize("key", KEYS)
def test_a_fragment_is_well_formed_and_says_what_it_is(shipped: "Shipped", key: str) -> None:
    outline = Outline(html_of(shipped, key))

    _, root = outline.elements[0]
    assert [] == outline.open
    expected = {
        "data-cms-entry": "sample",
        "data-cms-variant": "default",
        "data-cms-slot": "top",
        "data-cms-decision": "d_1",
    }
    assert {**expected, "lang": "en", "dir": "ltr"} == {name: root[name] for name in (*expected, "lang", "dir")}


@pytest.mark.parametrize("key", KEYS)
def test_a_fragment_needs_no_script_and_no_inline_style(shipped: "Shipped", key: str) -> None:
    for tag, attributes in Outline(html_of(shipped, key)).elements:
        assert tag not in {"script", "style"}
        assert not [name for name in attributes if name == "style" or name.startswith("on")]


@pytest.mark.parametrize("locale", ["en", "zh-Hans", "zh-Hant", "ar", "he"])
@pytest.mark.parametrize("key", KEYS)
def test_every_component_shows_in_every_language_on_web_and_in_blocks(
    shipped: "Shipped", key: str, locale: str
) -> None:
    choice, view = sample_of(shipped.models[key], shipped.samples[key], locale=locale)

    html = shipped.renderer.html(choice, view, decision="d", slot="s")
    blocks = shipped.renderer.blocks(choice, view)

    direction = "rtl" if locale in {"ar", "he"} else "ltr"
    assert f'lang="{locale}" dir="{direction}"' in html
    assert direction == blocks["dir"]
    assert not re.search(r"[{}\ue000-\uf8ff]|None|undefined", html)


@pytest.mark.parametrize(
    ("locale", "name"), [("en", "Dismiss"), ("zh-Hans", "收起"), ("zh-TW", "收合"), ("fr", "Dismiss")]
)
def test_the_dismiss_control_has_a_name_in_the_readers_language(shipped: "Shipped", locale: str, name: str) -> None:
    [control] = [box for box in Outline(html_of(shipped, "banner", locale)).all("input") if "data-cms-dismiss" in box]

    assert ("checkbox", name) == (control["type"], control["aria-label"])


def test_what_cannot_be_dismissed_has_no_dismiss_control(shipped: "Shipped") -> None:
    choice, view = sample_of(shipped.models["banner"], shipped.samples["banner"])

    html = shipped.renderer.html(replace(choice, dismissible=False), view, decision="d", slot="s")
    assert "data-cms-dismiss" not in html


def test_an_overlay_is_a_dialog_that_closes_without_script(shipped: "Shipped") -> None:
    outline = Outline(html_of(shipped, "overlay"))

    [dialog], [form], [button] = outline.all("dialog"), outline.all("form"), outline.all("button")
    assert {"open": "", "closedby": "closerequest"} == {name: dialog[name] for name in ("open", "closedby")}
    assert ("dialog", "Close") == (form["method"], button["aria-label"])
    assert [dialog["aria-labelledby"]] == [heading["id"] for heading in outline.all("h2")]


def test_an_overlay_is_never_shown_at_payment(shipped: "Shipped") -> None:
    assert ("overlay", frozenset({"payment"})) == (shipped.models["overlay"].display, shipped.models["overlay"].never)


def test_a_progress_is_computed_and_said_in_words(
    shipped: "Shipped", a_choice: Callable[..., Choice], a_view: Callable[..., View]
) -> None:
    raw = {
        "headline": "More",
        "value": "{cart.subtotal}",
        "goal": "{next.threshold[club]}",
        "label": "20%",
        "reached": "Done",
    }
    choice = a_choice(shipped.models["tier-progress"], raw)

    def shown(subtotal: int) -> tuple[str, str, str]:
        view = a_view({"cart.subtotal": Money(subtotal, "USD"), "next.threshold[club]": Money(30000, "USD")})
        html = shipped.renderer.html(choice, view, decision="d", slot="s")
        [bar] = Outline(html).all("progress")
        strong = re.search(r"<strong>(.*)</strong>", html)
        return bar["value"], bar["aria-valuetext"], strong[1] if strong else ""

    assert ("69", "$209.00 of $300.00", "20%") == shown(20900)
    assert ("99", "$299.99 of $300.00", "20%") == shown(29999)
    assert ("100", "$312.00 of $300.00", "Done") == shown(31200)
    assert ("0", "$0.00 of $300.00", "20%") == shown(0)


def test_a_bar_without_goal_is_only_a_message(
    shipped: "Shipped", a_choice: Callable[..., Choice], a_view: Callable[..., View]
) -> None:
    choice = a_choice(shipped.models["free-shipping-bar"], {"headline": "Free shipping", "value": "5.00"})

    assert [] == Outline(shipped.renderer.html(choice, a_view(), decision="d", slot="s")).all("progress")


def test_two_currencies_make_no_progress(
    shipped: "Shipped", a_choice: Callable[..., Choice], a_view: Callable[..., View]
) -> None:
    goal = {"amount": "900", "currency": "TWD"}
    choice = a_choice(shipped.models["free-shipping-bar"], {"headline": "Free", "value": "5.00", "goal": goal})

    assert "<progress" not in shipped.renderer.html(choice, a_view(), decision="d", slot="s")


def test_each_product_of_a_rail_can_be_added_by_name(shipped: "Shipped") -> None:
    html = html_of(shipped, "rail", "zh-Hant")

    outline = Outline(html)
    assert [{"method": "post", "action": "/cart/add"}] * 3 == [
        {name: form[name] for name in ("method", "action")} for form in outline.all("form")
    ]
    assert ["sample-0", "sample-1", "sample-2"] == [
        field["value"] for field in outline.all("input") if field.get("name") == "sku"
    ]
    assert '加入購物車<span class="cms-hidden">: 黃金葛</span>' in html


def test_values_and_names_are_escaped_everywhere(
    shipped: "Shipped", a_choice: Callable[..., Choice], a_view: Callable[..., View]
) -> None:
    evil = '"><script>alert(1)</script>'
    raw = {
        "headline": "Hi {customer.company}",
        "body": "*{customer.company}*",
        "image": {"src": "/x", "alt": "{customer.company}"},
    }
    choice = a_choice(shipped.models["banner"], raw)

    html = shipped.renderer.html(choice, a_view({"customer.company": evil}), decision=evil, slot=evil)

    assert "<script" not in html
    assert [] == Outline(html).open


def test_the_same_choice_is_always_the_same_bytes(shipped: "Shipped") -> None:
    assert html_of(shipped, "rail") == html_of(shipped, "rail")


def test_the_style_sheets_are_one_small_file_in_a_fixed_order(shipped: "Shipped") -> None:
    css = shipped.renderer.css()

    found = [css.index(f"\n.cms-{name}") for name in KEYS]
    assert sorted(found) == found
    assert 15_000 > len(gzip.compress(css.encode(), 9))


def test_all_shipped_templates_and_samples_are_sound(shipped: "Shipped") -> None:
    assert [] == check_templates(shipped.templates)
    assert [] == check_samples(shipped.templates, shipped.models, shipped.samples)


def test_a_broken_template_is_found_with_its_line() -> None:
    [problem] = check_templates({"x/web.html": "<p>\n{% if %}\n</p>", "x/web.css": "{% nonsense"})

    assert ("bad-template", "components/x/web.html", 2) == (problem.code, problem.file, problem.line)


def test_a_component_without_the_template_of_a_channel_is_found(shipped: "Shipped") -> None:
    found = check_templates({"cta/web.html": ""}, {"cta": shipped.models["cta"]})

    assert [("missing-template", "components/cta/model.json")] * 2 == [
        (problem.code, problem.file) for problem in found
    ]


@pytest.mark.parametrize(
    "source", ["{{ content.headlin }}", "{{ nope }}", "{{ content.headline / 0 }}", "{{ word('x') }}"]
)
def test_a_template_that_fails_on_its_sample_is_found(shipped: "Shipped", source: str) -> None:
    models, samples = {"cta": shipped.models["cta"]}, {"cta": shipped.samples["cta"]}

    [problem] = check_samples({"cta/web.html": source}, models, samples)

    assert ("bad-template", "components/cta/web.html") == (problem.code, problem.file)


def test_a_template_cannot_reach_into_python(shipped: "Shipped") -> None:
    source = "{{ content.__class__.__mro__ }}"
    models: dict[str, Any] = {"cta": shipped.models["cta"]}

    assert ["bad-template"] == [
        problem.code for problem in check_samples({"cta/web.html": source}, models, {"cta": shipped.samples["cta"]})
    ]
