"""Counterfactuals: the smallest change with which a losing candidate would be shown, proved by deciding again.

What a decision means is not known here a second time: requirements guide the search, `decide` has the last word.
"""

from cms.counterfactuals.changes import Change, applied
from cms.counterfactuals.nearby import ANOTHER
from cms.counterfactuals.smallest import UNCHANGEABLE, smallest_change, smallest_changes

__all__ = ["ANOTHER", "UNCHANGEABLE", "Change", "applied", "smallest_change", "smallest_changes"]
