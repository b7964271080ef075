"""What plain Python can reach on the same workload: the slow obvious reading, and a page written by hand."""

from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.workload import DEFAULT, FACTS, Node, Rules, Visitor

Decide = Callable[[Visitor], Mapping[str, str]]


def holds(node: Node, visitor: Visitor) -> bool:
    kind = node[0]
    if kind == "in":
        return visitor[node[1]] in node[2]
    if kind == "any":
        return any(value in node[2] for value in visitor[node[1]])
    if kind == "range":
        value, low, high = visitor[node[1]], node[2], node[3]
        return (low is None or value >= low) and (high is None or value < high)
    if kind == "not":
        return not holds(node[1], visitor)
    return (all if kind == "and" else any)(holds(inner, visitor) for inner in node[1])


def interpreter(rules: Rules) -> Decide:
    """Read the rule trees as they are."""

    def decide(visitor: Visitor) -> Mapping[str, str]:
        return {
            slot: next((key for key, segment in rows if holds(rules.segments[segment], visitor)), DEFAULT)
            for slot, rows in rules.slots.items()
        }

    return decide


class _Source:
    """Turns rule trees into Python expressions; constants that are not literals become globals."""

    def __init__(self) -> None:
        self.names: dict[str, Any] = {}

    def expression(self, node: Node) -> str:
        kind = node[0]
        if kind in {"and", "or"}:
            return f" {kind} ".join(f"({self.expression(inner)})" for inner in node[1])
        if kind == "not":
            return f"not ({self.expression(node[1])})"
        if kind == "any":
            name = f"apart{len(self.names)}"
            self.names[name] = frozenset(node[2]).isdisjoint
            return f"not {name}({_local(node[1])})"
        return self._comparison(node)

    def _comparison(self, node: Node) -> str:
        value = _local(node[1])
        if node[0] == "in":
            only = node[2][0]
            if len(node[2]) > 1:
                return f"{value} in {set(node[2])!r}"
            return f"{value} is {only}" if isinstance(only, bool) else f"{value} == {only!r}"
        low, high = node[2], node[3]
        if high is None:
            return f"{value} >= {low!r}"
        return f"{value} < {high!r}" if low is None else f"{low!r} <= {value} < {high!r}"


def by_hand(rules: Rules) -> Decide:
    """Write the page as a person would: if and elif over local variables."""
    source = _Source()
    lines = ["def decide(visitor):", *(f"    {_local(fact)} = visitor[{fact!r}]" for fact in FACTS)]
    for slot, rows in rules.slots.items():
        for place, (variant, segment) in enumerate(rows):
            test = source.expression(rules.segments[segment])
            lines += [f"    {'elif' if place else 'if'} {test}:", f"        {slot} = {variant!r}"]
        lines += ["    else:", f"        {slot} = {DEFAULT!r}"]
    lines.append("    return {" + ", ".join(f"{slot!r}: {slot}" for slot in rules.slots) + "}")
    exec(compile("\n".join(lines), "by_hand", "exec"), source.names)
    found: Decide = source.names["decide"]
    return found


def _local(fact: str) -> str:
    return fact.replace(".", "_")
