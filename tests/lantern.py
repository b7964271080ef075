"""Lantern, the invented shop of docs/adapters.md: it knows Ann, Bob and Eve, and sells thirty lamps in parts of ten."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from hook_senders import signed

from cms.facts.signals import Shopper
from cms.testing import SentHook, Subject

KEY = "key-of-lantern"
HOOK_SECRET = "plain-text-secret-of-32-characters"
AT = datetime(2026, 5, 1, tzinfo=UTC)
LAMPS = [
    {"name": f"lamp-{number:02}", "title": f"Lamp {number}", "price": f"{number + 10}.50", "left": number % 4}
    for number in range(30)
]
BASKETS: dict[str, list[dict[str, Any]]] = {
    "basket-of-ann": [{"lamp": "lamp-01", "count": 2, "each": "11.50"}],
    "basket-of-bob": [{"lamp": "lamp-02", "count": 1, "each": "12.50"}, {"lamp": "lamp-03", "count": 4, "each": "13.50"}],
    "basket-of-eve": [],
}  # fmt: skip
ACCOUNTS = {"token-of-ann": "ann", "token-of-bob": "bob"}


def _orders(who: str) -> list[dict[str, str]]:
    first = 1 if who == "ann" else 2
    return [{"at": f"2026-0{month}-1{first}T10:00:00Z", "sum": f"{month * first}9.90"} for month in (3, 2, 1)]


def _lamps(after: str) -> dict[str, Any]:
    first = int(after or 0)
    part = LAMPS[first : first + 10]
    return {
        "lamps": part,
        "next": str(first + len(part)),
        "more": first + 10 < len(LAMPS),
        "gone": [],
        "all": len(LAMPS),
    }


def answer(path: str, shopper: str, query: dict[str, list[str]]) -> tuple[int, Any]:
    match path:
        case "/basket" if shopper in BASKETS:
            return 200, {"lines": BASKETS[shopper]}
        case "/account" if shopper in ACCOUNTS:
            who = ACCOUNTS[shopper]
            return 200, {"id": who, "clubs": [f"club-of-{who}"], "watts": 60 if who == "ann" else 40}
        case "/account/orders" if shopper in ACCOUNTS:
            return 200, {"orders": _orders(ACCOUNTS[shopper])}
        case "/offers":
            return 200, {"offers": [{"name": "bright", "from": "100.00", "off": 10}]}
        case "/lamps":
            return 200, _lamps(query.get("after", [""])[0])
    return 404, {}


@contextmanager
def lantern() -> Iterator[str]:
    """Open the shop; gives its address."""

    class Desk(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 65_536

        def do_GET(self) -> None:
            address = urlsplit(self.path)
            status, data = 401, {}
            if self.headers.get("X-Lantern-Key") == KEY:
                status, data = answer(address.path, self.headers.get("X-Lantern-Shopper", ""), parse_qs(address.query))
            text = json.dumps(data).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Desk)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def subject_of(adapter: Any, url: str, **more: Any) -> Subject:
    """Give the suite all that it can use."""
    body = b'{"changed": "cart", "whose": "basket-of-ann"}'
    given: dict[str, Any] = {
        "key": KEY,
        "known": Shopper(cart_token="basket-of-ann", customer_token="token-of-ann"),
        "stranger": Shopper(cart_token="basket-of-nobody", customer_token="token-of-nobody"),
        "other": Shopper(cart_token="basket-of-bob", customer_token="token-of-bob"),
        "empty": Shopper(cart_token="basket-of-eve"),
        "hook_secrets": (HOOK_SECRET,),
        "hooks": (SentHook(signed(body, at=int(AT.timestamp()), secret=HOOK_SECRET), body, AT),),
        "clock_at": AT,
    }
    return Subject(adapter=adapter, url=url, **{**given, **more})
