"""What is true of a small world, found by asking everybody: nothing is proved here, and nothing is clever.

Each visitor is decided for by the engine itself. A fact that does not exist in a channel is unknown there.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import permutations, product
from zoneinfo import ZoneInfo

from cms.content.snapshot import Entry, Page, Slot, Snapshot, Variant
from cms.decisions.decide import decide
from cms.facts.context import DecisionContext, View
from cms.proofs.finding import Finding
from cms.segments.conditions import All, AnyOf, Condition, InSegment, Not
from cms.segments.evaluate import Evaluator, Truth, conjunction, test_truth
from tests.proofs.cells import compared_with
from tests.proofs.every_visitor import EveryVisitor, entries_of

COMPARED = {"equivalent", "contained"}
NOWHEN = datetime(2026, 12, 2, tzinfo=UTC)
Name = tuple[str, str]  # an entry and its variant
Said = tuple[str, ...]  # a finding: its code and what it is about


@dataclass
class Seen:
    """What everybody of one surface and channel sees.

    `standing` is what its channel has output for, `lacking` what waits there for facts of other channels; `empty` and
    `silenced` are slots that somebody sees nothing in, the latter because of claims made above.
    """

    standing: set[Name]
    lacking: set[Name]
    shown: set[Name] = field(default_factory=set)
    empty: set[str] = field(default_factory=set)
    silenced: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class World:
    """A world with all its visitors."""

    snapshot: Snapshot
    everybody: EveryVisitor

    def findings(self) -> set[Said]:
        seen = {(name, channel): self._seen(page, channel) for name, page, channel in self.places()}
        return {*self._of_segments(), *self._unreachable(seen), *self._of_slots(seen), *self._wrong(seen)}

    def places(self) -> Iterator[tuple[str, Page, str]]:
        """List all surfaces in each of their channels."""
        for name, page in self.snapshot.surfaces.items():
            mailed = name.startswith("emails/")
            yield from (
                (name, page, channel) for channel in self.snapshot.settings.channels if (channel == "email") is mailed
            )

    def _seen(self, page: Page, channel: str) -> Seen:
        entries = [entry for entry in entries_of(page) if channel in entry.component.channels]
        both = [(entry, variant) for entry in entries for variant in entry.variants]
        standing = {
            (entry.key, variant.key): (entry, variant) for entry, variant in both if not self._is_over(entry, variant)
        }
        seen = Seen(set(standing), {name for name, one in standing.items() if self._lacks(*one, channel)})
        for visitor in self.everybody.of_surface(page, channel):
            context = self.everybody.context(page, visitor)
            slots = decide(self.snapshot, page, context).slots
            seen.shown |= {(choice.entry, choice.variant) for choices in slots.values() for choice in choices}
            for slot in page.slots:
                if not slots[slot.key] and must_show(slot, self.snapshot):
                    trace = decide(self.snapshot, page, context, trace=True).trace
                    clashes = any(step.slot == slot.key and step.outcome == "claims" for step in trace)
                    (seen.silenced if clashes else seen.empty).add(slot.key)
        return seen

    def _is_over(self, entry: Entry, variant: Variant) -> bool:
        """Say whether it has ended: nobody expects to see it any more."""
        ends = (entry.schedule.until, variant.schedule.until)
        return any(end is not None and end <= self.everybody.now for end in ends)

    def _lacks(self, entry: Entry, variant: Variant, channel: str) -> bool:
        """Say whether a variant would do, were all facts known in its channel, whatever they then are, but cannot so."""
        asked = [entry.audience, variant.when]
        for experiment in entry.experiments:
            if variant.arm and variant.key in {arm.variant for arm in experiment.arms}:
                asked += [experiment.audience, entry.variant(experiment.control.variant).when]
        rule = All(tuple(condition for condition in asked if condition is not None))
        here, elsewhere = (self._truths(rule, channel, all_known=all_known) for all_known in (False, True))
        return True in elsewhere and True not in here

    def _truths(self, condition: Condition, channel: str, *, all_known: bool) -> set[Truth]:
        """List what a condition could be there, if each of its tests could turn out in any way."""
        if isinstance(condition, InSegment):
            return self._truths(self.snapshot.segments[condition.key], channel, all_known=all_known)
        if isinstance(condition, Not):
            return {
                None if truth is None else not truth
                for truth in self._truths(condition.part, channel, all_known=all_known)
            }
        if isinstance(condition, All | AnyOf):
            parts = [self._truths(part, channel, all_known=all_known) for part in condition.parts]
            joined = conjunction if isinstance(condition, All) else _disjunction
            return {joined(list(truths)) for truths in product(*parts)}
        if condition.ref.name == "channel":
            view = View(DecisionContext(NOWHEN, ZoneInfo("UTC"), "", "", channel, {"channel": channel}))
            return {test_truth(condition, view)}
        refs = [condition.ref, *([other] if (other := compared_with(condition)) else [])]
        if all_known or all(channel in ref.fact.channels for ref in refs):
            return {True, False, None}
        return {not condition.operand} if condition.operator == "known" else {None}

    def _of_segments(self) -> Iterator[Said]:
        """Compare who is in which segment."""
        pages = list(self.snapshot.surfaces.values())
        members: dict[str, set[int]] = {key: set() for key in self.snapshot.segments}
        number = 0
        for channel in self.snapshot.settings.channels:
            for visitor in self.everybody.of_segments(channel):
                number += 1
                evaluator = Evaluator(self.snapshot.segments, View(self.everybody.context(pages[0], visitor)))
                for key, condition in self.snapshot.segments.items():
                    if evaluator.truth(condition) is True:
                        members[key].add(number)
        yield from (("never-matches", key) for key, found in members.items() if not found)
        for one, other in permutations(sorted(key for key, found in members.items() if found), 2):
            if members[one] == members[other] and one < other:
                yield "equivalent", one, other
            elif members[one] < members[other]:
                yield "contained", one, other

    def _unreachable(self, seen: Mapping[tuple[str, str], Seen]) -> Iterator[Said]:
        """List what nobody sees anywhere, unless all that is wrong is that it stands in another channel's place."""
        shown = {name for found in seen.values() for name in found.shown}
        for found in seen.values():
            yield from (("unreachable", *name) for name in found.standing - found.lacking - shown)

    def _of_slots(self, seen: Mapping[tuple[str, str], Seen]) -> Iterator[Said]:
        for (surface, _), found in seen.items():
            yield from (("no-content", f"{surface}/{slot}") for slot in found.empty)
            yield from (("contradiction", f"{surface}/{slot}") for slot in found.silenced)

    def _wrong(self, seen: Mapping[tuple[str, str], Seen]) -> Iterator[Said]:
        for (surface, channel), found in seen.items():
            yield from (("wrong-channel", surface, channel, *name) for name in found.lacking - found.shown)


