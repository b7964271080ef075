"""Small worlds to decide in: a plain workspace, files laid over it, and what a shop told."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from cms.commerce import payloads
from cms.content.compiling import compile_workspace
from cms.content.snapshot import Page, Snapshot
from cms.decisions.gathering import gather
from cms.decisions.requests import RequestReader
from cms.facts.context import DecisionContext, Observation
from cms.facts.reading import read_facts
from cms.facts.signals import Signal
from cms.problems import errors
from cms.workspace import read_folder, read_workspace

PLAIN = Path(__file__).parents[1] / "workspaces" / "plain"
NOW = datetime(2026, 12, 2, 12, tzinfo=UTC)
SHOP = {
    Signal.CART: payloads.CartPayload(),
    Signal.CUSTOMER: payloads.CustomerPayload(),
    Signal.ORDERS: payloads.OrdersPayload(),
    Signal.CATALOGUE: payloads.ProductsPayload(),
    Signal.PROMOTIONS: payloads.PromotionsPayload(),
    Signal.TRAITS: payloads.TraitsPayload(),
}
Files = Mapping[str, Any]


def compiled(files: Files) -> Snapshot:
    """Compile the plain workspace with files laid over it; JSON is given as data, copy as text."""
    laid = {path: (data if isinstance(data, str) else json.dumps(data)).encode() for path, data in files.items()}
    snapshot, problems = compile_workspace(read_workspace({**_plain(), **laid}))
    assert [] == [str(problem) for problem in errors(problems)]
    assert snapshot is not None
    return snapshot


@cache
def _plain() -> dict[str, bytes]:
    return dict(read_folder(PLAIN))


def surface(snapshot: Snapshot, name: str) -> tuple[Page, str]:
    """Find a page, or with `emails/` before it a mail's page, and the channel it is decided for."""
    if name.startswith("emails/"):
        return snapshot.emails[name.removeprefix("emails/")].page, "email"
    return snapshot.pages[name], "web"


def gathered(snapshot: Snapshot, page: Page, case: Mapping[str, Any], channel: str = "web") -> DecisionContext:
    """Gather a context as a delivery node does, from a request body and the shop's answers, plus facts by name."""
    now = datetime.fromisoformat(case["now"]) if "now" in case else NOW
    reader = RequestReader(snapshot, channel=channel, trusted=True)
    request = reader.read(case.get("request", {}))
    assert [] == [str(problem) for problem in reader.problems]
    told = {Signal(name): SHOP[Signal(name)].load(raw) for name, raw in case.get("shop", {}).items()}
    stale = case.get("stale", ())
    seen = {signal: Observation(now - timedelta(seconds=20 * (signal in stale)), signal in stale) for signal in told}
    context = gather(snapshot, page, request, told, now=now, observations=seen)
    market = request.market
    facts, problems = read_facts(
        case.get("facts", {}), snapshot.schema, currency=market.currency, zone=market.zone, pointer=""
    )
    assert [] == problems
    known = {name: value for name, value in facts.items() if value is not None}
    counted = {Signal.COUNTERS} if case.get("counted") else set()
    return replace(context, values={**context.values, **known}, answered=context.answered | counted)


@pytest.fixture(scope="session")
def snapshot_of() -> Callable[[Files], Snapshot]:
    return compiled


@pytest.fixture(scope="session")
def surface_of() -> Callable[[Snapshot, str], tuple[Page, str]]:
    return surface


@pytest.fixture(scope="session")
def context_of() -> Callable[..., DecisionContext]:
    return gathered
