"""A whole mail: HTML and text say the same, every address is absolute, the golden files show both."""

import os
import re
from dataclasses import replace
from html import unescape
from importlib.metadata import version
from pathlib import Path

import pytest
from mails import World

from cms.email.message import Letterhead, compose
from cms.errors import CmsError
from cms.facts.money import Money

GOLDEN = Path(__file__).with_name("golden")
MADE_WITH = {"mjml-python": "1.4.2", "css-inline": "0.23.1"}
LOCALES = ("en", "zh-Hant")
AMOUNT = r"(?:US)?\$\d+(?:\.\d\d)?|\d+折"
UNSUBSCRIBE = "https://shop.example/mail/off?key=abc"


def words_of(html: str) -> str:
    shown = html.partition("<body")[2].replace("\u034f\u200c\u00a0", "")
    return unescape(re.sub(r"\s+", " ", re.sub(r"<!--.*?-->|<[^>]*>", " ", shown, flags=re.DOTALL)))


@pytest.mark.parametrize("locale", LOCALES)
def test_every_address_is_absolute_and_safe(world: World, locale: str) -> None:
    mail = world.whole_mail(locale, unsubscribe_url=UNSUBSCRIBE)
    targets = re.findall(r'(?:href|src|background)="([^"]*)"', mail.html)
    written = re.findall(r"\S*://\S*", mail.text)

    assert len(targets) > 12
    assert [one for one in targets if not re.match(r"https://(shop|cdn\.shop)\.example/", one)] == []
    assert [one for one in written if not re.match(r"<?https://(shop|cdn\.shop)\.example/", one)] == []
    assert not re.search(r"(: |\()/", mail.text)


@pytest.mark.parametrize("locale", LOCALES)
def test_the_text_part_says_what_the_html_part_says(world: World, locale: str) -> None:
    mail = world.whole_mail(locale, unsubscribe_url=UNSUBSCRIBE)
    html, text = words_of(mail.html), mail.text

    facts = sorted(set(re.findall(AMOUNT + r"|\d+%", text)))
    assert len(facts) >= 7
    assert [fact for fact in facts if fact not in html] == []
    assert sorted(set(re.findall(AMOUNT, html))) == [fact for fact in facts if "%" not in fact]
    for address in set(re.findall(r'href="([^"]*)"', mail.html)):
        assert unescape(address) in text


@pytest.mark.parametrize("locale", LOCALES)
def test_no_brace_none_or_empty_gap_is_ever_shown(world: World, locale: str) -> None:
    for products in range(5):
        mail = world.whole_mail(locale, products=products)
        for said in (words_of(mail.html), mail.text):
            assert not re.search(r"[{}]|\bNone\b|qzx\d|undefined|: *$", said)
        assert not re.search(r'(?:href|src)=""', mail.html)


def test_a_mail_is_smaller_than_what_gmail_clips(world: World) -> None:
    assert len(world.whole_mail("zh-Hant", products=4).html.encode()) < 100_000


def test_a_mail_speaks_its_language_and_names_that_of_content_in_another(world: World) -> None:
    mail = world.mail(world.choice("cta", locale="en"), world.choice("banner", locale="zh-Hant"), locale="zh-Hant")

    assert '<html lang="zh-Hant" dir="ltr"' in mail.html
    assert mail.html.count('<div lang="en" dir="ltr">') == 1


def test_subject_preheader_and_letterhead_are_text_on_one_line(world: World) -> None:
    shop = Letterhead("Spider <b>& Fern</b>", "https://shop.example/base/", 'Lane "1"')
    mail = world.mail(world.choice("cta"), subject="Hi\r\n <b>you</b>\n", preheader="a\n<i>b</i>", letterhead=shop)

    assert (mail.subject, mail.preheader) == ("Hi <b>you</b>", "a <i>b</i>")
    assert "<title>Hi &lt;b&gt;you&lt;/b&gt;</title>" in mail.html
    assert ">a &lt;i&gt;b&lt;/i&gt;" in mail.html
    assert "Spider &lt;b&gt;&amp; Fern&lt;/b&gt;</a>" in mail.html
    assert 'href="https://shop.example/base/plants"' in mail.html


def test_headers_tell_the_decision_and_how_to_unsubscribe(world: World) -> None:
    marketing = world.mail(world.choice("cta"), unsubscribe_url=UNSUBSCRIBE)
    receipt = world.mail(world.choice("cta"), automatic=True)

    assert marketing.headers == {
        "X-CMS-Decision": "d_1",
        "List-Unsubscribe": f"<{UNSUBSCRIBE}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    assert receipt.headers == {"X-CMS-Decision": "d_1", "Auto-Submitted": "auto-generated"}
    assert ("Unsubscribe" in marketing.html, "Unsubscribe" in receipt.html) == (True, False)
    assert (UNSUBSCRIBE in marketing.text, "Unsubscribe" in receipt.text) == (True, False)


def test_a_mail_without_content_is_still_a_whole_mail(world: World) -> None:
    mail = compose(
        world.compiled(), {"top": ()}, world.view(), subject="s", preheader="", locale="en", decision="d",
        letterhead=replace(world.shop, address=""),
    )  # fmt: skip

    assert mail.html.rstrip().endswith("</html>")
    assert mail.text == "Spider & Fern\nhttps://shop.example/\n"


@pytest.mark.parametrize("address", ["", "shop.example", "javascript:alert(1)", "https://a b", 'https://a"b'])
def test_an_address_that_cannot_begin_links_is_refused(address: str) -> None:
    with pytest.raises(CmsError) as refused:
        Letterhead("Shop", address)

    assert refused.value.code == "bad-base-url"


@pytest.mark.parametrize("address", ["/off", "mailto:off@shop.example", "https://a\r\nBcc: x", "https://a> <b"])
def test_an_unsubscribe_address_that_is_no_web_address_is_refused(world: World, address: str) -> None:
    with pytest.raises(CmsError) as refused:
        world.mail(world.choice("cta"), unsubscribe_url=address)

    assert refused.value.code == "bad-header"


def test_two_recipients_of_one_release_get_their_own_numbers(world: World) -> None:
    choice = world.choice("free-shipping-bar")
    emails = world.compiled(choice)

    def said(gap: int) -> list[str]:
        view = world.view(**{"cart__gap[free-shipping]": Money(gap, "USD")})
        mail = compose(
            emails, {"top": (choice,)}, view, subject="s", preheader="p", locale="en", decision="d",
            letterhead=world.shop,
        )  # fmt: skip
        return [amount for amount in ("$6.00", "$12.50") if amount in mail.html and amount in mail.text]

    assert (said(600), said(1250)) == (["$6.00"], ["$12.50"])


@pytest.mark.parametrize("locale", LOCALES)
def test_the_mail_looks_as_it_did(world: World, locale: str) -> None:
    """Write the files anew with CMS_WRITE_GOLDEN=1, then look at them."""
    if {name: version(name) for name in MADE_WITH} != MADE_WITH:
        pytest.skip("another version of mjml-python or css-inline spells the same mail differently")
    mail = world.whole_mail(locale, unsubscribe_url=UNSUBSCRIBE)
    for suffix, body in (("html", mail.html), ("txt", mail.text)):
        file = GOLDEN / f"mail.{locale}.{suffix}"
        if os.environ.get("CMS_WRITE_GOLDEN"):
            GOLDEN.mkdir(exist_ok=True)
            file.write_text(body, "utf-8", newline="\n")
        assert file.read_text("utf-8") == body
