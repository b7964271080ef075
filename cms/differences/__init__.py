"""Differences: who sees something else on another release, with examples, and what share of logged decisions that is."""
