"""The upsell journey of the sample workspace, decided with the products of the demo shop: what is offered, and what never."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from sample import (
    PRODUCTS,
    catalogue,
    content,
    decided,
    rehearsal_of,
    shown,
    skus,
    surfaces,
    with_facts,
    with_products,
)

from cms.components.body import ProductRef, nodes
from cms.content.snapshot import Snapshot

SEEN_BY_NOBODY = {"free-shipping:near-urgent"}  # drawn by its experiment
SERVICES = {raw["sku"] for raw in PRODUCTS if "services" in raw["categories"]}


def test_what_personas_expect_holds_with_the_products_of_the_demo_shop(sample: Snapshot) -> None:
    for key, persona in sample.personas.items():
        for place, wanted in persona.expect.items():
            name, _, slot = place.rpartition("/")
            choices = with_products(sample, key, name).slots[slot]
            seen = {choice.entry for choice in choices} | {f"{choice.entry}:{choice.variant}" for choice in choices}
            assert wanted in (seen or {"none"}), f"{key} {place}"


def test_no_offer_repeats_a_product_in_the_cart(sample: Snapshot) -> None:
    """A comparison names what it improves on; what it offers is new."""
    for key, persona in sample.personas.items():
        held = {line["sku"] for line in persona.request.get("cart", {}).get("lines", ())}
        for name in surfaces(sample):
            for choices in with_products(sample, key, name).slots.values():
                offered = [choice for choice in choices if sample.entries[choice.entry].offer]
                repeated = held & set(skus(tuple(c for c in offered if c.component != "upgrade-compare")))
                assert repeated == set(), f"{key} {name}"


def test_an_upgrade_is_a_small_step_in_price(sample: Snapshot) -> None:
    prices = {sku: product.price.minor for sku, product in catalogue().items() if product.price}
    offered = 0
    for key in sample.personas:
        for choice in with_products(sample, key, "product").slots["offer"]:
            if choice.entry == "upgrade":
                (better,) = choice.rails["upgrade"]
                (viewed,) = choice.items.values()
                assert 1 < Fraction(prices[better.sku], prices[viewed.sku]) <= Fraction(3, 2), key
                offered += 1
    assert offered >= 5


@pytest.mark.parametrize("persona", ["first-mobile-visit", "wechat-article", "last-one"])
def test_nobody_on_a_first_visit_on_a_phone_meets_an_upgrade(sample: Snapshot, persona: str) -> None:
    seen = {choice.entry for choices in with_products(sample, persona, "product").slots.values() for choice in choices}
    assert not seen & {"upgrade", "home-setup"}
    assert "plant-care" in seen


def test_a_first_visit_on_a_phone_gets_a_light_incentive(sample: Snapshot) -> None:
    assert shown(sample, "first-mobile-visit", "landing/overlay") == ["welcome:first-mobile"]
    words = content(sample, "first-mobile-visit", "landing/overlay")
    assert words["headline"] == "Shipping is on us from $75.00"


@pytest.mark.parametrize("persona", ["guest-69", "search-ad", "wholesale-buyer", "tw-mobile-email", "shanghai-wechat"])
def test_nobody_else_meets_the_overlay(sample: Snapshot, persona: str) -> None:
    assert shown(sample, persona, "landing/overlay") == []


@pytest.mark.parametrize(
    "persona", ["wholesale-buyer", "lobby-bronze", "lobby-on-phone", "trade-76", "key-account", "office-six-left"]
)
def test_business_buyers_meet_no_consumer_offer(sample: Snapshot, persona: str) -> None:
    seen = {
        choice.entry
        for name in surfaces(sample)
        for choices in with_products(sample, persona, name).slots.values()
        for choice in choices
    }
    assert not seen & {
        "complete-the-set",
        "complete-your-set",
        "upgrade",
        "deal-of-day",
        "protection-plan",
        "stamp-card",
    }
    assert not seen & {"trial-product", "dont-forget", "reach-free-shipping", "welcome", "nearby"}


def test_wholesale_buyers_get_their_terms(sample: Snapshot) -> None:
    assert shown(sample, "wholesale-buyer", "landing/hero") == ["hero:wholesale"]
    assert shown(sample, "wholesale-buyer", "cart/side") == ["service-note:trade-discount"]
    assert content(sample, "wholesale-buyer", "cart/side")["headline"] == "Ordering for Green Office Ltd"


@pytest.mark.parametrize(
    ("stock", "variant"), [(1, "last-one"), (2, "few"), (6, "few"), (7, "default"), (9, "default")]
)
def test_scarcity_counts_the_real_stock(sample: Snapshot, stock: int, variant: str) -> None:
    found, words = with_facts(sample, "six-left", "product/notice", {"product.stock": stock})
    assert found == variant
    assert (str(stock) in words) is (variant == "few")


@pytest.mark.parametrize("stock", [0, 10])
def test_what_is_sold_out_or_plenty_is_not_called_scarce(sample: Snapshot, stock: int) -> None:
    found = sample.personas["six-left"]
    changed = replace(found, facts={**found.facts, "product.stock": stock})
    crowd = replace(sample, personas={**sample.personas, "six-left": changed})
    assert shown(crowd, "six-left", "product/notice") == []


def test_accessories_cost_at_most_an_eighth_of_the_dearest_item(sample: Snapshot) -> None:
    for persona, dearest in (("high-value-209", 129_00), ("top-tier-307", 149_00)):
        (choice,) = with_products(sample, persona, "cart").slots["rail"]
        prices = [product.price.minor for product in choice.products if product.price is not None]
        assert choice.entry == "dont-forget"
        assert len(prices) >= 2
        assert all(price <= Fraction(dearest, 8) for price in prices)


def test_an_accessory_out_of_stock_leaves_the_rail(sample: Snapshot) -> None:
    products = catalogue()
    before = skus(with_products(sample, "high-value-209", "cart", products).slots["rail"])
    gone = products | {"plant-food": replace(products["plant-food"], stock=0)}
    after = skus(with_products(sample, "high-value-209", "cart", gone).slots["rail"])
    assert "plant-food" in before
    assert "plant-food" not in after


def test_what_closes_the_gap_to_free_shipping_is_shown_cheapest_first(sample: Snapshot) -> None:
    (choice,) = with_products(sample, "guest-69", "cart").slots["rail"]
    prices = [product.price.minor for product in choice.products if product.price is not None]
    assert (choice.entry, prices) == ("reach-free-shipping", [12_00, 14_00, 15_00])
    assert content(sample, "guest-69", "cart/rail")["title"] == "$6.00 to go: any of these does it"


@pytest.mark.parametrize(
    ("persona", "headline"),
    [
        ("vip-eight-stamps", "Two more and it is free"),
        ("nine-stamps", "Your next one is free"),
        ("stamps-seven", "3 more and it is free"),
        ("tools-four-stamps", "4 stamps on your card"),
    ],
)
def test_the_stamp_card_counts_down_to_the_free_one(sample: Snapshot, persona: str, headline: str) -> None:
    assert content(sample, persona, "cart/loyalty")["headline"] == headline


def test_last_months_fig_buyer_gets_consumables_and_not_the_fig_again(sample: Snapshot) -> None:
    for name in ("landing", "account", "confirmation", "emails/order-confirmation"):
        choices = with_products(sample, "recent-fig-buyer", name).slots["rail"]
        assert [choice.variant for choice in choices] == ["fig"]
        assert skus(choices)[0] == "plant-food"
        assert "fiddle-leaf-fig" not in skus(choices)


def test_whoever_looks_again_at_what_was_bought_is_shown_what_goes_with_it(sample: Snapshot) -> None:
    (choice,) = with_products(sample, "fig-again", "product").slots["rail"]
    assert f"{choice.entry}:{choice.variant}" == "related:same-again"
    products = catalogue()
    assert {"accessories"} == {products[sku].categories[0] for sku in skus((choice,))}


def test_a_region_sees_what_sells_there(sample: Snapshot) -> None:
    portland = skus(with_products(sample, "portland-rubber-plant", "landing").slots["rail"])
    assert portland[0] == "boston-fern"
    assert skus(with_products(sample, "six-left", "landing").slots["rail"])[0] == "snake-plant"


def test_the_deal_of_the_day_is_one_product_and_stays_closed_for_the_day(sample: Snapshot) -> None:
    (choice,) = with_products(sample, "browsed-three", "landing").slots["deal"]
    assert len(choice.products) == 1
    assert shown(sample, "cat-at-home", "landing/deal") == ["season:pet-home"]
    entry = sample.entries["deal-of-day"]
    assert entry.dismiss_for is not None
    assert entry.dismiss_for.days == 1
    assert sample.personas["cat-at-home"].facts["dismissed[deal-of-day]"] == date(2026, 12, 2).isoformat()


def test_no_page_pushes_more_than_it_is_allowed_to(sample: Snapshot) -> None:
    for key in sample.personas:
        for name, page in sample.surfaces.items():
            slots = with_products(sample, key, name).slots
            offers = [choice for choices in slots.values() for choice in choices if sample.entries[choice.entry].offer]
            assert page.max_offers is not None, name
            assert len(offers) <= page.max_offers, f"{key} {name}"


def test_every_offer_stays_away_for_a_while_once_closed(sample: Snapshot) -> None:
    offers = [entry for entry in sample.entries.values() if entry.offer is not None]
    assert len(offers) >= 15
    assert [entry.key for entry in offers if not entry.component.dismissible or not entry.dismiss_for] == []


def test_no_rail_offers_again_what_was_just_bought(sample: Snapshot) -> None:
    """But for a reminder of the cart, which offers nothing new."""
    rails = [rail for rail in sample.rails.values() if rail.strategy not in {"in-cart", "replenish"}]
    assert [rail.key for rail in rails if rail.filters.not_bought_within is None] == []


def test_services_stand_only_where_they_are_named(sample: Snapshot) -> None:
    for key in sample.personas:
        for name in surfaces(sample):
            for choices in with_products(sample, key, name).slots.values():
                for choice in choices:
                    named = {node.sku for node in nodes(choice.body) if isinstance(node, ProductRef)}
                    railed = {product.sku for rail in choice.rails.values() for product in rail}
                    assert not (railed - named) & SERVICES or choice.component in {"upgrade-compare", "rail"}, name


def test_every_variant_is_seen_by_a_persona(sample: Snapshot) -> None:
    seen = {
        f"{choice.entry}:{choice.variant}"
        for key in sample.personas
        for name in surfaces(sample)
        for choices in decided(rehearsal_of(sample, key), name).slots.values()
        for choice in choices
    }
    written = {f"{entry.key}:{variant.key}" for entry in sample.entries.values() for variant in entry.variants}
    assert written - seen == SEEN_BY_NOBODY


def test_what_a_variant_is_written_for_is_proved_with_the_products_of_the_shop(sample: Snapshot) -> None:
    seen = {
        f"{choice.entry}:{choice.variant}"
        for key in sample.personas
        for name in surfaces(sample)
        for choices in with_products(sample, key, name).slots.values()
        for choice in choices
    }
    conditional = {
        f"{entry.key}:{variant.key}"
        for entry in sample.entries.values()
        for variant in entry.variants
        if not variant.default
    }
    assert conditional - seen == SEEN_BY_NOBODY
