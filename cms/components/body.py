"""The checked body of a variant: one node per field, gaps still open."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from cms.facts.money import Money
from cms.facts.placeholders import Placeholder, Template
from cms.facts.values import Never, Value


@dataclass(frozen=True, slots=True)
class Markdown:
    """Rich text: CommonMark without HTML, gaps filled with plain text."""

    template: Template


@dataclass(frozen=True, slots=True)
class Link:
    """A safe target: a path of the shop, or a URL whose scheme and host are allowed."""

    href: str


@dataclass(frozen=True, slots=True)
class Source:
    """The same picture so many pixels wide."""

    src: str
    width: int


@dataclass(frozen=True, slots=True)
class Image:
    src: str
    alt: Template
    width: int | None = None
    height: int | None = None
    srcset: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class RailName:
    """A rail by key; which products it shows is decided per visitor."""

    key: str


@dataclass(frozen=True, slots=True)
class ProductRef:
    """A product by SKU, or the one a fact names: then `gap` is set and `sku` is the gap as written."""

    sku: str
    gap: Placeholder | None = None


@dataclass(frozen=True, slots=True)
class CategoryRef:
    key: str


# A lone Placeholder is a number, percent or amount that a fact gives.
Node = (
    Template | Markdown | Link | Image | RailName | ProductRef | CategoryRef | Placeholder
    | bool | int | Decimal | Money | datetime | str | tuple["Node", ...] | Mapping[str, "Node"]
)  # fmt: skip
Body = Mapping[str, Node]


def nodes(node: Node) -> Iterable[Node]:
    """Walk a node and all below it, in authored order."""
    yield node
    if isinstance(node, Mapping):
        for part in node.values():
            yield from nodes(part)
    elif isinstance(node, tuple):
        for part in node:
            yield from nodes(part)


def placeholders(body: Body) -> Iterable[Placeholder]:
    """List every gap that words or numbers fill; a product that a fact names is found, or not, as a rail's are."""
    for node in nodes(body):
        if isinstance(node, Placeholder):
            yield node
        elif isinstance(node, Template):
            yield from node.placeholders
        elif isinstance(node, Markdown):
            yield from node.template.placeholders
        elif isinstance(node, Image):
            yield from node.alt.placeholders


def fills(value: Value | None) -> bool:
    """Say whether a value can stand in a gap: it is known, has happened, and is not blank or empty."""
    if isinstance(value, str):
        return bool(value.strip())
    return value is not None and value != frozenset() and not isinstance(value, Never)
