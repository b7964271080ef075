"""Counterfactuals: the smallest change with which a losing candidate would be shown, proved by deciding again.

What a decision means is not known here a second time: needs only guide the search, and `decide` has the last word.
"""

from cms.counterfactuals.changes import Change, applied
from cms.counterfactuals.smallest import smallest_change

__all__ = ["Change", "applied", "smallest_change"]
