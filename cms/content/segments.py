"""Components and segments: the models, templates and conditions that the other kinds are checked with."""

from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter

from cms.components.model import ComponentModel, parse_model
from cms.content.context import Compilation
from cms.segments.conditions import Condition, segments_named
from cms.workspace.documents import Workspace

MAX_DEPTH = 20  # of segments that name each other


def components_of(compilation: Compilation) -> dict[str, ComponentModel]:
    models: dict[str, ComponentModel] = {}
    for key, document in compilation.workspace.of_kind("component").items():
        model, problems = parse_model(key, document.data)
        compilation.findings.add(document, *problems)
        if model is not None:
            models[key] = model
    return models


def templates_of(workspace: Workspace) -> dict[str, str]:
    return {key: str(document.data) for key, document in workspace.of_kind("template").items()}


def segments_of(compilation: Compilation) -> dict[str, Condition]:
    """Compile every segment; those on a cycle or too deep are reported and left out."""
    segments: dict[str, Condition] = {}
    documents = compilation.workspace.of_kind("segment")
    for key, document in documents.items():
        data = compilation.shaped(document)
        condition = compilation.condition(document, data["when"], "/when") if "when" in data else None
        if condition is not None:
            segments[key] = condition
    cycles = _cycles(segments)
    for key, cycle in cycles.items():
        if key == min(cycle):
            message = f"The segments name each other in a circle: {' → '.join([*cycle, key])}."
            named = next(found for found in segments_named(segments[key]) if found.key in cycle)
            compilation.findings.error(
                documents[key], "segment-cycle", message, named.pointer, "Break it at one of them."
            )
    return _shallow(compilation, {key: condition for key, condition in segments.items() if key not in cycles})


def _shallow(compilation: Compilation, segments: Mapping[str, Condition]) -> dict[str, Condition]:
    """Leave out what is too deep; reported is the lowest such segment of each row, for it makes all above it so."""
    depths = _depths(segments)
    for key in (key for key, depth in depths.items() if depth == MAX_DEPTH + 1):
        message = f"Segments name each other at most {MAX_DEPTH} deep, and this is the top one of {MAX_DEPTH + 1}."
        deepest = max(segments_named(segments[key]), key=lambda found: depths[found.key])
        hint = "Write out what it names, or do so in one below."
        document = compilation.workspace.of_kind("segment")[key]
        compilation.findings.error(document, "too-deep", message, deepest.pointer, hint)
    return {key: condition for key, condition in segments.items() if depths[key] <= MAX_DEPTH}


def titles_of(compilation: Compilation) -> dict[str, str]:
    """Give each segment its title, "" where it has none."""
    documents = compilation.workspace.of_kind("segment")
    return {key: _title(document.data) for key, document in documents.items()}


def _title(data: object) -> str:
    title = data.get("title") if isinstance(data, Mapping) else None
    return title if isinstance(title, str) else ""


def _depths(segments: Mapping[str, Condition]) -> dict[str, int]:
    """Count the segments that stand below each other in each one, itself included; there are no cycles."""
    named = {key: {found.key for found in segments_named(condition)} for key, condition in segments.items()}
    depths: dict[str, int] = {}
    for key in TopologicalSorter(named).static_order():
        depths[key] = 1 + max((depths[below] for below in named.get(key, ())), default=0)
    return depths


def _cycles(segments: Mapping[str, Condition]) -> dict[str, list[str]]:
    """Give each segment that names itself, be it through others, with the way back to it."""
    named = {key: [found.key for found in segments_named(condition)] for key, condition in segments.items()}
    try:
        TopologicalSorter(named).prepare()
    except CycleError:
        return {key: cycle for key in segments if (cycle := _cycle_from(key, segments))}
    return {}


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
