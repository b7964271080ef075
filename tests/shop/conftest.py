"""A real shop in a scratch folder and a small Vitrine that answers what a test tells it to."""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from cms.shop.app import create_app
from cms.shop.config import ShopConfig

NOWHERE = "http://127.0.0.1:9"


@dataclass
class SmallVitrine:
    """Answers every page request with `answer` after `wait_s`; keeps the bodies it was sent."""

    url: str = ""
    answer: bytes = b"{}"
    status: int = 200
    wait_s: float = 0.0
    bodies: list[dict[str, Any]] = field(default_factory=list)

    def show(self, **slots: str) -> None:
        """Answer with one item a slot, its html as given; "" is an empty slot."""
        items = {name: [an_item(name, html)] if html else [] for name, html in slots.items()}
        self.answer = json.dumps({"slots": items, "degraded": [], "release": "r1"}).encode()


def an_item(slot: str, html: str) -> dict[str, str]:
    words = {"component": "banner", "variant": "near", "locale": "en", "reason": "TARGETING_MATCH"}
    return {"entry": f"entry-{slot}", "html": html, **words}


@pytest.fixture
def vitrine() -> Iterator[SmallVitrine]:
    small = SmallVitrine()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            small.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            time.sleep(small.wait_s)
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
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    small.url = f"http://127.0.0.1:{server.server_port}"
    yield small
    server.shutdown()
    server.server_close()


@pytest.fixture
def lonely(tmp_path: Path) -> Flask:
    """Give a shop that has no Vitrine."""
    return create_app(ShopConfig(data=tmp_path, vitrine=NOWHERE))


@pytest.fixture
def visitor(lonely: Flask) -> FlaskClient:
    return lonely.test_client()


@pytest.fixture
def served(tmp_path: Path, vitrine: SmallVitrine) -> FlaskClient:
    """Give a visitor of a shop that has a Vitrine."""
    return create_app(ShopConfig(data=tmp_path, vitrine=vitrine.url)).test_client()
