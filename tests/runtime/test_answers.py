"""What is asked of the shop for one answer, and how fresh it has to be."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any, cast

import pytest
from corner import NOW, corner_site

from cms.commerce import Reading, SignalClient
from cms.decisions.requests import RequestReader
from cms.facts.signals import Shopper, Signal
from cms.runtime.answers import answer


class AskedClient:
    """Remembers what it was asked; knows nothing."""

    lacks = frozenset[str]()

    def __init__(self) -> None:
        self.wanted: frozenset[Signal] = frozenset()
        self.anew: frozenset[Signal] = frozenset()

    def read(
        self, wanted: Iterable[Signal], shopper: Shopper, *, anew: Collection[Signal], **_: Any
    ) -> Mapping[Signal, Reading]:
        self.wanted, self.anew = frozenset(wanted), frozenset(anew)
        return {}


@pytest.mark.parametrize(("stage", "anew"), [("cart", frozenset()), ("confirmation", {Signal.ORDERS})])
def test_after_a_purchase_the_orders_are_asked_for_again(stage: str, anew: frozenset[Signal]) -> None:
    snapshot, client = corner_site().snapshot, AskedClient()
    page = replace(snapshot.pages["cart"], stage=stage)
    request = RequestReader(snapshot, channel="web", trusted=False).read({"customer": {"token": "c"}})
    answer(snapshot, page, request, cast("SignalClient", client), now=NOW)

    assert Signal.ORDERS in client.wanted
    assert anew == client.anew
