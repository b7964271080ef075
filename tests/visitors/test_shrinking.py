"""A visitor is told no more than it takes, and in values that people would believe."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from cms.content.compiling import compile_workspace
from cms.content.snapshot import Settings
from cms.counterfactuals import ANOTHER
from cms.facts.money import Money
from cms.facts.values import Value
from cms.visitors.shrinking import shrunk
from cms.visitors.visitor import Visitor
from cms.workspace import read_workspace

NOW = datetime(2026, 12, 2, 10, tzinfo=UTC)
MARKETS = b"""{"default_market": "us", "markets": {
    "us": {"currency": "USD", "time_zone": "America/New_York"}, "tw": {"currency": "TWD", "time_zone": "Asia/Taipei"},
    "jp": {"currency": "JPY", "time_zone": "Asia/Tokyo"}}}"""


@pytest.fixture(scope="module")
def settings() -> Settings:
    snapshot, problems = compile_workspace(read_workspace({"content/workspace.json": MARKETS}))
    assert snapshot is not None, problems
    return snapshot.settings


def visitor(currency: str = "USD", **facts: Value | None) -> Visitor:
    return Visitor(NOW, "en", currency, "web", {name.replace("__", "."): value for name, value in facts.items()})


def told(settings: Settings, one: Visitor, keeps: Callable[[Visitor], bool]) -> dict[str, Any]:
    return dict(
        shrunk(one, settings, lambda other: other.facts.keys() == one.facts.keys() and keeps(other), now=NOW).facts
    )


def _cents(currency: str) -> Visitor:
    cents = (Money(minor, currency) for minor in (1, 3, 4))
    return visitor(currency, **dict(zip(("cart__gap", "cart__subtotal", "shop__goal"), cents, strict=True)))


def _sum(one: Visitor) -> bool:
    amounts = [one.facts[name] for name in ("cart.gap", "cart.subtotal", "shop.goal")]
    gap, subtotal, goal = (amount.minor for amount in amounts if isinstance(amount, Money))
    return gap + subtotal == goal and 3 * gap == subtotal


def test_amounts_that_hang_on_each_other_become_large_and_stay_whole(settings: Settings) -> None:
    assert ["15.00", "45.00", "60.00"] == [amount.amount for amount in told(settings, _cents("USD"), _sum).values()]


def test_of_other_money_the_same_shopper_is_made_one_of_the_usual_market(settings: Settings) -> None:
    one = shrunk(_cents("TWD"), settings, lambda other: len(other.facts) == 3 and _sum(other), now=NOW)

    assert "USD" == one.currency
    assert {"USD"} == {amount.currency for amount in one.facts.values() if isinstance(amount, Money)}


@pytest.mark.parametrize(
    ("currency", "amounts"), [("TWD", ["150.00", "450.00", "600.00"]), ("JPY", ["1500", "4500", "6000"])]
)
def test_where_a_coin_buys_little_more_of_them_are_in_the_cart(
    currency: str, amounts: list[str], settings: Settings
) -> None:
    found = told(settings, _cents(currency), lambda other: other.currency == currency and _sum(other))

    assert amounts == [amount.amount for amount in found.values()]


@pytest.mark.parametrize(
    ("name", "value", "believable"),
    [
        ("product__price", Money(1, "USD"), Money(5000, "USD")),
        ("product__price", Money(101, "USD"), Money(5000, "USD")),
        ("churn_risk", 1, Decimal("0.9")),
        ("churn_risk", 0, Decimal("0.1")),
        ("visitor__country", ANOTHER, "US"),
        ("source__medium", ANOTHER, "other"),
    ],
)
def test_a_value_becomes_one_that_people_would_believe(
    name: str, value: Value, believable: Value, settings: Settings
) -> None:
    assert [believable] == list(told(settings, visitor(**{name: value}), lambda _: True).values())


def test_an_amount_under_a_limit_is_no_coin(settings: Settings) -> None:
    def cheap(other: Visitor) -> bool:
        price = other.facts["product.price"]
        return isinstance(price, Money) and price.minor < 1250

    assert [Money(1000, "USD")] == list(told(settings, visitor(product__price=Money(1, "USD")), cheap).values())
