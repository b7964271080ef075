"""Formulas say who can be: what contradicts itself has no model, and every model is somebody whom the rule holds for."""

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from differential import Batch, random_batch
from solving import END, LOCALES, START, ZONES, Finder, existing

from cms.facts.context import View
from cms.facts.declarations import FactSchema
from cms.facts.values import NEVER
from cms.segments.conditions import All, Condition
from cms.segments.evaluate import Evaluator
from cms.segments.smt import Smt

Parse = Callable[[object], Condition]
SUMMER, WINTER = datetime(2028, 7, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)


def smt_of(segments: dict[str, Condition] | None = None, *, channel: str = "web", **more: Any) -> Smt:
    asked = {"zones": ZONES, "locales": LOCALES, "start": START, "end": END, **more}
    return Smt(segments or {}, channel=channel, **asked)


def somebody(rule: Condition, smt: Smt | None = None, *, wanted: bool = True) -> View | None:
    smt = smt or smt_of()
    return Finder(smt).find(smt.truth(rule, wanted=wanted))


@pytest.mark.parametrize(
    "rule",
    [
        {"cart.count": {"more_than": 3, "less_than": 4}},
        {"cart.count": {"is": 2, "is_not": 2}},
        {"cart.count": {"less_than": 0}},
        {"affinity[pots]": {"more_than": 1}},
        {"cart.count": {"known": False, "at_least": 0}},
        {"not": {"any": [{"cart.count": {"known": True}}, {"cart.count": {"known": False}}]}},
        {"visitor.is_new": True, "all": [{"visitor.is_new": {"none_of": [True]}}]},
        {"visitor.device": {"none_of": ["desktop", "mobile", "tablet", "app", "mini-program"]}},
        {"customer.loyalty_tier": {"at_least": "gold", "less_than": "gold"}},
        {"source.campaign": {"is": "sale-may", "one_of": ["sale", "may"]}},
        {"source.campaign": {"is": "sale-may"}, "not": {"source.campaign": {"starts_with": "sale"}}},
        {"source.campaign": {"starts_with": "sale-may"}, "not": {"source.campaign": {"starts_with": "sale"}}},
        {"all": [{"source.campaign": {"starts_with": "sale"}}, {"source.campaign": {"starts_with": "may"}}]},
        {"all": [{"not": {"source.campaign": {"starts_with": "sale"}}}, {"source.campaign": {"starts_with": "sale-may"}}]},
        {"visitor.device": {"starts_with": "mini"}, "not": {"visitor.device": "mini-program"}},
        {"cart.skus": {"has_all": ["fern", "fig"], "count": {"at_most": 1}}},
        {"cart.skus": {"is": ["fern"], "has_any": ["fig"]}},
        {"cart.skus": {"is": ["fern"], "count": {"is_not": 1}}},
        {"cart.skus": {"count": {"at_least": 1}, "is": []}},
        {"cart.subtotal": {"at_least": "60.00", "less_than": {"percent": 50, "of": "cart.subtotal"}}},
        {
            "cart.subtotal": {"at_least": {"percent": 80, "of": "shop.free_shipping_threshold"}, "less_than": "60.00"},
            "shop.free_shipping_threshold": {"more_than": "75.00"},
        },
        {"cart.subtotal": "5.00", "currency": "JPY"},
        {"all": [{"cart.subtotal": "5.00"}, {"cart.subtotal": {"amount": "5", "currency": "JPY"}}]},
        {"cart.subtotal": {"more_than": {"amount": "999999999999999", "currency": "JPY"}}},
        {"clv": {"is": "5.00", "at_least": {"percent": 1, "of": "cart.subtotal"}}, "currency": "JPY"},
        {"orders.last": {"ever": False, "before": "2028-01-01"}},
        {"orders.last": {"ever": False, "since": "bought[fern]"}},
        {"orders.last": {"since": "2028-01-01", "before": "2028-01-01"}},
        {"orders.last": {"since": "bought[fern]", "before": "bought[fern]"}},
        {"orders.last": {"days_ago_at_least": 8, "days_ago_at_most": 7}},
        {"orders.last": {"since": "now.date", "days_ago_at_least": 1}},
        {"now.weekday": "monday", "now.date": "2028-02-29"},
        {"now.date": {"since": "2030-01-01"}},
        {"plant.watered": {"more_than": "P1D", "less_than": "PT24H1S"}},
        {"locale": {"none_of": ["en", "ja"]}},
    ],
)  # fmt: skip
def test_what_contradicts_itself_is_true_of_nobody(rule: object, parsed: Parse) -> None:
    assert somebody(parsed(rule)) is None


