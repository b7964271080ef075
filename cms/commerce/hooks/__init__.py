"""Owns webhooks: who signed one, whether it came before, and telling the nodes what to read again.

What a system's hooks look like is its adapter's; what "read again" means is the signal client's. No value is ever taken from a hook.
"""
