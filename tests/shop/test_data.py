import xml.etree.ElementTree as ET

import pytest

from cms.shop.catalogue import Catalogue, Product, load_catalogue
from cms.shop.customers import load_directory
from cms.shop.money import CURRENCIES, parse_money
from cms.shop.pictures import DRAWINGS, draw
from cms.shop.records import read_data
from cms.shop.reviews import reviews_of
from cms.shop.wording import LOCALES, negotiate


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


def test_every_product_has_its_words_prices_and_picture(catalogue: Catalogue) -> None:
    for product in catalogue.products.values():
        assert set(LOCALES) == set(product.title) == set(product.description)
        assert set(CURRENCIES) == set(product.price)
        assert product.sku in DRAWINGS


def test_links_lead_to_products_and_never_to_the_product_itself(catalogue: Catalogue) -> None:
    for product in catalogue.products.values():
        linked = {sku for skus in product.links.values() for sku in skus}

        assert linked <= set(catalogue.products) - {product.sku}


def test_what_holds_a_plant_is_only_linked_with_plants_that_it_fits(catalogue: Catalogue) -> None:
    pairs = [
        (product.sku, linked.sku, product.suits(linked))
        for product in catalogue.products.values()
        for linked in catalogue.linked(product, ("accessories", "bought-together", "complete-the-set"))
        if product.size or linked.size
    ]

    assert [] == [pair for pair in pairs if not pair[2]]
    assert len(pairs) > 60


@pytest.mark.parametrize(
    ("pot", "plant", "fits"),
    [
        ("pot-terracotta", "pothos", True),
        ("pot-terracotta", "fiddle-leaf-fig", False),
        ("pot-basket", "fiddle-leaf-fig", True),
        ("humidity-tray", "bird-of-paradise", False),
        ("mister", "fiddle-leaf-fig", True),
        ("pot-stoneware", "pot-basket", True),
    ],
)
def test_a_pot_fits_by_the_size_of_the_plant_and_either_way_round(
    catalogue: Catalogue, pot: str, plant: str, *, fits: bool
) -> None:
    first, second = catalogue.products[pot], catalogue.products[plant]

    assert (fits, fits) == (first.suits(second), second.suits(first))


def test_an_upgrade_is_a_small_step_in_price_and_a_plants_own_larger_size_comes_first(catalogue: Catalogue) -> None:
    def steps(product: Product) -> list[float]:
        return [
            larger.price[currency].minor / product.price[currency].minor
            for larger in catalogue.linked(product, ("upgrade",))
            for currency in CURRENCIES
        ]

    goods = [product for product in catalogue.products.values() if not product.is_service]
    first = {product.sku: product.links["upgrade"][0] for product in goods if product.links.get("upgrade")}

    assert [] == [product.sku for product in goods if not all(1 < step <= 1.5 for step in steps(product))]
    assert all(first[product.parent] == product.sku for product in goods if product.parent != product.sku)
    assert ("plant-protection-plus",) == catalogue.products["plant-protection"].links["upgrade"]


def test_a_hanging_plant_is_not_stepped_up_to_a_larger_one_of_another_kind(catalogue: Catalogue) -> None:
    assert () == catalogue.linked(catalogue.products["string-of-pearls"], ("upgrade",))


def test_every_plant_can_be_compared_and_read_about_in_every_language(catalogue: Catalogue) -> None:
    plants = catalogue.in_category("plants")

    for plant in plants:
        assert 5 == len(plant.details), plant.sku
        assert all(set(LOCALES) == set(detail.label) == set(detail.value) for detail in plant.details)
        assert all(3 <= len(reviews_of(plant, locale)) <= 5 for locale in LOCALES), plant.sku
        assert plant.review_count > 3
    assert 16 == len(plants)


def test_the_larger_size_differs_from_the_smaller_one_in_what_people_compare(catalogue: Catalogue) -> None:
    small, large = (catalogue.products[sku].details for sku in ("monstera", "monstera-large"))
    differing = [one.label["en"] for one, other in zip(small, large, strict=True) if one.value != other.value]

    assert ["Height", "Nursery pot"] == differing


def test_services_are_listed_only_where_they_are_asked_for(catalogue: Catalogue) -> None:
    services = catalogue.in_category("services")

    assert 8 == len(services)
    assert not {service.sku for service in services} & {product.sku for product in catalogue.by_popularity}
    assert all(service.stock > 1000 for service in services)


def test_popularity_is_told_for_both_markets_and_some_regions(catalogue: Catalogue) -> None:
    places = {place for product in catalogue.products.values() for place in product.popularity_in}

    assert {"US", "US-OR", "US-TX", "TW", "TW-TPE", "CN"} <= places


def test_some_accessories_cost_at_most_an_eighth_of_a_fig_and_some_more(catalogue: Catalogue) -> None:
    fig = catalogue.products["fiddle-leaf-fig"].price["USD"]
    prices = [p.price["USD"].minor for p in catalogue.in_category("accessories")]

    assert parse_money("149.00", "USD") == fig
    assert len([price for price in prices if price * 8 <= fig.minor]) >= 3
    assert any(price * 8 > fig.minor for price in prices)


def test_visitors_and_customers_refer_to_what_exists(catalogue: Catalogue) -> None:
    directory = load_directory()
    customers = directory.customers.values()
    skus = {sku for c in customers for lines in (c.waiting, *(lines for _, lines in c.past)) for sku, _ in lines}

    assert skus <= set(catalogue.products)
    assert {visitor.customer for visitor in directory.visitors.values()} <= {"", *directory.customers}
    assert len(directory.visitors) == 15


def test_every_word_is_there_in_every_language_with_the_same_gaps() -> None:
    for key, words in read_data("words").items():
        gaps = {frozenset(part.split("}")[0] for part in text.split("{")[1:]) for text in words.values()}

        assert (set(LOCALES), 1) == (set(words), len(gaps)), key


@pytest.mark.parametrize("name", [*DRAWINGS, "room", "mark"])
def test_a_picture_is_sound_svg_that_loads_nothing(name: str) -> None:
    drawn = draw(name) or ""
    links = [value for e in ET.fromstring(drawn).iter() for key, value in e.attrib.items() if key.endswith("href")]

    assert all(link.startswith("#") for link in links)
    assert "<script" not in drawn


def test_what_was_never_drawn_has_no_picture() -> None:
    assert draw("nothing") is None


@pytest.mark.parametrize(
    ("accepted", "locale"),
    [
        (["zh-TW", "en"], "zh-Hant"),
        (["zh-Hant-HK"], "zh-Hant"),
        (["zh-CN"], "zh-Hans"),
        (["zh"], "zh-Hans"),
        (["fr", "zh-MO"], "zh-Hant"),
        (["de"], "en"),
        ([], "en"),
    ],
)
def test_the_browser_language_finds_the_nearest_of_the_shops(accepted: list[str], locale: str) -> None:
    assert locale == negotiate(accepted)
