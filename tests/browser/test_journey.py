"""Six visitors walk from the landing page to the mail: what they are offered is calm, coherent and can be put away."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, Locator, Page
from programs import ROOT

from cms.content.compiling import compile_workspace
from cms.content.snapshot import Entry, Snapshot
from cms.workspace import read_folder, read_workspace

PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
DESKTOP = {"viewport": {"width": 1280, "height": 900}}
REMINDERS = {"cart-items"}  # they repeat the cart on purpose


@dataclass(frozen=True)
class Walker:
    """A visitor of the demo shop and what they look at and buy."""

    key: str
    sku: str
    locale: str
    currency: str = "USD"
    customer: str = ""
    phone: bool = False


WALKERS = [
    Walker("guest", "monstera", "en", phone=True),
    Walker("search-ad", "snake-plant", "en"),
    Walker("loyal", "calathea", "en", customer="customer-loyal"),
    Walker("wholesale", "zz-plant", "en", customer="customer-green-office"),
    Walker("taipei", "boston-fern", "zh-Hant", "TWD", "customer-taipei", phone=True),
    Walker("shanghai", "spider-plant", "zh-Hans", customer="customer-shanghai", phone=True),
]


@cache
def snapshot() -> Snapshot:
    compiled, _ = compile_workspace(read_workspace(read_folder(ROOT)))
    assert compiled is not None
    return compiled


@cache
def entries() -> dict[str, Entry]:
    surfaces = [*snapshot().pages.values(), *(email.page for email in snapshot().emails.values())]
    return {entry.key: entry for page in surfaces for slot in page.slots for entry in slot.entries}


def shown(page: Page) -> list[tuple[str, str, list[str]]]:
    """List what Vitrine put on the page: entry, variant and the SKUs it sells."""
    return page.evaluate(
        """() => [...document.querySelectorAll("[data-cms-entry]")].map((one) => [
            one.dataset.cmsEntry, one.dataset.cmsVariant,
            [...new Set([...one.querySelectorAll("input[name=sku]")].map((input) => input.value))]])"""
    )


def offers(page: Page) -> list[tuple[Entry, str, list[str]]]:
    return [(entries()[key], variant, skus) for key, variant, skus in shown(page) if entries()[key].offer]


def troubles(page: Page, cart: set[str], main_action: Locator | None) -> list[str]:
    """Say what an upsell must never do and does on this page."""
    found = []
    if page.evaluate("document.querySelector('dialog:modal, [inert]') !== null"):
        found.append("something blocks the page")
    if main_action is not None:
        main_action.scroll_into_view_if_needed()
        main_action.click(trial=True, timeout=3000)  # fails where something lies over it
    groups = [entry.offer.exclusive for entry, _, _ in offers(page) if entry.offer and entry.offer.exclusive]
    found += [f"two offers of the group {group}" for group in set(groups) if groups.count(group) > 1]
    claims = [entry.variant(variant).claims for entry, variant, _ in offers(page)]
    found += [f"claims clash: {a.clashes_with(b)}" for a in claims for b in claims if a.clashes_with(b)]
    found += [
        f"{entry.key} sells {sku}, which is in the cart"
        for entry, _, skus in offers(page)
        for sku in skus
        if sku in cart and entry.key not in REMINDERS
    ]
    sold = [sku for entry, _, skus in offers(page) for sku in skus if entry.component.key in {"rail", "accessory-list"}]
    found += [f"{sku} is offered twice" for sku in set(sold) if sold.count(sku) > 1]
    if re.search(r"\{[a-z]+[.\[]|None|undefined|NaN", page.locator("main").inner_text()):
        found.append("a gap is open")
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        found.append("the page scrolls sideways")
    return found


class Walk:
    """One visitor's way through the shop, with a picture of every stage and all troubles met."""

    def __init__(self, page: Page, shop: str, walker: Walker, pictures: Path) -> None:
        self.page, self.shop, self.walker, self.pictures = page, shop, walker, pictures
        self.troubles: dict[str, list[str]] = {}
        self.seen: dict[str, list[str]] = {}

    def look(self, stage: str, *, cart: set[str], action: str = "") -> None:
        picture = self.pictures / f"walk-{self.walker.key}-{len(self.seen) + 1}-{stage}.png"
        self.page.screenshot(path=picture, full_page=True)
        self.seen[stage] = [f"{entry}:{variant}" for entry, variant, _ in shown(self.page)]
        found = troubles(self.page, cart, self.page.locator(action).first if action else None)
        self.troubles |= {stage: found} if found else {}

    def go(self, path: str) -> None:
        self.page.goto(self.shop + path)

    def cart(self) -> set[str]:
        return set(self.page.locator('.lines input[name="sku"]').evaluate_all("all => all.map((one) => one.value)"))

    def walk(self) -> None:
        self.go("/")
        self.page.locator(".visit-as summary").click()
        self.page.locator(f'.visit-as button[name=visitor][value="{self.walker.key}"]').click()
        self.go("/cart")
        waiting = self.cart()
        self.go("/")
        self.look("landing", cart=waiting)
        self.go(f"/p/{self.walker.sku}")
        self.look("product", cart=waiting, action="form.buy button")
        self.page.locator("form.buy button").click()
        self.page.wait_for_url("**/cart")
        inside = self.cart()
        assert self.walker.sku in inside
        self.look("cart", cart=inside, action='main a[href="/checkout"]')
        self.page.locator('main a[href="/checkout"]').first.click()
        self.look("checkout", cart=inside, action="#address button")
        self.pay(inside)

    def pay(self, inside: set[str]) -> None:
        for name in ("name", "street", "postcode", "city", "country"):
            self.page.locator(f"#address input[name={name}]").fill("Ada Lovelace")
        self.page.locator("#address input[name=email]").fill("ada@example.org")
        self.page.locator("#address button").click()
        self.page.wait_for_url("**/payment")
        self.look("payment", cart=inside, action='main form[action="/payment"] button')
        self.page.locator('main form[action="/payment"] button').click()
        self.page.wait_for_url("**/order/extras**")
        self.look("extras", cart=inside, action="#no-thanks")
        self.page.locator("#no-thanks").click()
        self.page.wait_for_url("**/confirmation/**")
        self.look("confirmation", cart=inside)


