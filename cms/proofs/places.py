"""Places: the pages and mails of a snapshot in each channel where they can differ, and what can be known there."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from cms.components.body import placeholders
from cms.content.needs import Needs
from cms.content.snapshot import Page, Slot, Snapshot
from cms.counterfactuals.requirements import refs_of
from cms.facts.context import View
from cms.facts.declarations import FactRef
from cms.segments.conditions import All, AnyOf, Condition, InSegment, Not, Test
from cms.segments.evaluate import test_truth
from cms.visitors.guards import Guard

_OF_PLACE = frozenset({"channel", "page.stage"})


@dataclass(frozen=True, slots=True)
class Place:
    """A page or mail, by the name a snapshot's surfaces have, in one channel."""

    surface: str
    page: Page = field(compare=False)
    channel: str

    @property
    def kind(self) -> str:
        return "email" if self.channel == "email" else "page"

    def slot(self, key: str) -> str:
        return f"{self.surface}/{key}"


def places(snapshot: Snapshot) -> Iterator[Place]:
    """List all places; the app is one of its own only where something there is not as on the web."""
    for surface, page in snapshot.surfaces.items():
        if surface.startswith("emails/"):
            yield from (Place(surface, page, "email") for _ in {"email"} & set(snapshot.settings.channels))
            continue
        channels = [channel for channel in ("web", "app") if channel in snapshot.settings.channels]
        alike = len(channels) == 2 and _are_alike(snapshot, page)
        yield from (Place(surface, page, channel) for channel in channels[: 1 if alike else None])


def _are_alike(snapshot: Snapshot, page: Page) -> bool:
    entries = [entry for slot in page.slots for entry in slot.entries]
    shown_alike = all(len({"web", "app"} & set(entry.component.channels)) != 1 for entry in entries)
    needs = Needs(snapshot.segments, snapshot.rails, snapshot.settings)
    refs = {ref.name: ref for ref in needs.facts(conditions_of(page))}
    known_alike = all(len({"web", "app"} & ref.fact.channels) != 1 for ref in refs.values())
    bodies = (body for entry in entries for variant in entry.variants for body in variant.content.values())
    gaps = (gap.ref.fact.channels for body in bodies for gap in placeholders(body))
    filled_alike = all("web" in channels or "app" not in channels for channels in gaps)  # one unfilled is no news
    return shown_alike and known_alike and filled_alike and "channel" not in refs


def conditions_of(page: Page) -> Iterator[Condition]:
    """List the rules of a page's slots, entries, variants and experiments."""
    found: list[Condition | None] = [slot.audience for slot in page.slots]
    for entry in {entry.key: entry for slot in page.slots for entry in slot.entries}.values():
        found += [entry.audience, *(variant.when for variant in entry.variants)]
        found += [experiment.audience for experiment in entry.experiments]
    return (condition for condition in found if condition is not None)


def must_show(slot: Slot, snapshot: Snapshot) -> bool:
    """Say whether a slot may not be empty for anybody."""
    displays = {snapshot.components[key].display for key in slot.accepts if key in snapshot.components}
    return not slot.may_be_empty and slot.audience is None and displays != {"overlay"}


class Reach:
    """What can ever be so in a place, as far as its channel and stage decide it."""

    def __init__(self, snapshot: Snapshot, place: Place, view: View) -> None:
        """Prepare; `view` is of anybody there."""
        self._segments = snapshot.segments
        self._channel = place.channel
        self._view = view

    def lacking(self, guard: Guard) -> tuple[FactRef, ...]:
        """Name the facts that a guard waits for in vain, because they are never known in the channel.

        None where it can be met, and where it says itself that it is for another channel or stage.
        """
        missing: dict[str, FactRef] = {}
        can = [self._can_be(one, missing) for one in guard.conditions]  # all of them, to name all that is missing
        if all(can):
            return ()
        is_meant = all(self._can_be(one, None) for one in guard.conditions)
        return tuple(missing.values()) if is_meant else ()

    def _can_be(self, condition: Condition, missing: dict[str, FactRef] | None, *, wanted: bool = True) -> bool:
        """Say whether a condition can have a truth; without `missing` as if all facts were known in the channel."""
        match condition:
            case Test():
                return self._test(condition, missing, wanted=wanted)
            case InSegment(key):
                return self._can_be(self._segments[key], missing, wanted=wanted)
            case Not(part):
                return self._can_be(part, missing, wanted=not wanted)
            case All(parts) | AnyOf(parts):
                can = [self._can_be(part, missing, wanted=wanted) for part in parts]
                return all(can) if isinstance(condition, All) is wanted else any(can)

    def _test(self, test: Test, missing: dict[str, FactRef] | None, *, wanted: bool) -> bool:
        if test.ref.name in _OF_PLACE:
            return test_truth(test, self._view) is wanted
        gone = [ref for ref in refs_of(test) if self._channel not in ref.fact.channels]
        if missing is None or not gone:
            return True
        if test.operator == "known" and test.operand is not wanted:
            return True
        missing |= {ref.name: ref for ref in gone}
        return False
