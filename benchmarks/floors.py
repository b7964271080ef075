"""The page as a person would write it for these very rules: if and elif over local variables."""

from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.workload import ATTRIBUTES, DEFAULT, Node, Rules, Visitor, in_half

Decide = Callable[[Visitor], Mapping[str, str]]


class _Source:
    """Turns rule trees into Python expressions; constants that are not literals become globals."""

    def __init__(self, half: Callable[[str, str], bool]) -> None:
        self.names: dict[str, Any] = {"in_half": half}
        self.read: set[str] = set()

    def expression(self, node: Node) -> str:
        kind = node[0]
        if kind in {"and", "or"}:
            return f" {kind} ".join(f"({self.expression(inner)})" for inner in node[1])
        if kind == "not":
            return f"not ({self.expression(node[1])})"
        self.read.add(node[1])
        if kind == "any":
            name = f"apart{len(self.names)}"
            self.names[name] = frozenset(node[2]).isdisjoint
            return f"not {name}({node[1]})"
        return _comparison(node)


def _comparison(node: Node) -> str:
    value = node[1]
    if node[0] == "in":
        only = node[2][0]
        if len(node[2]) > 1:
            return f"{value} in {set(node[2])!r}"
        return f"{value} is {only}" if isinstance(only, bool) else f"{value} == {only!r}"
    low, high = node[2], node[3]
    if high is None:
        return f"{value} >= {low!r}"
    return f"{value} < {high!r}" if low is None else f"{low!r} <= {value} < {high!r}"


def by_hand(rules: Rules, half: Callable[[str, str], bool] = in_half) -> Decide:
    """Write the page; `half` draws its splits."""
    source = _Source(half)
    slots = [line for slot in rules.page for line in _slot_lines(rules, slot, source)]
    facts = [
        f"    {name} = visitor[{name!r}]" for name in (*ATTRIBUTES, "user_id") if name in {*source.read, "user_id"}
    ]
    answer = "    return {" + ", ".join(f"{slot!r}: {slot}" for slot in rules.page) + "}"
    exec(compile("\n".join(["def decide(visitor):", *facts, *slots, answer]), "by_hand", "exec"), source.names)
    found: Decide = source.names["decide"]
    return found


def _slot_lines(rules: Rules, slot: str, source: _Source) -> list[str]:
    lines = []
    for place, (variant, segment, salt) in enumerate(rules.slots[slot]):
        test = source.expression(rules.segments[segment])
        test = test if salt is None else f"({test}) and in_half({salt!r}, user_id)"
        lines += [f"    {'elif' if place else 'if'} {test}:", f"        {slot} = {variant!r}"]
    return [*lines, "    else:", f"        {slot} = {DEFAULT!r}"]