def priced(snapshot: Snapshot) -> Iterator[Name]:
    """List the variants that promise a price: of a catalogue, which may confirm it, no visitor here tells."""
    for entry in snapshot.entries.values():
        yield from ((entry.key, one.key) for one in entry.variants if one.promise is not None and one.promise.price)


def must_show(slot: Slot, snapshot: Snapshot) -> bool:
    only_overlays = all(snapshot.components[key].display == "overlay" for key in slot.accepts)
    return not slot.may_be_empty and slot.audience is None and not only_overlays


def _disjunction(truths: list[Truth]) -> Truth:
    return True if True in truths else None if None in truths else False


def within(found: set[Said]) -> set[tuple[str, str]]:
    """Give all pairs of segments of which the first is within the second, those included that follow from others."""
    pairs = {one[1:] for one in found if one[0] in COMPARED} | {one[:0:-1] for one in found if one[0] == "equivalent"}
    while (
        more := {(one, last) for one, middle in pairs for also, last in pairs if middle == also and one != last} - pairs
    ):
        pairs |= more
    return pairs  # type: ignore[return-value]


def replayed(finding: Finding, snapshot: Snapshot) -> Iterator[str]:
    """Show a finding's visitor to the real resolver as the persona that it would be saved as; say what is not as told."""
    visitor = finding.visitor
    if visitor is None:
        shows = finding.code in {"no-content", "contradiction"} or finding.by
        yield from ["it names no visitor"] if shows else []  # a rule of one part has nobody who meets all others
    elif finding.place and finding.code != "wrong-channel":
        surface, _, slot = finding.place.rpartition("/")
        choices = visitor.decision(snapshot, snapshot.surfaces[surface]).slots[slot]
        shown = tuple(f"{choice.entry}:{choice.variant}" for choice in choices)
        if f"{finding.entry}:{finding.variant}" in shown or shown != finding.shown:
            yield f"its visitor is shown {shown}, not {finding.shown}"


def said(finding: Finding) -> Said:
    """Name a finding as this module does."""
    match finding.code:
        case "never-matches":
            return finding.code, finding.key
        case "equivalent" | "contained":
            return finding.code, finding.key, finding.by[0][0]
        case "unreachable":
            return finding.code, finding.entry, finding.variant
        case "wrong-channel":
            return finding.code, finding.place.rpartition("/")[0], finding.channel, finding.entry, finding.variant
        case _:
            return finding.code, finding.place
