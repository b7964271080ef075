"""Webhooks at a real listener: the documented example, bodies in chunks, and many at once."""

import json
import re
import shutil
import socket
import statistics
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path

import pytest
from corner import ROOT
from hook_senders import PLAIN, signed
from programs import free_port, running_cms, said, wait_for

from cms.commerce.adapters import SHIPPED

GUIDE = (ROOT / "docs/commerce/webhooks.md").read_text("utf-8")
BODY = b'{"type": "products.changed", "ids": []}'


def now() -> int:
    return int(time.time())  # noqa: TID251 - the listener's clock is the real one


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hooks")


@pytest.fixture(scope="module")
def port(folder: Path) -> Iterator[int]:
    """Run a listener that has no release yet, and a shop that is away."""
    port = free_port()
    shop = {
        "CMS_COMMERCE_ADAPTER": "http",
        "CMS_COMMERCE_URL": f"http://127.0.0.1:{free_port()}/signals/v1",
        "CMS_COMMERCE_KEY": "a-key",
        "CMS_COMMERCE_HOOK_SECRETS": json.dumps({"shop": [PLAIN]}),
        "CMS_EVENTS_URL": "",
    }
    with running_cms(folder, "serve", "--port", str(port), **shop):
        wait_for(lambda: is_there(port))
        yield port


def is_there(port: int) -> bool:
    try:
        return asked(port, "GET", "/livez")[0] == 200
    except OSError:
        return False


def asked(port: int, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
    line = HTTPConnection("127.0.0.1", port, timeout=10)
    line.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    answer = line.getresponse()
    found = answer.status, answer.read()
    line.close()
    return found


def posted(port: int, body: bytes, **how: str) -> int:
    return asked(port, "POST", "/v1/hooks/shop", body, **signed(body, at=now(), **how))[0]


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("openssl")), reason="curl or openssl is not installed")
def test_the_documented_example_is_accepted(port: int) -> None:
    [(program, shown)] = re.findall(r"```sh\n(.*?)```\n\n```json\n(.*?)```", GUIDE, re.DOTALL)
    place = {"SECRET": PLAIN, "DELIVERY": f"http://127.0.0.1:{port}", "PATH": "/usr/local/bin:/usr/bin:/bin"}
    done = subprocess.run(["bash", "-ec", program], env=place, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == json.loads(shown)


def test_every_system_and_every_answer_of_the_listener_is_documented() -> None:
    for adapter in SHIPPED:
        assert f"\n| `{adapter.name}`" in GUIDE
    for code in ("hook_malformed", "hook_refused", "unknown_hook", "too_large", "accepted", "repeated"):
        assert f"`{code}`" in GUIDE


def test_of_sixteen_senders_of_one_id_one_is_accepted(port: int) -> None:
    start = threading.Barrier(16)

    def send(_: int) -> int:
        start.wait()
        return posted(port, BODY, key="from-sixteen")

    with ThreadPoolExecutor(16) as pool:
        assert Counter(pool.map(send, range(16))) == {202: 1, 200: 15}


def in_chunks(port: int, body: bytes, headers: dict[str, str]) -> bytes:
    """Send a body without saying how long it is."""
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    start = f"POST /v1/hooks/shop HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n{head}\r\n"
    parts = [body[at : at + 1000] for at in range(0, len(body), 1000)]
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall(start.encode() + chunks)
        return line.makefile("rb").readline()


def test_a_body_may_come_in_chunks_and_has_a_length_all_the_same(port: int) -> None:
    at = now()
    assert b" 202 " in in_chunks(port, BODY, signed(BODY, at=at, key="chunked"))
    long = b'{"type": "products.changed"' + b" " * 300_000 + b"}"
    assert b" 413 " in in_chunks(port, long, signed(long, at=at, key="long"))
    assert b" 401 " in in_chunks(port, BODY + b" ", signed(BODY, at=at, key="other"))


def test_a_header_that_comes_twice_opens_nothing(port: int) -> None:
    good, bad = signed(BODY, at=now(), key="twice"), {"WEBHOOK-ID": "another"}
    assert b" 401 " in in_chunks(port, BODY, {**good, **bad})


def test_the_answer_comes_within_milliseconds_though_the_shop_is_away(port: int) -> None:
    took = []
    for number in range(200):
        began = time.perf_counter()
        assert posted(port, BODY, key=f"quick-{number}") == 202
        took.append(time.perf_counter() - began)
    assert statistics.median(took) < 0.02


def test_the_log_tells_why_and_no_secret(port: int, folder: Path) -> None:
    assert posted(port, BODY, key="strange", secret="y" * 32) == 401
    wait_for(lambda: "hook_refused upstream=shop code=hook-unsigned" in said(folder))
    assert PLAIN not in said(folder)
