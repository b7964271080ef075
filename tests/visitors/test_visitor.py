"""A visitor as a context is the same as the persona it is written down as."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cms.content.compiling import compile_workspace
from cms.content.snapshot import Snapshot
from cms.facts.money import Money
from cms.facts.values import NEVER
from cms.visitors.visitor import Visitor
from cms.workspace import read_workspace

FACTS: dict[str, st.SearchStrategy[Any]] = {
    "visitor.consent": st.booleans(), "visitor.is_new": st.booleans(), "visitor.visits": st.integers(0, 9),
    "cart.subtotal": st.integers(0, 9999).map(lambda minor: Money(minor, "USD")), "cart.count": st.integers(0, 3),
    "cart.skus": st.frozensets(st.sampled_from(["fern", "moss"])), "page.product": st.sampled_from(["fern", ""]),
    "cart.gap[club]": st.integers(0, 5).map(lambda minor: Money(minor, "TWD")), "churn_risk": st.sampled_from([0, Decimal("0.5")]),
    "shop.free_shipping_threshold": st.integers(1, 9999).map(lambda minor: Money(minor, "USD")),
    "bought[fern]": st.sampled_from([NEVER, date(2026, 11, 2)]), "orders.last": st.sampled_from([NEVER, date(2026, 11, 3)]),
    "dismissed[ad]": st.sampled_from([NEVER, date(2026, 12, 1)]), "shown[ad].last_7_days": st.integers(0, 3),
    "own.wait": st.sampled_from([timedelta(0), timedelta(days=2, seconds=5)]), "own.tags": st.just(frozenset({"a"})),
}  # fmt: skip
WORKSPACE = {
    "content/workspace.json": {
        "locales": {"en": [], "zh-Hant": ["en"]}, "default_market": "us",
        "markets": {"us": {"currency": "USD", "time_zone": "America/New_York"}, "tw": {"currency": "TWD", "time_zone": "Asia/Taipei"}},
    },
    "segments/facts.json": {"own.wait": {"type": "duration"}, "own.tags": {"type": "set", "absent": "empty"}},
    "content/pages/cart.json": {"route": "/cart", "stage": "cart", "slots": {}},
}  # fmt: skip
told = st.fixed_dictionaries({}, optional={name: st.none() | values for name, values in FACTS.items()})
visitors = st.builds(
    Visitor, st.just(datetime(2026, 12, 2, 9, 30, tzinfo=UTC)), st.sampled_from(["en", "zh-Hant"]), st.sampled_from(["USD", "TWD"]),
    st.sampled_from(["web", "app", "email"]), told, st.sampled_from(["", "visitor-7"]),
)  # fmt: skip


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    found, problems = compile_workspace(
        read_workspace({path: json.dumps(data).encode() for path, data in WORKSPACE.items()})
    )
    assert found is not None, problems
    return found


@given(visitor=visitors)
def test_the_context_is_that_of_the_persona(snapshot: Snapshot, visitor: Visitor) -> None:
    page = snapshot.pages["cart"]

    rehearsed = visitor.rehearsal(snapshot).context(page, channel=visitor.channel)

    assert visitor.context(snapshot, page) == rehearsed


@given(visitor=visitors)
def test_a_persona_is_plain_json(snapshot: Snapshot, visitor: Visitor) -> None:
    body = visitor.persona(snapshot, title="Somebody")

    assert body == json.loads(json.dumps(body, default=float))


def test_what_is_usual_is_not_written_down(snapshot: Snapshot) -> None:
    visitor = Visitor(datetime(2026, 12, 2, tzinfo=UTC), "en", "USD", "web", {"cart.count": 1})

    assert {"request": {}, "facts": {"cart.count": 1}, "now": "2026-12-02T00:00:00+00:00"} == visitor.persona(snapshot)
