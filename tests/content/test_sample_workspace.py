"""The sample workspace at the repository's root: what it promises its readers, seen through its own personas."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from cms.components.body import Link, nodes
from cms.content.snapshot import Page, Snapshot
from cms.decisions.decide import decide
from cms.decisions.decision import Choice, Decision
from cms.decisions.rehearsal import Rehearsal
from cms.facts.context import View
from cms.facts.money import Money
from cms.facts.signals import Product
from cms.rendering.filling import filled
from cms.runtime.verification import verify
from cms.workspace import read_folder

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 12, 2, 2, tzinfo=UTC)
PRODUCTS = json.loads((ROOT / "cms/shop/data/products.json").read_text("utf-8"))
ROUTES = {"/cart", "/products", "/club", "/help/shipping", "/checkout", "/account", "/account#orders"}


@pytest.fixture(scope="module")
def sample() -> Snapshot:
    verified = verify(read_folder(ROOT), now=NOW)
    assert [str(problem) for problem in verified.problems] == []
    assert verified.snapshot is not None
    return verified.snapshot


def _rehearsal(sample: Snapshot, persona: str, **request: object) -> Rehearsal:
    found = sample.personas[persona]
    return Rehearsal(sample, replace(found, request={**found.request, **request}), now=NOW)


def _surface(sample: Snapshot, name: str) -> tuple[Page, bool]:
    mail = name.removeprefix("emails/")
    return (sample.emails[mail].page, True) if mail != name else (sample.pages[name], False)


def _surfaces(sample: Snapshot) -> Iterator[str]:
    yield from sample.pages
    yield from (f"emails/{key}" for key in sample.emails)


def _shown(sample: Snapshot, persona: str, place: str, **request: object) -> list[str]:
    surface, _, slot = place.rpartition("/")
    page, is_email = _surface(sample, surface)
    decision = _rehearsal(sample, persona, **request).decide(page, email=is_email)
    return [f"{choice.entry}:{choice.variant}" for choice in decision.slots[slot]]


def _content(sample: Snapshot, persona: str, place: str, **request: object) -> Mapping[str, Any]:
    """Fill the first choice of a slot."""
    surface, _, slot = place.rpartition("/")
    page, is_email = _surface(sample, surface)
    rehearsal = _rehearsal(sample, persona, **request)
    choice = rehearsal.decide(page, email=is_email).slots[slot][0]
    channel = "email" if is_email else rehearsal.request.channel
    return filled(choice, View(rehearsal.context(page, channel=channel)))


def _catalogue(currency: str = "USD") -> dict[str, Product]:
    return {
        raw["sku"]: Product(
            raw["sku"],
            raw["title"],
            f"/p/{raw['sku']}",
            Money.parse(raw["price"][currency], currency),
            categories=tuple(raw["categories"]),
            tags=frozenset(raw["tags"]),
            stock=raw["stock"],
            popularity=raw["popularity"],
            links={kind: tuple(skus) for kind, skus in raw["links"].items()},
        )
        for raw in PRODUCTS
    }


def _with_products(sample: Snapshot, persona: str, surface: str, products: Mapping[str, Product]) -> Decision:
    """Decide as on the real page: rails hold what the shop sells, and empty ones are passed over."""
    page, is_email = _surface(sample, surface)
    rehearsal = _rehearsal(sample, persona)
    context = rehearsal.context(page, channel="email" if is_email else rehearsal.request.channel)
    return decide(sample, page, replace(context, catalogue=products, rehearsed=False))


def _skus(choices: tuple[Choice, ...]) -> list[str]:
    return [product.sku for choice in choices for product in choice.products]


def test_every_stage_of_the_shop_has_a_page(sample: Snapshot) -> None:
    stages = {page.stage for page in sample.pages.values()}
    assert stages == {"landing", "product", "cart", "checkout", "payment", "confirmation", "account"}
    assert {email.page.stage for email in sample.emails.values()} == {"re-marketing", "post-purchase"}


def test_every_variant_is_written_in_every_locale(sample: Snapshot) -> None:
    missing = [
        (entry.key, variant.key, locale)
        for entry in sample.entries.values()
        for variant in entry.variants
        for locale in sample.settings.locales
        if locale not in variant.content
    ]
    assert missing == []


def test_every_mail_has_a_subject_and_a_preheader_in_every_locale(sample: Snapshot) -> None:
    for email in sample.emails.values():
        assert set(email.subject) == set(email.preheader) == set(sample.settings.locales)


def test_eight_personas_expect_four_slots_or_more_on_pages_and_in_mails(sample: Snapshot) -> None:
    assert len(sample.personas) == 8
    for persona in sample.personas.values():
        assert len(persona.expect) >= 4
        assert {place.startswith("emails/") for place in persona.expect} == {True, False}, persona.key


def test_a_cart_of_209_is_91_away_from_20_percent(sample: Snapshot) -> None:
    assert _shown(sample, "high-value-209", "cart/tiers") == ["plant-club:next-tier"]
    content = _content(sample, "high-value-209", "cart/tiers")
    assert content["headline"] == "$91.00 away from 20%"
    assert "15% off" in content["body"]["text"]


def test_chinese_readers_get_the_same_tier_as_a_discount_in_tenths(sample: Snapshot) -> None:
    simplified = _content(sample, "high-value-209", "cart/tiers", locale="zh-Hans")["headline"]
    traditional = _content(sample, "high-value-209", "cart/tiers", locale="zh-Hant")["headline"]
    assert simplified == "再买 US$91.00，就到 8折"
    assert traditional == "再買 US$91.00，就享 8折"


def test_the_first_tier_is_counted_from_the_cart(sample: Snapshot) -> None:
    assert _content(sample, "guest-69", "cart/tiers")["headline"] == "$31.00 away from 10%"


def test_a_cart_of_69_lacks_6_to_free_shipping_on_the_page_and_in_the_mail(sample: Snapshot) -> None:
    for place in ("cart/top", "checkout/top", "emails/abandoned-cart/top"):
        assert _shown(sample, "guest-69", place) == ["free-shipping:near"]
        assert _content(sample, "guest-69", place)["headline"] == "Add $6.00 for free shipping"


def test_taipei_is_told_in_its_own_currency_and_words(sample: Snapshot) -> None:
    assert _content(sample, "tw-mobile-email", "cart/top")["headline"] == "再買 NT$230 即享免運"


@pytest.mark.parametrize(
    ("persona", "shown"),
    [
        ("high-value-209", "free-shipping:reached"),
        ("shanghai-wechat", "free-shipping:open"),
        ("first-mobile-visit", "free-shipping:default"),
    ],
)
def test_free_shipping_follows_the_cart(sample: Snapshot, persona: str, shown: str) -> None:
    assert _shown(sample, persona, "cart/top") == [shown]


def test_free_shipping_is_not_said_when_the_shop_does_not_run_it(sample: Snapshot) -> None:
    persona = sample.personas["guest-69"]
    stopped = replace(persona, facts={**persona.facts, "shop.promotions": ["plant-club"]})
    decision = Rehearsal(sample, stopped, now=NOW).decide(sample.pages["cart"])
    assert [choice.variant for choice in decision.slots["top"]] == ["default"]


def test_accessories_cost_at_most_an_eighth_of_the_dearest_item(sample: Snapshot) -> None:
    decision = _with_products(sample, "high-value-209", "cart", _catalogue())
    (choice,) = decision.slots["rail"]
    limit = Fraction(129_00, 8)
    prices = [product.price.minor for product in choice.products if product.price is not None]
    assert choice.entry == "dont-forget"
    assert len(prices) >= 2
    assert all(price <= limit for price in prices)


def test_an_accessory_out_of_stock_leaves_the_rail(sample: Snapshot) -> None:
    products = _catalogue()
    before = _skus(_with_products(sample, "high-value-209", "cart", products).slots["rail"])
    gone = products | {"plant-food": replace(products["plant-food"], stock=0)}
    after = _skus(_with_products(sample, "high-value-209", "cart", gone).slots["rail"])
    assert "plant-food" in before
    assert "plant-food" not in after


def test_wholesale_buyers_get_their_terms_and_no_consumer_bundle(sample: Snapshot) -> None:
    assert _shown(sample, "wholesale-buyer", "landing/hero") == ["hero:wholesale"]
    assert _shown(sample, "wholesale-buyer", "cart/side") == ["service-note:trade-discount"]
    assert _content(sample, "wholesale-buyer", "cart/side")["headline"] == "Ordering for Green Office Ltd"
    shown = {
        choice.entry
        for surface in _surfaces(sample)
        for slot in _with_products(sample, "wholesale-buyer", surface, _catalogue()).slots.values()
        for choice in slot
    }
    assert not shown & {"complete-the-set", "upgrade"}


def _trade_cart(subtotal: str, **facts: object) -> dict[str, object]:
    """What the demo shop says of a wholesale cart below the Plant Club's first tier."""
    club: dict[str, object] = {"next.threshold[plant-club]": "100.00", "next.percent[plant-club]": 10}
    return {"cart.subtotal": subtotal, **club, "tier.percent[plant-club]": 0, "cart.gap[plant-club]": "20.00", **facts}


