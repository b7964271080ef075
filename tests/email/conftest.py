"""Lets the tests of this folder share `mails.py`."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from mails import World, shipped


@pytest.fixture(scope="session")
def world() -> World:
    return shipped()
