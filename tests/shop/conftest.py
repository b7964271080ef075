"""A real shop in a scratch folder, with a small Vitrine or with none."""

import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from shopping import Clock
from small_vitrine import SmallVitrine

from cms.shop.app import create_app
from cms.shop.config import ShopConfig

NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
def vitrine() -> Iterator[SmallVitrine]:
    small, over = SmallVitrine(), threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            small.hear(self.path, json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            over.wait(small.wait_s)
            with suppress(ConnectionError):  # the shop has stopped waiting
                self._send(small.answer, small.status)

        def do_GET(self) -> None:
            self._send(b".cms{}", small.status)

        def _send(self, body: bytes, status: int) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = False  # so that closing waits for the last answer
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    small.url = f"http://127.0.0.1:{server.server_port}"
    yield small
    over.set()
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fill a shop once; tests work on copies."""
    data = tmp_path_factory.mktemp("filled")
    create_app(ShopConfig(data=data), clock=Clock())
    return data


@pytest.fixture
def data(filled: Path, tmp_path: Path) -> Path:
    shutil.copytree(filled, tmp_path / "shop")
    return tmp_path / "shop"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def lonely(data: Path, clock: Clock) -> Flask:
    """Give a shop that has no Vitrine."""
    return create_app(ShopConfig(data=data, vitrine=NOWHERE), clock=clock)


@pytest.fixture
def visitor(lonely: Flask) -> FlaskClient:
    return lonely.test_client()


@pytest.fixture
def served(data: Path, vitrine: SmallVitrine, clock: Clock) -> FlaskClient:
    """Give a visitor of a shop that has a Vitrine, and waits for it however busy the machine is."""
    return create_app(ShopConfig(data=data, vitrine=vitrine.url, vitrine_timeout_s=10), clock=clock).test_client()


@pytest.fixture
def hurried(data: Path, vitrine: SmallVitrine, clock: Clock) -> FlaskClient:
    """Give a visitor of a shop that waits for its Vitrine as long as shops do."""
    return create_app(ShopConfig(data=data, vitrine=vitrine.url), clock=clock).test_client()
