"""The shop for the check: what its systems can tell, and, asked once within a time limit, what it sells; one that is away fails nothing."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import cast

from cms.commerce import Upstream, upstreams
from cms.commerce.lacking import lacking
from cms.content.snapshot import Snapshot
from cms.errors import CmsError
from cms.facts.signals import Product, Promotion, Shopper, Signal, SignalSource, SignalValue
from cms.problems import Problem
from cms.proofs.capabilities import Capabilities, check_capabilities
from cms.proofs.catalogue import Goods, check_names
from cms.proofs.mentions import mentions
from cms.settings import Settings
from cms.workspace.documents import Workspace

LIMIT_S = 3.0  # for all that is asked
_UNCONFIGURED = Goods(
    why="no shop is configured", hint="Set CMS_COMMERCE_ADAPTER, CMS_COMMERCE_URL and CMS_COMMERCE_KEY."
)
_UNSUPPLIED = "the adapter does not supply it"


def shop_problems(
    snapshot: Snapshot, workspace: Workspace, settings: Settings, *, clock: Callable[[], datetime]
) -> list[Problem]:
    """Hold what is needed and named against the systems of the settings: what they can tell, and what the shop sells.

    Nothing is asked of the shop where the workspace names nothing of it, and nothing is said where none is configured.
    """
    currency = snapshot.settings.default_market.currency
    named = list(mentions(snapshot, workspace))
    try:
        connected = upstreams(settings, clock=clock, monotonic=time.monotonic)
    except CmsError as failure:
        unusable = Goods(why="the settings of the shop cannot be used", hint=failure.message)
        return check_names(named, unusable)
    if not connected:
        return check_names(named, _UNCONFIGURED)
    found = check_capabilities(snapshot, workspace, capabilities_of(connected))
    return found + (check_names(named, goods_of(connected, currency)) if named else [])


def capabilities_of(connected: Sequence[Upstream]) -> Capabilities:
    """Sum up what the systems can tell together; nothing is asked of them."""
    return Capabilities(frozenset[Signal]().union(*(upstream.asks for upstream in connected)), lacking(connected))


def goods_of(
    connected: Sequence[Upstream],
    currency: str,
    *,
    limit_s: float = LIMIT_S,
    monotonic: Callable[[], float] = time.monotonic,
) -> Goods:
    """Ask what the shop sells and runs; what it does not tell in time is left open, with the reason."""
    deadline = monotonic() + limit_s
    told: dict[Signal, SignalValue | None] = {}
    why = _UNSUPPLIED
    try:
        for signal, source in _askable(connected):
            answer = source.fetch(signal, Shopper(), currency=currency, timeout_s=deadline - monotonic())
            told[signal] = answer.value
    except CmsError as failure:
        why = f"the shop gave no answer ({failure.message})"
    return Goods(
        cast("Mapping[str, Product] | None", told.get(Signal.CATALOGUE)),
        cast("Sequence[Promotion] | None", told.get(Signal.PROMOTIONS)),
        why=why,
        hint="See docs/commerce.md.",
    )


def _askable(connected: Sequence[Upstream]) -> Iterator[tuple[Signal, SignalSource]]:
    for signal in (Signal.CATALOGUE, Signal.PROMOTIONS):
        for upstream in connected:
            if signal in upstream.asks:
                yield signal, upstream.source
