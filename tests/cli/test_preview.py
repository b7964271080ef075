"""`cms preview`: a page or mail as a persona sees it, in one file."""

import html
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from programs import said, start_cms

from cms.cli import cli


def preview(workspace: Path, out: Path, *arguments: str) -> Result:
    words = ["preview", *arguments, "--workspace", str(workspace), "--out", str(out)]
    return CliRunner().invoke(cli, words)


def page(workspace: Path, tmp_path: Path, *arguments: str) -> str:
    out = tmp_path / "preview.html"
    run = preview(workspace, out, *arguments)
    assert (0, f"{out}\n") == (run.exit_code, run.stdout), run.output
    return out.read_text("utf-8")


def words(document: str) -> str:
    """Give what a reader sees, without style sheets and mails in frames."""
    bare = re.sub(r"<style>.*?</style>|<iframe.*?</iframe>", "", document, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", bare)).split())


def test_a_page_shows_its_slots_in_order_with_fragments_and_reasons(peopled: Path, tmp_path: Path) -> None:
    document = page(peopled, tmp_path, "cart", "--persona", "near")
    read = words(document)

    assert ["top", "side", "rail"] == re.findall(r"<h3[^>]*>(\w+)</h3>", document)
    assert ["top", "side", "rail"] == re.findall(r'data-cms-slot="(\w+)"', document)
    assert "free-shipping:near · TARGETING_MATCH · its rule matches · en" in read
    assert "Add $6.00 for free shipping" in read
    assert "/cart, stage cart" in read
    assert "en · USD · web · 2026-12-02 10:00+08:00" in read


def test_below_each_slot_stands_what_explain_says(peopled: Path, tmp_path: Path) -> None:
    read = words(page(peopled, tmp_path, "cart", "--persona", "near"))
    explained = CliRunner().invoke(cli, ["explain", "near", "cart", "--workspace", str(peopled)]).stdout
    steps = [line.strip() for line in explained.splitlines() if line.startswith(("  -", "  +"))]

    assert 6 == len(steps)
    assert [] == [step for step in steps if step not in read]


def test_products_of_a_rail_are_samples_and_say_so(peopled: Path, tmp_path: Path) -> None:
    document = page(peopled, tmp_path, "cart", "--persona", "near")

    assert 1 == document.count("Sample products: which ones a visitor gets is chosen live.")
    assert 2 == document.count('data-cms-sku="sample-')  # the limit of the rail


def test_the_file_loads_nothing_runs_nothing_and_has_the_components_styles(peopled: Path, tmp_path: Path) -> None:
    document = page(peopled, tmp_path, "cart", "--persona", "near")

    assert not re.search(r"<script|<link (?!rel=\"icon\" href=\"data:,\")|@import|\son\w+=", document)
    assert ".cms-free-shipping-bar" in document
    assert '<base href="http://127.0.0.1:8100/">' in document


def test_a_title_and_a_subject_are_shown_as_they_were_typed(peopled: Path, tmp_path: Path) -> None:
    hostile = "</title></style><script>alert(1)</script><img src=x onerror=alert(1)>"
    for path, old in (("personas/taipei", "6.00 short, in Taipei"), ("emails/abandoned-cart", "購物車在等你")):
        file = peopled / f"content/{path}.json"
        text = file.read_text("utf-8")
        assert old in text
        file.write_text(text.replace(old, hostile), encoding="utf-8")
    document = page(peopled, tmp_path, "emails/abandoned-cart", "--persona", "taipei")

    assert not re.search("<script|<img src=x", document)
    assert not re.search("<script|<img src=x", html.unescape(re.findall('srcdoc="(.*?)"', document, re.DOTALL)[0]))
    assert 2 == words(document).count(hostile)


def test_a_fallback_says_so(peopled: Path, tmp_path: Path) -> None:
    read = words(page(peopled, tmp_path, "cart", "--persona", "taipei"))

    assert "members:default · DEFAULT · no other variant applies · en (↳ fallback for zh-Hant)" in read


def test_a_mail_shows_subject_html_and_text_and_no_slot_twice(peopled: Path, tmp_path: Path) -> None:
    document = page(peopled, tmp_path, "emails/abandoned-cart", "--persona", "taipei")
    read = words(document)
    (mail,) = re.findall(r'<iframe[^>]*sandbox srcdoc="(.*?)"></iframe>', document, re.DOTALL)

    assert "購物車在等你 Still there for you" in read
    assert "再買 US$6.00 即享免運" in html.unescape(mail)
    assert "再買 US$6.00 即享免運" in read  # the text part
    assert "free-shipping:near · TARGETING_MATCH" in read
    assert "data-cms-slot" not in document


def test_several_personas_stand_side_by_side_with_ids_of_their_own(peopled: Path, tmp_path: Path) -> None:
    document = page(peopled, tmp_path, "cart", "--persona", "near", "--persona", "gold", "--persona", "taipei")
    ids = re.findall(r' id="([^"]+)"', document)

    assert ["near", "gold", "taipei"] == re.findall(r"<h2[^>]*>(\w+)</h2>", document)
    assert len(set(ids)) == len(ids) > 6
    assert "Gold looks good on you" in document
    assert "Gold member &lt;on a phone&gt;" in document


def test_another_moment_locale_and_scheme_may_be_asked_for(peopled: Path, tmp_path: Path) -> None:
    asked = ("--at", "2027-01-24T10:00+08:00", "--locale", "zh-Hant", "--scheme", "dark")
    document = page(peopled, tmp_path, "home", "--persona", "near", *asked)

    assert "zh-Hant · USD · web · 2027-01-24 10:00+08:00" in words(document)
    assert "你好" in document
    assert '<html lang="en" dir="ltr" data-scheme="dark">' in document


def test_a_schedule_is_seen_at_its_moment(peopled: Path, tmp_path: Path) -> None:
    entry = peopled / "content/entries/hello.json"
    winter = '{"key": "from-search", "schedule": {"from": "2026-12-24T00:00+08:00"}, "when": {"visitor.visits": {"known": false}}'
    text = entry.read_text("utf-8").replace('{"key": "from-search", "when": {"source.kind": "paid"}', winter)
    entry.write_text(text, encoding="utf-8")
    before, then = (
        words(page(peopled, tmp_path, "home", "--persona", "near", "--at", moment))
        for moment in ("2026-12-23T23:59+08:00", "2026-12-24T00:00+08:00")
    )

    assert ("hello:default ·" in before, "hello:from-search ·" in then) == (True, True)
    assert "hello:from-search: not scheduled now" in before


def test_open_opens_what_was_written(peopled: Path, tmp_path: Path) -> None:
    """The browser here is a program that notes what it is asked to open."""
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {tmp_path}/opened\n', encoding="utf-8")
    browser.chmod(0o755)
    asked = ["preview", "cart", "--persona", "near", "--persona", "gold", "--workspace", str(peopled), "--open"]
    process = start_cms(tmp_path, *asked, BROWSER=f"{browser} %s")

    assert (0, "") == (process.wait(30), said(tmp_path))
    assert "preview.cart.near+1.html\n" == said(tmp_path, "stdout")
    assert f"{(tmp_path / 'preview.cart.near+1.html').as_uri()}\n" == (tmp_path / "opened").read_text("utf-8")


def test_without_a_browser_the_file_is_written_and_the_command_says_so(peopled: Path, tmp_path: Path) -> None:
    asked = ["preview", "cart", "--persona", "near", "--workspace", str(peopled), "--open"]
    process = start_cms(tmp_path, *asked, BROWSER="false")

    assert (0, "No browser could be opened here: open the file yourself.\n") == (process.wait(30), said(tmp_path))
    assert (tmp_path / "preview.cart.near.html").exists()


def test_whoever_is_named_twice_looks_once(peopled: Path, tmp_path: Path) -> None:
    twice = page(peopled, tmp_path, "cart", "--persona", "near", "--persona", "near")

    assert page(peopled, tmp_path, "cart", "--persona", "near") == twice


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("crat", "--persona", "near"), 'No page, slot or mail "crat". Did you mean "cart"?'),
        (("abandoned-cart", "--persona", "near"), 'Did you mean "emails/abandoned-cart"?'),
        (("cart/top", "--persona", "near"), '"cart/top" is a slot: name where it stands, cart.'),
        (("cart", "--persona", "nera"), 'No persona "nera". Did you mean "near"?'),
        (("cart",), "Missing option '--persona'"),
        (("cart", "--persona", "near", "--at", "2026-12-24"), "has no offset"),
        (("cart", "--persona", "near", "--at", "9999-12-31T23:59-14:00"), "is beyond the calendar"),
        (("cart", "--persona", "near", "--locale", "fr"), 'No locale "fr".'),
    ],
)
def test_wrong_usage_says_what_would_be_right(
    peopled: Path, tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    run = preview(peopled, tmp_path / "out.html", *arguments)

    assert 2 == run.exit_code
    assert message in run.stderr
    assert not (tmp_path / "out.html").exists()