@pytest.mark.parametrize(
    "rule",
    [
        {"affinity[pots]": {"more_than": 0.3, "less_than": 0.300001}},
        {"affinity[pots]": {"at_least": {"percent": 33, "of": "churn_risk"}, "at_most": {"percent": 33, "of": "churn_risk"}},
         "churn_risk": {"more_than": 0.1}},
        {"source.campaign": {"is_not": "sale", "starts_with": "sale"}},
        {"source.campaign": {"starts_with": "o"}, "not": {"source.campaign": {"starts_with": "ot"}}},
        {"source.campaign": {"none_of": ["", "other", "a"]}, "not": {"source.campaign": {"starts_with": "o"}}},
        {"cart.skus": {"has_any": ["fern"], "has_none": ["other-1"], "count": 3}},
        {"cart.subtotal": {"at_least": {"amount": "999999999999999", "currency": "JPY"}}},
        {"clv": {"at_least": "5.00"}, "currency": "JPY"},
        {"clv": {"is": "5.00", "at_least": {"percent": 1, "of": "cart.subtotal"}}},
        {"cart.subtotal": {"at_least": {"amount": "5", "currency": "JPY"}}},
        {"orders.last": {"since": "bought[fern]"}, "bought[fern]": {"ever": False}},
        {"orders.last": {"before": "2028-01-01", "ever": True}, "now.date": "2028-02-29"},
        {"now.weekday": "tuesday", "now.date": "2028-02-29", "now.hour": 23},
        {"plant.watered": {"more_than": "P1D", "less_than": "P1DT2S"}},
        {"locale": "ja", "currency": "USD", "page.stage": "cart"},
    ],
)  # fmt: skip
def test_what_can_be_is_true_of_somebody_who_is_told(rule: object, parsed: Parse) -> None:
    smt = smt_of(stage="cart")
    view = somebody(parsed(rule), smt)

    assert view is not None
    view.context.values = {**view.context.values, "page.stage": "cart"}
    assert Evaluator({}, view).truth(parsed(rule)) is True


def test_a_fact_that_is_not_in_a_channel_is_known_of_nobody(parsed: Parse) -> None:
    rule = parsed({"visitor.device": "mobile"})

    assert smt_of(channel="email").truth(rule) is False
    assert smt_of(channel="email").truth(rule, wanted=False) is False
    assert somebody(rule, wanted=False) is not None


def test_what_is_so_of_everybody_needs_no_solver(parsed: Parse) -> None:
    smt = smt_of(stage="cart")

    assert smt.truth(parsed({"page.stage": "cart", "channel": ["web", "app"]})) is True
    assert smt.truth(parsed({"page.stage": ["landing", "product"]})) is False
    assert smt.truth(parsed({"now.hour": {"at_least": 0}})) is True
    assert smt.truth(parsed({"currency": "EUR"})) is False
    assert smt.truth(parsed({"cart.subtotal": {"amount": "5", "currency": "EUR"}})) is False
    assert smt.during(None, START) is False
    assert smt.during(START, None) is True


def test_words_may_be_mentioned_after_what_they_change_was_asked(parsed: Parse) -> None:
    smt = smt_of()
    finder = Finder(smt)
    fern = smt.truth(parsed({"cart.skus": {"is": ["fern"]}, "source.campaign": {"starts_with": "sale"}}))
    assert finder.find(fern) is not None

    assert finder.find(fern, smt.truth(parsed({"cart.skus": {"has_any": ["fig"]}}))) is None
    assert finder.find(fern, smt.truth(parsed({"source.campaign": "may"}))) is None
    assert finder.find(fern, smt.truth(parsed({"source.campaign": {"starts_with": "m"}}))) is None


def test_a_text_that_has_to_be_in_a_set_is_in_it_whatever_is_mentioned_later(parsed: Parse, schema: FactSchema) -> None:
    smt = smt_of()
    finder = Finder(smt)
    one, several = (schema.find(name) for name in ("product.category", "product.categories"))
    assert one is not None
    assert several is not None
    smt.tie(one, several)

    assert finder.find(smt.truth(parsed({one.name: "pots", several.name: {"has_none": ["pots"]}}))) is None
    odd = {one.name: {"starts_with": "po", "none_of": ["pots", "po"]}, several.name: {"has_none": ["pots", "po"]}}
    view = finder.find(smt.truth(parsed(odd)))
    assert view is not None
    assert {view.value(one)} <= set(view.value(several))  # type: ignore[arg-type]


def test_sums_of_two_currencies_have_no_answer(parsed: Parse, schema: FactSchema) -> None:
    smt = smt_of()
    finder = Finder(smt)
    value, subtotal, skus = (ref for name in ("clv", "cart.subtotal", "cart.skus") if (ref := schema.find(name)))
    less, more = (smt.at_most((value, subtotal), (value,), wanted=wanted) for wanted in (True, False))
    foreign = smt.truth(parsed({"clv": "5.00", "currency": "JPY"}))

    assert [None, None] == [finder.find(foreign, answer) for answer in (less, more)]
    assert finder.find(less, smt.truth(parsed({"cart.subtotal": {"more_than": "0.00"}}))) is None
    assert finder.find(more, smt.truth(parsed({"clv": "5.00"})))
    assert finder.find(smt.at_most((skus,), (skus,), wanted=False)) is None


