"""Of each kind of loss the change that is named, and what else a change brings with it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from cms.content.snapshot import Snapshot
from cms.counterfactuals import Change, applied, smallest_change
from cms.decisions.decide import decide
from cms.facts.builtin import builtin
from cms.facts.context import DecisionContext, Observation, View
from cms.facts.counters import Counters, day_of, milliseconds
from cms.facts.declarations import FactSchema
from cms.facts.money import Money
from cms.facts.signals import Signal
from cms.facts.values import NEVER
from tests.decisions.conftest import NOW

Files = dict[str, Any]


def _banner(*variants: Mapping[str, Any], **more: Any) -> Files:
    written = [{"content": {"en": {"headline": "Hello"}}, **variant} for variant in variants]
    return {"component": "banner", "variants": written, **more}


DEFAULT = {"key": "default"}
ALL = {"currency": "USD"}


@pytest.fixture
def change_of(
    snapshot_of: Callable[[Any], Snapshot], context_of: Callable[..., DecisionContext]
) -> Callable[..., list[tuple[str, object]]]:
    """Say what would have `e:v` or `e` shown in the only slot of a page, and see to it that it would."""

    def found(entries: Mapping[str, Any], told: Mapping[str, Any], *, of: str = "e:v", **page: Any) -> Any:
        slots = {"top": {"accepts": ["banner"], "entries": list(entries), "may_be_empty": True}}
        files = {f"content/entries/{key}.json": entry for key, entry in entries.items()}
        made = {"route": "/cart", "stage": "cart", "slots": slots, **page}
        snapshot = snapshot_of({**files, "content/pages/cart.json": made})
        surface = snapshot.pages["cart"]
        context = context_of(snapshot, surface, told)
        trace = decide(snapshot, surface, context, trace=True).trace
        entry, _, variant = of.partition(":")
        step = next(step for step in trace if step.entry == entry and step.variant in {"", variant})
        changes = smallest_change(snapshot, surface, context, step)
        if changes is None:
            return None
        shown = decide(snapshot, surface, applied(context, changes)).slots["top"]
        assert [entry] == [choice.entry for choice in shown]
        return [(change.name, change.now or change.to) for change in changes]

    return found


CART = {"shop": {"cart": {"currency": "USD", "lines": [], "subtotal": {"amount": "55.00", "currency": "USD"}}}}


def test_a_limit_is_reached_and_no_more(change_of: Callable[..., Any]) -> None:
    rule = {"cart.subtotal": {"at_least": "60.00"}}

    assert change_of({"e": _banner({"key": "v", "when": rule}, DEFAULT)}, CART) == [
        ("cart.subtotal", Money(6000, "USD"))
    ]


def test_a_limit_that_is_exceeded_is_gone_below(change_of: Callable[..., Any]) -> None:
    rule = {"cart.subtotal": {"less_than": "20.00"}}

    assert change_of({"e": _banner({"key": "v", "when": rule}, DEFAULT)}, CART) == [
        ("cart.subtotal", Money(1999, "USD"))
    ]


def test_of_alternatives_the_nearer_is_named(change_of: Callable[..., Any]) -> None:
    rule = {"any": [{"cart.subtotal": {"at_least": "60.00"}}, {"visitor.is_new": True}]}

    assert change_of({"e": _banner({"key": "v", "when": rule}, DEFAULT)}, CART) == [
        ("cart.subtotal", Money(6000, "USD"))
    ]


def test_two_facts_change_where_one_is_not_enough(change_of: Callable[..., Any]) -> None:
    rule = {"visitor.is_new": True, "cart.subtotal": {"at_least": "60.00"}}

    assert change_of({"e": _banner({"key": "v", "when": rule}, DEFAULT)}, CART) == [
        ("cart.subtotal", Money(6000, "USD")),
        ("visitor.is_new", True),
    ]


def test_a_rival_that_came_first_stops_to_apply(change_of: Callable[..., Any]) -> None:
    rival = _banner({"key": "v", "when": {"visitor.visits": {"at_least": 3}}}, DEFAULT)
    told = {"request": {"facts": {"visitor.visits": 5}}}

    assert change_of({"rival": rival, "e": _banner({"key": "v", "when": ALL}, DEFAULT)}, told) == [
        ("visitor.visits", 2)
    ]


def test_what_has_ended_is_looked_at_a_second_before_its_end(change_of: Callable[..., Any]) -> None:
    over = _banner({"key": "v"}, schedule={"until": "2026-12-02T10:00+00:00"})

    assert change_of({"e": over}, {}, of="e") == [("now", datetime(2026, 12, 2, 9, 59, 59, tzinfo=UTC))]


def test_an_hour_is_waited_for(change_of: Callable[..., Any]) -> None:
    rule = {"now.hour": {"at_least": 9}}  # it is seven in New York

    assert change_of({"e": _banner({"key": "v", "when": rule}, DEFAULT)}, {}) == [
        ("now", datetime(2026, 12, 2, 14, tzinfo=UTC))
    ]


def test_a_cap_has_room_for_one_more_and_a_dismissal_never_was(change_of: Callable[..., Any]) -> None:
    capped = _banner(
        {"key": "v"},
        offer={"kind": "deal"},
        cap=[{"per": "visitor", "max": 3, "every": "P7D"}],
        dismiss_for="P30D",
    )
    told = {"counted": True, "facts": {"shown[e].last_7_days": 5, "dismissed[e]": "2026-12-01"}}

    assert change_of({"e": capped}, told, of="e") == [
        ("dismissed[e]", NEVER),
        ("shown[e].last_7_days", 2),
    ]


def test_a_promise_is_confirmed_by_promotion_threshold_price_and_stock(change_of: Callable[..., Any]) -> None:
    promise = {
        "promotion": "club", "threshold": {"free-shipping": "40.00"}, "price": {"sku-1": "9.00"}, "stock": ["sku-1"],
    }  # fmt: skip
    product = {
        "sku": "sku-1", "title": {"en": "P"}, "url": "/p", "stock": 0, "price": {"amount": "10.00", "currency": "USD"},
    }  # fmt: skip
    told = {"shop": {"catalogue": {"products": [product]}, "promotions": {"promotions": []}}}

    assert change_of({"e": _banner({"key": "v", "when": ALL, "promise": promise}, DEFAULT)}, told) == [
        ("catalogue[sku-1].Money", Money(900, "USD")),
        ("shop.free_shipping_threshold", Money(4000, "USD")),
        ("shop.promotions", frozenset({"club"})),
        ("stock[sku-1]", 1),
    ]


def test_what_is_written_in_another_language_only_is_shown_there(change_of: Callable[..., Any]) -> None:
    foreign = {"key": "v", "when": ALL, "content": {"zh-Hant": {"headline": "Hello"}}}

    assert change_of({"e": _banner(foreign, DEFAULT)}, {}) == [("locale", "zh-Hant")]


def test_a_gap_is_filled(change_of: Callable[..., Any]) -> None:
    gap = {"key": "v", "when": ALL, "content": {"en": {"headline": "{cart.count}"}}}

    assert change_of({"e": _banner(gap, DEFAULT)}, {}) == [("cart.count", 1)]


def test_nothing_is_named_where_no_visitor_could_change_anything(change_of: Callable[..., Any]) -> None:
    always = {"rival": _banner({"key": "v"}), "e": _banner({"key": "v"})}

    assert change_of(always, {}) is None
    assert change_of({"e": _banner({"key": "v", "when": {"page.stage": "account"}}, DEFAULT)}, {}) is None
    assert change_of({"e": _banner({"key": "v"}, offer={"kind": "deal"})}, {}, of="e", max_offers=0) is None


def _context(**told: Any) -> DecisionContext:
    return DecisionContext(NOW, ZoneInfo("UTC"), "en", "USD", "web", **told)


def _change(name: str, seen: Any, to: Any) -> Change:
    return Change(builtin(name), "fact", seen, to)


def test_gap_and_next_threshold_follow_the_subtotal_unless_they_are_said() -> None:
    context = _context(
        values={"cart.subtotal": Money(1000, "USD"), "cart.gap[club]": Money(1000, "USD")},
        thresholds={"club": (Money(2000, "USD"), Money(9000, "USD"))},
    )
    subtotal = _change("cart.subtotal", Money(1000, "USD"), Money(2500, "USD"))
    gap = _change("cart.gap[club]", Money(1000, "USD"), Money(1, "USD"))

    assert applied(context, [subtotal]).values["cart.gap[club]"] == Money(6500, "USD")
    assert applied(context, [subtotal]).values["next.threshold[club]"] == Money(9000, "USD")
    assert {applied(context, order).values["cart.gap[club]"] for order in permutations([subtotal, gap])} == {
        Money(1, "USD")
    }


def test_what_becomes_unknown_is_not_taken_for_absent() -> None:
    context = _context(values={"bought[fern]": date(2026, 12, 1)}, answered=frozenset({Signal.ORDERS}))
    unknown = applied(context, [_change("bought[fern]", date(2026, 12, 1), None)])

    assert View(unknown).value(builtin("bought[fern]")) is None
    assert View(applied(unknown, [_change("bought[fern]", None, NEVER)])).value(builtin("bought[fern]")) is NEVER


def test_what_was_too_old_is_told_now() -> None:
    declared = replace(builtin("cart.count").fact, max_age=timedelta(minutes=5))
    ref = FactSchema([declared]).find("cart.count")
    assert ref is not None
    old = {Signal.CART: Observation(NOW - timedelta(minutes=6), stale=True)}
    context = _context(values={"cart.count": 1}, observations=old)
    moved = Change(None, "now", None, None, now=NOW + timedelta(days=1))

    assert View(context).value(ref) is None
    for order in permutations([Change(ref, "fact", None, 2), moved]):
        assert View(applied(context, order)).value(ref) == 2


def test_an_amount_is_never_said_to_be_in_a_currency_that_the_shop_would_not_tell(
    change_of: Callable[..., Any],
) -> None:
    """Orders in another currency leave the sum unknown, whatever they come to."""
    foreign = {"orders.yearly_volume": {"at_least": {"amount": "300000.00", "currency": "TWD"}}}
    ours = {"orders.yearly_volume": {"at_least": "10000.00"}}

    either = {"any": [foreign, ours]}
    assert change_of({"e": _banner({"key": "v", "when": foreign}, DEFAULT)}, {}) is None
    assert change_of({"e": _banner({"key": "v", "when": either}, DEFAULT)}, {}) == [
        ("orders.yearly_volume", Money(1000000, "USD"))
    ]


def test_impressions_are_counted_in_every_window() -> None:
    seen = (milliseconds(NOW) - 5, milliseconds(NOW) - 3)
    counters = Counters(
        seen={"e": seen},
        shown={"e": {"web": seen}},
        accepted={"e": milliseconds(NOW)},
        totals={"e": {day_of(milliseconds(NOW)): 7}},
    )
    shown = _change("shown[e].last_7_days", 2, 1)

    fewer = applied(_context(counters=counters), [shown]).counters
    none = applied(_context(counters=counters), [replace(shown, to=0)]).counters

    assert fewer is not None
    assert none is not None
    assert [fewer.times("e", per, timedelta(days=1), NOW) for per in ("visitor", "customer", "total")] == [1, 1, 6]
    assert (none.seen, none.accepted, none.times("e", "customer", timedelta(days=28), NOW)) == ({}, {}, 0)


def test_the_facts_of_the_product_viewed_follow_the_catalogue(
    snapshot_of: Callable[[Any], Snapshot], context_of: Callable[..., DecisionContext]
) -> None:
    products = [
        {"sku": sku, "title": {"en": "P"}, "url": "/p", "stock": stock, "price": {"amount": "10.00", "currency": "USD"}}
        for sku, stock in (("sku-1", 3), ("sku-2", 7))
    ]
    snapshot = snapshot_of({"content/pages/cart.json": {"route": "/cart", "stage": "cart", "slots": {}}})
    told = {
        "request": {"facts": {"page.product": "sku-1"}},
        "shop": {"catalogue": {"products": products}},
    }
    context = context_of(snapshot, snapshot.pages["cart"], told)

    other = applied(context, [_change("page.product", "sku-1", "sku-2")])
    sold_out = applied(context, [_change("stock[sku-1]", 3, 0)])
    cheaper = applied(context, [Change(None, "catalogue", None, Money(1, "USD"), sku="sku-1")])

    assert (context.values["product.stock"], other.values["product.stock"]) == (3, 7)
    assert (sold_out.values["product.stock"], (sold_out.catalogue or {})["sku-1"].stock) == (0, 0)
    assert cheaper.values["product.price"] == Money(1, "USD")
