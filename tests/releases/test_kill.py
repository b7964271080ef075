"""Killed at any moment of a publish, the store holds the old release or the new one, whole."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from publishing import numbers, publish

from cms.releases import ReleaseStore, read_last_good
from cms.releases import __file__ as releases_file

ROOT = Path(releases_file).parents[2]
PUBLISHING = Path(__file__).with_name("publishing.py")


@pytest.mark.parametrize("kills", [60, pytest.param(200, marks=pytest.mark.slow)])
def test_a_killed_publisher_leaves_the_old_or_the_new_release(url: str, kills: int) -> None:
    dice = random.Random(3)
    acked = 0
    for _ in range(kills):
        acked = publish_until_killed(url, acked, dice.uniform(0.005, 0.12))
        acked = check_whole(url, acked)
    assert acked > kills


def publish_until_killed(url: str, number: int, seconds: float) -> int:
    """Publish ever new content in a process of its own, kill it; give the last number it knew to be live."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        publish_for_ever(url, number, writing)
    os.close(writing)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with os.fdopen(reading, "rb") as acks:
        said = acks.read()
    return max(number, len(said) + number)


def publish_for_ever(url: str, number: int, writing: int) -> None:
    try:
        store = ReleaseStore(url)
        while True:
            number += 1
            publish(store, number)
            os.write(writing, b".")
    finally:
        os._exit(1)


def check_whole(url: str, acked: int) -> int:
    """Check that the last acknowledged number, or the one after it, is live and whole; give it."""
    started = time.monotonic()
    store = ReleaseStore(url)
    live = store.live()
    found = numbers(store.load(live.release).files) if live else {0}
    assert time.monotonic() - started <= 1
    sequences = [activation.sequence for activation in store.history(limit=10_000)]
    store.close()
    assert found in ({acked}, {acked + 1})
    assert sequences == list(range(len(sequences), 0, -1))
    return found.pop()


def strace(url: str, last_good: Path, injection: str) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, str(PUBLISHING), url, "2", str(last_good)]
    return subprocess.run(
        ["strace", "-f", "-o", os.devnull, "-e", f"inject={injection}", *program],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


needs_strace = pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")


@pytest.mark.slow
@needs_strace
@pytest.mark.parametrize("call", ["pwrite64", "fdatasync", "rename"])
def test_a_publish_that_dies_in_its_nth_system_call_leaves_old_or_new(url: str, tmp_path: Path, call: str) -> None:
    last_good = tmp_path / "last-good"
    died = 0
    for moment in range(1, 31):
        start_over(tmp_path, url)
        run = strace(url, last_good, f"{call}:signal=SIGKILL:when={moment}")
        check_whole(url, 1)
        kept = read_last_good(last_good)
        assert kept is None or numbers(kept.release.files) == {2}
        if run.returncode == 0:
            break
        died += 1
    assert died > 0


@pytest.mark.slow
@needs_strace
@pytest.mark.parametrize(
    ("fault", "code"),
    [
        *((f"pwrite64:error=ENOSPC:when={moment}+", "storage-full") for moment in (1, 2, 3, 5, 8)),
        ("fdatasync:error=EIO:when=1+", "store-unavailable"),
    ],
)
def test_a_full_or_failing_disk_refuses_the_publish_whole(url: str, tmp_path: Path, fault: str, code: str) -> None:
    start_over(tmp_path, url)

    run = strace(url, tmp_path / "last-good", fault)

    assert run.returncode == 1
    assert run.stderr.startswith(code)
    assert check_whole(url, 1) == 1


def start_over(folder: Path, url: str) -> None:
    for file in folder.iterdir():
        file.unlink()
    store = ReleaseStore(url)
    publish(store, 1)
    store.close()
