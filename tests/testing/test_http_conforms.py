"""Adapter `http` keeps every promise, against the demo shop."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hook_senders import signed
from werkzeug.serving import make_server

from cms.commerce.adapters import http
from cms.facts.signals import Shopper
from cms.shop.app import create_app
from cms.shop.config import DEMO_SERVICE_KEY, ShopConfig
from cms.testing import AdapterSuite, SentHook, Subject

NOW = datetime(2026, 5, 1, tzinfo=UTC)
SECRET = "plain-text-secret-of-32-characters"
CHANGED = b'{"type": "cart.changed", "ids": ["cart-loyal"]}'


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, create_app(ShopConfig(data=tmp_path_factory.mktemp("shop"))), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/signals/v1"
    server.shutdown()


class TestHttpOverTheDemoShop(AdapterSuite):
    @pytest.fixture
    def subject(self, url: str) -> Subject:
        return Subject(
            adapter=http.ADAPTER,
            url=url,
            key=DEMO_SERVICE_KEY,
            known=Shopper(cart_token="cart-loyal", customer_token="customer-loyal"),
            stranger=Shopper(cart_token="nobodys", customer_token="nobodys"),
            other=Shopper(cart_token="cart-lobby", customer_token="customer-lobby"),
            empty=Shopper(cart_token="cart-vip"),
            by_id=Shopper(cart_id="c-cart-loyal", customer_id="cu-loyal"),
            hook_secrets=(SECRET,),
            hooks=(SentHook(signed(CHANGED, at=int(NOW.timestamp()), secret=SECRET), CHANGED, NOW),),
            clock_at=NOW,
        )
