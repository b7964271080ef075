"""One world for all faults of a module, and how long each lasts."""

import os
from collections.abc import Iterator

import pytest
from fault_world import World, opened


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with opened(tmp_path_factory.mktemp("faults")) as found:
        yield found


@pytest.fixture(scope="session")
def seconds() -> float:
    """How long each fault lasts; `make test-all` can take the thirty seconds of the promise."""
    return float(os.environ.get("FAULT_SECONDS", "1"))
