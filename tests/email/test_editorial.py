"""Components that tell, in mails: hero, teaser, trust, education, reviews, scarcity and subscribe."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from html import unescape
from importlib.metadata import version
from pathlib import Path

import pytest
from mails import SHELF, World

from cms.email.message import Mail

GOLDEN = Path(__file__).with_name("golden")
MADE_WITH = {"mjml-python": "1.4.2", "css-inline": "0.23.1"}
PICTURE = {"src": "/pictures/room.png", "alt": "A bright room", "width": 1000, "height": 750}
BODIES: Mapping[str, Mapping[str, object]] = {
    "hero": {
        "kicker": "Grown slowly",
        "headline": "Plants that stay for years",
        "body": "From our nursery to your window. [How we pack](/packing)",
        "cta": {"label": "Find your plant", "href": "/products"},
        "more": {"label": "How we grow", "href": "/care"},
        "image": PICTURE,
        "tone": "deep",
    },
    "teaser": {
        "kicker": "New this week",
        "headline": "Ferns for north windows",
        "body": "Three that like it *cool*.",
        "image": PICTURE,
        "cta": {"label": "Meet them", "href": "/products?category=low-light"},
    },
    "trust": {
        "title": "Why people stay",
        "points": [{"icon": "lock", "title": "Paid safely", "text": "No card is stored."}, {"title": "Thirty days"}],
    },
    "education": {
        "kicker": "First week",
        "headline": "Let it arrive",
        "body": "It wants *rest* first.",
        "steps": [{"title": "Unpack it", "text": "Keep it out of the sun."}, {"title": "Wait"}],
        "image": PICTURE,
        "cta": {"label": "Read the guide", "href": "/care"},
    },
    "reviews": {
        "title": "What people say",
        "product": "mister",
        "quotes": [
            {"text": "A new leaf in the first week.", "author": "Tomás, Austin", "rating": 4.5},
            {"text": "Still green.", "author": "Ines"},
        ],
        "cta": {"label": "All reviews", "href": "/reviews"},
    },
    "scarcity": {
        "headline": "Only {cart.count|number} left",
        "body": "More in **spring**.",
        "left": "{cart.count}",
        "cta": {"label": "Keep one for me", "href": "/p/fern"},
    },
    "subscribe": {
        "kicker": "Letters",
        "headline": "One letter a month",
        "body": "What is in leaf.",
        "field": "Email address",
        "label": "Send it to me",
        "href": "/subscribe",
        "consent": "Stop any time with one click.",
    },
}
LEAST: Mapping[str, Mapping[str, object]] = {
    "hero": {"headline": "Plants"},
    "teaser": {"headline": "Ferns"},
    "trust": {"points": [{"title": "Paid safely"}]},
    "education": {"headline": "Water less"},
    "reviews": {"title": "What people say"},
    "scarcity": {"headline": "The last of this batch"},
    "subscribe": {name: BODIES["subscribe"][name] for name in ("headline", "field", "label", "href", "consent")},
}
KEYS = tuple(BODIES)


def shown(world: World, bodies: Mapping[str, Mapping[str, object]], *keys: str, rating: float | None = 4.8) -> Mail:
    """Write a mail of these bodies, all unless named; the product they may name has this rating by 310 people."""
    items = {"mister": replace(SHELF[0], rating=rating, review_count=310)}
    return world.mail(*(replace(world.choice(key, bodies[key]), items=items) for key in keys or bodies))


def texts(node: object) -> Iterator[str]:
    """Give the plain texts of a body that a mail shows as they are."""
    if isinstance(node, str) and "{" not in node:
        yield node
    for part in node if isinstance(node, list) else ():
        yield from texts(part)
    for name, part in node.items() if isinstance(node, Mapping) else ():
        if name not in {"alt", "body", "field", "href", "icon", "left", "product", "src", "tone"}:
            yield from texts(part)


def section_of(mail: Mail) -> str:
    """Give what stands between the mail's head and its foot."""
    return mail.html.partition("<body")[2]


@pytest.mark.parametrize("key", KEYS)
def test_a_full_and_a_bare_body_close_what_they_open(world: World, key: str) -> None:
    for bodies in (BODIES, LEAST):
        html = section_of(shown(world, bodies, key))
        assert html.count("<!--[if mso") == html.count("<![endif]-->")
        for tag in ("table", "tr", "td", "div", "a", "blockquote"):
            assert len(re.findall(rf"<{tag}[ >]", html)) == html.count(f"</{tag}>"), tag


@pytest.mark.parametrize("key", KEYS)
def test_what_was_left_out_shows_in_neither_part(world: World, key: str) -> None:
    mail = shown(world, LEAST, key)

    for said in (section_of(mail), mail.text):
        assert not re.search(r"[{}]|\bNone\b|qzx\d|undefined|: *$", said)
    assert not re.search(r'(?:href|src)=""|<(?:td|h2|a)[^>]*></', mail.html)
    assert "\n\n\n" not in mail.text


@pytest.mark.parametrize("key", KEYS)
def test_both_parts_say_what_was_written_and_link_to_the_same(world: World, key: str) -> None:
    mail = shown(world, BODIES, key)
    words = unescape(section_of(mail))

    written = list(texts(BODIES[key]))
    assert written
    assert [] == [text for text in written if text not in words or text not in mail.text]
    for address in set(re.findall(r'href="([^"]*)"', section_of(mail))):
        assert unescape(address) in mail.text


def test_a_mail_has_no_form_and_subscribing_is_a_link(world: World) -> None:
    html = shown(world, BODIES, "subscribe").html

    assert not re.search(r"<(?:form|input|button)\b", html)
    assert 'href="https://shop.example/subscribe"' in html
    assert "Stop any time with one click." in html


def test_links_in_the_words_on_a_dark_panel_are_light(world: World) -> None:
    def link(tone: str) -> str:
        html = shown(world, {"hero": {**BODIES["hero"], "tone": tone}}).html
        [style] = re.findall(r'<a href="https://shop.example/packing"[^>]*style="([^"]*)"', html)
        return re.findall(r"(?<!-)color: ?(#\w+)", style)[-1]

    assert {"deep": "#f6f3ea", "plain": "#1f5a42"} == {tone: link(tone) for tone in ("deep", "plain")}


def test_a_rating_is_told_where_the_product_has_one(world: World) -> None:
    rated, unrated = shown(world, BODIES, "reviews"), shown(world, BODIES, "reviews", rating=None)

    for part in ("html", "text"):
        assert "4.8 of 5 · 310 reviews" in getattr(rated, part)
        assert "310" not in getattr(unrated, part)
        assert "4.5 of 5" in getattr(unrated, part)


def test_a_step_has_its_number_in_both_parts(world: World) -> None:
    mail = shown(world, BODIES, "education")

    assert ["1", "2"] == re.findall(r'<span class="accent"[^>]*>(\d)</span>', mail.html)
    assert ["1. Unpack it", "2. Wait"] == re.findall(r"^\d\. .*", mail.text, re.MULTILINE)


def test_the_mail_looks_as_it_did(world: World) -> None:
    """Write the files anew with CMS_WRITE_GOLDEN=1, then look at them."""
    if {name: version(name) for name in MADE_WITH} != MADE_WITH:
        pytest.skip("another version of mjml-python or css-inline spells the same mail differently")
    mail = shown(world, BODIES)
    for suffix, body in (("html", mail.html), ("txt", mail.text)):
        file = GOLDEN / f"editorial.en.{suffix}"
        if os.environ.get("CMS_WRITE_GOLDEN"):
            file.write_text(body, "utf-8", newline="\n")
        assert file.read_text("utf-8") == body