def test_the_hour_that_summer_time_skips_never_is(parsed: Parse) -> None:
    ours = {"currency": "JPY", "now.hour": 2}  # New York, where clocks go from 2 to 3 on 12 March 2028

    assert somebody(parsed({**ours, "now.date": "2028-03-12"})) is None
    assert somebody(parsed({**ours, "now.date": "2028-03-13"})) is not None
    assert somebody(parsed({"now.hour": 2, "currency": "USD", "now.date": "2028-03-12"})) is not None


def test_the_hour_that_comes_twice_is_two_hours_long(parsed: Parse) -> None:
    smt = smt_of()
    finder = Finder(smt)
    night = smt.truth(parsed({"currency": "JPY", "now.hour": 1, "now.date": "2028-11-05"}))
    begins = datetime(2028, 11, 5, 5, tzinfo=UTC)
    hours = [smt.during(begins + timedelta(hours=n), begins + timedelta(hours=n + 1)) for n in (-1, 0, 1, 2)]

    assert [False, True, True, False] == [finder.find(night, hour) is not None for hour in hours]


def test_schedules_and_days_ago_see_one_clock(parsed: Parse) -> None:
    smt = smt_of()
    finder = Finder(smt)
    may = smt.during(datetime(2028, 5, 1, tzinfo=UTC), datetime(2028, 6, 1, tzinfo=UTC))

    # On the first of May, which in New York still is the last of April.
    assert (
        finder.find(may, smt.truth(parsed({"orders.last": {"days_ago_at_most": 30, "before": "2028-03-31"}}))) is None
    )
    assert finder.find(may, smt.truth(parsed({"orders.last": {"days_ago_at_most": 30, "before": "2028-04-01"}})))


def test_schedules_begin_at_their_moment_and_end_before_it() -> None:
    smt = smt_of()
    finder = Finder(smt)
    instant = smt.during(SUMMER, SUMMER + timedelta(seconds=1))
    view = finder.find(instant)

    assert view is not None
    assert SUMMER == view.context.now
    assert smt.during(SUMMER, SUMMER) is False
    assert finder.find(instant, smt.during(WINTER, SUMMER)) is None


def test_a_segment_is_defined_once_for_each_truth(parsed: Parse) -> None:
    rule = parsed({"segment": "vip"})
    smt = smt_of({"vip": parsed({"customer.is_member": True, "orders.count": {"at_least": 5}})})
    first, again = smt.truth(rule), smt.truth(rule)

    assert first is again
    assert somebody(All((rule, parsed({"orders.count": 4}))), smt) is None


def test_a_model_tells_only_what_was_asked_for(parsed: Parse) -> None:
    smt = smt_of()
    view = somebody(parsed({"orders.last": {"ever": False}, "cart.count": {"known": False}}), smt)
    assert view is not None
    context = view.context

    assert NEVER is context.values["orders.last"]
    assert {"cart.count"} == context.untold
    assert (START, "en", "USD") == (context.now, context.locale, context.currency)
    assert {"orders.last", "locale", "currency", "channel"} == context.values.keys()


@pytest.mark.parametrize("seed", [101, 102])
def test_who_is_found_for_a_random_rule_is_somebody_it_holds_for(seed: int) -> None:
    batch = random_batch(seed)
    views = [existing(view, Random(seed)) for view in batch.views[:50]]
    count = 0
    for _, rule in batch.rules:
        channel = ("web", "app", "email")[count % 3]
        smt = Smt(batch.segments, channel=channel, zones=ZONES, locales=LOCALES, start=START, end=END)
        view = somebody(rule, smt)
        if view is None:
            assert not any(_holds(batch, rule, other) for other in views if other.context.channel == channel)
        else:
            assert _holds(batch, rule, view), (rule, view.context)
            count += 1

    assert count >= 200


def _holds(batch: Batch, rule: Condition, view: View) -> bool:
    return Evaluator(batch.segments, view).truth(rule) is True


def test_without_z3_the_message_says_what_to_install() -> None:
    tried = (
        "import sys; sys.modules['z3'] = None\n"
        "from cms.segments.smt import Smt\n"
        "Smt({}, channel='web', zones={}, locales=(), start=None, end=None)"
    )

    done = subprocess.run(
        [sys.executable, "-c", tried], cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False
    )

    assert "CmsError: Proofs need Z3: pip install vitrine-cms[proofs]." in done.stderr
