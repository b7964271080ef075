"""A slot as one expression of the Common Expression Language."""

import json
from collections.abc import Callable

from benchmarks.workload import DEFAULT, Node, Rules


def slot_text(rules: Rules, slot: str, half: Callable[[str], str]) -> str:
    """Write a chain of conditionals; `half` writes the test of a split."""
    rows = []
    for variant, segment, salt in rules.slots[slot]:
        test = _text(rules.segments[segment])
        rows.append(f'({test if salt is None else f"({test}) && {half(salt)}"}) ? "{variant}" : (')
    return "".join(rows) + f'"{DEFAULT}"' + ")" * len(rows)


def _text(node: Node) -> str:
    kind = node[0]
    if kind == "not":
        return f"!({_text(node[1])})"
    if kind in {"and", "or"}:
        return (" && " if kind == "and" else " || ").join(f"({_text(inner)})" for inner in node[1])
    if kind == "in" and len(node[2]) == 1:
        return f"{node[1]} == {json.dumps(node[2][0])}"
    if kind == "in":
        return f"{node[1]} in {json.dumps(list(node[2]))}"
    if kind == "any":
        return f"{node[1]}.exists(x, x in {json.dumps(list(node[2]))})"
    ends = ((">=", node[2]), ("<", node[3]))
    return " && ".join(f"{node[1]} {word} {end!r}" for word, end in ends if end is not None)
