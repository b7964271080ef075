"""Experiments: arms, buckets and layers checked against the entries they draw on."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from cms.content.context import Arms, Compilation
from cms.content.findings import Findings
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
        drawn = {str(arm.get("variant")) for arm in data.get("arms", ())}
        control = [str(arm.get("variant")) for arm in data.get("arms", ()) if arm.get("key") == CONTROL]
        if data.get("entry") in compilation.keys("entry") and len(control) == 1:
            arms[data["entry"]] |= drawn - {*control}
        else:
            unclear |= drawn
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
    """Check all of an experiment; None where its entry, or an arm to compare with, is missing."""
    data = compilation.shaped(document)
    is_known = "entry" in data and compilation.refer(document, "entry", data["entry"], "/entry")
    check = _ArmCheck(
        compilation.findings, document, [arm if isinstance(arm, dict) else {} for arm in data.get("arms", [])]
    )
    check.all(_variants(compilation, entries.get(data.get("entry", ""))), data.get("entry", ""))
    _check_layer(compilation, document, data)
    _check_primary(compilation, document, data)
    audience = compilation.optional(document, data, "audience")
    arms = tuple(check.readable())
    if not is_known or not any(arm.key == CONTROL for arm in arms):
        return None
    layer_buckets = data.get("layer_buckets", [0, 9999])
    return Experiment(
        key=document.key,
        entry=data["entry"],
        arms=arms,
        unit=data.get("unit", "visitor"),
        traffic=Decimal(data.get("traffic", 100)),
        audience=audience,
        running=data.get("state") == "running",
        layer=data.get("layer", ""),
        layer_buckets=(layer_buckets[0], layer_buckets[-1]),
    )


@dataclass(frozen=True, slots=True)
class _ArmCheck:
    """The arms of one experiment as far as they have their shape, each at its index."""

    findings: Findings
    document: Document
    arms: list[dict[str, Any]]

    def readable(self) -> Iterator[Arm]:
        for arm in self.arms:
            if {"key", "variant", "buckets"} <= arm.keys() and len(arm["buckets"]) == 2:
                yield Arm(arm["key"], arm["variant"], (arm["buckets"][0], arm["buckets"][1]))

    def all(self, variants: list[str], entry: str) -> None:
        self.arms_differ()
        self.variants_are_known(variants, entry)
        self.buckets_ascend()

    def arms_differ(self) -> None:
        """Check that there is one control, and that every arm has a key and, compared with it, a variant of its own."""
        keys = [arm.get("key") for arm in self.arms]
        if self.arms and all(keys) and CONTROL not in keys:
            message, hint = 'No arm is called "control".', "Name the arm that is compared with so."
            self.findings.error(self.document, "missing-control", message, "/arms", hint)
        control = [arm.get("variant") for arm in self.arms if arm.get("key") == CONTROL]
        for index, (key, arm) in enumerate(zip(keys, self.arms, strict=True)):
            if key is not None and key in keys[:index]:
                message = f'The arm "{key}" is there twice.'
                self.findings.error(
                    self.document, "duplicate-arm", message, f"/arms/{index}/key", "Give it another key."
                )
            elif key != CONTROL and arm.get("variant") in control:
                message = f'"{arm["variant"]}" is what control shows: there is nothing to compare.'
                place = f"/arms/{index}/variant"
                self.findings.error(self.document, "same-variant", message, place, "Name another variant.")

    def variants_are_known(self, variants: list[str], entry: str) -> None:
        for index, arm in enumerate(self.arms):
            if variants and "variant" in arm and arm["variant"] not in variants:
                message, hint = f'"{entry}" has no variant "{arm["variant"]}".', did_you_mean(arm["variant"], variants)
                self.findings.error(self.document, "unknown-variant", message, f"/arms/{index}/variant", hint)

    def buckets_ascend(self) -> None:
        taken: list[tuple[int, int]] = []
        for index, arm in enumerate(self.arms):
            if len(arm.get("buckets", ())) != 2:
                continue
            first, last = arm["buckets"]
            if first > last or any(first <= high and low <= last for low, high in taken):
                message = "The buckets of an arm ascend and belong to no other arm."
                hint = "Give each arm its own range of 0…9999."
                self.findings.error(self.document, "bad-buckets", message, f"/arms/{index}/buckets", hint)
            taken.append((first, last))


def _variants(compilation: Compilation, entry: Entry | None) -> list[str]:
    """Name the variants an arm may show; none where one that could not be read may be the one that is meant."""
    if entry is None:
        return []
    data = compilation.workspace.of_kind("entry")[entry.key].data
    is_whole = isinstance(data, Mapping) and len(data["variants"]) == len(entry.variants)
    return [variant.key for variant in entry.variants] if is_whole else []


def _check_layer(compilation: Compilation, document: Document, data: Mapping[str, Any]) -> None:
    buckets, place = data.get("layer_buckets", []), "/layer_buckets"
    if "layer_buckets" in data and "layer" not in data:
        message = "These buckets belong to no layer."
        compilation.findings.error(document, "missing-key", message, place, 'Add "layer", or remove them.')
    if len(buckets) == 2 and buckets[0] > buckets[1]:
        message = "The buckets in a layer ascend."
        compilation.findings.error(document, "bad-buckets", message, place, "Put the lower end first.")


def _check_primary(compilation: Compilation, document: Document, data: Mapping[str, Any]) -> None:
    primary, metrics = data.get("primary"), data.get("metrics")
    if primary is not None and metrics is not None and primary not in metrics:
        message = f'"{primary}" is not among the metrics.'
        hint = did_you_mean(primary, metrics) or 'Add it to "metrics".'
        compilation.findings.error(document, "unknown-metric", message, "/primary", hint)


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
