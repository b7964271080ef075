"""Joining: the settings of the workspace that an import joins."""

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from cms.errors import CmsError

WORKSPACE = "content/workspace.json"


def settings_of(held: Mapping[str, bytes]) -> dict[str, Any] | None:
    """Read the settings among the files of a workspace; None: it has none.

    Raises:
        CmsError: `aem-workspace`; they cannot be read.
    """
    if WORKSPACE not in held:
        return None
    with suppress(ValueError, RecursionError):
        settings = json.loads(held[WORKSPACE])
        if isinstance(settings, dict):
            return settings
    raise CmsError("aem-workspace", f"{WORKSPACE} cannot be read: cms check says why. Nothing was written.")
