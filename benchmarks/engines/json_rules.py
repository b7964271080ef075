"""Segments as JSON logic, which two engines read."""

from collections.abc import Callable
from typing import Any

from benchmarks.workload import Node


def json_logic(node: Node, name: Callable[[str], str], *, piped: bool) -> dict[str, Any]:
    """Write a segment; `name` spells an attribute, and `piped` lists are texts that are searched."""
    kind = node[0]
    if kind == "not":
        return {"!": [json_logic(node[1], name, piped=piped)]}
    if kind in {"and", "or"}:
        return {kind: [json_logic(inner, name, piped=piped) for inner in node[1]]}
    value = {"var": name(node[1])}
    if kind == "in":
        return {"==": [value, node[2][0]]} if len(node[2]) == 1 else {"in": [value, list(node[2])]}
    if kind == "any":
        if piped:
            return {"or": [{"in": [f"|{one}|", value]} for one in node[2]]}
        return {"some": [value, {"in": [{"var": ""}, list(node[2])]}]}
    parts = [{word: [value, end]} for word, end in ((">=", node[2]), ("<", node[3])) if end is not None]
    return parts[0] if len(parts) == 1 else {"and": parts}
