"""A running demo and a real browser; both are skipped with a reason where the machine lacks one."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parents[2]
QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(*words: str, ready: str, cwd: Path) -> Iterator[None]:
    """Run a program of ours until the block ends; it is ended by its own pid."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    program = subprocess.Popen(
        [sys.executable, "-m", *words], cwd=cwd, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _await(ready, program)
        yield
    finally:
        program.send_signal(signal.SIGTERM)
        program.wait(timeout=20)


def _await(url: str, program: subprocess.Popen[bytes]) -> None:
    for _ in range(150):
        assert program.poll() is None, "the program ended"
        with suppress(requests.RequestException):
            if requests.get(url, timeout=2).status_code == 200:
                return
        time.sleep(0.2)
    raise AssertionError(f"{url} is not ready after 30 s")


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run `cms up`, the demo as a newcomer runs it; gives the shop's address."""
    port, shop_port, data = free_port(), free_port(), tmp_path_factory.mktemp("demo")
    words = ["cms", "up", "--port", str(port), "--shop-port", str(shop_port), "--data", str(data)]
    vitrine = f"http://127.0.0.1:{port}"
    with running(*words, ready=f"{vitrine}/readyz", cwd=ROOT):
        _warm(vitrine)
        yield f"http://127.0.0.1:{shop_port}"


def _warm(vitrine: str) -> None:
    """Wait until prices and promotions have been read once: a shop that starts cold answers with defaults."""
    body = {"cart": {"lines": [{"sku": "pothos", "quantity": 3}]}}
    for _ in range(50):
        with suppress(requests.RequestException):
            answer = requests.post(f"{vitrine}/v1/pages/cart", json=body, timeout=2)
            if answer.status_code == 200 and answer.json()["degraded"] == []:
                return
        time.sleep(0.2)
    raise AssertionError("the signals stay degraded")


@pytest.fixture(scope="session")
def lonely_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run the shop with nothing where Vitrine should be."""
    port = free_port()
    data = tmp_path_factory.mktemp("lonely")
    words = ["cms.shop", "--port", str(port), "--data", str(data), "--vitrine", f"http://127.0.0.1:{free_port()}"]
    with running(*words, ready=f"http://127.0.0.1:{port}/livez", cwd=ROOT):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("no chromium on this machine: apt-get install chromium")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=list(QUIET))
        yield launched
        launched.close()
