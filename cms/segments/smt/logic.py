"""Formulas of Z3, joined cheaply: a part that is decided before anything is solved is a Python bool and folds away."""

from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any

from cms.errors import CmsError

Formula = Any  # a Z3 boolean, or a Python one; Z3 carries no types
Term = Any  # a Z3 number
Model = Any


class Logic:
    """Makes formulas; `axioms` collects what is so of the variables in them.

    And, or and not are made by Z3's own calls, which costs a fifth of what its operators for Python do.
    """

    def __init__(self) -> None:
        """Load Z3.

        Raises:
            CmsError: `missing-extra`; it is not installed.
        """
        try:
            import z3  # noqa: PLC0415 - an extra
        except ModuleNotFoundError as absent:
            raise CmsError("missing-extra", "Proofs need Z3: pip install vitrine-cms[proofs].") from absent
        self.z3: Any = z3
        self.axioms: list[Formula] = []
        self._context = z3.Context()  # of its own: what was asked before must not change which visitor is found
        self._ref = self._context.ref()

    def solver(self) -> Any:
        """Give a solver of these formulas."""
        return self.z3.SimpleSolver(ctx=self._context)

    def constant(self, number: Fraction) -> Term:
        return self.z3.RealVal(str(number), self._context)

    def boolean(self, name: str) -> Formula:
        return self.z3.Bool(ascii(name), self._context)

    def whole(self, name: str) -> Term:
        return self.z3.Int(ascii(name), self._context)

    def decimal(self, name: str) -> Term:
        return self.z3.Real(ascii(name), self._context)

    def bound(self, term: Term, low: int, high: int) -> None:
        self.axioms += [term >= low, term <= high]

    def all_(self, parts: Iterable[Formula]) -> Formula:
        return self._joined(parts, self.z3.Z3_mk_and, neutral=True)

    def any_(self, parts: Iterable[Formula]) -> Formula:
        return self._joined(parts, self.z3.Z3_mk_or, neutral=False)

    def not_(self, part: Formula) -> Formula:
        if isinstance(part, bool):
            return not part
        return self.z3.BoolRef(self.z3.Z3_mk_not(self._ref, part.ast), self._context)

    def implies(self, given: Formula, part: Formula) -> Formula:
        return self.any_((self.not_(given), part))

    def same(self, one: Formula, other: Formula) -> Formula:
        """Say that two formulas have one truth."""
        if isinstance(one, bool):
            one, other = other, one
        if isinstance(other, bool):
            return one if other else self.not_(one)
        return one == other

    def require(self, part: Formula) -> None:
        if part is not True:
            self.axioms.append(self.z3.BoolVal(val=False, ctx=self._context) if part is False else part)

    def taken(self) -> list[Formula]:
        """Take the axioms that were not taken before."""
        taken = list(self.axioms)
        self.axioms.clear()
        return taken

    def named(self, name: str, part: Formula) -> Formula:
        """Give a formula a name, so that it is solved once wherever it is used."""
        if isinstance(part, bool):
            return part
        named = self.boolean(name)
        self.require(named == part)
        return named

    def holds(self, model: Model, part: Formula) -> bool:
        """Read a formula off a model; what the model leaves open is false."""
        return part if isinstance(part, bool) else self.z3.is_true(model.eval(part, model_completion=True))

    def number(self, model: Model, term: Term) -> int:
        """Read a whole number off a model."""
        return int(model.eval(term, model_completion=True).as_long())

    def _joined(self, parts: Iterable[Formula], make: Callable[..., Any], *, neutral: bool) -> Formula:
        kept = []
        for part in parts:
            if not isinstance(part, bool):
                kept.append(part)
            elif part is not neutral:
                return part
        if len(kept) < 2:
            return kept[0] if kept else neutral
        asts = (self.z3.Ast * len(kept))(*[part.ast for part in kept])
        return self.z3.BoolRef(make(self._ref, len(kept), asts), self._context)
