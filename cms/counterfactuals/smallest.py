"""Counterfactuals: the smallest change that would have a losing candidate shown, found and proved by deciding again."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from heapq import heappop, heappush
from itertools import chain

from cms.components.body import RailName
from cms.content.snapshot import Page, Snapshot
from cms.counterfactuals.changes import Change
from cms.counterfactuals.repairs import Repairs
from cms.counterfactuals.replays import Replays
from cms.counterfactuals.standing import Lack, Standing
from cms.counterfactuals.ways import NOTHING, Key, Rank, Way, nearest
from cms.decisions.decision import Choice, Decision, Step
from cms.decisions.plans import VariantPlan
from cms.facts.builtin import builtin
from cms.facts.context import DecisionContext, View

MOST_REPLAYS = 200
Ways = tuple[list[Way], list[Way], list[Way]]  # to the point, by the way, and what cannot do without more
_UNPLAYED = 0.2  # what looking at changes costs of a replay, where that shows already that they do not do
_MOST_CHANGES = 8
_BRANCHES = 6  # tried at each depth when going for any change at all
UNCHANGEABLE = frozenset({"chosen", "channel", "stage"})  # outcomes


def smallest_change(
    snapshot: Snapshot, page: Page, context: DecisionContext, step: Step, *, most_replays: int = MOST_REPLAYS
) -> tuple[Change, ...] | None:
    """Find the smallest change of one step, as `smallest_changes` does of several."""
    return next(smallest_changes(snapshot, page, context, [step], most_replays=most_replays))


def smallest_changes(
    snapshot: Snapshot, page: Page, context: DecisionContext, steps: Iterable[Step], *, most_replays: int = MOST_REPLAYS
) -> Iterator[tuple[Change, ...] | None]:
    """Find what little would have to be otherwise for losing candidates to be shown in their slots.

    The fewest changes count, then how far they go: see `cms.counterfactuals.changes.distance`. Of a single fact every value
    beside a limit of the page is tried, unless half of `most_replays` is spent before; of several the search is bounded.
    What is found of a step does not depend on the other steps: to ask of several at once is only faster.

    Args:
        snapshot: The workspace decided with.
        page: The page decided.
        context: What the decision was told.
        steps: Of that decision's trace; of a whole entry any variant will do, of a whole slot anything.
        most_replays: Of the decision, at most, for each step.

    Yields:
        For each step, changes with which `decide` was seen to show the candidate, sorted by name; None: none was found, or
        what keeps the candidate out is nothing that a visitor, a shop or the clock could change.
    """
    replays = Replays(snapshot, page, replace(context, public=frozenset()))
    view = View(context)
    for step in steps:
        found = None if step.outcome in UNCHANGEABLE else _Search(replays, step, most_replays).smallest()
        yield None if found is None else tuple(_as_told(change, view) for change in found.changes)


def _as_told(change: Change, view: View) -> Change:
    """Say of a change what was seen before all changes, of which one may have brought another with it."""
    return change if change.ref is None else replace(change, seen=view.value(change.ref))


@dataclass(frozen=True, slots=True)
class _Node:
    """A context with changes made. `told` is what became of the candidate there, and what was shown up to its slot."""

    way: Way
    flips: bool
    told: object
    next: Callable[[], Iterable[Ways]]  # what could be changed next


class _SpentError(Exception):
    """No more replays."""


class _Search:
    def __init__(self, replays: Replays, step: Step, most: int) -> None:
        self._replays, self._step = replays, step
        self._left, self._least = float(most), 0.0
        self._reach = replays.reach(step.slot)
        self._standing = Standing(self._reach, replays.context, step)
        self._nodes: dict[Key, _Node] = {}
        self._following: dict[Key, Ways] = {}

    def smallest(self) -> Way | None:
        """Look at all single changes, then for any changes at all, then for fewer than those."""
        if not self._standing.candidates:
            return None
        most = self._left
        found = self._nearest(None, most_changes=1, least=most / 2)
        if found is None:
            found = self._nearest(self._any(least=most / 4), most_changes=_MOST_CHANGES, least=0)
        return found

    def _nearest(self, best: Way | None, *, most_changes: int, least: float) -> Way | None:
        """Try ways, the smallest first, until one flips or none is smaller than the best known."""
        self._least = least
        heap: list[tuple[Rank, Way, object]] = [(NOTHING.rank, NOTHING, None)]
        seen = {NOTHING.key}
        with suppress(_SpentError):
            while heap:
                rank, way, told = heappop(heap)
                if best is not None and rank >= best.rank:
                    break
                node = self._node(way)
                if node.flips:
                    return way
                if len(way.key) < most_changes and node.told != told:
                    for following in self._ways_on(node, most_changes):
                        if following.key not in seen and (best is None or following.rank < best.rank):
                            seen.add(following.key)
                            heappush(heap, (following.rank, following, node.told))
        return best

    def _any(self, *, least: float) -> Way | None:
        """Look for any changes at all, going on from whatever brings the candidate further; then leave out what can be."""
        self._least = least
        try:
            found = self._deeper(self._node(NOTHING), set())
            return None if found is None else self._shrunk(found)
        except _SpentError:
            return None

    def _deeper(self, node: _Node, seen: set[object]) -> Way | None:
        branches = _BRANCHES
        for way in self._ways_on(node, _MOST_CHANGES)[: _BRANCHES * _BRANCHES]:
            following = self._node(way)
            if following.flips:
                return way
            if branches and len(way.key) < _MOST_CHANGES and following.told not in seen:
                seen.add(following.told)
                branches -= 1
                found = self._deeper(following, seen)
                if found is not None:
                    return found
        return None

    def _shrunk(self, way: Way) -> Way:
        for change in way.changes:
            fewer = way.without(change)
            if self._node(fewer).flips:
                return self._shrunk(fewer)
        return way

    def _ways_on(self, node: _Node, most_changes: int) -> list[Way]:
        """List what to change next, with what was changed so far; what is most to the point first."""
        if node.way.key not in self._following:
            straight, sideways, part = map(nearest, zip(*node.next(), strict=True))
            self._following[node.way.key] = (_on(node.way, straight), _on(node.way, sideways), _on(node.way, part))
        straight, sideways, part = self._following[node.way.key]
        within = [way for way in (*straight, *sideways) if len(way.key) <= most_changes]
        return within + [way for way in part if len(way.key) < most_changes]

    def _node(self, way: Way) -> _Node:
        if way.key not in self._nodes:
            if self._left <= self._least:
                raise _SpentError
            repairs = self._replays.repairs(self._reach, way)
            lacks = self._standing.lacks(repairs.evaluator)
            self._left -= _UNPLAYED if lacks else 1
            self._nodes[way.key] = self._lost(way, repairs, lacks) if lacks else self._played(way, repairs)
        return self._nodes[way.key]

    def _lost(self, way: Way, repairs: Repairs, lacks: Sequence[Lack]) -> _Node:
        """Give what no candidate can be shown in: nobody has to decide to know."""
        told = tuple(tuple(map(id, (*lack.unmet, *chain(*lack.rivals)))) for lack in lacks)
        return _Node(way, flips=False, told=told, next=lambda: self._lacking(repairs, lacks))

    def _lacking(self, repairs: Repairs, lacks: Iterable[Lack]) -> Iterator[Ways]:
        for lack in lacks:
            enough, part = repairs.meeting(lack.requirements, lack.rivals)
            yield enough, [], part
        yield [], repairs.locales(), []  # each has requirements of its own

    def _played(self, way: Way, repairs: Repairs) -> _Node:
        decision = self._replays.decision(way)
        flips = any(
            self._standing.stands_for(choice.entry, choice.variant) for choice in decision.slots[self._step.slot]
        )
        return _Node(way, flips, tuple(self._told(decision)), next=lambda: self._ways(decision, repairs))

    def _told(self, decision: Decision) -> Iterator[object]:
        for slot in self._reach.slots:
            yield from ((choice.entry, choice.variant) for choice in decision.slots[slot.slot.key])
        for step in self._steps(decision):
            verdict, ref = step.verdict, step.verdict.ref
            yield verdict.outcome, id(verdict.condition), ref.name if ref else "", verdict.detail, verdict.rival

    def _steps(self, decision: Decision) -> Iterator[Step]:
        """List the steps of the candidate: its own, or where it was not looked at that of its entry or slot."""
        asked = self._step
        for step in decision.trace:
            same_entry, same_variant = asked.entry in {"", step.entry}, asked.variant in {"", step.variant}
            if step.slot == asked.slot and (not step.entry or (same_entry and (not step.variant or same_variant))):
                yield step

    def _ways(self, decision: Decision, repairs: Repairs) -> Iterator[Ways]:
        """List ways to make room for candidates, some of which want nothing but room."""
        lacks = self._standing.each_lack(repairs.evaluator)
        yield from self._lacking(repairs, [lack for lack in lacks if lack.unmet or lack.rivals])
        yield nearest(self._room(decision, repairs)), nearest(self._around(decision, repairs)), []

    def _room(self, decision: Decision, repairs: Repairs) -> Iterator[list[Way]]:
        verdicts = [step.verdict for step in self._steps(decision)]
        yield from (repairs.changes(verdict.ref) for verdict in verdicts if verdict.ref is not None)
        names = {name for verdict in verdicts for name in verdict.rival.split(", ") if name}
        for choice in decision.slots[self._step.slot]:
            yield from self._given_up(repairs, choice)
        here = {choice.entry for choices in decision.slots.values() for choice in choices}
        for name in sorted(names - here):  # shown elsewhere, not on this page
            yield repairs.to_values(builtin(f"shown[{name}].last_7_days"), [0])

    def _around(self, decision: Decision, repairs: Repairs) -> Iterator[list[Way]]:
        """List what could help a candidate that hangs on more than its own requirements, or whose rivals here do."""
        rivals = [self._reach.found(choice.entry, choice.variant) for choice in decision.slots[self._step.slot]]
        involved = [*self._standing.candidates, *(rival for rival in rivals if rival is not None)]
        if all(self._reach.is_sure(*candidate, repairs.context) for candidate in involved):
            return
        for slot in self._reach.slots[:-1]:
            for choice in decision.slots[slot.slot.key]:
                yield from self._given_up(repairs, choice)
        for _, variant in self._standing.candidates:
            yield from self._restocked(repairs, variant)
        for ref in self._reach.refs.values():
            yield repairs.changes(ref)

    def _given_up(self, repairs: Repairs, choice: Choice) -> Iterator[list[Way]]:
        """List ways to keep out what was shown in this slot or above."""
        rival = self._reach.found(choice.entry, choice.variant)
        if rival is not None:
            yield repairs.breaking(self._reach.requirements(*rival, repairs.context))
            yield from self._restocked(repairs, rival[1])

    def _restocked(self, repairs: Repairs, variant: VariantPlan) -> Iterator[list[Way]]:
        form = self._reach.form(variant, repairs.context)
        if form is not None and form.parts and not repairs.context.rehearsed:
            keys = {node.key for node in form.parts if isinstance(node, RailName)}
            yield repairs.restocking([self._reach.plan.snapshot.rails[key] for key in sorted(keys)])


def _on(way: Way, more: Iterable[Way]) -> list[Way]:
    joined = (way.joined(other) for other in more)
    return [found for found in joined if found is not None]
