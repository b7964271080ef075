"""Offers: schedules, caps, claims and promises, and what a page may not show twice.

No file, dice, network or log may be touched here; the clock is the context's.
"""
