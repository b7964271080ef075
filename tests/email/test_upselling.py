"""Components that offer more, in mails: accessory list, bundle, upgrade, add-on, deal, loyalty and service."""

import os
import re
from collections.abc import Mapping
from dataclasses import replace
from html import unescape
from importlib.metadata import version
from pathlib import Path

import pytest
from mails import SHELF, World

from cms.decisions.decision import Choice
from cms.email.message import Mail
from cms.facts.money import Money
from cms.facts.signals import Detail, Product

GOLDEN = Path(__file__).with_name("golden")
MADE_WITH = {"mjml-python": "1.4.2", "css-inline": "0.23.1"}
MISTER, FOOD, POT, METER = SHELF
CTA = {"label": "How it works", "href": "/how"}
BODIES: Mapping[str, Mapping[str, object]] = {
    "accessory-list": {
        "title": "Don't forget these",
        "body": "Small things a plant is *grateful* for.",
        "rail": "extras",
        "cta": CTA,
    },
    "bundle": {
        "title": "Complete the set",
        "body": "The pot our growers would choose.",
        "product": "fern",
        "rail": "extras",
        "label": "See the set",
        "note": "Or take only what you need",
    },
    "upgrade-compare": {
        "headline": "A size up, for a little more",
        "body": "Two years older.",
        "product": "fern",
        "rail": "extras",
        "label": "See the larger one",
        "note": "Same pot",
    },
    "add-on": {
        "headline": "A year without worry",
        "body": "If it does not make it, we send another.",
        "product": "mister",
        "label": "Add the promise",
        "note": "You can take it out again",
    },
    "deal-of-day": {
        "kicker": "Deal of the day",
        "headline": "One good thing, for less",
        "body": "Brass, for years.",
        "rail": "extras",
        "until": "Until midnight",
    },
    "loyalty": {
        "kicker": "Plant Club",
        "headline": "Two more and the next one is free",
        "body": "Every bottle is a stamp.",
        "value": "{cart.count}",
        "goal": 10,
        "label": "Stamps",
        "cta": {"label": "Your card", "href": "/account"},
    },
    "service": {
        "kicker": "At your home",
        "headline": "We carry it in",
        "body": "For plants taller than you.",
        "points": ["Two people, one visit", "The packaging goes with us"],
        "product": "mister",
        "label": "Book the visit",
        "cta": CTA,
    },
}
LEAST: Mapping[str, Mapping[str, object]] = {
    "accessory-list": {"title": "Don't forget these", "rail": "extras"},
    "bundle": {"title": "Complete the set", "rail": "extras", "label": "See the set"},
    "upgrade-compare": {name: BODIES["upgrade-compare"][name] for name in ("headline", "product", "rail", "label")},
    "add-on": {name: BODIES["add-on"][name] for name in ("headline", "product", "label")},
    "deal-of-day": {"headline": "One good thing", "rail": "extras"},
    "loyalty": {"headline": "Two more"},
    "service": {"headline": "We carry it in"},
}
KEYS = tuple(BODIES)


def fern(sku: str, minor: int, height: str, *more: tuple[str, str]) -> Product:
    details = [("Height", height), ("Light", "Shade"), *more]
    return Product(
        sku,
        {"en": sku.replace("-", " ").title()},
        f"/p/{sku}",
        Money(minor, "USD"),
        details=tuple(Detail({"en": label}, {"": value}) for label, value in details),
    )


FERN, BIG_FERN = fern("fern", 2300, "30 cm"), fern("big-fern", 2900, "70 cm", ("Age", "3 years"))
RAILS = {"accessory-list": (FOOD, POT), "bundle": (POT, FOOD), "upgrade-compare": (BIG_FERN,), "deal-of-day": (MISTER,)}


def choice(world: World, key: str, raw: Mapping[str, object], *rail: Product) -> Choice:
    rails = {"extras": rail or RAILS[key]} if "rail" in raw else {}
    items = {sku: item for sku, item in (("fern", FERN), ("mister", MISTER)) if raw.get("product") == sku}
    return replace(world.choice(key, raw), rails=rails, items=items)


def shown(world: World, bodies: Mapping[str, Mapping[str, object]], *keys: str) -> Mail:
    return world.mail(*(choice(world, key, bodies[key]) for key in keys or bodies))


def section_of(mail: Mail) -> str:
    """Give what stands between the mail's head and its foot."""
    return mail.html.partition("<body")[2]


