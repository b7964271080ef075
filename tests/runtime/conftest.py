"""A shop on a real socket whose mood can change, and a clock that can be moved on."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from corner import NOW, corner_files, site_of
from flask.testing import FlaskClient

from cms.commerce import SignalClient, only, source_for
from cms.delivery.app import create_app
from cms.delivery.service import Service
from cms.runtime.live import Live
from cms.runtime.site import Site

USD = {"currency": "USD"}
CARTS: Mapping[str, int] = {"near": 3, "full": 4}
ANSWERS: Mapping[str, object] = {
    "/products": {
        "products": [
            {"sku": "pothos", "title": {"en": "Pothos"}, "url": "/p/pothos", "price": {"amount": "23.00", **USD}, "stock": 3},
            {"sku": "fern", "title": {"en": "Fern"}, "url": "/p/fern", "price": {"amount": "15.00", **USD}, "stock": 3},
        ]
    },
    "/promotions": {
        "promotions": [
            {"key": "free-shipping", "tiers": [{"threshold": {"amount": "75.00", **USD}}], "free_shipping": True, "groups": []}
        ]
    },
    "/customer": {"key": "c-1", "loyalty_tier": "gold"},
    "/orders": {"orders": []},
    "/traits": {"traits": {}},
}  # fmt: skip


def cart_of(token: str) -> object:
    price = {"amount": "23.00", **USD}
    lines = [{"sku": "pothos", "quantity": CARTS[token], "unit_price": price, "categories": ["plants"]}]
    subtotal = {"amount": f"{23 * CARTS[token]}.00", **USD}
    return {"id": token, "currency": "USD", "lines": lines, "subtotal": subtotal, "promotions": []}


class Shop:
    """Speaks the open signals API on a loopback port; `mood` is well, hanging, dripping, garbage or failing."""

    def __init__(self) -> None:
        self.mood = "well"
        self.asked: list[str] = []
        self.awake = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._desk())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        """Close the port: the next call is refused."""
        self.awake.set()
        self._server.shutdown()
        self._server.server_close()

    def _desk(shop) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - two selves meet here
        class Desk(BaseHTTPRequestHandler):
            wbufsize = 65_536

            def do_GET(self) -> None:
                path = self.path.partition("?")[0]
                shop.asked.append(path)
                status, text = shop._reply(path, self.headers.get("Shopper-Token", ""))
                if shop.mood == "hanging":
                    shop.awake.wait(5)
                    return
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                for piece in [text] if shop.mood != "dripping" else [text[at : at + 1] for at in range(len(text))]:
                    self.wfile.write(piece)
                    self.wfile.flush()
                    if shop.mood == "dripping" and shop.awake.wait(0.05):
                        return

            def log_message(self, *_: object) -> None:
                pass

        return Desk

    def _reply(self, path: str, token: str) -> tuple[int, bytes]:
        if self.mood == "failing":
            return 500, b"{}"
        if self.mood == "garbage":
            return 200, b"<html>Sorry</html>"
        if path == "/cart" and token not in CARTS:
            return 404, b'{"code": "unknown-token"}'
        return 200, json.dumps(cart_of(token) if path == "/cart" else ANSWERS[path]).encode()


@pytest.fixture
def shop() -> Iterator[Shop]:
    opened = Shop()
    yield opened
    opened.stop()


class Clock:
    """Monotonic seconds that can be moved on."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.ahead


@pytest.fixture
def monotonic() -> Clock:
    return Clock()


class Corner:
    """The site of the corner shop, and nothing newer ever."""

    def __init__(self, signals_ms: int) -> None:
        self._site = site_of(corner_files(), signals_ms=signals_ms)

    def newer(self, current: Site | None) -> Site | None:
        return None if current else self._site


@contextmanager
def reading(shop: Shop, monotonic: Callable[[], float], signals_ms: int) -> Iterator[FlaskClient]:
    """Deliver what the shop tells through the real adapter, transport and client."""
    source = source_for("http", url=shop.url, key="service-key", clock=lambda: NOW)
    client = SignalClient(only(source), clock=lambda: NOW, monotonic=monotonic)
    service = Service(Live(Corner(signals_ms), poll_s=60), client, lambda: NOW)
    yield create_app(service).test_client()
    client.close()


@pytest.fixture
def web(shop: Shop, monotonic: Callable[[], float]) -> Iterator[FlaskClient]:
    """Delivery with the budget that is promised, for tests about time."""
    with reading(shop, monotonic, 80) as client:
        yield client


@pytest.fixture
def calm(shop: Shop, monotonic: Callable[[], float]) -> Iterator[FlaskClient]:
    """Delivery that waits for a shop that is well as long as a busy machine needs."""
    with reading(shop, monotonic, 400) as client:
        yield client