def _with_facts(sample: Snapshot, persona: str, place: str, facts: Mapping[str, object]) -> tuple[str, str]:
    """Give the variant and the headline that a persona sees when more is known of it."""
    surface, _, slot = place.rpartition("/")
    page, is_email = _surface(sample, surface)
    found = sample.personas[persona]
    rehearsal = Rehearsal(sample, replace(found, facts={**found.facts, **facts}), now=NOW)
    choice = rehearsal.decide(page, email=is_email).slots[slot][0]
    context = rehearsal.context(page, channel="email" if is_email else rehearsal.request.channel)
    return choice.variant, str(filled(choice, View(context))["headline"])


@pytest.mark.parametrize("place", ["cart/tiers", "emails/abandoned-cart/tiers", "account/club"])
def test_wholesale_buyers_are_not_promised_the_discount_they_have(sample: Snapshot, place: str) -> None:
    facts = _trade_cart("80.00", **{"cart.promotions": ["free-shipping", "trade-10"], "tier.percent[trade-10]": 10})
    if place != "account/club":
        wanted = ("trade-reached", "Your trade discount of 10% is on this cart")
        assert _with_facts(sample, "wholesale-buyer", place, facts) == wanted
    assert "away from 10%" not in _with_facts(sample, "wholesale-buyer", place, facts)[1]


