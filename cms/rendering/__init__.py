"""Rendering: a choice with its gaps filled becomes web HTML, plain text, JSON content or a block tree.

Owns how values are written in each locale and what a component's templates may see. Knows no HTTP and no clock.
"""
