"""What one workspace knows: the names that its files may refer to, also while some of them have errors."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from cms.components.model import ComponentModel, parse_model
from cms.content.editor.values import members_in
from cms.content.fields import KEY
from cms.content.findings import Findings
from cms.content.foundation import settings_of
from cms.content.shop_facts import schema_of
from cms.content.snapshot import Settings
from cms.facts.declarations import FactRef, FactSchema
from cms.workspace.documents import Document, Workspace

_PLACE = re.compile(rf"(?:{KEY}/)+{KEY}")


@dataclass(frozen=True, slots=True)
class Known:
    """The names of one workspace.

    `components` has None for a model that cannot be read; `entries` has the variants of each, `slots` the entries of
    each slot by its place (`cart/top`, `emails/abandoned-cart/top`), `titles` what people call each segment.
    """

    settings: Settings
    facts: FactSchema
    members: tuple[FactRef, ...]
    components: Mapping[str, ComponentModel | None]
    segments: tuple[str, ...]
    titles: Mapping[str, str]
    entries: Mapping[str, tuple[str, ...]]
    rails: tuple[str, ...]
    slots: Mapping[str, tuple[str, ...]]


def known_of(workspace: Workspace) -> Known:
    """Collect the names; what cannot be read is known by its file name only."""
    ignored = Findings()
    root = workspace.of_kind("workspace").get("workspace")
    settings = settings_of(root or Document("content/workspace.json", "workspace", "workspace", {}), ignored)
    facts = schema_of(workspace.of_kind("facts").get("facts"), settings, ignored)
    return Known(
        settings=settings,
        facts=facts,
        members=tuple(_members(workspace, facts)),
        components={key: _model(workspace, key) for key in _keys(workspace, "component")},
        segments=_keys(workspace, "segment"),
        titles={key: str(_data(document).get("title", "")) for key, document in workspace.of_kind("segment").items()},
        entries={key: _variants(workspace, key) for key in _keys(workspace, "entry")},
        rails=_keys(workspace, "rail"),
        slots={place: entries for place, entries in _slots(workspace) if _PLACE.fullmatch(place)},
    )


def _keys(workspace: Workspace, kind: str) -> tuple[str, ...]:
    """List what can be referred to: a file with a bad name cannot."""
    return tuple(key for key in sorted(workspace.keys_of(kind)) if re.fullmatch(KEY, key))


def _data(document: Document | None) -> dict[str, Any]:
    return document.data if document is not None and isinstance(document.data, dict) else {}


def _model(workspace: Workspace, key: str) -> ComponentModel | None:
    document = workspace.of_kind("component").get(key)
    return parse_model(key, document.data)[0] if document else None


def _variants(workspace: Workspace, key: str) -> tuple[str, ...]:
    written = _data(workspace.of_kind("entry").get(key)).get("variants")
    items = written if isinstance(written, list) else []
    return tuple(str(item["key"]) for item in items if isinstance(item, dict) and "key" in item)


def _slots(workspace: Workspace) -> Iterator[tuple[str, tuple[str, ...]]]:
    for kind, prefix in (("page", ""), ("email", "emails/")):
        for key, document in workspace.of_kind(kind).items():
            slots = _data(document).get("slots")
            for name, slot in slots.items() if isinstance(slots, dict) else ():
                entries = slot.get("entries") if isinstance(slot, dict) else None
                yield f"{prefix}{key}/{name}", tuple(map(str, entries if isinstance(entries, list) else ()))


def _members(workspace: Workspace, facts: FactSchema) -> Iterator[FactRef]:
    """List the facts with a parameter: those written somewhere, and what else is known to be a parameter."""
    written = members_in(raw.decode("utf-8", "replace") for raw in workspace.files.values())
    found = {ref.name: ref for name in written if (ref := facts.find(name)) is not None}
    for ref in tuple(found.values()):
        for fact in facts.facts:
            if ref.fact.parameters == fact.parameters and len(fact.parameters) == 1:
                name = f"{fact.stem}[{ref.parameter}]{fact.suffix}"
                found.setdefault(name, replace(ref, name=name, fact=fact))
    yield from (found[name] for name in sorted(found) if _is_about(found[name], workspace))


def _is_about(ref: FactRef, workspace: Workspace) -> bool:
    return "entry" not in ref.fact.parameters or ref.parameter in workspace.keys_of("entry")
