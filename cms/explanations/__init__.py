"""Explanations: why a candidate was shown or lost, in fields for programs and in sentences for people.

Nothing is decided in here; the words of all three languages stand in one module.
"""
