"""Decisions: which entry and variant fill each slot, why, and why not the others.

`decide` is pure: same snapshot, page and context, same answer on every node and channel.
"""
