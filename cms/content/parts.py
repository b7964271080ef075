"""The smaller kinds: components, segments, rails, experiments and feeds."""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from cms.components.model import ComponentModel, parse_model
from cms.content.context import Arms, Compilation
from cms.content.schemas import SHAPES
from cms.content.shaping import shaped
from cms.content.snapshot import Entry
from cms.experiments.experiment import CONTROL, Arm, Experiment
from cms.facts.declarations import FactRef, FactType
from cms.problems import did_you_mean
from cms.rails.rail import Filters, Rail
from cms.segments.conditions import Condition, segments_named
from cms.workspace.documents import Document

_RATIO = re.compile(r"[0-9]{1,6}([./][0-9]{1,6})?")


def components_of(compilation: Compilation) -> dict[str, ComponentModel]:
    models: dict[str, ComponentModel] = {}
    for key, document in compilation.workspace.of_kind("component").items():
        model, problems = parse_model(key, document.data)
        compilation.findings.add(document, *problems)
        if model is not None:
            models[key] = model
    return models


def _shaped(compilation: Compilation, document: Document) -> dict[str, Any]:
    data, problems = shaped(SHAPES[document.kind](), document.data)
    compilation.findings.add(document, *problems)
    return data


def segments_of(compilation: Compilation) -> dict[str, Condition]:
    """Compile every segment; those on a cycle are reported and left out."""
    segments: dict[str, Condition] = {}
    documents = compilation.workspace.of_kind("segment")
    for key, document in documents.items():
        data = _shaped(compilation, document)
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


def rails_of(compilation: Compilation) -> dict[str, Rail]:
    rails: dict[str, Rail] = {}
    for key, document in compilation.workspace.of_kind("rail").items():
        data = _shaped(compilation, document)
        if "strategy" not in data or "limit" not in data:
            continue
        if data.get("min_items", 1) > data["limit"]:
            compilation.findings.error(
                document,
                "empty-range",
                "min_items is more than limit: the rail would never show.",
                "/min_items",
                "Lower it.",
            )
        rails[key] = Rail(
            key,
            data["strategy"],
            data["limit"],
            seed=data.get("seed", "cart"),
            min_items=data.get("min_items", 1),
            filters=_filters(compilation, document, data.get("filters", {})),
            fallback=tuple(data.get("fallback", ())),
            pinned=tuple(data.get("pinned", ())),
        )
    return rails


def _filters(compilation: Compilation, document: Document, data: Mapping[str, Any]) -> Filters:
    within = compilation.duration(document, data.get("not_bought_within"), "/filters/not_bought_within")
    limit = _max_price(compilation, document, data["max_price_ratio"]) if "max_price_ratio" in data else None
    return Filters(data.get("in_stock", False), data.get("not_in_cart", False), within, limit, data.get("category"))


def _max_price(
    compilation: Compilation, document: Document, data: Mapping[str, str]
) -> tuple[FactRef, Fraction] | None:
    pointer = "/filters/max_price_ratio"
    ref = compilation.schema.find(data.get("of", ""))
    if ref is None or ref.fact.type is not FactType.MONEY:
        known = [name for fact in compilation.schema.facts if fact.type is FactType.MONEY for name in fact.names]
        suggestion = did_you_mean(data.get("of", ""), known)
        compilation.findings.error(
            document, "unknown-fact", f'No amount "{data.get("of")}".', pointer + "/of", suggestion
        )
        return None
    written = data.get("ratio", "")
    try:
        ratio = Fraction(written) if _RATIO.fullmatch(written) else Fraction(0)
    except ZeroDivisionError:
        ratio = Fraction(0)
    if ratio <= 0:
        compilation.findings.error(
            document, "wrong-type", "A ratio is needed.", pointer + "/ratio", 'Write for example "1/8".'
        )
        return None
    return ref, ratio


def arms_of(compilation: Compilation) -> Arms:
    """Find the variants that only an experiment shows: those of every arm but control."""
    arms: dict[str, set[str]] = defaultdict(set)
    unclear: set[str] = set()
    for document in compilation.workspace.of_kind("experiment").values():
        data, _ = shaped(SHAPES["experiment"](), document.data)
        drawn = {str(arm.get("variant")): arm.get("key") for arm in data.get("arms", ())}
        if data.get("entry") in compilation.keys("entry") and CONTROL in drawn.values():
            arms[data["entry"]] |= {variant for variant, key in drawn.items() if key != CONTROL}
        else:
            unclear |= drawn.keys()
    unread = any(kind == "experiment" for kind, _ in compilation.workspace.unread)
    return Arms({entry: frozenset(variants) for entry, variants in arms.items()}, frozenset(unclear), unread)


