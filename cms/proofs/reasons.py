"""Reasons: why nobody sees a variant, with somebody whom it was written for."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from cms.facts.declarations import FactRef
from cms.offers.offer import Schedule
from cms.problems import Severity
from cms.proofs.finding import Finding
from cms.proofs.outcomes import Formula, Name
from cms.proofs.place_proving import PlaceProver
from cms.segments.conditions import All, AnyOf, Condition, Not
from cms.visitors.guards import Guard
from cms.visitors.visitor import Visitor

Part = Condition | Schedule
_PICKS = 3  # of the ways to meet what is asked
_OTHERS = ("", "")  # stands for what the slots above show


def clauses(condition: Condition) -> Iterator[Condition]:
    """Take a condition apart into what must hold all together."""
    match condition:
        case All(parts):
            for part in parts:
                yield from clauses(part)
        case Not(AnyOf(parts)):
            for part in parts:
                yield from clauses(Not(part))
        case Not(Not(part)):
            yield from clauses(part)
        case _:
            yield condition


class Reasons:
    """Works out why nobody sees one variant in one place."""

    def __init__(self, prover: PlaceProver, name: Name) -> None:
        self._prover = prover
        self._standing = prover.standing[name]
        audience = self._standing.slot.slot.audience
        room = Guard((audience,)) if audience is not None else Guard()
        self._guard = room + prover.sampler.guards[id(self._standing.variant)]
        self._parts: list[Part] = [part for one in self._guard.conditions for part in clauses(one)]
        self._parts += self._guard.schedules

    def unreachable(self) -> Finding:
        """Say who takes its audience, or which parts of its own rule contradict each other."""
        solver, formulas = self._prover.solver, [self._formula(part) for part in self._parts]
        core = solver.core([], list(enumerate(formulas)))
        if core is not None:
            return self._never([self._parts[number] for number in sorted(core)])
        visitor = solver.find(formulas)
        return self._finding("unreachable", by=self._takers(formulas), visitor=visitor, parts=self._parts)

    def _formula(self, part: Part) -> Formula:
        solver = self._prover.solver
        return solver.during(part) if isinstance(part, Schedule) else solver.truth(part)

    def _never(self, parts: Sequence[Part]) -> Finding:
        """Tell of a rule that contradicts itself; the visitor meets all of that but its last part."""
        visitor = self._prover.solver.find(map(self._formula, parts[:-1])) if len(parts) > 1 else None
        conditions = tuple(part for part in parts if not isinstance(part, Schedule))
        return self._finding("unreachable", clauses=conditions, visitor=visitor, parts=parts[:-1])

    def _takers(self, own: Sequence[Formula]) -> tuple[Name, ...]:
        """Name the fewest others without which somebody would see it: those before it, and what is shown above."""
        entry, variant = self._standing.entry, self._standing.variant
        if variant.variant.arm:
            return tuple((entry.entry.key, control) for control in sorted(entry.trials))
        solver, outcome = self._prover.solver, self._prover.outcomes.slots[self._standing.slot.slot.key]
        before = outcome.order[: outcome.order.index(self._standing.name)]
        soft = [(name, solver.not_(outcome.applies[name])) for name in before]
        core = solver.core(own, [*soft, (_OTHERS, outcome.applies[self._standing.name])]) or []
        by = [name for name in core if name != _OTHERS]
        if _OTHERS in core:
            left = [solver.not_(outcome.applies[name]) for name in by]
            by += solver.core([*own, *left], list(self._above())) or []
        return tuple(sorted(set(by), key=by.index))

    def _above(self) -> Iterator[tuple[Name, Formula]]:
        for slot, outcome in self._prover.outcomes.slots.items():
            if slot == self._standing.slot.slot.key:
                return
            yield from ((name, self._prover.solver.not_(when)) for name, when in outcome.shown.items())

    def wrong_channel(self, facts: tuple[FactRef, ...]) -> Finding:
        """Say what cannot be known here, with somebody who would see the variant if it could."""
        base, channel = self._prover.base, self._prover.place.channel
        there, meeting = replace(base, channel=_ELSEWHERE[channel]), self._prover.sampler.meeting
        fits = (meeting.meet(there, self._guard, pick) for pick in range(_PICKS))
        fit = next((one for one in fits if one is not None), base)
        others = {
            (entry.entry.key, one.variant.key) for entry in self._standing.slot.entries for one in entry.conditional
        }
        is_alone = not others & self._prover.reached
        return replace(
            self._finding("wrong-channel", facts=facts, visitor=replace(fit, channel=channel), parts=()),
            severity=Severity.ERROR if is_alone else Severity.WARNING,
        )

    def _finding(
        self,
        code: str,
        *,
        by: tuple[Name, ...] = (),
        clauses: tuple[Condition, ...] = (),
        facts: tuple[FactRef, ...] = (),
        visitor: Visitor | None,
        parts: Sequence[Part],
    ) -> Finding:
        standing, place = self._standing, self._prover.place
        shown: tuple[str, ...] = ()
        if visitor is not None:
            visitor = self._shrunk(visitor, parts)
            shown = self._shown(visitor)
        keys = [variant.key for variant in standing.entry.entry.variants]
        return Finding(
            code=code,
            severity=Severity.WARNING,
            kind="entry",
            key=standing.name[0],
            pointer=f"/variants/{keys.index(standing.name[1])}",
            place=place.slot(standing.slot.slot.key),
            channel=place.channel,
            entry=standing.name[0],
            variant=standing.name[1],
            by=by,
            clauses=clauses,
            facts=facts,
            visitor=visitor,
            shown=shown,
        )

    def _shrunk(self, visitor: Visitor, parts: Sequence[Part]) -> Visitor:
        shown, conditions = self._shown(visitor), [part for part in parts if not isinstance(part, Schedule)]
        schedules = [part for part in parts if isinstance(part, Schedule)]

        def is_one(other: Visitor) -> bool:
            within = all(schedule.holds(other.now) for schedule in schedules)
            return within and self._prover.meets(other, conditions) and self._shown(other) == shown

        return self._prover.shrunk(visitor, is_one)

    def _shown(self, visitor: Visitor) -> tuple[str, ...]:
        choices = self._prover.decided(visitor).slots[self._standing.slot.slot.key]
        return tuple(f"{choice.entry}:{choice.variant}" for choice in choices)


_ELSEWHERE = {"email": "web", "web": "app", "app": "web"}
