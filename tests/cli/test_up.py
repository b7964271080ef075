"""`cms up`: delivery and the demo shop as real processes."""

import signal
from pathlib import Path

from programs import ROOT, free_port, post, running_cms, said, status_of, wait_for


def test_up_runs_delivery_and_the_shop_and_ends_both(tmp_path: Path) -> None:
    port, shop_port = free_port(), free_port()
    delivery, shop = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{shop_port}"
    arguments = ["up", "--workspace", str(ROOT), "--port", str(port), "--shop-port", str(shop_port)]
    with running_cms(tmp_path, *arguments, "--data", str(tmp_path / "data")) as up:
        wait_for(lambda: "Ctrl-C ends both." in said(tmp_path, "stdout"), patience_s=30)
        assert status_of(f"{delivery}/readyz") == 200
        assert status_of(f"{shop}/") == 200
        body = {"cart": {"lines": [{"sku": "pothos", "quantity": 3}]}}
        wait_for(lambda: post(f"{delivery}/v1/pages/cart", body).json()["slots"]["top"][0]["variant"] == "near")
        up.send_signal(signal.SIGTERM)
        assert up.wait(25) == 0
    assert (status_of(f"{delivery}/livez"), status_of(f"{shop}/")) == (0, 0)


def test_up_ended_while_it_starts_leaves_nothing_running(tmp_path: Path) -> None:
    port, shop_port = free_port(), free_port()
    arguments = ["up", "--workspace", str(ROOT), "--port", str(port), "--shop-port", str(shop_port)]
    with running_cms(tmp_path, *arguments, "--data", str(tmp_path / "data")) as up:
        wait_for(lambda: status_of(f"http://127.0.0.1:{shop_port}/") != 0)
        up.send_signal(signal.SIGTERM)
        up.wait(25)
    assert (status_of(f"http://127.0.0.1:{port}/livez"), status_of(f"http://127.0.0.1:{shop_port}/")) == (0, 0)
