"""The corner shop with people in it."""

from pathlib import Path

import pytest
from corner import peopled_folder


@pytest.fixture
def peopled(tmp_path: Path) -> Path:
    return peopled_folder(tmp_path / "w")
