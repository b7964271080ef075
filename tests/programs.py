"""Real programs for tests: `cms` in a process of its own, on a free port, ended by its own id."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import requests

ROOT = Path(__file__).parents[1]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Give the environment of a program: nothing of ours but what is said here."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CMS_", "SHOP_"))}
    stores = {"CMS_DATABASE_URL": f"sqlite:///{folder}/cms.sqlite", "CMS_LAST_GOOD_FILE": f"{folder}/last-good.json"}
    return {**kept, "PYTHONPATH": str(ROOT), **stores, **more}


def start_cms(folder: Path, *arguments: str, **more: str) -> subprocess.Popen[str]:
    """Start a command; its output goes to `folder`/stdout and stderr, so that no pipe can fill up."""
    with (folder / "stdout").open("w") as out, (folder / "stderr").open("w") as err:
        return subprocess.Popen(
            [sys.executable, "-m", "cms", *arguments],
            env=environment(folder, **more),
            cwd=folder,
            stdout=out,
            stderr=err,
            text=True,
        )


@contextmanager
def running_cms(folder: Path, *arguments: str, **more: str) -> Iterator[subprocess.Popen[str]]:
    """Run a command as long as the block lasts."""
    process = start_cms(folder, *arguments, **more)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)


def said(folder: Path, stream: str = "stderr") -> str:
    return (folder / stream).read_text("utf-8")


def wait_for(true: Callable[[], bool], *, patience_s: float = 60, pause_s: float = 0.02) -> float:
    """Wait until something holds; give the seconds it took."""
    start = time.monotonic()
    while not true():
        assert time.monotonic() - start < patience_s, "waited in vain"
        time.sleep(pause_s)
    return time.monotonic() - start


def status_of(url: str) -> int:
    """Ask once; 0 where nobody listens."""
    try:
        return requests.get(url, timeout=2).status_code
    except requests.RequestException:
        return 0


def post(url: str, body: Mapping[str, object]) -> requests.Response:
    return requests.post(url, json=body, timeout=5)
