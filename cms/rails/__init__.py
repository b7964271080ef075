"""Rails: authored lists of products. Strategies rank, filters exclude, the fallback fills.

Products come in with the context; no file, network, clock or log may be touched here.
"""
