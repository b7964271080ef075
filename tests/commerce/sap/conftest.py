"""The shop of `occ_world`, served for one test."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from commerce.contract_openapi import Server
from commerce.sap.occ_world import occ


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """Serve with other answers than the world's; gives the server."""
    with ExitStack() as stack:
        yield lambda *args, **more: stack.enter_context(occ(*args, **more))
