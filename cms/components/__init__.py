"""Component models: what fields a component has, and the check of an entry's body against them.

Plain data in, problems with JSON pointers out; templates are rendered elsewhere.
"""
