"""Processes that end when told to, and do not outlive the one that started them, even when that one is killed."""

import os
import signal
import time
from _thread import start_new_thread
from collections.abc import Callable
from functools import partial
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


def end_when_told() -> None:
    """Make the server in this process end whenever it is told to, from its worker's first moment on.

    To be called once the server has its handlers and before it forks a worker.
    """
    # A worker told to end before it has handlers of its own would lose the signal in the server's; held back, it arrives.
    os.register_at_fork(
        before=partial(signal.pthread_sigmask, signal.SIG_BLOCK, {signal.SIGTERM}),
        after_in_parent=partial(signal.pthread_sigmask, signal.SIG_UNBLOCK, {signal.SIGTERM}),
        after_in_child=_take_default,
    )
    for number in (signal.SIGINT, signal.SIGTERM):
        tell = signal.getsignal(number)
        if callable(tell):
            signal.signal(number, partial(_tell_aside, tell))


def _take_default() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})


def _tell_aside(tell: Callable[[int, None], None], number: int, _frame: object) -> None:
    # The server's handlers set the event that its main thread waits for: run there, they can wait for its own lock for ever.
    start_new_thread(_keep_telling, (tell, number))


def _keep_telling(tell: Callable[[int, None], None], number: int) -> None:
    while True:  # a server that just replaces a dead worker clears the event unseen
        tell(number, None)
        time.sleep(_LOOK_S)