@pytest.fixture
def walk(browser: Browser, demo: str, pictures: Path, request: pytest.FixtureRequest) -> Iterator[Walk]:
    walker: Walker = request.param
    context = browser.new_context(**(PHONE if walker.phone else DESKTOP))
    yield Walk(context.new_page(), demo, walker, pictures)
    context.close()


def mail_of(delivery: tuple[str, str], mail: str, walker: Walker, cart: dict[str, Any]) -> dict[str, Any]:
    """Ask for a mail as the shop would send it."""
    address, token = delivery
    facts, body = (
        {"currency": walker.currency},
        {"visitor": f"shop-{walker.key}", "locale": walker.locale, "cart": cart},
    )
    told = {"facts": facts, **body} | ({"customer": {"token": walker.customer}} if walker.customer else {})
    headers = {"Authorization": f"Bearer {token}"}
    answer = requests.post(f"{address}/v1/emails/{mail}", json=told, headers=headers, timeout=5)
    assert 200 == answer.status_code, answer.text
    written: dict[str, Any] = answer.json()
    return written


def said_in_both(walk: Walk) -> dict[str, str]:
    """Give the headlines of what stands on the confirmation page and in the mail, before leaving the page."""
    mailed = {entry.key for slot in snapshot().emails["order-confirmation"].page.slots for entry in slot.entries}
    fragments = walk.page.locator("[data-cms-entry]").all()
    told = {one.get_attribute("data-cms-entry") or "": one.locator("h2").first.inner_text() for one in fragments}
    return {entry: headline for entry, headline in told.items() if entry in mailed}


@pytest.mark.parametrize("walk", WALKERS, ids=lambda walker: walker.key, indirect=True)
def test_a_visitor_walks_to_the_mail_and_no_offer_blocks_contradicts_or_repeats(
    walk: Walk, delivery: tuple[str, str]
) -> None:
    walk.walk()
    headlines = said_in_both(walk)
    bought = {"lines": [{"sku": walk.walker.sku, "quantity": 1}]}
    mail = mail_of(delivery, "order-confirmation", walk.walker, bought)
    walk.page.set_content(mail["html"])
    walk.page.screenshot(path=walk.pictures / f"walk-{walk.walker.key}-8-mail.png", full_page=True)

    assert {} == walk.troubles
    assert ["reassurance"] == [shown.partition(":")[0] for shown in walk.seen["payment"]]
    assert "thanks" in headlines
    text = " ".join(mail["text"].split())
    assert [] == [entry for entry, headline in headlines.items() if headline not in text]


def tab_to(page: Page, control: Locator) -> None:
    """Press Tab until a control has the focus, as who has no mouse does."""
    for _ in range(300):
        page.keyboard.press("Tab")
        if control.evaluate("one => one === document.activeElement"):
            return
    raise AssertionError("the keyboard does not get there")


def close_all(page: Page, address: str) -> dict[str, str]:
    """Close every offer of a page with the keyboard, one after the other; gives the headline of each entry closed."""
    closed: dict[str, str] = {}
    for _ in range(12):
        page.goto(address)
        left = [entry.key for entry, _, _ in offers(page)]
        assert not set(left) & set(closed), "a closed offer came back"
        if not left:
            return closed
        offer = page.locator(f'[data-cms-entry="{left[0]}"]').first
        headline = offer.locator('[id^="cms-"]').first.inner_text()
        tab_to(page, offer.locator("[data-cms-dismiss]"))
        with page.expect_response("**/dismissals"):
            page.keyboard.press("Space")
        assert not offer.is_visible(), left[0]
        closed[left[0]] = headline
    raise AssertionError("offers without end")


# Visitors of whom no other test of the demo expects anything: what they close stays closed.
@pytest.mark.parametrize("walker", [Walker("at-risk", "", "en", customer="customer-at-risk"), Walker("vip", "", "en")])
def test_every_offer_is_closed_with_the_keyboard_and_stays_away_also_from_mails(
    browser: Browser, demo: str, delivery: tuple[str, str], walker: Walker
) -> None:
    context = browser.new_context(**DESKTOP)
    page = context.new_page()
    page.goto(demo)
    page.locator(".visit-as summary").click()
    page.locator(f'.visit-as button[name=visitor][value="{walker.key}"]').click()

    closed = {path: close_all(page, demo + path) for path in ("/", "/p/monstera", "/cart", "/account")}
    page.goto(f"{demo}/cart")
    back = [entry.key for entry, _, _ in offers(page)]
    mail = mail_of(delivery, "abandoned-cart", walker, {"token": f"cart-{walker.key}"})
    text = " ".join(mail["text"].split())
    context.close()

    assert all(closed[path] for path in ("/", "/p/monstera", "/cart"))
    assert [] == back
    assert [] == [entry for entry, headline in closed["/cart"].items() if headline in text]
