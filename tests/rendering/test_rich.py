"""Markdown: safe, and never read out of a value."""

from collections.abc import Callable

import pytest

from cms.facts.placeholders import Template
from cms.rendering.rich import close_gaps, close_html, rich_of

Text = Callable[[str], Template]

HOSTILE_VALUES = [
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "[x](javascript:alert(1))", "**bold**", "# heading",
    "<!-- x -->", "&lt;b&gt;", "`code`", "\n\n- item", "{cart.subtotal}", "\ue000", "![x](//evil)", "' onclick='x",
]  # fmt: skip


@pytest.mark.parametrize("value", HOSTILE_VALUES)
def test_a_value_is_shown_as_it_is_and_never_read_as_markup(a_template: Text, value: str) -> None:
    rich = rich_of(a_template("Hello *{customer.company}*!"))

    assert "<p>Hello <em>\x00</em>!</p>" == close_html(rich, ("\x00",))
    escaped = close_html(rich, (value,)).removeprefix("<p>Hello <em>").removesuffix("</em>!</p>")
    assert not set(escaped) & set("<>\"'")


def test_each_gap_takes_its_own_value(a_template: Text) -> None:
    rich = rich_of(a_template("{cart.count} and {cart.subtotal} and **{cart.count}**"))

    assert "<p>1 and 2 and <strong>3</strong></p>" == close_html(rich, ("1", "2", "3"))
    assert "1 and 2 and 3" == close_gaps(rich.text, ("1", "2", "3"))


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("<b>x</b>", "<p>&lt;b&gt;x&lt;/b&gt;</p>"),
        ("<script>x</script>", "<p>&lt;script&gt;x&lt;/script&gt;</p>"),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>"),
        ('[x](/a "t")', '<p><a href="/a" title="t">x</a></p>'),
        ("# Big", "<h3>Big</h3>"),
        ("###### Small", "<h6>Small</h6>"),
        ("a  \nb", "<p>a<br>\nb</p>"),
        ("![A fern](/f.jpg)", '<p><img src="/f.jpg" alt="A fern"></p>'),
        ("\ue000 typed", "<p>\ufffd typed</p>"),
        ("&#xe000; coded", "<p> coded</p>"),
    ],
)
def test_copy_becomes_safe_html(a_template: Text, source: str, html: str) -> None:
    assert html == close_html(rich_of(a_template(source)), ())


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("One\ntwo\n\nthree", "One two\n\nthree"),
        ("- a\n- b\n  - c", "- a\n- b\n  - c"),
        ("3. a\n4. b", "3. a\n4. b"),
        ("[Care](/care) and [x@y.example](mailto:x@y.example)", "Care (/care) and x@y.example"),
        ("> Said *she*", "> Said she"),
        ("a\\\nb", "a\nb"),
        ("# Title\n\nBody", "Title\n\nBody"),
        ("`x` ![fern](/f.jpg)", "x fern"),
        ("a\n\n---\n\nb", "a\n\nb"),
    ],
)
def test_copy_becomes_plain_text(a_template: Text, source: str, text: str) -> None:
    assert text == rich_of(a_template(source)).text
