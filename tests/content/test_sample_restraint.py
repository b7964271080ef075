"""What the sample workspace keeps to itself: the same thing again, what harms a pet, free shipping beside express."""

import pytest
from sample import catalogue, decided, rehearsal_of, skus, surfaces, with_facts, with_products

from cms.content.snapshot import Snapshot


@pytest.mark.parametrize("persona", ["calathea-again", "tw-mobile-email", "fig-again"])
def test_a_recent_buyer_of_any_size_is_offered_neither_the_same_set_nor_an_upgrade(
    sample: Snapshot, persona: str
) -> None:
    slots = with_products(sample, persona, "product").slots
    assert {choice.entry for choices in slots.values() for choice in choices} & {
        "upgrade",
        "complete-your-set",
    } == set()
    assert [f"{choice.entry}:{choice.variant}" for choice in slots["rail"]] == ["related:same-again"]


def test_two_months_later_the_same_plant_may_be_offered_larger_again(sample: Snapshot) -> None:
    later = {"product.last_bought": "2026-09-20", "bought[calathea-large]": "2026-09-20"}
    assert with_facts(sample, "calathea-again", "product/offer", later)[0] == "default"
    slots = decided(rehearsal_of(sample, "calathea-again", known=later), "product").slots
    assert [slots[slot][0].entry for slot in ("offer", "set", "rail")] == ["upgrade", "complete-your-set", "related"]


def test_what_is_in_the_cart_in_another_size_is_offered_no_set_and_no_upgrade(sample: Snapshot) -> None:
    slots = with_products(sample, "monstera-in-cart", "product").slots
    assert {choice.entry for choices in slots.values() for choice in choices} & {
        "upgrade",
        "complete-your-set",
    } == set()


def test_no_plant_that_harms_is_recommended_to_a_home_with_a_cat_or_dog(sample: Snapshot) -> None:
    """But for what is in the cart already."""
    products = catalogue()
    harmful = {sku for sku, it in products.items() if "plants" in it.categories and "pet-safe" not in it.tags}
    homes = [persona for persona in sample.personas.values() if persona.facts.get("plant.pets") is True]
    for home in homes:
        held = {line["sku"] for line in home.request["cart"]["lines"]}
        for name in surfaces(sample):
            slots = with_products(sample, home.key, name).slots
            rails = [rail for choices in slots.values() for choice in choices for rail in choice.rails.values()]
            assert {product.sku for rail in rails for product in rail} & harmful <= held, f"{home.key} {name}"
    assert len(homes) >= 5


def test_a_home_with_a_cat_sees_only_the_safe_ones_of_what_it_looked_at(sample: Snapshot) -> None:
    (choice,) = with_products(sample, "cat-browsed", "landing").slots["rail"]
    assert f"{choice.entry}:{choice.variant}" == "pet-safe:looked-at"
    assert set(skus((choice,))) <= {"calathea", "peperomia"}


@pytest.mark.parametrize(("rail", "tag"), [("pet-safe", "pet-safe"), ("low-light", "low-light")])
def test_what_a_rail_calls_safe_or_shady_is_filtered_by_tag(sample: Snapshot, rail: str, tag: str) -> None:
    rails = [found for key, found in sample.rails.items() if key.startswith(rail)]
    assert len(rails) >= 2
    assert {(found.filters.tag, found.pinned) for found in rails} == {(tag, ())}


@pytest.mark.parametrize("persona", ["express-chosen", "express-pots"])
def test_nobody_who_chose_express_hears_of_free_shipping(sample: Snapshot, persona: str) -> None:
    told = {
        f"{choice.entry}:{choice.variant}"
        for name in surfaces(sample)
        for choices in with_products(sample, persona, name).slots.values()
        for choice in choices
    }
    assert not told & {"welcome:first-mobile", "welcome:from-article", "reach-free-shipping:one-step"}
    assert not [one for one in told if one.startswith(("free-shipping:", "express-shipping:"))]


@pytest.mark.parametrize("persona", ["bigger-monstera", "portland-rubber-plant"])
def test_nothing_is_sold_along_with_what_is_sold_out(sample: Snapshot, persona: str) -> None:
    gone = {"upgrade", "complete-your-set", "protection-plan", "home-setup"}
    for stock, seen in ((1, True), (0, False)):
        slots = decided(rehearsal_of(sample, persona, known={"product.stock": stock}), "product").slots
        assert bool(gone & {choice.entry for choices in slots.values() for choice in choices}) is seen
