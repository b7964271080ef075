"""A store in a file, and contents that show at a glance whether they are whole."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cms.releases import ReleaseStore


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'releases.sqlite'}"


@pytest.fixture
def store(url: str) -> Iterator[ReleaseStore]:
    opened = ReleaseStore(url)
    yield opened
    opened.close()
