"""The shop's catalogue for the check: asked once, within a time limit; a shop that is away fails nothing."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import cast

from cms.commerce import upstreams
from cms.content.snapshot import Snapshot
from cms.errors import CmsError
from cms.facts.signals import Product, Promotion, Shopper, Signal, SignalSource, SignalValue
from cms.problems import Problem
from cms.proofs.catalogue import Goods, check_names
from cms.proofs.mentions import mentions
from cms.settings import Settings
from cms.workspace.documents import Workspace

LIMIT_S = 3.0  # for all that is asked
_UNCONFIGURED = Goods(
    why="no shop is configured", hint="Set CMS_COMMERCE_ADAPTER, CMS_COMMERCE_URL and CMS_COMMERCE_KEY."
)
_UNSUPPLIED = "the adapter does not supply it"


def catalogue_problems(
    snapshot: Snapshot, workspace: Workspace, settings: Settings, *, clock: Callable[[], datetime]
) -> list[Problem]:
    """Hold every product, category, tag and promotion that is named against the shop of the settings.

    Nothing is asked of the shop where the workspace names nothing of it.
    """
    named = list(mentions(snapshot, workspace))
    if not named:
        return []
    return check_names(named, _goods(settings, snapshot.settings.default_market.currency, clock))


def _goods(settings: Settings, currency: str, clock: Callable[[], datetime]) -> Goods:
    try:
        source = source_of(settings, clock=clock)
    except CmsError as failure:
        return Goods(why="the settings of the shop cannot be used", hint=failure.message)
    return _UNCONFIGURED if source is None else goods_of(source, currency)


def source_of(settings: Settings, *, clock: Callable[[], datetime]) -> SignalSource | None:
    """Connect to the shop the settings name; None where they name none.

    Raises:
        CmsError: `commerce-settings`.
    """
    found = upstreams(settings, clock=clock, monotonic=time.monotonic)
    return found[0].source if found else None


def goods_of(
    source: SignalSource, currency: str, *, limit_s: float = LIMIT_S, monotonic: Callable[[], float] = time.monotonic
) -> Goods:
    """Ask what the shop sells and runs; what it does not tell in time is left open, with the reason."""
    deadline = monotonic() + limit_s
    told: dict[Signal, SignalValue | None] = {}
    why = _UNSUPPLIED
    try:
        for signal in sorted({Signal.CATALOGUE, Signal.PROMOTIONS} & source.supplies):
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
