"""`cms up`: delivery and the demo shop as real processes."""

import os
import re
import signal
import socket
import sys
from pathlib import Path

import pytest
import requests
from programs import ROOT, environment, free_port, post, running_cms, said, start_cms, status_of, wait_for

from cms.cli.up import _commands


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


def test_what_sells_out_in_the_shop_that_up_runs_leaves_the_next_page_within_a_second(tmp_path: Path) -> None:
    port, shop_port = free_port(), free_port()
    delivery, shop = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{shop_port}"
    body = {"cart": {"lines": [{"sku": "pothos", "quantity": 1}]}, "slots": ["rail"]}

    def rail() -> list[str]:
        items = post(f"{delivery}/v1/pages/cart", body).json()["slots"]["rail"]
        return [product["sku"] for item in items for product in item["products"]]

    arguments = ["up", "--workspace", str(ROOT), "--port", str(port), "--shop-port", str(shop_port)]
    with running_cms(tmp_path, *arguments, "--data", str(tmp_path / "data")):
        wait_for(lambda: "Ctrl-C ends both." in said(tmp_path, "stdout"), patience_s=30)
        wait_for(lambda: rail() != [])
        sold_out = rail()[0]
        requests.post(f"{shop}/admin/stock", data={"sku": sold_out, "units": "0"}, timeout=5)

        assert wait_for(lambda: sold_out not in rail()) < 1


def test_up_ended_while_it_starts_leaves_nothing_running(tmp_path: Path) -> None:
    port, shop_port = free_port(), free_port()
    arguments = ["up", "--workspace", str(ROOT), "--port", str(port), "--shop-port", str(shop_port)]
    with running_cms(tmp_path, *arguments, "--data", str(tmp_path / "data")) as up:
        wait_for(lambda: status_of(f"http://127.0.0.1:{shop_port}/") != 0, patience_s=60)  # it proves first
        up.send_signal(signal.SIGTERM)
        up.wait(25)
    assert (status_of(f"http://127.0.0.1:{port}/livez"), status_of(f"http://127.0.0.1:{shop_port}/")) == (0, 0)


def test_up_killed_takes_delivery_and_the_shop_with_it(tmp_path: Path) -> None:
    port, shop_port = free_port(), free_port()
    delivery, shop = f"http://127.0.0.1:{port}/livez", f"http://127.0.0.1:{shop_port}/livez"
    arguments = ["up", "--workspace", str(ROOT), "--port", str(port), "--shop-port", str(shop_port)]
    with running_cms(tmp_path, *arguments) as up:
        wait_for(lambda: (status_of(delivery), status_of(shop)) == (200, 200), patience_s=30)
        up.kill()
        assert wait_for(lambda: (status_of(delivery), status_of(shop)) == (0, 0)) < 3


@pytest.mark.parametrize("option", ["--port", "--shop-port"])
def test_up_on_a_taken_port_is_one_line_and_starts_nothing(tmp_path: Path, option: str) -> None:
    other = "--shop-port" if option == "--port" else "--port"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = start_cms(tmp_path, "up", "--workspace", str(ROOT), option, str(port), other, str(free_port()))
        assert process.wait(30) == 1
    (line,) = said(tmp_path).splitlines()
    assert line.startswith(f"cms: cannot listen on 127.0.0.1:{port}: ")
    assert line.endswith(f"Choose another with {option}. [port-taken]")
    assert not (tmp_path / ".vitrine").exists()


def test_up_refuses_one_port_for_both(tmp_path: Path) -> None:
    port = str(free_port())
    assert start_cms(tmp_path, "up", "--workspace", str(ROOT), "--port", port, "--shop-port", port).wait(30) == 2
    assert f"--port and --shop-port are both {port}" in said(tmp_path)


def test_up_says_which_program_ended_and_how(tmp_path: Path) -> None:
    ports = ["--port", str(free_port()), "--shop-port", str(free_port())]
    process = start_cms(tmp_path, "up", "--workspace", str(ROOT), *ports, CMS_THREADS="0")
    assert process.wait(60) == 1
    assert said(tmp_path).splitlines()[-1] == (
        "cms: Delivery ended by itself with exit code 1; nothing runs now. [program-ended]"
    )


def test_when_delivery_ends_the_shop_goes_on_and_when_the_shop_ends_so_does_up(tmp_path: Path) -> None:
    shop_port = free_port()
    shop = f"http://127.0.0.1:{shop_port}"
    arguments = ["up", "--workspace", str(ROOT), "--port", str(free_port()), "--shop-port", str(shop_port)]
    with running_cms(tmp_path, *arguments, "--data", str(tmp_path / "data")) as up:
        wait_for(lambda: "Ctrl-C ends both." in said(tmp_path, "stdout"), patience_s=30)
        (delivery,) = re.findall(r"process (\d+);", said(tmp_path, "stdout"))
        os.kill(int(delivery), signal.SIGTERM)
        wait_for(lambda: "Delivery ended; the shop goes on without it." in said(tmp_path), patience_s=15)
        page = requests.get(f"{shop}/", timeout=5)
        assert (page.status_code, "Vitrine not reachable" in page.text, up.poll()) == (200, True, None)
        assert said(tmp_path).count("the shop goes on") == 1
        up.send_signal(signal.SIGTERM)
        assert up.wait(25) == 0
    assert status_of(f"{shop}/") == 0


def test_what_up_tells_to_type_can_be_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ.keys() - environment(tmp_path).keys():
        monkeypatch.delenv(name)
    (tmp_path / "my shop" / "content").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [".venv/bin/cms", "up"])
    usual = f"sqlite:///{tmp_path}/.vitrine/cms.sqlite"
    explain, edit = _commands(Path("my shop"), usual)
    assert explain == ".venv/bin/cms explain guest-69 cart --workspace 'my shop'"
    assert edit == (
        "edit my shop/content/entries, then: "
        ".venv/bin/cms check --workspace 'my shop' && .venv/bin/cms publish --workspace 'my shop'"
    )
    _, elsewhere = _commands(ROOT, "sqlite:////tmp/x/cms.sqlite")
    assert elsewhere.startswith(f"edit {ROOT}/content/entries, then: ")
    assert "&& CMS_DATABASE_URL=sqlite:////tmp/x/cms.sqlite .venv/bin/cms publish" in elsewhere
