"""Reading component models."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cms.components.model import ComponentModel, Field, FieldType, parse_model

HEADLINE = {"headline": {"type": "text", "max_length": 80, "required": True}}


def findings(raw: object) -> list[tuple[str, str]]:
    return [(problem.code, problem.pointer) for problem in parse_model("banner", raw)[1]]


def suggestions(raw: object) -> list[str]:
    return [problem.suggestion for problem in parse_model("banner", raw)[1]]


def test_a_model_with_fields_alone_is_inline_on_all_channels() -> None:
    headline = Field(FieldType.TEXT, required=True, max_length=80)
    everywhere = frozenset({"web", "email", "app"})
    expected = ComponentModel("banner", "banner", {"headline": headline}, channels=everywhere)

    assert (expected, []) == parse_model("banner", {"fields": HEADLINE})


def test_a_full_model_says_where_and_how_it_may_be_shown() -> None:
    raw = {
        "title": "Overlay",
        "channels": ["web"],
        "display": "overlay",
        "dismissible": True,
        "stages": {"never": ["payment"]},
        "fields": HEADLINE,
        "sample": {"headline": "Hello"},
    }

    model, problems = parse_model("overlay", raw)

    assert [] == problems
    assert model is not None
    assert ("Overlay", "overlay", True) == (model.title, model.display, model.dismissible)
    assert frozenset({"web"}) == model.channels
    assert frozenset({"payment"}) == model.never
    assert {"headline": "Hello"} == model.sample


def test_a_list_says_its_item_and_a_group_its_parts() -> None:
    group = {"type": "group", "fields": {"label": {"type": "text"}}}

    model, problems = parse_model("x", {"fields": {"links": {"type": "list", "of": group, "max_items": 3}}})

    assert [] == problems
    assert model is not None
    links = model.fields["links"]
    assert (3, Field(FieldType.GROUP, fields={"label": Field(FieldType.TEXT)})) == (links.max_items, links.item)


def test_the_markdown_fields_of_a_model_are_told_for_copy_files() -> None:
    model, _ = parse_model("x", {"fields": {**HEADLINE, "body": {"type": "markdown"}}})

    assert model is not None
    assert ("body",) == model.markdown_fields


@pytest.mark.parametrize(
    ("raw", "code", "pointer"),
    [
        ([], "wrong-type", ""),
        ({}, "missing-key", ""),
        ({"fields": {}}, "wrong-type", "/fields"),
        ({"fields": HEADLINE, "titel": ""}, "unknown-key", "/titel#key"),
        ({"fields": HEADLINE, "display": "popup"}, "unknown-choice", "/display"),
        ({"fields": HEADLINE, "display": ["inline"]}, "unknown-choice", "/display"),
        ({"fields": HEADLINE, "channels": ["sms"]}, "unknown-choice", "/channels/0"),
        ({"fields": HEADLINE, "channels": []}, "empty-list", "/channels"),
        ({"fields": HEADLINE, "channels": "web"}, "wrong-type", "/channels"),
        ({"fields": HEADLINE, "dismissible": "yes"}, "wrong-type", "/dismissible"),
        ({"fields": HEADLINE, "title": 3}, "wrong-type", "/title"),
        ({"fields": HEADLINE, "sample": []}, "wrong-type", "/sample"),
        ({"fields": HEADLINE, "stages": {"never": ["paymnt"]}}, "unknown-choice", "/stages/never/0"),
        ({"fields": HEADLINE, "stages": {"newer": []}}, "unknown-key", "/stages/newer#key"),
        ({"fields": {"a": {}}}, "missing-key", "/fields/a"),
        ({"fields": {"a": []}}, "wrong-type", "/fields/a"),
        ({"fields": {"a": {"type": "markdwn"}}}, "unknown-type", "/fields/a/type"),
        ({"fields": {"a": {"type": 3}}}, "unknown-type", "/fields/a/type"),
        ({"fields": {"a": {"type": "choice"}}}, "missing-key", "/fields/a"),
        ({"fields": {"a": {"type": "choice", "of": []}}}, "empty-list", "/fields/a/of"),
        ({"fields": {"a": {"type": "group"}}}, "missing-key", "/fields/a"),
        ({"fields": {"a": {"type": "list"}}}, "missing-key", "/fields/a"),
        ({"fields": {"a": {"type": "list", "of": {"type": "txt"}}}}, "unknown-type", "/fields/a/of/type"),
        ({"fields": {"a": {"type": "text", "max_length": 0}}}, "wrong-type", "/fields/a/max_length"),
        ({"fields": {"a": {"type": "text", "of": ["x"]}}}, "unknown-key", "/fields/a/of#key"),
        ({"fields": {"Big One": {"type": "text"}}}, "bad-name", "/fields/Big One#key"),
    ],
)
def test_a_mistake_in_a_model_is_found_at_its_place(raw: Any, code: str, pointer: str) -> None:
    assert [(code, pointer)] == findings(raw)


def test_a_misspelled_key_type_or_stage_is_suggested() -> None:
    assert ['Did you mean "title"?'] == suggestions({"fields": HEADLINE, "titel": "x"})
    assert ['Did you mean "markdown"?'] == suggestions({"fields": {"a": {"type": "markdwn"}}})
    assert ['Did you mean "payment"?'] == suggestions({"fields": HEADLINE, "stages": {"never": ["paymnt"]}})


def test_all_mistakes_are_told_at_once() -> None:
    raw = {"titel": "", "display": "popup", "fields": {"a": {"type": "x"}, "b": {"type": "y"}}}

    assert 4 == len(findings(raw))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from([*FieldType]),
    lambda part: (
        st.lists(part, max_size=3)
        | st.dictionaries(
            st.sampled_from(["fields", "type", "of", "stages", "never", "default", "a"]), part, max_size=4
        )
    ),
    max_leaves=10,
)


@settings(max_examples=150, deadline=None)
@given(raw=JSON, fields=JSON)
def test_no_model_however_damaged_stops_the_reading(raw: object, fields: object) -> None:
    for damaged in (raw, {"fields": fields}, {"fields": {"a": fields}}):
        model, problems = parse_model("x", damaged)
        assert model is not None or problems
