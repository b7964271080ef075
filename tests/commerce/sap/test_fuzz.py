"""Whatever SAP Commerce answers, out come answers and shop errors only."""

import random
from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

import pytest
from commerce.sap.occ_world import (
    ANNAS_TOKEN,
    CAMERA,
    CART,
    GROUPS,
    GUID,
    HISTORY,
    LINES,
    USER,
    connected,
    exported,
)

from cms.commerce.adapters.sap.api import Occ
from cms.commerce.failures import ShopError
from cms.commerce.wire.tokens import Token, Tokens
from cms.commerce.wire.transport import Reply
from cms.facts.signals import Shopper, Signal

ROUNDS = 400
_JUNK: tuple[Any, ...] = (
    None, True, -1, 0, 10**30, 1.5, 1e308, "", "x", "\x00", "€" * 300, [], {}, [None], {"x": []}, [[]], "2026-13-01",
)  # fmt: skip


class Answering:
    """Stands where the transport does and answers by the end of the path; no socket, for these are thousands."""

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self.answers = answers

    def monotonic(self) -> float:
        return 0.0

    def get(self, path: str, **_: Any) -> Reply:
        name = next((name for name in self.answers if name in path), "orders")
        return Reply(200, {}, self.answers[name], b"")


def spoilt(value: Any, dice: random.Random) -> Any:
    """Drop, replace or repeat one part of a good answer."""
    made = deepcopy(value)
    places: list[tuple[Any, Any]] = []

    def walk(node: Any) -> None:
        for key in list(node) if isinstance(node, dict) else range(len(node)):
            places.append((node, key))
            if isinstance(node[key], (dict, list)):
                walk(node[key])

    walk(made)
    node, key = dice.choice(places)
    if dice.random() < 0.3:
        del node[key]
    else:
        node[key] = dice.choice(_JUNK)
    return made


GOOD: Mapping[str, Any] = {
    "customergroups": GROUPS,
    "orders/00002001": {"code": "00002001", "entries": LINES["00002001"]},
    "orders/00002003": {"code": "00002003", "entries": LINES["00002003"]},
    "orders": {"orders": HISTORY, "pagination": {"totalPages": 1, "totalResults": 3}},
    "carts": CART,
    "products/search": {"products": [CAMERA], "pagination": {"totalPages": 1, "totalResults": 1}},
    "export": exported(CAMERA, CAMERA),
    "expressupdate": {"productExpressUpdateElements": [{"code": "1934793"}]},
    "products/1934793": CAMERA,
    "orgUsers": USER,
}


def world(answers: Mapping[str, Any]) -> Any:
    """Connect as ever, and put the answers where the transport was."""
    made = connected("http://127.0.0.1:1", b2b=True, stock_search=True)
    tokens = Tokens(lambda _: Token("x"), monotonic=lambda: 0.0)
    occ = Occ(Answering(answers), tokens, "/occ/v2/electronics")  # type: ignore[arg-type]
    made.source._occ = made.feed._occ = occ
    return made


ASKED: Mapping[str, Callable[[Any], Any]] = {
    "cart": lambda made: made.source.fetch(Signal.CART, Shopper(cart_token=GUID), currency="USD", timeout_s=1),
    "customer": lambda made: made.source.fetch(
        Signal.CUSTOMER, Shopper(customer_token=ANNAS_TOKEN), currency="USD", timeout_s=1
    ),
    "orders": lambda made: made.source.fetch(
        Signal.ORDERS, Shopper(customer_token=ANNAS_TOKEN), currency="USD", timeout_s=1
    ),
    "stock": lambda made: made.source.fetch(Signal.STOCK, Shopper(), currency="USD", timeout_s=1),
    "catalogue": lambda made: made.feed.batch("2026-02-28T00:00:00+0000", currency="USD", timeout_s=1),
}
READS = {
    "cart": ["carts"],
    "customer": ["orgUsers", "customergroups"],
    "orders": ["orders", "orders/00002001"],
    "stock": ["products/search"],
    "catalogue": ["export", "expressupdate", "products/1934793"],
}


@pytest.mark.parametrize("signal", ASKED)
def test_spoilt_answers_come_out_as_answers_or_shop_errors(signal: str) -> None:
    dice = random.Random(20260301)
    assert ASKED[signal](world(GOOD))
    errors = 0
    for _ in range(ROUNDS):
        name = dice.choice(READS[signal])
        answers = {**GOOD, name: spoilt(GOOD[name], dice)}
        for _ in range(dice.randrange(2)):
            answers[name] = spoilt(answers[name], dice) if answers[name] else answers[name]
        try:
            ASKED[signal](world(answers))
        except ShopError:
            errors += 1
    assert 0 < errors < ROUNDS
