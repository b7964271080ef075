"""Conditions as formulas of Z3, for proofs, which ask what can be of all visitors there are.

The meaning is that of `cms.segments.evaluate`. Each fact is a variable, with another one that says whether it is known.
Importing needs no Z3; making an `Smt` does.
"""

from cms.segments.smt.formulas import Smt
from cms.segments.smt.logic import Formula

__all__ = ["Formula", "Smt"]