def test_wholesale_buyers_with_a_small_cart_are_told_of_their_own_discount_first(sample: Snapshot) -> None:
    trade = {"tier.percent[trade-10]": 0, "next.percent[trade-10]": 10, "cart.gap[trade-10]": "27.00"}
    facts = _trade_cart("23.00", **{"cart.promotions": [], "next.threshold[trade-10]": "50.00"}, **trade)
    wanted = ("trade-near", "$27.00 away from your 10% trade discount")
    assert _with_facts(sample, "wholesale-buyer", "cart/tiers", facts) == wanted
    assert _with_facts(sample, "wholesale-buyer", "cart/side", facts)[0] == "wholesale"


@pytest.mark.parametrize(("promotions", "variant"), [(["trade-10"], "trade-discount"), (["plant-club"], "wholesale")])
def test_the_trade_discount_is_claimed_only_where_the_cart_has_it(
    sample: Snapshot, promotions: list[str], variant: str
) -> None:
    facts = {"cart.promotions": promotions}
    for place in ("cart/side", "checkout/side", "emails/order-confirmation/side"):
        assert _with_facts(sample, "wholesale-buyer", place, facts)[0] == variant


@pytest.mark.parametrize(("orders", "variant"), [(1, "first-order"), (2, "returning")])
def test_only_the_first_order_is_thanked_for_as_the_first(sample: Snapshot, orders: int, variant: str) -> None:
    for place in ("confirmation/thanks", "emails/order-confirmation/thanks"):
        assert _with_facts(sample, "shanghai-wechat", place, {"orders.count": orders})[0] == variant


def test_no_rail_offers_again_what_was_just_bought(sample: Snapshot) -> None:
    assert [key for key, rail in sample.rails.items() if rail.filters.not_bought_within is None] == []


def test_the_mail_about_a_cart_counts_nothing_that_may_have_gone(sample: Snapshot) -> None:
    """It is sent later than it was planned: the cart may be empty by then."""
    mail = sample.emails["abandoned-cart"]
    texts = [text for texts in (mail.subject, mail.preheader) for said in texts.values() for text in said]
    names = {placeholder.ref.name for text in texts for placeholder in text.placeholders}
    assert names == {"customer.company", "next.threshold[free-shipping]"}


