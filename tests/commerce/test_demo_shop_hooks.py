"""The demo shop tells of its changes, and adapter `http` understands it."""

import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from queue import Empty, SimpleQueue

import pytest
from flask.testing import FlaskClient

from cms.commerce.adapter import Hint
from cms.commerce.adapters.http.hooks import read_hook
from cms.facts.signals import Signal
from cms.shop.app import create_app
from cms.shop.config import ShopConfig

NOW = datetime(2026, 12, 2, 10, tzinfo=UTC)
SECRET = "whsec_" + b64encode(b"a key of the demo shop of these tests").decode()
Reply = tuple[int, Mapping[str, str], object]
Serve = Callable[[Callable[[str, Mapping[str, str], bytes], Reply]], str]


class Receiver:
    """Takes webhooks; answers `statuses` in turn, then 202. `hints` are those of signed ones only."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.hints: SimpleQueue[Hint] = SimpleQueue()
        self.ids: list[str] = []

    def answer(self, _path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        read = read_hook([SECRET])
        assert read is not None
        hook = read(headers, body, NOW)
        self.ids.append(hook.id)
        if self.statuses:
            return self.statuses.pop(0), {}, {}
        for hint in hook.hints:
            self.hints.put(hint)
        return 202, {}, {}

    def told(self, hint: Hint, patience_s: float = 5) -> bool:
        ends = time.monotonic() + patience_s
        while (left := ends - time.monotonic()) > 0:
            try:
                if self.hints.get(timeout=left) == hint:
                    return True
            except Empty:
                return False
        return False


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
def visitor(receiver: Receiver, shop_answering: Serve, tmp_path: Path) -> FlaskClient:
    url = shop_answering(receiver.answer) + "/v1/hooks/shop"
    config = ShopConfig(data=tmp_path, vitrine="http://127.0.0.1:9", hook_url=url, hook_secret=SECRET)
    return create_app(config, clock=lambda: NOW).test_client()


def test_stock_that_changes_is_told_within_a_second(visitor: FlaskClient, receiver: Receiver) -> None:
    visitor.post("/admin/stock", data={"sku": "pothos", "units": "3"})

    assert receiver.told(Hint(Signal.CATALOGUE), patience_s=1)


def test_a_cart_that_changes_is_told_by_its_token(visitor: FlaskClient, receiver: Receiver) -> None:
    visitor.post("/visit-as", data={"visitor": "loyal"})
    visitor.post("/cart/add", data={"sku": "pothos", "quantity": "1"})

    assert receiver.told(Hint(Signal.CART, "cart-loyal"))


def test_a_customer_who_subscribes_has_changed(visitor: FlaskClient, receiver: Receiver) -> None:
    visitor.post("/visit-as", data={"visitor": "loyal"})
    visitor.post("/subscribe", data={"email": "mo@example.test"})

    assert receiver.told(Hint(Signal.CUSTOMER, "cu-loyal"))


def test_a_webhook_that_is_not_taken_is_sent_again_under_the_same_id(visitor: FlaskClient, receiver: Receiver) -> None:
    receiver.statuses = [503]
    visitor.post("/admin/stock", data={"sku": "pothos", "units": "3"})

    assert receiver.told(Hint(Signal.STOCK))
    assert len(set(receiver.ids)) == 1
    assert len(receiver.ids) == 2


def test_nothing_is_told_of_what_stays_as_it_is(visitor: FlaskClient, receiver: Receiver) -> None:
    visitor.get("/")
    visitor.post("/admin/stock", data={"sku": "pothos", "units": "64"})

    assert not receiver.told(Hint(Signal.CATALOGUE), patience_s=0.3)


def test_a_secret_that_is_none_is_refused_when_the_shop_opens(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"base64|padding"):
        create_app(ShopConfig(data=tmp_path, hook_url="http://127.0.0.1:9", hook_secret="whsec_!"), clock=lambda: NOW)