def with_experiments(compilation: Compilation, entries: Mapping[str, Entry]) -> dict[str, Entry]:
    """Give each entry its experiments, checked against its variants."""
    found: dict[str, list[Experiment]] = defaultdict(list)
    layers: dict[str, list[tuple[Document, Experiment]]] = defaultdict(list)
    for document in compilation.workspace.of_kind("experiment").values():
        experiment = _experiment(compilation, document, entries)
        if experiment is not None:
            found[experiment.entry].append(experiment)
            if experiment.layer:
                layers[experiment.layer].append((document, experiment))
    _check_layers(compilation, layers)
    return {key: replace(entry, experiments=tuple(found.get(key, ()))) for key, entry in entries.items()}


def _experiment(compilation: Compilation, document: Document, entries: Mapping[str, Entry]) -> Experiment | None:
    data = _shaped(compilation, document)
    arms = [
        arm for arm in data.get("arms", ()) if isinstance(arm, Mapping) and {"key", "variant", "buckets"} <= set(arm)
    ]
    if "entry" not in data or not compilation.refer(document, "entry", data["entry"], "/entry"):
        return None
    _check_arms(compilation, document, arms, entries.get(data["entry"]))
    if not any(arm["key"] == CONTROL for arm in arms):
        return None
    layer_buckets = data.get("layer_buckets", [0, 9999])
    return Experiment(
        key=document.key,
        entry=data["entry"],
        arms=tuple(
            Arm(arm["key"], arm["variant"], (arm["buckets"][0], arm["buckets"][1]))
            for arm in arms
            if len(arm["buckets"]) == 2
        ),
        unit=data.get("unit", "visitor"),
        traffic=Decimal(data.get("traffic", 100)),
        audience=compilation.condition(document, data["audience"], "/audience") if "audience" in data else None,
        running=data.get("state") == "running",
        layer=data.get("layer", ""),
        layer_buckets=(layer_buckets[0], layer_buckets[-1]),
    )


def _check_arms(
    compilation: Compilation, document: Document, arms: list[Mapping[str, Any]], entry: Entry | None
) -> None:
    findings = compilation.findings
    # A variant that could not be read may be the one that is meant.
    variants = [] if entry is None or _has_unread_variant(compilation, entry) else [v.key for v in entry.variants]
    if not any(arm["key"] == CONTROL for arm in arms):
        findings.error(
            document,
            "missing-control",
            'No arm is called "control".',
            "/arms",
            "Name the arm that is compared with so.",
        )
    taken: list[tuple[int, int]] = []
    for index, arm in enumerate(arms):
        if entry is not None and variants and arm["variant"] not in variants:
            message = f'"{entry.key}" has no variant "{arm["variant"]}".'
            hint = did_you_mean(arm["variant"], variants)
            findings.error(document, "unknown-variant", message, f"/arms/{index}/variant", hint)
        first, last = arm["buckets"][0], arm["buckets"][-1]
        if first > last or any(first <= high and low <= last for low, high in taken):
            message = "The buckets of an arm ascend and belong to no other arm."
            findings.error(
                document, "bad-buckets", message, f"/arms/{index}/buckets", "Give each arm its own range of 0…9999."
            )
        taken.append((first, last))


def _has_unread_variant(compilation: Compilation, entry: Entry) -> bool:
    data = compilation.workspace.of_kind("entry")[entry.key].data
    return isinstance(data, Mapping) and len(data["variants"]) != len(entry.variants)


def _check_layers(compilation: Compilation, layers: Mapping[str, list[tuple[Document, Experiment]]]) -> None:
    for layer, members in layers.items():
        for place, (document, experiment) in enumerate(members):
            for _, other in members[:place]:
                (low, high), (first, last) = experiment.layer_buckets, other.layer_buckets
                if low <= last and first <= high:
                    message = f'"{other.key}" has some of these buckets in the layer "{layer}".'
                    compilation.findings.error(
                        document, "bad-buckets", message, "/layer_buckets", "Give each experiment its own."
                    )


def check_feeds(compilation: Compilation) -> None:
    for document in compilation.workspace.of_kind("feed").values():
        data = _shaped(compilation, document)
        for index, segment in enumerate(data.get("segments", ())):
            compilation.refer(document, "segment", segment, f"/segments/{index}")
        for index, locale in enumerate(data.get("locales", ())):
            if locale not in compilation.settings.locales:
                suggestion = did_you_mean(locale, compilation.settings.locales)
                compilation.findings.error(
                    document, "unknown-locale", f'No locale "{locale}".', f"/locales/{index}", suggestion
                )
