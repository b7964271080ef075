"""The shop's own data files."""

import json
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"


def read_data(name: str) -> Any:
    """Read one of the shop's own data files."""
    return json.loads((DATA / f"{name}.json").read_text("utf-8"))