def rows_of(html: str) -> list[list[str]]:
    """Give the texts of the comparison, without rows that say nothing."""
    [table] = [part for part in html.split("</table>") if "columnheader" in part]
    rows = (re.findall(r"<td.*?</td>", row, re.DOTALL) for row in table.rpartition("<table")[2].split("</tr>"))
    texts = ([" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in row] for row in rows)
    return [row for row in texts if any(row)]


def test_every_template_of_these_may_be_used(world: World) -> None:
    bodies = {key: world.choice(key, BODIES[key]).body for key in KEYS}

    assert [] == world.compiler().problems(bodies)


@pytest.mark.parametrize("part", ["product_row(product)", "product_button(product, 'Go')"])
def test_a_part_that_is_a_row_of_a_table_stands_in_a_table(world: World, part: str) -> None:
    def said(before: str, after: str) -> list[str]:
        source = f"<mj-section><mj-column>{before}{{{{ {part} }}}}{after}</mj-column></mj-section>"
        return [problem.message for problem in world.compiler(**{"cta/email.mjml": source}).problems()]

    assert [] == said("<mj-table>", "</mj-table>")
    assert ["<tr> is not allowed inside mj-column."] == said("", "")


@pytest.mark.parametrize("key", KEYS)
def test_a_full_and_a_bare_body_close_what_they_open(world: World, key: str) -> None:
    for bodies in (BODIES, LEAST):
        html = section_of(shown(world, bodies, key))
        assert html.count("<!--[if mso") == html.count("<![endif]-->")
        for tag in ("table", "tr", "td", "div", "a", "ul", "li"):
            assert len(re.findall(rf"<{tag}[ >]", html)) == html.count(f"</{tag}>"), tag


@pytest.mark.parametrize("key", KEYS)
def test_what_was_left_out_shows_in_neither_part(world: World, key: str) -> None:
    mail = shown(world, LEAST, key)

    for said in (section_of(mail), mail.text):
        assert not re.search(r"[{}]|\bNone\b|qzx\d|undefined|: *$", said)
    assert not re.search(r'(?:href|src)=""|<(?:h2|a|li|div class="muted")[^>]*></', mail.html)
    assert "\n\n\n" not in mail.text


@pytest.mark.parametrize("key", KEYS)
def test_both_parts_say_what_was_written_and_link_to_the_same(world: World, key: str) -> None:
    mail = shown(world, BODIES, key)
    words = unescape(section_of(mail))

    names = {"kicker", "title", "headline", "label", "note", "until"} & set(BODIES[key])
    written = [str(BODIES[key][name]) for name in names]
    assert [] == [text for text in written if text not in words or text not in mail.text]
    addresses = set(re.findall(r'href="([^"]*)"', section_of(mail)))
    assert addresses
    assert [] == [address for address in addresses if unescape(address) not in mail.text]


def test_a_mail_has_no_form_and_no_address_that_only_takes_posts(world: World) -> None:
    mail = shown(world, {key: {**BODIES[key], "action": "/order/add"} for key in ("bundle", "add-on", "service")})

    assert not re.search(r"<(?:form|input|button)\b", mail.html)
    assert "/order/add" not in mail.html + mail.text
    assert 'href="https://shop.example/p/fern"' in mail.html


def test_a_set_is_listed_and_added_up_in_both_parts(world: World) -> None:
    mail = shown(world, BODIES, "bundle")

    for said in (" ".join(re.sub(r"<[^>]+>", " ", section_of(mail)).split()), mail.text):
        assert "Together $46.00" in said
    assert ["- Fern - $23.00", "+ Terracotta Pot - $14.00", "+ Plant Food - $9.00"] == re.findall(
        r"^[-+] .*", mail.text, re.MULTILINE
    )


def test_a_set_with_a_part_of_unknown_price_tells_no_total(world: World) -> None:
    mail = world.mail(choice(world, "bundle", BODIES["bundle"], POT, METER))

    assert "Together" not in mail.html + mail.text


def test_only_what_differs_is_compared_with_the_step_in_price(world: World) -> None:
    mail = shown(world, BODIES, "upgrade-compare")

    expected = [
        ["", "Fern", "Big Fern"],
        ["Height", "30 cm", "70 cm"],
        ["Age", "–", "3 years"],
        ["Price", "$23.00", "$29.00 +$6.00"],
    ]
    assert expected == rows_of(section_of(mail))
    assert ["- Height: 30 cm -> 70 cm", "- Age: – -> 3 years", "- Price: $23.00 -> $29.00 (+$6.00)"] == re.findall(
        r"^- .*", mail.text, re.MULTILINE
    )


def test_rows_that_a_recipient_does_not_have_take_no_room(world: World) -> None:
    same = world.mail(
        choice(world, "upgrade-compare", BODIES["upgrade-compare"], replace(BIG_FERN, details=FERN.details))
    )

    html = section_of(same)
    assert [["", "Fern", "Big Fern"], ["Price", "$23.00", "$29.00 +$6.00"]] == rows_of(html)
    empty = re.findall(r'<td[^>]*style="([^"]*)"[^>]*></td>', html)
    assert 18 == len([style for style in empty if "line-height:1.4" in style])
    assert [] == [style for style in empty if "border" in style or "padding:8" in style]


def test_a_product_without_a_page_has_no_button(world: World) -> None:
    mail = world.mail(choice(world, "deal-of-day", LEAST["deal-of-day"], METER))

    assert "Moisture Meter" in mail.html
    assert "View" not in section_of(mail) + mail.text


def test_stamps_are_counted_per_recipient(world: World) -> None:
    card = choice(world, "loyalty", BODIES["loyalty"])
    three, nine = (world.mail(card, view=world.view(cart__count=count)) for count in (3, 9))

    assert ('width="30%"' in three.html, 'width="90%"' in nine.html) == (True, True)
    for mail, count in ((three, 3), (nine, 9)):
        assert f"Stamps · {count} of 10" in mail.html
        assert f"Stamps - {count} of 10" in mail.text


def test_the_mail_looks_as_it_did(world: World) -> None:
    """Write the files anew with CMS_WRITE_GOLDEN=1, then look at them."""
    if {name: version(name) for name in MADE_WITH} != MADE_WITH:
        pytest.skip("another version of mjml-python or css-inline spells the same mail differently")
    mail = shown(world, BODIES)
    for suffix, body in (("html", mail.html), ("txt", mail.text)):
        file = GOLDEN / f"upselling.en.{suffix}"
        if os.environ.get("CMS_WRITE_GOLDEN"):
            file.write_text(body, "utf-8", newline="\n")
        assert file.read_text("utf-8") == body
