"""The shop of each dialect."""

from collections.abc import Iterator

import pytest
from commerce.adobe.world import DIALECTS, World, world


@pytest.fixture(params=DIALECTS)
def adobe(request: pytest.FixtureRequest) -> Iterator[World]:
    with world(request.param) as made:
        yield made


@pytest.fixture
def magento() -> Iterator[World]:
    with world("2.4.8") as made:
        yield made
