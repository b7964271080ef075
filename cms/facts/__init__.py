"""Facts: typed, named values that rules and placeholders may read, and the port they are fetched through.

Owns money, the table of built-in facts, the normal form of commerce signals and the decision context.
No file, network, clock or web framework may be touched here.
"""
