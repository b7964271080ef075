"""Every shipped component in a real browser: WCAG 2.2 A and AA, no sideways scrolling, both schemes, both directions."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from click.testing import CliRunner
from corner import peopled_folder
from playwright.sync_api import Browser, Page, Route
from programs import ROOT, free_port, running_cms, status_of, wait_for

from cms.cli import cli

COMPONENTS = sorted(path.parent.name for path in (ROOT / "components").glob("*/model.json"))
LOOKS = [(scheme, width) for scheme in ("light", "dark") for width in (320, 1280)]
WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 3"><rect width="4" height="3" fill="#7f9f86"/></svg>'

Opened = Callable[..., Page]


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the shipped components and nothing else; gives the address of their gallery."""
    folder, port = tmp_path_factory.mktemp("gallery"), free_port()
    workspace = folder / "w"
    shutil.copytree(ROOT / "components", workspace / "components")
    (workspace / "content").mkdir()
    locales = '{"default_locale": "en", "locales": {"en": [], "zh-Hans": ["en"], "zh-Hant": ["en"]}}'
    (workspace / "content/workspace.json").write_text(locales, encoding="utf-8")
    with running_cms(folder, "serve", "--workspace", str(workspace), "--port", str(port)):
        wait_for(lambda: status_of(f"http://127.0.0.1:{port}/gallery") == 200)
        yield f"http://127.0.0.1:{port}/gallery"


@pytest.fixture
def opened(browser: Browser, gallery: str) -> Iterator[Opened]:
    """Open a page of the gallery at a width and in a scheme; pictures of the shop, which is not there, are drawn."""
    contexts = []

    def open_page(path: str = "", *, scheme: str = "light", width: int = 1280) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
        )
        contexts.append(context)
        page = context.new_page()
        page.route(lambda url: not url.startswith(gallery), draw)
        page.goto(f"{gallery}{path}")
        return page

    yield open_page
    for context in contexts:
        context.close()


def draw(route: Route) -> None:
    if route.request.resource_type == "image":
        route.fulfill(body=PICTURE, content_type="image/svg+xml")
    else:
        route.abort()


def violations(page: Page, *tags: str) -> str:
    """Give the report of axe-core on WCAG A and AA and the tags given, "" if it has nothing to say."""
    options = {
        "runOnly": {"type": "tag", "values": [*WCAG, *tags]},
        "rules": {"target-size": {"enabled": True}},  # WCAG 2.2; left out unless asked for
        "resultTypes": ["violations"],
        "iframes": False,  # documents of their own, checked by themselves
    }
    results = Axe().run(page, options=options)
    return results.generate_report() if results.violations_count else ""


def overflow(page: Page) -> int:
    """Tell by how many pixels the document is wider than its window."""
    wide: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return wide


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_the_gallery_has_no_violation_and_does_not_scroll_sideways(
    opened: Opened, pictures: Path, scheme: str, width: int
) -> None:
    page = opened(scheme=scheme, width=width)
    page.screenshot(path=pictures / f"gallery-{scheme}-{width}.png", full_page=True)

    assert len(COMPONENTS) == page.locator(".stage > .cms").count()
    assert "" == violations(page, "best-practice")
    assert 0 == overflow(page)


@pytest.mark.parametrize(("scheme", "width"), [("light", 320), ("dark", 1280)])
def test_from_right_to_left_it_has_none_either(opened: Opened, pictures: Path, scheme: str, width: int) -> None:
    page = opened("?locale=ar", scheme=scheme, width=width)
    page.screenshot(path=pictures / f"gallery-ar-{scheme}-{width}.png", full_page=True)

    assert {"rtl"} == {fragment.get_attribute("dir") for fragment in page.locator(".stage > .cms").all()}
    assert "" == violations(page, "best-practice")
    assert 0 == overflow(page)


@pytest.mark.parametrize("locale", ["zh-Hans", "zh-Hant"])
def test_in_chinese_nothing_scrolls_sideways(opened: Opened, locale: str) -> None:
    assert 0 == overflow(opened(f"?locale={locale}", width=320))


def test_the_scheme_asked_for_wins_over_the_systems(opened: Opened) -> None:
    dark, light = (
        opened(f"?scheme={scheme}", scheme="light").evaluate("getComputedStyle(document.body).backgroundColor")
        for scheme in ("dark", "light")
    )

    assert ("rgb(19, 23, 21)", "rgb(255, 255, 255)") == (dark, light)


@pytest.mark.parametrize("component", COMPONENTS)
def test_a_components_page_does_not_scroll_sideways_and_its_mail_has_no_violation(
    opened: Opened, pictures: Path, component: str
) -> None:
    page = opened(f"/{component}", width=320)
    wide = overflow(page)
    page.set_viewport_size({"width": 1280, "height": 2600})  # frames below the window are not drawn
    page.screenshot(path=pictures / f"component-{component}.png")
    page.set_viewport_size({"width": 320, "height": 900})
    found = ""
    for mail in page.locator('iframe[title$=" in a mail"]').all():
        page.set_content(mail.get_attribute("srcdoc") or "")
        found += violations(page)  # its landmarks are those of the mail program
        wide += overflow(page)

    assert ("", 0) == (found, wide)


def test_a_components_page_has_no_violation(opened: Opened) -> None:
    page = opened("/banner", width=320)

    assert 2 == page.locator("iframe").count()
    assert "" == violations(page, "best-practice")


def test_a_violation_would_be_found(opened: Opened) -> None:
    page = opened()
    page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=\"/x.png\">')")

    assert "image-alt" in violations(page)


@pytest.mark.parametrize(("scheme", "width"), [("light", 320), ("dark", 1280)])
@pytest.mark.parametrize("words", [["matrix", "--format", "html"], ["preview", "cart", "--persona", "near"]])
def test_a_matrix_and_a_preview_have_no_violation_either(
    browser: Browser, tmp_path: Path, words: list[str], scheme: str, width: int
) -> None:
    file = tmp_path / "page.html"
    told = ["--out", str(file)] if words[0] == "preview" else []
    run = CliRunner().invoke(cli, [*words, *told, "--workspace", str(peopled_folder(tmp_path / "w"))])
    if not told:
        file.write_text(run.stdout, encoding="utf-8")
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    page.goto(file.as_uri())
    found = violations(page, "best-practice"), overflow(page)
    context.close()

    assert 0 == run.exit_code
    assert ("", 0) == found
