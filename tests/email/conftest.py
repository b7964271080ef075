"""Lets the tests of this folder share `mails.py`."""

import pytest
from mails import World, shipped


@pytest.fixture(scope="session")
def world() -> World:
    return shipped()
