"""Schedules, claims and promises: what holds when, what clashes, and what commerce confirms."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from cms.facts.context import DecisionContext, View
from cms.facts.money import Money
from cms.facts.signals import Product
from cms.offers.offer import Claims, Promise, Schedule
from cms.offers.promises import facts_of, unconfirmed

NOW = datetime(2026, 12, 2, 12, tzinfo=UTC)
USD5, USD6 = Money(500, "USD"), Money(600, "USD")
TICK = timedelta(microseconds=1)


def test_a_schedule_includes_its_first_moment_and_not_its_last() -> None:
    schedule = Schedule(NOW, NOW + timedelta(hours=1))
    moments = (NOW - TICK, NOW, NOW + timedelta(hours=1) - TICK, NOW + timedelta(hours=1))

    assert [False, True, True, False] == [schedule.holds(moment) for moment in moments]
    assert [True] * 4 == [Schedule().holds(moment) for moment in moments]
    assert Schedule(NOW).holds(NOW.astimezone(ZoneInfo("Asia/Taipei")))


@pytest.mark.parametrize(
    ("left", "right", "clash"),
    [
        (Claims(), Claims(), ""),
        (Claims({"fern": 10}), Claims({"fern": 10}), ""),
        (Claims({"fern": 10}), Claims({"moss": 20}), ""),
        (Claims({"fern": 10}), Claims({"fern": 20}), "discount of fern"),
        (Claims(threshold={"ship": USD5}), Claims(threshold={"ship": USD5}), ""),
        (Claims(threshold={"ship": USD5}), Claims(threshold={"ship": USD6}), "threshold of ship"),
        (Claims(threshold={"ship": USD5}), Claims(threshold={"ship": Money(500, "TWD")}), "threshold of ship"),
        (Claims(push=frozenset({"fern"})), Claims(push=frozenset({"fern"})), ""),
        (Claims(push=frozenset({"fern"})), Claims(sold_out=frozenset({"fern"})), "stock of fern"),
        (Claims(push=frozenset({"fern"})), Claims(sold_out=frozenset({"moss"})), ""),
    ],
)
def test_two_claims_clash_whichever_comes_first(left: Claims, right: Claims, clash: str) -> None:
    assert [clash, clash] == [left.clashes_with(right), right.clashes_with(left)]


def _view(values: dict[str, Any], **more: Any) -> View:
    return View(DecisionContext(NOW, ZoneInfo("UTC"), "en", "USD", "web", values, **more))


RUNNING = {"shop.promotions": frozenset({"ship"})}
FERN = {"fern": Product("fern", {"en": "Fern"}, "/fern", USD5, stock=2)}


@pytest.mark.parametrize(
    ("promise", "view", "missing"),
    [
        (Promise("ship"), _view(RUNNING), ""),
        (Promise("sale"), _view(RUNNING), "promotion sale"),
        (Promise("ship"), _view({}), "promotion ship"),
        (Promise(threshold={"ship": USD5}), _view(RUNNING, thresholds={"ship": (USD5, USD6)}), ""),
        (Promise(threshold={"ship": USD6}), _view(RUNNING, thresholds={"ship": (USD5,)}), "threshold of ship"),
        (Promise(threshold={"ship": USD5}), _view(RUNNING), "threshold of ship"),
        (Promise(price={"fern": USD5}), _view({}, catalogue=FERN), ""),
        (Promise(price={"fern": USD6}), _view({}, catalogue=FERN), "price of fern"),
        (Promise(price={"fern": USD5}), _view({}), "price of fern"),
        (Promise(price={"fern": USD5}), _view({"page.product": "fern", "product.price": USD5}), ""),
        (Promise(price={"fern": USD5}), _view({"page.product": "moss", "product.price": USD5}), "price of fern"),
        (Promise(stock=("fern",)), _view({"stock[fern]": 1}), ""),
        (Promise(stock=("fern",)), _view({"stock[fern]": 0}), "stock of fern"),
        (Promise(stock=("fern", "moss")), _view({"stock[fern]": 1}), "stock of moss"),
        (Promise("ship", stock=("fern",)), _view(RUNNING), "stock of fern"),
    ],
)
def test_a_promise_holds_only_when_commerce_confirms_all_of_it(promise: Promise, view: View, missing: str) -> None:
    assert missing == unconfirmed(promise, view)


@pytest.mark.parametrize(
    ("promise", "view"),
    [
        (Promise("ship"), _view(RUNNING)),
        (Promise(threshold={"ship": USD5}), _view(RUNNING, thresholds={"ship": (USD5,)})),
        (Promise(price={"fern": USD5}), _view({"stock[fern]": 2}, catalogue=FERN)),
        (Promise(stock=("fern",)), _view({"stock[fern]": 1})),
    ],
)
def test_a_confirmed_promise_makes_the_answer_private_and_names_what_it_read(promise: Promise, view: View) -> None:
    assert "" == unconfirmed(promise, view)
    assert view.is_private()
    assert set(view.read) <= {ref.name for ref in facts_of(promise)}
