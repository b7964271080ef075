"""Experiments: arms, buckets and layers checked against the entries they draw on."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from cms.content.context import Arms, Compilation
from cms.content.schemas import SHAPES
from cms.content.shaping import shaped
from cms.content.snapshot import Entry
from cms.experiments.experiment import CONTROL, Arm, Experiment
from cms.problems import did_you_mean
from cms.workspace.documents import Document


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
    data = compilation.shaped(document)
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
