"""A log in a file, and a moment."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cms.events import EventLog

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
