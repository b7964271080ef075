"""Only those signals are asked for that can still change what a visitor sees."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from cms.content.snapshot import Page, Snapshot
from cms.decisions.decide import decide
from cms.decisions.requests import RequestReader
from cms.decisions.wanting import signals_wanted
from cms.facts.context import DecisionContext
from cms.facts.signals import Signal
from tests.decisions.visitors import visitor
from tests.decisions.worlds import Dice, workspace

NOW = datetime(2026, 12, 2, 12, tzinfo=UTC)


def entry(*variants: Any, **more: Any) -> dict[str, Any]:
    default = {"key": "default", "content": {"en": {"headline": "Hello"}}}
    return {"component": "banner", "variants": [*variants, default], **more}


def variant(key: str, when: Any, headline: str = "Hello") -> dict[str, Any]:
    return {"key": key, "when": when, "content": {"en": {"headline": headline}}}


WORLD = {
    "segments/mobile-rich.json": {"when": {"visitor.device": "mobile", "cart.subtotal": {"at_least": "50.00"}}},
    "content/entries/hero.json": entry(
        variant("member", {"visitor.logged_in": True, "customer.is_member": True}),
        variant("either", {"any": [{"visitor.is_new": True}, {"rfm.frequency": {"at_least": 2}}]}),
    ),
    "content/entries/club.json": entry(
        variant("bought", {"segment": "mobile-rich"}),
        audience={"visitor.country": "DE", "orders.count": {"at_least": 1}},
    ),
    "content/pages/cart.json": {
        "route": "/cart",
        "stage": "cart",
        "slots": {
            "top": {"accepts": ["banner"], "entries": ["hero"]},
            "side": {"accepts": ["banner"], "entries": ["club"], "may_be_empty": True},
        },
    },
}


@pytest.mark.parametrize(
    ("facts", "wanted"),
    [
        ({}, {Signal.TRAITS}),
        ({"visitor.logged_in": True}, {Signal.TRAITS, Signal.CUSTOMER}),
        ({"visitor.logged_in": False, "visitor.country": "DE"}, {Signal.TRAITS, Signal.ORDERS}),
        (
            {"visitor.device": "mobile", "visitor.country": "DE"},
            {Signal.TRAITS, Signal.ORDERS, Signal.CART},
        ),
        ({"visitor.country": "AT"}, {Signal.TRAITS}),
    ],
)
def test_a_rule_that_the_request_rules_out_asks_for_nothing(
    snapshot_of: Callable[[Any], Snapshot], facts: dict[str, Any], wanted: set[Signal]
) -> None:
    snapshot = snapshot_of(WORLD)
    request = RequestReader(snapshot, channel="web", trusted=False).read({"facts": facts})

    assert wanted == signals_wanted(snapshot, snapshot.pages["cart"], request, now=NOW)


@pytest.mark.parametrize("seed", range(4))
def test_what_is_not_asked_for_would_have_changed_nothing(
    snapshot_of: Callable[[Any], Snapshot],
    surface_of: Callable[[Snapshot, str], tuple[Page, str]],
    context_of: Callable[..., DecisionContext],
    seed: int,
) -> None:
    dice, spared = Dice(300 + seed), 0
    for _ in range(25):
        snapshot = snapshot_of(workspace(dice))
        for name in snapshot.surfaces:
            page, channel = surface_of(snapshot, name)
            for _ in range(12):
                told = visitor(dice)
                request = RequestReader(snapshot, channel=channel, trusted=True).read(told.get("request", {}))
                full = context_of(snapshot, page, told, channel)
                wanted = signals_wanted(snapshot, page, request, now=full.now)
                wanted |= {Signal.CATALOGUE} if Signal.CART in wanted else set()  # prices its lines
                less = {key: told["shop"][key] for key in told.get("shop", {}) if Signal(key) in wanted}
                bare = context_of(snapshot, page, {**told, "shop": less}, channel)
                spared += len(told.get("shop", {})) - len(less)
                if Signal.CUSTOMER not in wanted:  # who is drawn is known either way, or is not drawn
                    bare = replace(bare, units=full.units)
                assert decide(snapshot, page, full).slots == decide(snapshot, page, bare).slots
    assert spared
