"""Visitors: who could come, as far as rules can tell: what is asked of one, how one is made, and made simpler."""
