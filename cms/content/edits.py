"""Edits: what was written otherwise in one of two states of a workspace, whoever sees it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cms.components.body import Body, CategoryRef, Image, Link, Markdown, Node, ProductRef, RailName
from cms.content.snapshot import Slot, Snapshot
from cms.facts.money import Money
from cms.facts.placeholders import DEFAULT_FORMATS, Placeholder, Template
from cms.workspace import canonical


@dataclass(frozen=True, slots=True)
class Part:
    """What only one of two snapshots has.

    `kind` is `page`, `mail`, `slot` (`cart/top`), `entry`, `place` (an entry in a slot, `club in cart/top`), `variant`
    (`club:gold`), `translation` (`club:gold zh-Hant`) or `segment`. Of what is added or gone whole, the parts are not named.
    """

    kind: str
    name: str
    added: bool


@dataclass(frozen=True, slots=True)
class Wording:
    """One field of a body, written much as its author did; None where it is not filled."""

    field: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Reworded:
    """A variant that says something else in a language in which it is written in both snapshots."""

    entry: str
    variant: str
    locale: str
    wordings: tuple[Wording, ...]

    @property
    def name(self) -> str:
        return f"{self.entry}:{self.variant}"


@dataclass(frozen=True, slots=True)
class DocumentEdit:
    """A file that is `added`, `removed` or `changed`; one that is only spelled otherwise is none of these."""

    path: str
    edit: str


def parts(before: Snapshot, after: Snapshot) -> tuple[Part, ...]:
    """List what was added and removed, kind by kind."""
    found = [_only("page", before.pages, after.pages), _only("mail", before.emails, after.emails)]
    for surface in _common(before.surfaces, after.surfaces):
        slots = [{f"{surface}/{slot.key}": slot for slot in side.surfaces[surface].slots} for side in (before, after)]
        found.append(_only("slot", *slots))
        found += [_only("place", *(_places(place, side[place]) for side in slots)) for place in _common(*slots)]
    found.append(_only("entry", before.entries, after.entries))
    for entry in _common(before.entries, after.entries):
        written = [_written(side, entry) for side in (before, after)]
        found.append(_only("variant", *written))
        found += [_only("translation", *(side[name] for side in written)) for name in _common(*written)]
    found.append(_only("segment", before.segments, after.segments))
    order = ("page", "mail", "slot", "place", "entry", "variant", "translation", "segment")
    listed = [part for few in found for part in few]
    return tuple(sorted(listed, key=lambda part: (order.index(part.kind), part.name)))


def _only(kind: str, before: Iterable[str], after: Iterable[str]) -> list[Part]:
    old, new = frozenset(before), frozenset(after)
    return [Part(kind, name, name in new) for name in sorted(old ^ new)]


def _common(before: Mapping[str, object], after: Mapping[str, object]) -> list[str]:
    return [name for name in before if name in after]


def _places(place: str, slot: Slot) -> list[str]:
    return [f"{entry.key} in {place}" for entry in slot.entries]


def _written(snapshot: Snapshot, entry: str) -> Mapping[str, list[str]]:
    """Give the languages of each variant of an entry, all by full name."""
    names = {f"{entry}:{variant.key}": variant.content for variant in snapshot.entries[entry].variants}
    return {name: [f"{name} {locale}" for locale in content] for name, content in names.items()}


def reworded(before: Snapshot, after: Snapshot) -> tuple[Reworded, ...]:
    """List the variants of both snapshots that say something else, by entry as authored."""
    return tuple(_reworded(before, after))


def _reworded(before: Snapshot, after: Snapshot) -> Iterator[Reworded]:
    for key in _common(before.entries, after.entries):
        old = {variant.key: variant for variant in before.entries[key].variants}
        for variant in after.entries[key].variants:
            for locale, body in variant.content.items() if variant.key in old else ():
                was = old[variant.key].content.get(locale, body)
                if wordings := tuple(_wordings(was, body)):
                    yield Reworded(key, variant.key, locale, wordings)


def _wordings(before: Body, after: Body) -> Iterator[Wording]:
    for name in {**before, **after}:
        old, new = (_text(side[name]) if name in side else None for side in (before, after))
        if old != new:
            yield Wording(name, old, new)


def _text(node: Node) -> str:
    match node:
        case Template(told):
            return "".join(part.replace("{", "{{") if isinstance(part, str) else _gap(part) for part in told)
        case tuple():
            return ", ".join(map(_text, node))
        case Mapping():
            return ", ".join(map(_text, node.values()))
    write = _WRITTEN.get(type(node))
    return str(node) if write is None else write(node)


def _gap(gap: Placeholder) -> str:
    options = "".join(f' {category}="{form}"' for category, form in gap.forms.items())
    usual = gap.format == DEFAULT_FORMATS.get(gap.ref.fact.type)
    return f"{{{gap.ref.name}}}" if usual else f"{{{gap.ref.name}|{gap.format}{options}}}"


_WRITTEN: Mapping[type, Callable[[Any], str]] = {
    Markdown: lambda rich: _text(rich.template),
    Placeholder: _gap,
    Link: lambda link: link.href,
    Image: lambda image: f"{image.src} {_text(image.alt)}".strip(),
    RailName: lambda rail: rail.key,
    ProductRef: lambda product: product.sku,
    CategoryRef: lambda category: category.key,
    Money: lambda money: f"{money.amount} {money.currency}",
}


def document_edits(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> tuple[DocumentEdit, ...]:
    """List the files that differ in more than spelling, by path."""
    old, new = canonical(before), canonical(after)
    paths = sorted(path for path in {**old, **new} if old.get(path) != new.get(path))
    return tuple(DocumentEdit(path, _edit(path in old, path in new)) for path in paths)


def _edit(was_there: bool, is_there: bool) -> str:  # noqa: FBT001 - one table, read from left to right
    return {(True, True): "changed", (False, True): "added", (True, False): "removed"}[was_there, is_there]
