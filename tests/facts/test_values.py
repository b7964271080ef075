"""JSON values as values of facts: what each type takes, and what it says of anything else."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from cms.facts.builtin import builtin
from cms.facts.declarations import Absence, Fact, FactType, Origin
from cms.facts.money import Money
from cms.facts.values import NEVER, Value, absent_value, duration_of, moment_of, value_of

TAIPEI = ZoneInfo("Asia/Taipei")
WATERED = Fact("plant.watered", FactType.DURATION, Origin.TRAIT, {"en": "since watered"})
LABELS = Fact("plant.labels", FactType.SET, Origin.TRAIT, {"en": "labels"}, of=("a", "b"))


def _read(fact: str | Fact, raw: object) -> Value | None:
    declared = fact if isinstance(fact, Fact) else builtin(fact).fact
    return value_of(declared, raw, currency="USD", zone=TAIPEI)


GOOD: list[tuple[str | Fact, Any, Value | None]] = [
    ("visitor.is_new", True, True),
    ("cart.count", 3, 3),
    ("cart.count", 3.0, 3),
    ("affinity[plants]", Decimal("0.8"), Decimal("0.8")),
    ("affinity[plants]", 0.1, Decimal("0.1")),
    ("cart.subtotal", "80.00", Money(8000, "USD")),
    ("cart.subtotal", "80", Money(8000, "USD")),
    ("cart.subtotal", {"amount": "80", "currency": "JPY"}, Money(80, "JPY")),
    ("visitor.country", "TW", "TW"),
    ("visitor.device", "mini-program", "mini-program"),
    ("rfm.class", "whatever no choices say", "whatever no choices say"),
    ("cart.skus", ["b", "a", "b"], frozenset({"a", "b"})),
    ("cart.skus", [], frozenset()),
    (LABELS, ["a"], frozenset({"a"})),
    ("orders.last", "2026-12-01", date(2026, 12, 1)),
    ("orders.last", "2026-12-01T23:00+00:00", date(2026, 12, 2)),  # as it is in Taipei
    ("bought[fern]", "never", NEVER),
    (WATERED, "P1W", timedelta(weeks=1)),
    (WATERED, "P1DT2H3M4S", timedelta(days=1, hours=2, minutes=3, seconds=4)),
    *[(name, None, None) for name in ("cart.count", "cart.subtotal", "cart.skus", "orders.last", "visitor.is_new")],
]


@pytest.mark.parametrize(("fact", "raw", "expected"), GOOD)
def test_a_good_value_is_read(fact: str | Fact, raw: Any, expected: Value | None) -> None:
    assert expected == _read(fact, raw)


BAD: list[tuple[str | Fact, Any, str]] = [
    ("visitor.is_new", 1, "true or false"),
    ("visitor.is_new", "true", "true or false"),
    ("cart.count", True, "a number"),
    ("cart.count", "3", "a number"),
    ("cart.count", Decimal("NaN"), "a number"),
    ("cart.count", float("inf"), "a number"),
    ("cart.count", -1, "at least 0"),
    ("cart.count", 2**53 + 1, "too large"),
    ("cart.count", Decimal("1e-99999999"), "too small"),
    ("churn_risk", 2, "at most 1"),
    ("now.hour", 24, "at most 23"),
    ("cart.subtotal", 80, "decimal string"),
    ("cart.subtotal", {"amount": 80, "currency": "USD"}, "decimal string"),
    ("cart.subtotal", {"amount": "80"}, "decimal string"),
    ("cart.subtotal", "80.005", "more decimals"),
    ("cart.subtotal", "1e3", "not an amount"),
    ("cart.subtotal", "080", "not an amount"),
    ("cart.subtotal", "-1.00", "too low"),
    ("cart.subtotal", {"amount": "1.5", "currency": "JPY"}, "more decimals"),
    ("cart.subtotal", {"amount": "1", "currency": "usd"}, "ISO 4217"),
    ("shop.free_shipping_threshold", "0.00", "too low"),
    ("visitor.country", 3, "a text"),
    ("visitor.device", "phone", "is not one of desktop, mobile"),
    ("visitor.device", ["mobile"], "a text"),
    ("cart.skus", "fern", "a list of texts"),
    ("cart.skus", ["fern", 3], "a list of texts"),
    (LABELS, ["a", "z"], '"z" is not one of a, b'),
    ("orders.last", 20261201, "a date"),
    ("orders.last", "1.12.2026", "not a date"),
    ("orders.last", "2026-02-30", "not a day"),
    ("orders.last", "2026-12-01T10:00", "no offset"),
    ("orders.last", "2026-12-32T00:00+08:00", "not a moment of the calendar"),
    ("orders.last", "0001-01-01T00:00+14:00", "beyond the calendar"),
    ("replenish_due[fern]", "never", "not a date"),  # its absence means nothing
    (WATERED, "P", "not a duration"),
    (WATERED, "PT", "not a duration"),
    (WATERED, "P1M", "not a duration"),
    (WATERED, "7 days", "not a duration"),
    (WATERED, "P99999999999D", "longer than"),
    (WATERED, 7, "a duration"),
]


@pytest.mark.parametrize(("fact", "raw", "message"), BAD)
def test_a_bad_value_is_refused_with_what_is_needed(fact: str | Fact, raw: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        _read(fact, raw)


def test_a_date_without_offset_is_told_how_to_write_it() -> None:
    with pytest.raises(ValueError, match=r"2026-12-01T00:00\+00:00$"):
        moment_of("2026-12-01")
    with pytest.raises(ValueError, match=r"2026-12-01T10:00\+00:00$"):
        moment_of("2026-12-01T10:00")


def test_durations_of_weeks_days_and_time_are_exact() -> None:
    assert timedelta(days=30) == duration_of("P30D")
    assert timedelta(minutes=20) == duration_of("PT20M")


def test_absence_is_zero_never_or_empty_in_the_type_of_the_fact() -> None:
    assert 0 == absent_value(builtin("cart.quantity[fern]").fact, "USD")
    assert Money(0, "JPY") == absent_value(builtin("cart.amount_in[plants]").fact, "JPY")
    assert NEVER is absent_value(builtin("bought[fern]").fact, "USD")
    empty = Fact("plant.labels", FactType.SET, Origin.TRAIT, {"en": "labels"}, absent=Absence.EMPTY)
    assert frozenset() == absent_value(empty, "USD")


def test_amounts_have_the_digits_of_their_currency() -> None:
    assert ["80.00", "80", "80.000"] == [Money.parse("80", currency).amount for currency in ("USD", "JPY", "KWD")]
    assert "0.05" == Money(5, "USD").amount
    with pytest.raises(ValueError, match="cannot be compared"):
        _ = Money(1, "USD") < Money(1, "TWD")
