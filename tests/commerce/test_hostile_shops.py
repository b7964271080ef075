"""Shops that misbehave on purpose, over real sockets; the bounds are three times the budget of 80 ms."""

import gzip
import socket
import time
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from cms.commerce import SignalClient, only, source_for
from cms.commerce.failures import ShopError
from cms.commerce.wire.transport import SHOPPER_BYTES
from cms.errors import CmsError
from cms.facts.signals import Found, Shopper, Signal

Serve = Callable[[Callable[[socket.socket], None]], str]
ANA = Shopper(cart_token="token-of-ana", customer_token="token-of-ana")
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def clock() -> datetime:
    return datetime(2026, 5, 1, tzinfo=UTC)


def answers(head: bytes, body: bytes) -> Callable[[socket.socket], None]:
    def behave(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(head + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)

    return behave


def hangs(connection: socket.socket) -> None:
    connection.recv(65536)
    time.sleep(3)


def drips_headers(connection: socket.socket) -> None:
    connection.recv(65536)
    connection.sendall(OK)
    for number in range(100):
        connection.sendall(f"X-Drip-{number}: 1\r\n".encode())
        time.sleep(0.03)


def drips_body(connection: socket.socket) -> None:
    connection.recv(65536)
    connection.sendall(OK + b"Content-Length: 5000\r\n\r\n{")
    for _ in range(100):
        connection.sendall(b" ")
        time.sleep(0.03)


def floods(connection: socket.socket) -> None:
    connection.recv(65536)
    connection.sendall(OK + b"Transfer-Encoding: chunked\r\n\r\n")
    chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
    for _ in range(4096):
        connection.sendall(chunk)


def breaks_off(connection: socket.socket) -> None:
    connection.recv(65536)
    connection.sendall(OK + b'Content-Length: 500\r\n\r\n{"currency"')


def hangs_up(connection: socket.socket) -> None:
    connection.recv(65536)


BOMB = gzip.compress(b" " * 50_000_000)
EMPTY_CART = b'{"currency": "USD", "lines": []}'

MISBEHAVIOUR = {
    "hang": (hangs, "commerce-timeout"),
    "drip headers": (drips_headers, "commerce-timeout"),
    "drip body": (drips_body, "commerce-timeout"),
    "hang up": (hangs_up, "commerce-refused"),
    "break off": (breaks_off, "commerce-garbage"),
    "flood": (floods, "commerce-garbage"),
    "no HTTP": (lambda connection: connection.sendall(b"SSH-2.0-OpenSSH\r\n\r\n"), "commerce-refused"),
    "500": (answers(b"HTTP/1.1 500 Oops\r\n", b""), "commerce-error"),
    "503": (answers(b"HTTP/1.1 503 Busy\r\nRetry-After: 7\r\n", b""), "commerce-error"),
    "503 for years": (
        answers(b"HTTP/1.1 503 Busy\r\nRetry-After: Sat, 99 Foo 99999 99:99:99\r\n", b""),
        "commerce-error",
    ),
    "401": (answers(b"HTTP/1.1 401 No\r\n", b""), "commerce-error"),
    "404 without code": (answers(b"HTTP/1.1 404 No\r\n", b"<h1>nothing here</h1>"), "commerce-error"),
    "redirect": (answers(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n", b""), "commerce-error"),
    "HTML": (answers(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n", b"<html>"), "commerce-garbage"),
    "no JSON": (answers(OK, b"{currency: USD}"), "commerce-garbage"),
    "nothing": (answers(OK, b""), "commerce-garbage"),
    "not UTF-8": (answers(OK, b'{"currency": "\xff", "lines": []}'), "commerce-garbage"),
    "NaN": (answers(OK, b'{"currency": "USD", "lines": [], "x": NaN}'), "commerce-garbage"),
    "endless number": (answers(OK, b'{"currency": "USD", "lines": [], "x": 1e999}'), "commerce-garbage"),
    "long number": (answers(OK, b'{"x": ' + b"1" * 9000 + b"}"), "commerce-garbage"),
    "key twice": (answers(OK, b'{"currency": "EUR", "currency": "USD", "lines": []}'), "commerce-garbage"),
    "half a surrogate": (answers(OK, b'{"currency": "USD", "lines": [], "x": "\\ud800"}'), "commerce-garbage"),
    "too deep": (answers(OK, b"[" * 100_000), "commerce-garbage"),
    "too large": (answers(OK, b'"' + b"x" * SHOPPER_BYTES + b'"'), "commerce-garbage"),
    "gzip bomb": (answers(OK + b"Content-Encoding: gzip\r\n", BOMB), "commerce-garbage"),
    "a list": (answers(OK, b"[]"), "commerce-garbage"),
    "wrong types": (answers(OK, b'{"currency": "USD", "lines": [{"sku": 5, "quantity": "2"}]}'), "commerce-garbage"),
}


@pytest.mark.parametrize("name", MISBEHAVIOUR)
def test_a_misbehaving_shop_is_told_by_a_stable_code_within_its_deadline(name: str, shop_that: Serve) -> None:
    behave, code = MISBEHAVIOUR[name]
    shop = source_for("http", url=shop_that(behave), key="k", clock=clock)
    started = time.monotonic()
    with pytest.raises(CmsError) as failure:
        shop.fetch(Signal.CART, ANA, currency="USD", timeout_s=0.4)

    assert failure.value.code == code
    assert time.monotonic() - started < 0.8
    assert "token-of-ana" not in str(failure.value)


@pytest.mark.parametrize(
    ("said", "pause_s"),
    [
        (b"Retry-After: 7", 7),
        (b"Retry-After: Fri, 01 May 2026 00:00:30 GMT", 30),
        (b"Retry-After: Thu, 30 Apr 2026 23:00:00 GMT", 0),
        (b"Retry-After: soon", 0),
        (b"Retry-After: Fri, 01 May 2026 00:00:30 -0000", 0),
        (b"Retry-After: -7", 0),
    ],
)
def test_a_pause_may_be_asked_for_as_a_date_by_the_shops_own_clock(
    said: bytes, pause_s: float, shop_that: Serve
) -> None:
    head = b"HTTP/1.1 503 Busy\r\nDate: Fri, 01 May 2026 00:00:00 GMT\r\n" + said + b"\r\n"
    shop = source_for("http", url=shop_that(answers(head, b"")), key="k", clock=clock)

    with pytest.raises(ShopError) as caught:
        shop.fetch(Signal.PROMOTIONS, Shopper(), currency="USD", timeout_s=1)

    assert pause_s == caught.value.retry_after_s


def test_no_proxy_of_the_environment_sees_a_shoppers_token(shop_that: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    shop = source_for("http", url=shop_that(answers(OK, EMPTY_CART)), key="k", clock=clock)

    assert shop.fetch(Signal.CART, Shopper("a"), currency="USD", timeout_s=1).found is Found.FOUND


def test_a_closed_port_is_refused(shop_that: Serve) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    shop = source_for("http", url=f"http://127.0.0.1:{port}", key="k", clock=clock)

    with pytest.raises(CmsError) as failure:
        shop.fetch(Signal.CART, ANA, currency="USD", timeout_s=0.4)
    assert failure.value.code == "commerce-refused"


def test_a_name_that_does_not_exist_is_refused() -> None:
    shop = source_for("http", url="http://no-such-shop.invalid", key="k", clock=clock)

    with pytest.raises(CmsError) as failure:
        shop.fetch(Signal.CART, ANA, currency="USD", timeout_s=0.4)
    assert failure.value.code in ("commerce-refused", "commerce-timeout")


@pytest.fixture
def client_of() -> Iterator[Callable[[str], SignalClient]]:
    clients: list[SignalClient] = []

    def connect(url: str) -> SignalClient:
        clients.append(
            SignalClient(only(source_for("http", url=url, key="k", clock=clock)), clock=clock, monotonic=time.monotonic)
        )
        return clients[-1]

    yield connect
    for client in clients:
        client.close()


@pytest.mark.parametrize("name", ["hang", "drip headers", "drip body", "flood"])
def test_a_page_over_a_misbehaving_shop_waits_one_budget(
    name: str, shop_that: Serve, client_of: Callable[[str], SignalClient]
) -> None:
    client = client_of(shop_that(MISBEHAVIOUR[name][0]))
    started = time.monotonic()
    readings = client.read(Signal, ANA, currency="USD", budget_s=0.08)

    assert time.monotonic() - started < 0.25
    assert set(readings) - {Signal.STOCK} == set(Signal) - {Signal.COUNTERS, Signal.STOCK}
    assert {reading.answer for reading in readings.values()} == {None}


def test_a_hanging_shop_soon_costs_nothing_per_page(shop_that: Serve, client_of: Callable[[str], SignalClient]) -> None:
    client = client_of(shop_that(hangs))

    def page(number: int) -> float:
        started = time.monotonic()
        own = Shopper(f"cart-{number}", f"customer-{number}")
        client.read(Signal, own, currency="USD", budget_s=0.08)
        return time.monotonic() - started

    first = [page(number) for number in range(8)]
    then = [page(number) for number in range(100, 200)]

    assert max(first) < 0.25
    assert sum(then) / len(then) < 0.02


def test_a_slow_shop_is_used_within_the_budget_and_unknown_past_it(
    shop_that: Serve, client_of: Callable[[str], SignalClient]
) -> None:
    delays = iter([0.02, 0.6])

    def slow(connection: socket.socket) -> None:
        connection.recv(65536)
        time.sleep(next(delays))
        connection.sendall(
            OK + f"Content-Length: {len(EMPTY_CART)}\r\n".encode() + b"Connection: close\r\n\r\n" + EMPTY_CART
        )

    client = client_of(shop_that(slow))
    quick = client.read([Signal.CART], Shopper("a"), currency="USD", budget_s=0.25)[Signal.CART]
    late = client.read([Signal.CART], Shopper("b"), currency="USD", budget_s=0.25)[Signal.CART]

    assert (quick.why, late.why) == ("", "timeout")


@pytest.mark.parametrize("name", ["flood", "gzip bomb", "too large"])
def test_a_hostile_shop_does_not_eat_memory(name: str, shop_that: Serve) -> None:
    shop = source_for("http", url=shop_that(MISBEHAVIOUR[name][0]), key="k", clock=clock)
    tracemalloc.start()
    try:
        with pytest.raises(CmsError):
            shop.fetch(Signal.CATALOGUE, Shopper(), currency="USD", timeout_s=1)
        assert tracemalloc.get_traced_memory()[1] < 20 * 1024 * 1024
    finally:
        tracemalloc.stop()