def test_a_first_visit_on_a_phone_gets_a_light_incentive_and_no_upgrade(sample: Snapshot) -> None:
    assert _shown(sample, "first-mobile-visit", "landing/overlay") == ["welcome:first-mobile"]
    assert _content(sample, "first-mobile-visit", "landing/overlay")["headline"] == "Shipping is on us from $75.00"
    assert _shown(sample, "first-mobile-visit", "product/offer") == ["plant-care:default"]


@pytest.mark.parametrize("persona", ["guest-69", "wholesale-buyer", "tw-mobile-email", "shanghai-wechat"])
def test_nobody_else_meets_the_overlay(sample: Snapshot, persona: str) -> None:
    assert _shown(sample, persona, "landing/overlay") == []


def test_last_months_fig_buyer_gets_consumables_and_not_the_fig_again(sample: Snapshot) -> None:
    for surface in ("landing", "account", "confirmation", "emails/order-confirmation"):
        decision = _with_products(sample, "recent-fig-buyer", surface, _catalogue())
        skus = _skus(decision.slots["rail"])
        assert [choice.variant for choice in decision.slots["rail"]] == ["fig"]
        assert skus[0] == "plant-food"
        assert "fiddle-leaf-fig" not in skus


@pytest.mark.parametrize(
    ("source", "variant"),
    [("paid", "from-search"), ("email", "from-email"), ("wechat", "from-wechat"), ("organic", "returning")],
)
def test_the_hero_greets_each_source_in_its_own_words(sample: Snapshot, source: str, variant: str) -> None:
    facts = {"visitor.is_new": False, "source.kind": source}
    assert _shown(sample, "guest-69", "landing/hero", facts=facts) == [f"hero:{variant}"]


def test_nothing_stands_in_the_way_of_paying(sample: Snapshot) -> None:
    for persona in sample.personas:
        decision = _rehearsal(sample, persona).decide(sample.pages["payment"])
        assert [choice.display for choice in decision.slots["reassurance"]] == ["inline"]


def test_the_copy_experiment_draws_customers_only(sample: Snapshot) -> None:
    (experiment,) = sample.entries["free-shipping"].experiments
    assert (experiment.unit, experiment.running) == ("customer", True)
    assert experiment.control.variant == "near"


def test_an_entry_shows_a_persona_the_same_variant_on_pages_and_in_mails(sample: Snapshot) -> None:
    """The hero alone differs by facts that no mail has, and is in no mail."""
    for persona in sample.personas:
        seen: dict[str, set[str]] = {}
        for surface in _surfaces(sample):
            page, is_email = _surface(sample, surface)
            for choices in _rehearsal(sample, persona).decide(page, email=is_email).slots.values():
                for choice in choices:
                    seen.setdefault(choice.entry, set()).add(choice.variant)
        assert [entry for entry, variants in seen.items() if len(variants) > 1] == [], persona


def test_the_carts_slots_are_the_same_in_the_mail_about_it(sample: Snapshot) -> None:
    for persona in sample.personas:
        for slot in ("top", "tiers", "rail"):
            assert _shown(sample, persona, f"cart/{slot}") == _shown(sample, persona, f"emails/abandoned-cart/{slot}")


def test_what_personas_expect_holds_with_the_products_of_the_demo_shop(sample: Snapshot) -> None:
    for key, persona in sample.personas.items():
        products = _catalogue("TWD" if key.startswith("tw-") else "USD")
        for place, wanted in persona.expect.items():
            surface, _, slot = place.rpartition("/")
            choices = _with_products(sample, key, surface, products).slots[slot]
            shown = {choice.entry for choice in choices} | {f"{choice.entry}:{choice.variant}" for choice in choices}
            assert wanted in (shown or {"none"}), f"{key} {place}"


def test_links_lead_to_what_the_demo_shop_has(sample: Snapshot) -> None:
    categories = {category for raw in PRODUCTS for category in raw["categories"]}
    routes = ROUTES | {f"/products?category={category}" for category in categories}
    links = {
        node.href
        for entry in sample.entries.values()
        for variant in entry.variants
        for body in variant.content.values()
        for node in nodes(body)
        if isinstance(node, Link)
    }
    assert links <= routes


def test_rails_pin_only_what_the_demo_shop_sells(sample: Snapshot) -> None:
    pinned = {sku for rail in sample.rails.values() for sku in rail.pinned}
    assert pinned <= {raw["sku"] for raw in PRODUCTS}
