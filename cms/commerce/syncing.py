"""Syncing: bringing the copy of a catalogue up to date in one go, with patience for a system that wants a pause."""

from collections.abc import Callable

from cms.commerce.catalogue import Progress, SyncedCatalogue
from cms.commerce.failures import ShopError

_STEP_S = 30.0  # a reading that takes longer goes on where it was
_TRIES = 4  # in a row without anything new
_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 60.0


def sync(
    catalogue: SyncedCatalogue,
    currency: str,
    *,
    whole: bool,
    progress: Callable[[Progress], None],
    sleep: Callable[[float], object],
) -> int:
    """Read what is new, or all of it; gives how many products there are.

    Raises:
        ShopError: What the system fails with, after some tries.
    """
    failures, anew = 0, whole

    def advanced(told: Progress) -> None:
        nonlocal failures, anew
        failures, anew = 0, False
        progress(told)

    while True:
        try:
            return len(catalogue.read(currency, timeout_s=_STEP_S, anew=anew, progress=advanced))
        except ShopError as error:
            failures += 1
            if not error.ails or failures == _TRIES:
                raise
            sleep(min(max(error.retry_after_s, _PAUSE_S), _LONGEST_PAUSE_S))
