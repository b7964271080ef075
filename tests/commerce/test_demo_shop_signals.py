"""Adapter `http` against the demo shop's own implementation of the open signals API."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from cms.commerce import source_for
from cms.errors import CmsError
from cms.facts.signals import Cart, Shopper, Signal, SignalSource
from cms.shop.app import create_app
from cms.shop.config import DEMO_SERVICE_KEY, ShopConfig

LOYAL = Shopper(cart_token="cart-loyal", customer_token="customer-loyal")


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, create_app(ShopConfig(data=tmp_path_factory.mktemp("shop"))), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/signals/v1"
    server.shutdown()


def connected(url: str, key: str = DEMO_SERVICE_KEY) -> SignalSource:
    return source_for("http", url=url, key=key, clock=lambda: datetime(2026, 5, 1, tzinfo=UTC))


def test_no_product_of_the_demo_shop_is_malformed(url: str) -> None:
    import json

    import cms.shop

    records = json.loads((Path(cms.shop.__file__).parent / "data" / "products.json").read_text("utf-8"))
    found = connected(url).fetch(Signal.CATALOGUE, Shopper(), currency="USD", timeout_s=5).value

    assert isinstance(found, dict)
    assert len(found) == len(records if isinstance(records, list) else records["products"])


def test_a_cart_of_the_demo_shop_is_found(url: str) -> None:
    cart = connected(url).fetch(Signal.CART, LOYAL, currency="USD", timeout_s=5).value

    assert isinstance(cart, Cart)
    assert cart.currency == "USD"


@pytest.mark.parametrize(("key", "currency"), [("wrong", "USD"), (DEMO_SERVICE_KEY, "XXX")])
def test_a_wrong_key_or_currency_is_an_error(url: str, key: str, currency: str) -> None:
    with pytest.raises(CmsError) as failure:
        connected(url, key).fetch(Signal.CATALOGUE, Shopper(), currency=currency, timeout_s=5)

    assert failure.value.code == "commerce-error"
