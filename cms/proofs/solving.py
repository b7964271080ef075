"""Solving: questions about all visitors of one page, answered by Z3 with a visitor or with a proof that there is none."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from typing import Any, TypeVar

from cms.content.snapshot import Settings, Snapshot
from cms.experiments.experiment import Arm, Experiment
from cms.offers.offer import Schedule
from cms.proofs.outcomes import Formula
from cms.segments.conditions import Condition
from cms.segments.smt import Smt
from cms.visitors.draws import are_apart, draws_everybody, key_of, keys_of
from cms.visitors.relations import Relation
from cms.visitors.visitor import Visitor

Tag = TypeVar("Tag", bound=Hashable)
Draw = tuple[Experiment, Arm | None]  # None: of no arm
_DRAWS = 20  # that are tried until one is found that a key is known for
_STEPS = 2_000_000  # of the solver for one question, the same on every machine


class UndecidedError(Exception):
    """There is no answer; `why` is `time` where there was no more of it, else `solver`."""

    def __init__(self, why: str = "solver") -> None:
        super().__init__(why)
        self.why = why


@dataclass(slots=True)
class Deadline:
    """How long may be searched: `clock` tells seconds, `ends` is when there are no more."""

    clock: Callable[[], float]
    ends: float

    @property
    def is_over(self) -> bool:
        return self.clock() > self.ends

    def check(self) -> None:
        """Raise `UndecidedError` once time is up."""
        if self.is_over:
            raise UndecidedError("time")


class Solver:
    """Answers questions about the visitors of one channel, who come between two moments."""

    def __init__(
        self,
        snapshot: Snapshot,
        channel: str,
        *,
        stage: str,
        start: datetime,
        end: datetime,
        relations: Iterable[Relation],
        deadline: Deadline,
    ) -> None:
        """Prepare.

        Raises:
            CmsError: The solver is not installed.
        """
        settings = snapshot.settings
        self._smt = Smt(
            snapshot.segments,
            channel=channel,
            zones=zones_of(settings),
            locales=list(settings.locales),
            start=start,
            end=end,
            stage=stage,
        )
        self._channel = channel
        self._solver = self._smt.logic.solver()
        self._solver.set("rlimit", _STEPS)
        self._deadline = deadline
        self._draws: dict[str, tuple[Experiment, dict[str, Any]]] = {}
        self._names = 0
        for relation in relations:
            self._assert(relation.axiom(self._smt))

    def _assert(self, formula: Formula) -> None:
        if formula is not True:
            self._solver.add(formula)

    def close(self) -> None:
        """Give back the memory; nothing can be asked any more."""
        self._smt.close()

    def truth(self, condition: Condition, *, wanted: bool = True) -> Formula:
        """Say that a condition definitely has the truth wanted.

        Raises:
            UndecidedError: There is no time left.
        """
        self._deadline.check()
        return self._smt.truth(condition, wanted=wanted)

    def during(self, schedule: Schedule) -> Formula:
        return self._smt.during(schedule.start, schedule.until)

    def all_(self, parts: Sequence[Formula]) -> Formula:
        return self._smt.all_(parts)

    def any_(self, parts: Sequence[Formula]) -> Formula:
        return self._smt.any_(parts)

    def not_(self, part: Formula) -> Formula:
        return self._smt.not_(part)

    def draws(self, experiment: Experiment, arm: Arm) -> Formula:
        """Say whom an experiment draws an arm for: anybody who has its unit, as long as it lets anybody in."""
        if not experiment.running or not experiment.traffic:
            return False
        if experiment.key not in self._draws:
            self._add_draw(experiment)
        return self._draws[experiment.key][1][arm.key]

    def _add_draw(self, experiment: Experiment) -> None:
        """Let an experiment draw one arm at most, and none for whom another one of its layer does."""
        logic = self._smt.logic
        drawn = {arm.key: logic.boolean(f"{experiment.key} draws {arm.key}") for arm in experiment.arms}
        has_unit, some = logic.boolean(f"{experiment.unit} is there"), self.any_([*drawn.values()])
        others = [arms.values() for other, arms in self._draws.values() if are_apart(experiment, other)]
        for both in (*combinations(drawn.values(), 2), *((self.any_([*arms]), some) for arms in others)):
            self._solver.add(self.not_(self.all_(both)))
        if experiment.unit == "account":
            self._solver.add(logic.implies(has_unit, logic.boolean("customer is there")))
        self._solver.add(logic.same(some, has_unit) if draws_everybody(experiment) else logic.implies(some, has_unit))
        self._draws[experiment.key] = experiment, drawn

    def named(self, formula: Formula) -> Formula:
        """Give a formula a name, so that using it often costs little.

        Raises:
            UndecidedError: There is no time left: of a long page formulas alone can take too much of it.
        """
        self._deadline.check()
        if isinstance(formula, bool):
            return formula
        self._names += 1
        name = self._smt.logic.boolean(f"n{self._names}")
        self._solver.add(name == formula)
        return name

    def find(self, asked: Iterable[Formula]) -> Visitor | None:
        """Find a visitor for whom all that is asked holds; None: it is proved that there is none.

        Raises:
            UndecidedError: No answer in time.
        """
        formula = self._smt.all_(list(asked))
        if formula is False:
            return None
        self._define()
        self._solver.push()
        try:
            self._assert(formula)
            if not self._is_possible():
                return None
            for _ in range(_DRAWS):
                visitor = self._visitor()
                if visitor is not None:
                    return visitor
                if not self._is_possible():
                    break
            raise UndecidedError
        finally:
            self._solver.pop()

    def core(self, given: Iterable[Formula], parts: Sequence[tuple[Tag, Formula]]) -> list[Tag] | None:
        """Find a smallest choice of parts that cannot all hold where what is given does; None: all can.

        Raises:
            UndecidedError: No answer in time.
        """
        never = next((tag for tag, part in parts if part is False), None)
        if never is not None:
            return [never]
        base = self._smt.all_(list(given))
        literals = {f"p{number}": (tag, part) for number, (tag, part) in enumerate(parts) if part is not True}
        if base is False:
            return []
        self._define()
        self._solver.push()
        try:
            self._assert(base)
            for name, (_, part) in literals.items():
                self._solver.add(self._smt.logic.implies(self._smt.logic.boolean(name), part))
            return self._smallest(literals)
        finally:
            self._solver.pop()

    def _smallest(self, literals: dict[str, tuple[Tag, Formula]]) -> list[Tag] | None:
        if self._is_possible(*literals):
            return None
        core = sorted((str(one).strip("'") for one in self._solver.unsat_core()), key=lambda name: int(name[1:]))
        single = next((name for name in core if not self._is_possible(name)), None)
        if single is not None:
            return [literals[single][0]]
        for name in reversed(core):
            rest = [other for other in core if other != name]
            if not self._is_possible(*rest):
                core = rest
        return [literals[name][0] for name in core]

    def _define(self) -> None:
        for axiom in self._smt.axioms():
            self._solver.add(axiom)

    def _is_possible(self, *names: str) -> bool:
        self._deadline.check()
        answer = str(self._solver.check(*map(self._smt.logic.boolean, names)))
        if answer == "unknown":
            raise UndecidedError("solver")
        return answer == "sat"

    def _visitor(self) -> Visitor | None:
        """Read a visitor off the model; None: hardly anybody is drawn so, and other draws are asked for."""
        model = self._solver.model()
        facts, now, locale, currency = self._smt.read(model)
        draws = list(self._drawn(model))
        key = key_of(draws)
        if key is None:  # one key stands for all units: what is drawn for it besides may not matter, as replaying shows
            key = key_of((experiment, arm) for experiment, arm in draws if arm is not None)
        if key is None:
            self._solver.add(self.not_(self.all_([self._draw(*one) for one in _rare(draws)])))
            return None
        return Visitor(now, locale, currency, self._channel, facts, key)

    def _draw(self, experiment: Experiment, arm: Arm | None) -> Formula:
        drawn = self._draws[experiment.key][1]
        return self.not_(self.any_([*drawn.values()])) if arm is None else drawn[arm.key]

    def _drawn(self, model: Any) -> Iterable[Draw]:
        for experiment, drawn in self._draws.values():
            keys = [key for key, one in drawn.items() if self._smt.logic.holds(model, one)]
            yield experiment, next((arm for arm in experiment.arms if arm.key in keys), None)


def _rare(draws: Sequence[Draw]) -> Sequence[Draw]:
    """Give the fewest draws, the rarest first, for which there is no key together."""
    rarest = sorted(draws, key=lambda draw: len(keys_of(*draw)))
    sizes = range(1, len(rarest))
    return rarest[: next((size for size in sizes if key_of(rarest[:size]) is None), len(rarest))]


def zones_of(settings: Settings) -> dict[str, Any]:
    """Give the time zone of each currency's market, the default one first."""
    markets = [settings.default_market, *settings.markets.values()]
    return {one.currency: settings.market_of(one.currency).zone for one in markets}
