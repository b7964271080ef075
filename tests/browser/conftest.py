"""A running demo and a real browser; both are skipped with a reason where the machine lacks one."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright
from programs import ROOT, free_port, post, running_cms, status_of, wait_for

QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


TOKEN = "browser-tests"


@pytest.fixture(scope="module")
def _addresses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Run `cms up`, the demo as a newcomer runs it, anew for each module; gives the shop's address and delivery's."""
    port, shop_port, folder = free_port(), free_port(), tmp_path_factory.mktemp("demo")
    words = ["--port", str(port), "--shop-port", str(shop_port), "--data", str(folder / "data")]
    with running_cms(
        folder, "up", "--workspace", str(ROOT), *words, CMS_SERVER_TOKENS=TOKEN, SHOP_VITRINE_TIMEOUT_S="5"
    ):
        wait_for(lambda: status_of(f"http://127.0.0.1:{port}/readyz") == 200, patience_s=40, pause_s=0.2)
        # A shop that starts cold answers with defaults until prices and promotions have been read once.
        wait_for(lambda: _is_whole(f"http://127.0.0.1:{port}/v1/pages/cart"), pause_s=0.2)
        yield f"http://127.0.0.1:{shop_port}", f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def demo(_addresses: tuple[str, str]) -> str:
    """Give the demo shop's address."""
    return _addresses[0]


@pytest.fixture(scope="module")
def delivery(_addresses: tuple[str, str]) -> tuple[str, str]:
    """Give the address of the demo's Vitrine and a server token."""
    return _addresses[1], TOKEN


def _is_whole(url: str) -> bool:
    answer = post(url, {"cart": {"lines": [{"sku": "pothos", "quantity": 3}]}})
    return answer.status_code == 200 and answer.json()["degraded"] == []


@pytest.fixture(scope="session")
def lonely_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run the shop with nothing where Vitrine should be."""
    port, data = free_port(), tmp_path_factory.mktemp("lonely")
    words = ["--port", str(port), "--data", str(data), "--vitrine", f"http://127.0.0.1:{free_port()}"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    shop = subprocess.Popen([sys.executable, "-m", "cms.shop", *words], env=environment, stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: status_of(f"http://127.0.0.1:{port}/livez") == 200, pause_s=0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        shop.terminate()
        shop.wait(20)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("no chromium on this machine: apt-get install chromium")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=list(QUIET))
        yield launched
        launched.close()


@pytest.fixture
def pictures() -> Path:
    """Give a folder for screenshots that people look at; git does not keep it."""
    folder = ROOT / "build" / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
