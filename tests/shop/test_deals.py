from datetime import UTC, datetime, timedelta

import pytest

from cms.shop.catalogue import Catalogue, load_catalogue
from cms.shop.deals import DEAL, Calendar, deals_at
from cms.shop.pricing import price_cart

NOON = datetime(2026, 12, 2, 17, tzinfo=UTC)  # at noon in New York it is the next day in Taipei


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


def test_the_deal_goes_once_round_and_begins_again(catalogue: Catalogue) -> None:
    rotation = catalogue.promotion(DEAL).rotation
    days = [deals_at(catalogue, NOON + timedelta(days=day))["USD"] for day in range(2 * len(rotation))]

    assert set(rotation) == set(days[: len(rotation)])
    assert days[: len(rotation)] == days[len(rotation) :]


def test_the_deal_lasts_until_midnight_of_its_market(catalogue: Catalogue) -> None:
    before, after = datetime(2026, 12, 3, 4, 59, tzinfo=UTC), datetime(2026, 12, 3, 5, tzinfo=UTC)

    assert deals_at(catalogue, NOON)["USD"] == deals_at(catalogue, before)["USD"] != deals_at(catalogue, after)["USD"]
    assert deals_at(catalogue, NOON)["TWD"] == deals_at(catalogue, after)["USD"]


def test_only_the_deal_has_a_fifth_off_its_regular_price(catalogue: Catalogue) -> None:
    today = Calendar(catalogue).at(NOON)
    deal = today.products[today.deals["USD"]]
    regular = catalogue.products[deal.sku].price["USD"]

    assert (regular, regular.percent(80)) == (deal.list_price["USD"], deal.price["USD"])
    assert [] == [
        sku for sku, product in today.products.items() if sku not in today.deals.values()
        and product != catalogue.products[sku]
    ]  # fmt: skip


def test_the_next_day_the_price_is_the_regular_one_again(catalogue: Catalogue) -> None:
    calendar = Calendar(catalogue)
    deal = calendar.at(NOON).deals["USD"]
    tomorrow = calendar.at(NOON + timedelta(days=1))

    assert catalogue.products[deal].price["USD"] == tomorrow.products[deal].price["USD"]
    assert deal != tomorrow.deals["USD"]


def test_the_deal_is_named_in_the_cart_and_not_reduced_once_more(catalogue: Catalogue) -> None:
    today = Calendar(catalogue).at(NOON)
    deal = today.products[today.deals["USD"]]
    totals = price_cart([(deal.sku, 1), ("fiddle-leaf-fig", 1)], today, currency="USD")

    assert ("free-shipping", "plant-club", DEAL) == totals.promotions
    assert [("plant-club", usd_part(today, totals.subtotal.minor))] == [
        (row.promotion, row.amount.minor) for row in totals.discounts
    ]


def usd_part(today: Catalogue, subtotal: int) -> int:
    percent = 15 if subtotal >= 20000 else 10
    return today.products["fiddle-leaf-fig"].price["USD"].percent(percent).minor
