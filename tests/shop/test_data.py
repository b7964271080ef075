import xml.etree.ElementTree as ET

import pytest

from cms.shop.catalogue import Catalogue, load_catalogue, read_data
from cms.shop.customers import load_directory
from cms.shop.money import CURRENCIES, parse_money
from cms.shop.pictures import DRAWINGS, draw
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
    assert len(directory.visitors) == 8


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
