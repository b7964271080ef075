"""Components and segments: the models and conditions that the other kinds are checked with."""

from collections.abc import Mapping

from cms.components.model import ComponentModel, parse_model
from cms.content.context import Compilation
from cms.segments.conditions import Condition, segments_named


def components_of(compilation: Compilation) -> dict[str, ComponentModel]:
    models: dict[str, ComponentModel] = {}
    for key, document in compilation.workspace.of_kind("component").items():
        model, problems = parse_model(key, document.data)
        compilation.findings.add(document, *problems)
        if model is not None:
            models[key] = model
    return models


def segments_of(compilation: Compilation) -> dict[str, Condition]:
    """Compile every segment; those on a cycle are reported and left out."""
    segments: dict[str, Condition] = {}
    documents = compilation.workspace.of_kind("segment")
    for key, document in documents.items():
        data = compilation.shaped(document)
        condition = compilation.condition(document, data["when"], "/when") if "when" in data else None
        if condition is not None:
            segments[key] = condition
    cycles = {key: cycle for key in segments if (cycle := _cycle_from(key, segments))}
    for key, cycle in cycles.items():
        if key == min(cycle):
            message = f"The segments name each other in a circle: {' → '.join([*cycle, key])}."
            named = next(found for found in segments_named(segments[key]) if found.key in cycle)
            compilation.findings.error(
                documents[key], "segment-cycle", message, named.pointer, "Break it at one of them."
            )
    return {key: condition for key, condition in segments.items() if key not in cycles}


def _cycle_from(key: str, segments: Mapping[str, Condition]) -> list[str]:
    """Find a shortest way from a segment back to itself."""
    paths, seen = [[key]], {key}
    while paths:
        path = paths.pop(0)
        for named in segments_named(segments[path[-1]]) if path[-1] in segments else ():
            if named.key == key:
                return path
            if named.key not in seen:
                seen.add(named.key)
                paths.append([*path, named.key])
    return []
