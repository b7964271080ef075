"""Proofs: what is shown of a snapshot before it goes live. Findings only; nothing is changed."""
