"""`python -m cms.shop`: the real process."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from programs import ROOT, environment, free_port, status_of, wait_for


def start_shop(folder: Path, port: int) -> subprocess.Popen[str]:
    program = [sys.executable, "-m", "cms.shop", "--port", str(port), "--data", str(folder / "shop")]
    return subprocess.Popen(program, env=environment(folder), cwd=ROOT, stderr=subprocess.PIPE, text=True)


def test_a_taken_port_is_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = start_shop(tmp_path, port)
        _, said = process.communicate(timeout=20)
    assert process.returncode == 1
    (line,) = said.splitlines()
    assert line.startswith(f"cms.shop: cannot listen on 127.0.0.1:{port}: ")
    assert line.endswith("Choose another with --host and --port.")


def workers_of(process: subprocess.Popen[str]) -> str:
    return Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text("ascii").strip()


@pytest.mark.skipif(sys.platform != "linux", reason="finds the worker in /proc")
def test_a_worker_that_dies_is_replaced_and_none_outlives_a_killed_shop(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{(port := free_port())}/livez"
    process = start_shop(tmp_path, port)
    try:
        wait_for(lambda: status_of(url) == 200, patience_s=30)
        worker = workers_of(process)
        os.kill(int(worker), signal.SIGKILL)
        wait_for(lambda: workers_of(process) not in {worker, ""}, patience_s=10)
        wait_for(lambda: status_of(url) == 200, patience_s=30)
    finally:
        process.kill()
        process.communicate(timeout=10)
    assert wait_for(lambda: status_of(url) == 0) < 3


@pytest.mark.skipif(sys.platform != "linux", reason="finds the worker in /proc")
def test_a_shop_told_to_end_while_its_worker_starts_ends_at_once(tmp_path: Path) -> None:
    process = start_shop(tmp_path, free_port())
    try:
        wait_for(lambda: workers_of(process) != "", patience_s=30, pause_s=0.001)
        process.terminate()
        process.communicate(timeout=10)
    finally:
        process.kill()
    assert process.returncode == 0
