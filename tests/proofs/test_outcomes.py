"""What formulas say that a page shows is what the resolver shows: of random pages, told of random visitors one by one."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from cms.content.needs import Needs
from cms.content.snapshot import Snapshot
from cms.counterfactuals.nearby import values_near
from cms.counterfactuals.requirements import refs_of
from cms.decisions.decision import Decision
from cms.experiments.experiment import Experiment
from cms.facts.builtin import builtin
from cms.facts.context import Units
from cms.facts.declarations import FactRef, FactType, Origin
from cms.offers.offer import Schedule
from cms.proofs.outcomes import Formula, SlotOutcome
from cms.proofs.place_proving import PlaceProver
from cms.proofs.places import Place, places
from cms.proofs.solving import Deadline
from cms.segments.conditions import Test as Asked
from cms.visitors.meeting import wanted
from cms.visitors.visitor import Visitor
from tests.decisions.conftest import compiled
from tests.decisions.worlds import MOMENTS, Dice, settings, workspace

BATCHES, WORLDS, VISITORS = 6, 8, 6
START = datetime(2026, 11, 30, tzinfo=UTC)
GIVEN = {"locale", "currency", "channel", "page.stage"}


@pytest.mark.parametrize("batch", range(BATCHES))
def test_formulas_show_what_the_resolver_shows(batch: int) -> None:
    dice, seen = Dice(batch), 0
    for _ in range(WORLDS):
        files = workspace(dice)
        budgets = {"pressure": {"max": dice.randint(1, 4)}} if dice.likely(40) else {}
        snapshot = compiled({**files, "content/workspace.json": {**settings(0), "budgets": budgets}})
        for place in places(snapshot):
            people = People(snapshot, place, dice)
            for visitor in people.some(VISITORS):
                decision = visitor.decision(snapshot, place.page, trace=True)
                assert people.differs(visitor, decision) is None, f"{visitor} on {place.surface} of\n{files}"
                seen += 1
    assert seen > WORLDS


class People:
    """Random visitors of one place, and what its formulas say of them."""

    def __init__(self, snapshot: Snapshot, place: Place, dice: Random) -> None:
        deadline = Deadline(lambda: 0.0, 1.0)
        self._prover = PlaceProver(snapshot, place, start=START, end=START + timedelta(days=30), deadline=deadline)
        self._snapshot, self._place, self._dice = snapshot, place, dice
        conditions = [one for guard in self._prover.sampler.guards.values() for one in guard.conditions]
        conditions += [slot.audience for slot in place.page.slots if slot.audience is not None]
        read = Needs(snapshot.segments, snapshot.rails, snapshot.settings).facts(conditions)
        told = {"pressure": builtin("pressure")} | {ref.name: ref for ref in read}
        self._refs = {name: told[name] for name in sorted(told) if self._is_told(told[name])}
        self._tests: dict[str, list[Asked]] = {name: [] for name in self._refs}
        picked = (one for part in conditions for pick in range(3) for one in wanted(part, snapshot.segments, pick))
        for test, _ in picked:
            for ref in refs_of(test):
                self._tests.get(ref.name, []).append(test)

    def _is_told(self, ref: FactRef) -> bool:
        known_here = self._place.channel in ref.fact.channels
        return ref.name not in GIVEN and ref.fact.origin is not Origin.CLOCK and known_here

    def some(self, count: int) -> Iterator[Visitor]:
        """Make visitors near the limits of rules, without those who cannot exist."""
        for _ in range(count):
            visitor = self._one()
            if self._prover.sampler.can_exist(visitor):
                yield visitor

    def _one(self) -> Visitor:
        dice, known = self._dice, self._snapshot.settings
        moments = [START, *(datetime.fromisoformat(moment).astimezone(UTC) for moment in MOMENTS)]
        now = max(START, dice.choice(moments) + dice.choice([timedelta(0), timedelta(minutes=-1), timedelta(hours=9)]))
        currency = dice.choice([market.currency for market in known.markets.values()])
        key = dice.choice(["", *(f"visitor-{number}" for number in range(1, 9))])
        visitor = Visitor(now, dice.choice(list(known.locales)), currency, self._place.channel, key=key)
        for name, ref in self._refs.items():
            near = values_near(ref, self._tests[name], self._prover.sampler.meeting.view(visitor))
            blank = [""] if ref.fact.type is FactType.TEXT else []
            visitor = visitor.told({name: dice.choice([None, *near, *blank]) if dice.random() < 0.8 else None})
        return visitor

    def differs(self, visitor: Visitor, decision: Decision) -> Visitor | None:
        """Give the visitor if the formulas hold of somebody told the same who sees something else."""
        told = list(self._told(visitor))
        same = [self._same(outcome, slot, decision) for slot, outcome in self._prover.outcomes.slots.items()]
        solver = self._prover.solver
        assert solver.find(told) is not None, f"formulas say that {visitor} cannot be"
        return solver.find([*told, solver.not_(solver.all_(same))])

    def _told(self, visitor: Visitor) -> Iterator[Formula]:
        solver = self._prover.solver
        for name, ref in self._refs.items():
            value = visitor.facts[name]
            yield solver.truth(Asked(ref, "known", operand=False) if value is None else Asked(ref, "is", value))
        yield solver.truth(Asked(builtin("locale"), "is", visitor.locale))
        yield solver.truth(Asked(builtin("currency"), "is", visitor.currency))
        yield solver.during(Schedule(visitor.now, visitor.now + timedelta(seconds=1)))
        units = Units(visitor.key, visitor.key, visitor.key) if visitor.key else Units()
        for experiment in self._experiments().values():
            drawn = experiment.draw(units)
            for arm in experiment.arms:
                draws = solver.draws(experiment, arm)
                yield draws if drawn == arm else solver.not_(draws)

    def _experiments(self) -> Mapping[str, Experiment]:
        entries = [entry for slot in self._place.page.slots for entry in slot.entries]
        return {one.key: one for entry in entries for one in entry.experiments if one.running}

    def _same(self, outcome: SlotOutcome, slot: str, decision: Decision) -> Formula:
        solver, shown = self._prover.solver, {(choice.entry, choice.variant) for choice in decision.slots[slot]}
        claims = any(step.slot == slot and step.outcome == "claims" for step in decision.trace)
        is_open = not any(step.slot == slot and not step.entry for step in decision.trace)
        expected: list[tuple[Formula, bool]] = [(when, name in shown) for name, when in outcome.shown.items()]
        expected.append((outcome.empty, is_open and not shown and not claims))
        expected.append((outcome.silenced, is_open and not shown and claims))
        return solver.all_([when if wanted_ else solver.not_(when) for when, wanted_ in expected])
