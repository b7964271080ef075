"""Answers of which one part is wrong."""

from random import Random
from typing import Any

ODD = (None, 0, -1, 1.5, "", "x" * 300, True, [], {}, [None], {"id": 5}, "\ud83d", 10**30)


def bent(value: Any, dice: Random) -> Any:
    """Drop or replace one random part of an answer."""
    if isinstance(value, dict) and value and dice.random() < 0.9:
        key = dice.choice(sorted(value))
        if dice.random() < 0.1:
            return {name: inner for name, inner in value.items() if name != key}
        return {**value, key: bent(value[key], dice)}
    if isinstance(value, list) and value and dice.random() < 0.9:
        at = dice.randrange(len(value))
        return [*value[:at], bent(value[at], dice), *value[at + 1 :]]
    return dice.choice(ODD)
