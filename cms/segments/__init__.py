"""Segments: conditions over facts. Parse and type-check, decide in three values, say in a sentence.

Plain data in, problems with JSON pointers out; no file, clock, network or log may be touched here.
"""
