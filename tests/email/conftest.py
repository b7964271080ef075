"""The shipped components and a catalogue, compiled once."""

import pytest
from mails import World, shipped


@pytest.fixture(scope="session")
def world() -> World:
    return shipped()
