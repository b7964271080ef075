"""The demo in a real browser: what a visitor sees is what Vitrine decided, and nothing stands in the way."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect


@pytest.fixture
def desktop(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 390, "height": 844}, device_scale_factor=2, is_mobile=True)
    yield context.new_page()
    context.close()


def add(page: Page, shop: str, sku: str, quantity: int = 1) -> None:
    page.goto(f"{shop}/p/{sku}")
    form = page.locator('main form[action="/cart/add"]').first
    form.locator("input[name=quantity]").fill(str(quantity))
    form.get_by_role("button").click()


def visit_as(page: Page, shop: str, visitor: str) -> None:
    page.goto(shop)
    page.locator(".visit-as summary").click()
    page.locator(f'.visit-as button[name=visitor][value="{visitor}"]').click()


def slot(page: Page, name: str) -> str:
    """Give what a slot shows: entries and variants, as the fragments themselves say."""
    found = page.locator(f'[data-cms-slot="{name}"]').all()
    return ", ".join(
        f"{item.get_attribute('data-cms-entry')}:{item.get_attribute('data-cms-variant')}" for item in found
    )


def text(page: Page, name: str) -> str:
    return page.locator(f'[data-cms-slot="{name}"]').first.inner_text()


def test_a_guest_with_69_in_the_cart_is_told_what_is_missing(desktop: Page, demo: str, pictures: Path) -> None:
    add(desktop, demo, "pothos", 3)
    desktop.goto(f"{demo}/cart")
    desktop.screenshot(path=pictures / "cart-guest.png")

    assert "Add $6.00 for free shipping" in text(desktop, "top")
    assert "$31.00 away from 10%" in text(desktop, "tiers")


def test_adding_a_product_changes_both_bars_on_the_next_request(desktop: Page, demo: str) -> None:
    add(desktop, demo, "pothos", 3)
    desktop.goto(f"{demo}/cart")
    before = slot(desktop, "top"), text(desktop, "tiers")
    add(desktop, demo, "spider-plant")
    desktop.goto(f"{demo}/cart")

    assert ("free-shipping:near", "free-shipping:reached") == (before[0], slot(desktop, "top"))
    assert "$31.00 away" in before[1]
    assert "$12.00 away" in text(desktop, "tiers")


def test_stock_set_in_the_back_room_changes_the_next_page(desktop: Page, demo: str) -> None:
    def set_stock(units: str) -> str:
        desktop.goto(f"{demo}/admin/stock")
        form = desktop.locator("form", has=desktop.locator('input[name=sku][value="monstera-large"]'))
        before = form.locator("input[name=units]").input_value()
        form.locator("input[name=units]").fill(units)
        form.get_by_role("button").click()
        return before

    before = set_stock("2")
    desktop.goto(f"{demo}/p/monstera-large")
    notice = desktop.locator('[data-cms-slot="notice"]')

    assert "Only 2 left of this batch" in notice.inner_text()
    assert notice.evaluate("shown => shown.offsetWidth > 400")
    set_stock(before)


def test_the_wholesale_customer_gets_trade_content_and_no_consumer_bundle(
    desktop: Page, demo: str, pictures: Path
) -> None:
    visit_as(desktop, demo, "wholesale")
    desktop.goto(f"{demo}/cart")
    desktop.screenshot(path=pictures / "cart-wholesale.png")

    assert "service-note:trade-discount" == slot(desktop, "side")
    assert "best-sellers:wholesale-shade" == slot(desktop, "rail")


def test_a_phone_in_taipei_reads_traditional_chinese_and_its_own_currency(
    phone: Page, demo: str, pictures: Path
) -> None:
    visit_as(phone, demo, "taipei")
    phone.goto(f"{demo}/cart")
    phone.screenshot(path=pictures / "cart-taipei.png")

    assert "zh-Hant" == phone.locator("html").get_attribute("lang")
    assert "NT$230" in text(phone, "top")
    assert "免運" in text(phone, "top")


@pytest.mark.parametrize("path", ["/", "/products", "/p/fiddle-leaf-fig", "/cart", "/account"])
def test_no_page_scrolls_sideways_at_320_pixels(browser: Browser, demo: str, path: str) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 700})
    page = context.new_page()
    add(page, demo, "pothos", 3)
    page.goto(f"{demo}{path}")
    width = page.evaluate("document.documentElement.scrollWidth")
    context.close()

    assert 320 >= width


def test_a_long_name_does_not_make_the_account_scroll_sideways(browser: Browser, demo: str) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 700})
    page = context.new_page()
    page.goto(demo)
    context.request.post(f"{demo}/account/join", form={"name": "W" * 40, "email": "w@example.org"})
    page.goto(f"{demo}/account/welcome")
    width = page.evaluate("document.documentElement.scrollWidth")
    context.close()

    assert 320 >= width


def test_the_first_mobile_visit_gets_a_light_incentive_that_the_keyboard_closes(phone: Page, demo: str) -> None:
    visit_as(phone, demo, "guest")
    phone.goto(demo)
    dialog = phone.locator('[data-cms-slot="overlay"]')
    expect(dialog).to_be_visible()
    dialog.locator("[data-cms-dismiss]").focus()
    phone.keyboard.press("Enter")

    expect(dialog).to_be_hidden()


def test_everything_works_without_script(browser: Browser, demo: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    add(page, demo, "pothos", 3)
    page.goto(f"{demo}/cart")
    bar = page.locator('[data-cms-slot="top"]')
    bar.locator("[data-cms-dismiss]").focus()
    page.keyboard.press("Space")
    hidden = not bar.is_visible()
    tiers = page.locator('[data-cms-slot="tiers"]').is_visible()
    context.close()

    assert (True, True) == (hidden, tiers)


def test_an_order_goes_through_and_nothing_blocks_at_payment(desktop: Page, demo: str, pictures: Path) -> None:
    add(desktop, demo, "pothos", 3)
    desktop.goto(f"{demo}/checkout")
    for name in ("name", "street", "postcode", "city", "country"):
        desktop.locator(f"main input[name={name}]").fill("Ada Lovelace")
    desktop.locator("main input[name=email]").fill("ada@example.org")
    desktop.locator('main form[action="/checkout"]').get_by_role("button").click()
    desktop.wait_for_url("**/payment")
    overlays = desktop.locator("dialog, [data-cms-component=overlay]").count()
    paying = slot(desktop, "reassurance")
    desktop.locator('main form[action="/payment"]').get_by_role("button").click()
    desktop.wait_for_url("**/order/extras**")
    desktop.locator("#no-thanks").click()
    desktop.wait_for_url("**/confirmation/**")
    desktop.screenshot(path=pictures / "confirmation.png")

    assert (0, "reassurance:first-time") == (overlays, paying)
    assert slot(desktop, "thanks").startswith("thanks:")


def test_the_visit_as_bar_says_why_each_slot_shows_what_it_shows(desktop: Page, demo: str, pictures: Path) -> None:
    visit_as(desktop, demo, "loyal")
    desktop.goto(f"{demo}/cart")
    desktop.locator(".visit-as summary").click()
    rows = desktop.locator(".visit-as table").inner_text()
    desktop.screenshot(path=pictures / "visit-as.png")

    assert "TARGETING_MATCH" in rows
    assert "plant-club" in rows


@pytest.mark.parametrize("path", ["/", "/p/pothos", "/cart", "/account"])
def test_the_shop_works_when_vitrine_is_down(desktop: Page, lonely_shop: str, path: str, pictures: Path) -> None:
    answer = desktop.goto(f"{lonely_shop}{path}")
    desktop.screenshot(path=pictures / f"lonely{path.replace('/', '-')}.png")

    assert answer is not None
    assert 200 == answer.status
    assert desktop.locator("h1").first.is_visible()
    assert desktop.locator(".visit-down").is_visible()
