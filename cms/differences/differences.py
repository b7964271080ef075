"""Differences of two snapshots as visitors see them: who is shown what instead of what, with an example each."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from time import monotonic

from cms.content.edits import Part, Reworded, parts, reworded
from cms.content.snapshot import Snapshot
from cms.differences.all_changes import visitors_moved_otherwise
from cms.differences.comparing import Change, Comparing, Shown
from cms.differences.deciding import Concern, concern
from cms.differences.nearby_visitors import channels_of, nearby_visitors
from cms.proofs.moments import horizon
from cms.proofs.proving import is_solver_installed
from cms.proofs.solving import Deadline, UndecidedError
from cms.visitors.visitor import Visitor

BUDGET_S = 60.0
_PLACE_S = 10.0


@dataclass(frozen=True, slots=True)
class Differences:
    """All that is different.

    `tried` counts the visitors who were decided for by both snapshots. `open` are the surfaces on which somebody may be
    shown something else that was not found; of all others `changes` holds every change there can be.
    """

    changes: tuple[Change, ...]
    reworded: tuple[Reworded, ...]
    parts: tuple[Part, ...]
    tried: int
    open: tuple[str, ...]

    @property
    def is_complete(self) -> bool:
        return not self.open

    def moved(self, variant: str) -> bool:
        """Say whether others see a variant (`entry:variant`) than before, as far as is known."""
        return any(variant in (*change.moved.before, *change.moved.after) for change in self.changes)

    def keeps_visitors(self, variant: str) -> bool | None:
        """Say whether the same visitors see a variant as before; None: no other was found, but there may be one."""
        if self.moved(variant):
            return False
        return True if self.is_complete else None


def differences(
    before: Snapshot,
    after: Snapshot,
    surfaces: Iterable[str],
    *,
    now: datetime,
    budget_s: float = BUDGET_S,
    progress: Callable[[int, int], None] | None = None,
) -> Differences:
    """Compare what two snapshots show.

    Args:
        before: What is live.
        after: What would be.
        surfaces: Pages (`cart`) and mails (`emails/win-back`); those that only one snapshot has show nobody a change.
        now: The moment from which on visitors come, aware.
        budget_s: Seconds that the solver may take; what it does not reach is open.
        progress: Called after each surface, with how many are done and how many there are.
    """
    wanted = list(surfaces)
    comparison = _Comparison(before, after, now, monotonic() + budget_s)
    for done, surface in enumerate(wanted, 1):
        if surface in before.surfaces and surface in after.surfaces:
            comparison.add(surface)
        if progress is not None:
            progress(done, len(wanted))
    shown = {key for side in (before, after) for key in _entries(side, wanted)}
    return Differences(
        tuple(comparison.found),
        tuple(found for found in reworded(before, after) if found.entry in shown),
        tuple(part for part in parts(before, after) if _is_within(part, wanted, shown)),
        comparison.tried,
        tuple(comparison.open),
    )


class _Comparison:
    """What was found so far."""

    def __init__(self, before: Snapshot, after: Snapshot, now: datetime, ends: float) -> None:
        self._before, self._after, self._now, self._ends = before, after, now, ends
        self._end = max(horizon(before, now), horizon(after, now))
        self.found: list[Change] = []
        self.open: list[str] = []
        self.tried = 0

    def add(self, surface: str) -> None:
        """Compare a surface; where all decides alike there is nothing to look for."""
        differing = concern(self._before, self._after, surface)
        if differing is None:
            return
        found: list[Change] = []
        is_open = False
        for channel in channels_of(self._before, self._after, surface):
            comparing = Comparing(self._before, self._after, surface, channel, now=self._now)
            changes = comparing.changes(self._near(comparing, differing))
            others, is_all = self._others(comparing, changes)
            found += sorted([*changes, *others], key=_in_page_order(comparing))
            is_open = is_open or not is_all
        self.found += _joined(found)
        self.open += [surface] if is_open else []

    def _near(self, comparing: Comparing, differing: Concern) -> Iterator[Visitor]:
        for visitor in nearby_visitors(
            self._before, self._after, comparing.surface, comparing.channel, differing, now=self._now, end=self._end
        ):
            self.tried += 1
            yield visitor

    def _others(self, comparing: Comparing, changes: Sequence[Change]) -> tuple[list[Change], bool]:
        """Give the changes that the solver finds beside those known, and whether that is proved to be all."""
        if not is_solver_installed():
            return [], False
        known = {change.moved for change in changes}
        deadline = Deadline(monotonic, min(self._ends, monotonic() + _PLACE_S))
        visitors: list[Visitor] = []
        is_all = True
        try:
            for visitor in visitors_moved_otherwise(comparing, known, end=self._end, deadline=deadline):
                visitors.append(visitor)  # noqa: PERF402 - those found before time is up count
        except UndecidedError:
            is_all = False
        found = comparing.changes(visitors)
        return [change for change in found if change.moved not in {one.moved for one in changes}], is_all


def _in_page_order(comparing: Comparing) -> Callable[[Change], tuple[int, Shown, Shown]]:
    order = [slot.key for slot in comparing.pages[0].slots]
    return lambda change: (order.index(change.moved.slot), change.moved.before, change.moved.after)


def _entries(snapshot: Snapshot, surfaces: Sequence[str]) -> Iterator[str]:
    pages = [page for name, page in snapshot.surfaces.items() if name in surfaces]
    yield from (entry.key for page in pages for slot in page.slots for entry in slot.entries)


def _joined(found: Iterable[Change]) -> list[Change]:
    """Make one of the same change in several channels."""
    joined: dict[object, Change] = {}
    for change in found:
        same = joined.get(change.moved)
        joined[change.moved] = change if same is None else replace(same, channels=(*same.channels, *change.channels))
    return list(joined.values())


def _is_within(part: Part, surfaces: Sequence[str], entries: Iterable[str]) -> bool:
    """Say whether a part stands on the surfaces; a segment is asked for everywhere."""
    match part.kind:
        case "page":
            return part.name in surfaces
        case "mail":
            return f"emails/{part.name}" in surfaces
        case "slot" | "place":
            return part.name.split(" in ")[-1].rpartition("/")[0] in surfaces
        case "entry" | "variant" | "translation":
            return part.name.partition(":")[0] in entries
        case _:
            return True
