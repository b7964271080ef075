"""`cms serve`: the real process on a real port."""

import json
import signal
import socket
import time
from pathlib import Path

import pytest
import requests
from corner import corner_folder
from programs import free_port, post, running_cms, said, start_cms, status_of, wait_for

from cms.cli.serve import refuse_unusable
from cms.errors import CmsError
from cms.settings import Settings

READY_S = 15


def headline(base: str) -> str:
    answer = requests.get(f"{base}/v1/pages/about", timeout=5).json()
    return str(answer["slots"]["main"][0]["content"]["headline"])


def write(workspace: Path, text: str) -> None:
    entry = {"component": "banner", "variants": [{"key": "default", "content": {"en": {"headline": text}}}]}
    (workspace / "content/entries/about.json").write_text(json.dumps(entry), encoding="utf-8")


def test_a_folder_is_served_reloaded_after_an_edit_and_kept_after_a_bad_one(tmp_path: Path) -> None:
    workspace, port = corner_folder(tmp_path / "w"), free_port()
    base = f"http://127.0.0.1:{port}"
    with running_cms(tmp_path, "serve", "--workspace", str(workspace), "--port", str(port)) as process:
        wait_for(lambda: status_of(f"{base}/readyz") == 200, patience_s=READY_S)
        assert "warning[missing-locale]" in said(tmp_path)
        assert said(tmp_path, "stdout") == ""
        assert headline(base) == "A corner shop for plants"

        write(workspace, "Edited")
        assert wait_for(lambda: headline(base) == "Edited") < 2

        (workspace / "content/entries/about.json").write_text('{"component": "banner"', encoding="utf-8")
        wait_for(lambda: "error[" in said(tmp_path))
        assert headline(base) == "Edited"
        assert status_of(f"{base}/readyz") == 200

        write(workspace, "Mended")
        assert wait_for(lambda: headline(base) == "Mended") < 2

        answer = post(f"{base}/v1/pages/cart", {"cart": {"token": "any"}})
        assert answer.status_code == 200
        assert answer.json()["slots"]["top"][0]["variant"] == "default"
        assert {found["why"] for found in answer.json()["degraded"]} == {"not-configured"}

        process.send_signal(signal.SIGTERM)
        assert process.wait(10) in {0, -signal.SIGTERM}
        assert status_of(f"{base}/livez") == 0


def test_a_folder_with_errors_is_not_served(tmp_path: Path) -> None:
    workspace, port = corner_folder(tmp_path / "w"), free_port()
    (workspace / "content/pages/home.json").write_text('{"stage": "landng"}', encoding="utf-8")
    process = start_cms(tmp_path, "serve", "--workspace", str(workspace), "--port", str(port))
    assert process.wait(READY_S) == 1
    assert "content/pages/home.json:1:" in said(tmp_path)
    assert "Not started" in said(tmp_path)
    assert said(tmp_path, "stdout") == ""


@pytest.mark.parametrize(
    ("setting", "value", "code"),
    [
        ("CMS_POLL_MS", "soon", "bad-setting"),
        ("CMS_POLL_MS", "49", "bad-setting"),
        ("CMS_COMMERCE_ADAPTER", "htpp", "commerce-settings"),
        ("CMS_SITE_URL", "shop.example", "bad-base-url"),
    ],
)
def test_a_setting_that_cannot_be_used_stops_the_start(setting: str, value: str, code: str) -> None:
    with pytest.raises(CmsError) as failure:
        refuse_unusable(Settings({setting: value}))
    assert failure.value.code == code


@pytest.mark.parametrize(("setting", "value"), [("CMS_PORT", "0"), ("CMS_PORT", "65536"), ("CMS_THREADS", "0")])
def test_a_number_out_of_bounds_is_refused(tmp_path: Path, setting: str, value: str) -> None:
    process = start_cms(tmp_path, "serve", **{setting: value})
    assert process.wait(READY_S) == 1
    assert said(tmp_path).startswith(f"cms: {setting} must be a whole number, at least 1")


def test_a_port_that_is_taken_is_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        process = start_cms(tmp_path, "serve", "--port", str(taken.getsockname()[1]))
        assert process.wait(READY_S) == 1
    (line,) = said(tmp_path).splitlines()
    assert line.startswith("cms: ")
    assert line.endswith("Choose another with --host and --port. [port-taken]")


def test_a_node_follows_its_store_and_starts_again_without_it(tmp_path: Path) -> None:
    workspace, port = corner_folder(tmp_path / "w"), free_port()
    base = f"http://127.0.0.1:{port}"
    with running_cms(tmp_path, "serve", "--port", str(port)):
        wait_for(lambda: status_of(f"{base}/livez") == 200, patience_s=READY_S)
        assert status_of(f"{base}/readyz") == 503
        assert said(tmp_path).count("no_release") == 1
        assert not list(tmp_path.glob("cms.sqlite*")), "only a publish makes the store"
        publish(tmp_path, workspace)
        wait_for(lambda: status_of(f"{base}/readyz") == 200, patience_s=2)
        write(workspace, "Second")
        publish(tmp_path, workspace)
        assert wait_for(lambda: headline(base) == "Second") < 2
        for file in tmp_path.glob("cms.sqlite*"):
            file.unlink()
        wait_for(lambda: said(tmp_path).count("store_unavailable") == 2, patience_s=2)  # at the start, and now
        time.sleep(1)
        assert said(tmp_path).count("store_unavailable") == 2
        assert headline(base) == "Second"
        assert not list(tmp_path.glob("cms.sqlite*"))
        write(workspace, "Anew")
        publish(tmp_path, workspace)
        assert wait_for(lambda: headline(base) == "Anew") < 2
    with running_cms(tmp_path, "serve", "--port", str(port), CMS_DATABASE_URL="sqlite:////proc/nowhere/x.sqlite"):
        assert wait_for(lambda: status_of(f"{base}/readyz") == 200) < 5
        assert headline(base) == "Anew"
        assert f"started_from_last_good file={tmp_path}/last-good.json" in said(tmp_path)


def test_a_killed_server_leaves_no_worker_on_its_port(tmp_path: Path) -> None:
    port = free_port()
    with running_cms(tmp_path, "serve", "--port", str(port)) as process:
        wait_for(lambda: status_of(f"http://127.0.0.1:{port}/livez") == 200, patience_s=READY_S)
        process.kill()
        assert wait_for(lambda: status_of(f"http://127.0.0.1:{port}/livez") == 0) < 2


def publish(tmp_path: Path, workspace: Path) -> None:
    folder = tmp_path / "publisher"
    folder.mkdir(exist_ok=True)
    process = start_cms(
        folder, "publish", "--workspace", str(workspace), CMS_DATABASE_URL=f"sqlite:///{tmp_path}/cms.sqlite"
    )
    assert process.wait(30) == 0, said(folder)
