"""Content: all authored kinds joined. Workspace in, immutable Snapshot or problems out.

Adds file and line to the problems of the kinds; knows nothing of visitors, network or output.
"""
