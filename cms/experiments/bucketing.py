"""Buckets: the same unit lands in the same place on every machine and channel."""

import mmh3

BUCKETS = 10_000


def bucket_of(unit: str, salt: str) -> int:
    """Place a unit in the same bucket on every machine and channel.

    Args:
        unit: Visitor, customer or account key; non-empty and pseudonymous, never an email address.
        salt: What is being drawn, e.g. ``cart-copy#arm``; change it to re-randomize.

    Returns:
        ``0…9999``; one bucket is 0.01 % of traffic.

    Source: murmur3 x86-32, seed 0, of ``salt:unit`` in UTF-8; bucket = (hash * 10000) >> 32, as flagd does.
    """
    return bucket_in(prefix_of(salt), unit.encode())


def prefix_of(salt: str) -> bytes:
    """Give the bytes that come before every unit drawn with a salt, made once for all draws."""
    return f"{salt}:".encode()


def bucket_in(prefix: bytes, unit: bytes) -> int:
    """Do what `bucket_of` does, with the salt as `prefix_of` gives it and the unit in UTF-8."""
    return (mmh3.mmh3_32_uintdigest(prefix + unit) * BUCKETS) >> 32
