"""Promises, branch by branch: every state commerce can be in, and the one in which it confirms."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import product as every
from zoneinfo import ZoneInfo

import pytest

from cms.facts.context import DecisionContext, Observation, View
from cms.facts.money import Money
from cms.facts.signals import Product, Signal
from cms.facts.values import Value
from cms.offers.offer import Promise
from cms.offers.promises import facts_of, unconfirmed

NOW = datetime(2026, 12, 2, 12, tzinfo=UTC)
EXACT, CENT_MORE, FOREIGN = Money(1500, "USD"), Money(1501, "USD"), Money(1500, "TWD")
FERN = Promise(price={"fern": EXACT})


def _view(values: Mapping[str, Value | None], currency: str = "USD", **more: object) -> View:
    known = {name: value for name, value in values.items() if value is not None}
    return View(DecisionContext(NOW, ZoneInfo("UTC"), "en", currency, "web", known, **more))  # type: ignore[arg-type]


def _catalogue(sku: str, price: Money | None) -> dict[str, Product]:
    return {sku: Product(sku, {"": sku}, f"/{sku}", price)}


CATALOGUES = {
    "unavailable": None, "without it": _catalogue("moss", EXACT), "without a price": _catalogue("fern", None),
    "exact": _catalogue("fern", EXACT), "a cent more": _catalogue("fern", CENT_MORE), "foreign": _catalogue("fern", FOREIGN),
}  # fmt: skip


@pytest.mark.parametrize("currency", ["USD", "TWD"])
@pytest.mark.parametrize("told", CATALOGUES)
def test_a_price_is_confirmed_by_the_catalogue_else_by_the_product_viewed(told: str, currency: str) -> None:
    """The catalogue has the last word on what it holds; the product viewed speaks for itself alone."""
    for viewed, price in every((None, "fern", "moss"), (None, EXACT, CENT_MORE, FOREIGN)):
        view = _view({"page.product": viewed, "product.price": price}, currency, catalogue=CATALOGUES[told])
        held = (CATALOGUES[told] or {}).get("fern")
        shown = held.price if held is not None else price if viewed == "fern" else None

        confirmed = shown == EXACT and currency == "USD"
        assert ("" if confirmed else "price of fern") == unconfirmed(FERN, view), (viewed, price)


@pytest.mark.parametrize("currency", ["USD", "TWD"])
@pytest.mark.parametrize("known", [(), (EXACT,), (CENT_MORE, EXACT), (CENT_MORE,), (FOREIGN,), (FOREIGN, EXACT)])
def test_a_threshold_is_confirmed_by_exactly_that_amount_of_any_tier(known: tuple[Money, ...], currency: str) -> None:
    view = _view({}, currency, thresholds={"club": known, "sale": (EXACT,)})

    confirmed = EXACT in known and currency == "USD"
    assert ("" if confirmed else "threshold of club") == unconfirmed(Promise(threshold={"club": EXACT}), view)


@pytest.mark.parametrize("stock", [None, 0, 1, 9])
def test_stock_is_confirmed_by_a_number_above_none(stock: int | None) -> None:
    view = _view({"stock[fern]": stock, "stock[moss]": 9})

    assert ("" if stock else "stock of fern") == unconfirmed(Promise(stock=("moss", "fern")), view)


@pytest.mark.parametrize("running", [None, (), ("sale",), ("club",), ("club", "sale")])
def test_a_promotion_is_confirmed_where_it_runs_and_is_known_to(running: tuple[str, ...] | None) -> None:
    view = _view({"shop.promotions": None if running is None else frozenset(running)})

    assert ("" if running and "club" in running else "promotion club") == unconfirmed(Promise("club"), view)


def test_every_part_has_to_be_confirmed_and_the_first_that_is_not_is_named() -> None:
    promise = Promise("club", {"club": EXACT}, {"fern": EXACT}, ("fern",))
    parts = ("promotion club", "threshold of club", "price of fern", "stock of fern")
    for broken in every((False, True), repeat=4):
        promotion, threshold, price, stock = broken
        view = _view(
            {"shop.promotions": None if promotion else frozenset({"club"}), "stock[fern]": 0 if stock else 1},
            thresholds={} if threshold else {"club": (EXACT,)},
            catalogue=_catalogue("fern", CENT_MORE if price else EXACT),
        )
        missing = [part for part, is_broken in zip(parts, broken, strict=True) if is_broken]
        assert (missing or [""])[0] == unconfirmed(promise, view)


def test_what_is_past_its_fresh_age_but_within_its_maximum_confirms() -> None:
    seen = {Signal.CATALOGUE: Observation(NOW - timedelta(minutes=10), stale=True)}
    view = _view({"stock[fern]": 1}, catalogue=_catalogue("fern", EXACT), observations=seen)

    assert "" == unconfirmed(Promise(price={"fern": EXACT}, stock=("fern",)), view)


def test_a_price_of_which_no_stock_is_told_is_as_private_as_any_other() -> None:
    view = _view({}, catalogue=_catalogue("fern", EXACT))

    assert "" == unconfirmed(FERN, view)
    assert view.is_private()


def test_a_promise_names_the_facts_it_hangs_on() -> None:
    names = {ref.name for ref in facts_of(Promise("club", {"club": EXACT}, {"fern": EXACT}, ("moss",)))}

    assert {"shop.promotions", "stock[moss]", "stock[fern]", "page.product", "product.price"} == names
    assert () == facts_of(Promise())
