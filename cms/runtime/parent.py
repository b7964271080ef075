"""Processes that must not outlive the one that started them, even when that one is killed."""

import os
import time
from threading import Thread

STARTED_BY = "CMS_STARTED_BY"  # set by one of our programs for those it starts, not a setting of its own
_LOOK_S = 0.25


def end_with_parent() -> None:
    """End this process soon after the program of ours that started it; where none did, do nothing."""
    parent = os.environ.get(STARTED_BY)
    if parent:
        Thread(target=_watch, args=(int(parent),), name="watch-parent", daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_LOOK_S)
    os._exit(1)  # at once and whole: a worker that lingers would hold its port
