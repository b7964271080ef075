"""Experiments: who is drawn into which arm, by hash alone, and the holdout.

No file, clock, dice, network or log may be touched here.
"""
