"""The rules for engines that know less than ours: conjunctions instead of nesting, text instead of lists and booleans.

A literal is (kind, attribute, value, negated), its kind one of "in", "any", "ge" and "lt".
"""

from collections.abc import Iterable
from typing import Any

from benchmarks.workload import ENUMS, LISTS, NUMBERS, Node, Visitor

Literal = tuple[str, str, Any, bool]


def conjunctions(node: Node) -> list[list[Literal]]:
    """Give a segment as alternatives, each a list of literals that all have to hold."""
    return _expanded(_pushed_down(node, negated=False))


def _pushed_down(node: Node, *, negated: bool) -> Node:
    """Bring negations down to the literals and split ranges into their ends."""
    kind = node[0]
    if kind == "not":
        return _pushed_down(node[1], negated=not negated)
    if kind in {"and", "or"}:
        return _turned(kind, [_pushed_down(inner, negated=negated) for inner in node[1]], negated=negated)
    if kind == "range":
        ends = [("ge", node[2], "lt"), ("lt", node[3], "ge")]
        parts = [("literal", (no if negated else yes, node[1], end, False)) for yes, end, no in ends if end is not None]
        return parts[0] if len(parts) == 1 else _turned("and", parts, negated=negated)
    return ("literal", (kind, node[1], node[2], negated))


def _turned(kind: str, parts: list[Node], *, negated: bool) -> Node:
    return ("or" if (kind == "and") == negated else "and", parts)


def _expanded(node: Node) -> list[list[Literal]]:
    if node[0] == "literal":
        return [[node[1]]]
    if node[0] == "or":
        return [term for inner in node[1] for term in _expanded(inner)]
    terms: list[list[Literal]] = [[]]
    for inner in node[1]:
        terms = [left + right for left in terms for right in _expanded(inner)]
    return terms


def written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def piped(values: Iterable[str]) -> str:
    """Write a list as one text, |a|b|, to be searched for |a|."""
    return "|" + "".join(f"{value}|" for value in values)


def flat(visitor: Visitor) -> dict[str, Any]:
    """Give a visitor's attributes without lists."""
    plain = {name: visitor[name] for name in (*ENUMS, *NUMBERS)}
    return plain | {name: piped(visitor[name]) for name in LISTS}
