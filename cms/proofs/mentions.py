"""Mentions: every product, category, tag and promotion of the shop that a workspace names, every fact it reads, and where."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cms.components.body import Body, CategoryRef, Node, ProductRef, placeholders
from cms.content.snapshot import Entry, Page, Snapshot, Variant
from cms.facts.declarations import FactRef, Origin
from cms.facts.placeholders import Template
from cms.problems import pointer_of
from cms.rails.rail import Rail
from cms.segments.conditions import Condition, PercentOf, Test, leaves
from cms.workspace.documents import Document, Workspace

SKU, CATEGORY, TAG, PROMOTION = "sku", "category", "tag", "promotion"
_SKUS, _CATEGORIES, _PROMOTIONS = (SKU,), (CATEGORY,), (PROMOTION,)
_LISTINGS = (CATEGORY, TAG)  # what a page calls its category may be any list of products
_VALUES = {
    "page.product": _SKUS, "cart.skus": _SKUS, "session.viewed": _SKUS,
    "social.friends_bought": _SKUS, "social.hot_nearby": _SKUS,
    "page.category": _LISTINGS,
    "product.category": _CATEGORIES, "product.categories": _CATEGORIES, "cart.categories": _CATEGORIES,
    "product.tags": (TAG,),
    "shop.promotions": _PROMOTIONS, "cart.promotions": _PROMOTIONS,
}  # fmt: skip
_NAMING = frozenset({"is", "is_not", "one_of", "none_of", "has_any", "has_all", "has_none"})
_CLAIMED = {"discount": SKU, "push": SKU, "sold_out": SKU, "threshold": PROMOTION}
_PROMISED = {"promotion": PROMOTION, "threshold": PROMOTION, "price": SKU, "stock": SKU}


@dataclass(frozen=True, slots=True)
class Mention:
    """A name of the shop's; `kinds` are what it may be: of `bought[x]`, x is a product or a category.

    `shown` where it stands for the thing itself, which visitors see.
    """

    kinds: tuple[str, ...]
    name: str
    document: Document
    pointer: str
    shown: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """A fact that is read."""

    ref: FactRef
    document: Document
    pointer: str


def mentions(snapshot: Snapshot, workspace: Workspace) -> Iterator[Mention]:
    """List what the files of a compiled workspace name of the shop: in rules, copy, rails, claims and promises."""
    for use in uses(snapshot, workspace):
        yield from [use] if isinstance(use, Mention) else _in_brackets(use)


def uses(snapshot: Snapshot, workspace: Workspace) -> Iterator[Mention | Reading]:
    """List what the files of a compiled workspace name of the shop, and the facts they name."""
    for document, condition in _conditions(snapshot, workspace):
        yield from _in_condition(document, condition)
    entries = workspace.of_kind("entry")
    for entry in snapshot.entries.values():
        yield from _in_declarations(entries[entry.key])
        for variant in entry.variants:
            yield from _in_copies(workspace, entry, variant)
    for key, rail in snapshot.rails.items():
        yield from _in_rail(workspace.of_kind("rail")[key], rail)
    for key, email in snapshot.emails.items():
        for name, texts in (("subject", email.subject), ("preheader", email.preheader)):
            yield from _in_texts(workspace.of_kind("email")[key], texts, pointer_of(name))


def _conditions(snapshot: Snapshot, workspace: Workspace) -> Iterator[tuple[Document, Condition]]:
    found: list[tuple[str, str, Condition | None]] = [("segment", *segment) for segment in snapshot.segments.items()]
    for key, entry in snapshot.entries.items():
        found += [("entry", key, rule) for rule in (entry.audience, *(variant.when for variant in entry.variants))]
        found += [("experiment", trial.key, trial.audience) for trial in entry.experiments]
    surfaces: list[tuple[str, Page]] = [("page", page) for page in snapshot.pages.values()]
    surfaces += [("email", email.page) for email in snapshot.emails.values()]
    found += [(kind, page.key, slot.audience) for kind, page in surfaces for slot in page.slots]
    for kind, key, condition in found:
        if condition is not None:
            yield workspace.of_kind(kind)[key], condition


def _in_condition(document: Document, condition: Condition) -> Iterator[Mention | Reading]:
    for test in leaves(condition):
        if not isinstance(test, Test):
            continue
        own = pointer_of(test.ref.name)
        yield Reading(test.ref, document, test.pointer[: test.pointer.rfind(own) + len(own)] + "#key")
        if isinstance(test.operand, PercentOf):
            yield Reading(test.operand.ref, document, f"{test.pointer}/of")
        elif isinstance(test.operand, FactRef):
            yield Reading(test.operand, document, test.pointer)
        elif test.ref.name in _VALUES and test.operator in _NAMING:
            names = [test.operand] if isinstance(test.operand, str) else test.operand
            yield from _listed(document, _VALUES[test.ref.name], names, test.pointer)


def _in_brackets(reading: Reading) -> Iterator[Mention]:
    """Give what stands in the brackets of a fact, if it is of the shop."""
    fact = reading.ref.fact
    kinds = tuple(kind for kind in fact.parameters if kind in {SKU, CATEGORY, PROMOTION})
    if kinds == _CATEGORIES and fact.origin is Origin.REQUEST:
        kinds = _LISTINGS
    if kinds:
        yield Mention(kinds, reading.ref.parameter, reading.document, reading.pointer)


def _listed(document: Document, kinds: tuple[str, ...], names: Any, pointer: str) -> Iterator[Mention]:
    """Place each name where it is written: in a list, as a key, or alone."""
    written = _at(document, pointer)
    for name in names:
        below = pointer_of(written.index(name)) if isinstance(written, list) and name in written else ""
        yield Mention(
            kinds, name, document, pointer + (pointer_of(name) + "#key" if isinstance(written, Mapping) else below)
        )


def _at(document: Document, pointer: str) -> object:
    node: Any = document.data
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        node = node[int(key)] if isinstance(node, list) else node.get(key)
    return node


def _in_declarations(document: Document) -> Iterator[Mention]:
    data: Any = document.data
    yield from _declared(document, _CLAIMED, data.get("offer", {}).get("claims"), "/offer/claims")
    for index, variant in enumerate(data["variants"]):
        for name, kinds in (("claims", _CLAIMED), ("promise", _PROMISED)):
            yield from _declared(document, kinds, variant.get(name), pointer_of("variants", index, name))


def _declared(
    document: Document, kinds: Mapping[str, str], raw: Mapping[str, Any] | None, at: str
) -> Iterator[Mention]:
    for key, names in (raw or {}).items():
        yield from _listed(document, (kinds[key],), [names] if isinstance(names, str) else names, at + pointer_of(key))


def _in_rail(document: Document, rail: Rail) -> Iterator[Mention | Reading]:
    yield from _listed(document, (SKU,), rail.pinned, "/pinned")
    filters = rail.filters
    for key, kind, name in (("category", CATEGORY, filters.category), ("tag", TAG, filters.tag)):
        if name is not None:
            yield Mention((kind,), name, document, f"/filters/{key}")
    for key, share in (("max_price_ratio", filters.max_price), ("min_price_ratio", filters.min_price)):
        if share is not None:
            yield Reading(share[0], document, f"/filters/{key}/of")


def _in_texts(document: Document, texts: Mapping[str, Iterable[Template]], at: str) -> Iterator[Mention | Reading]:
    for locale, templates in texts.items():
        place = at + pointer_of(locale)
        is_list = isinstance(_at(document, place), list)
        for index, template in enumerate(templates):
            yield from _in_node(document, template, place + (pointer_of(index) if is_list else ""))


def _in_copies(workspace: Workspace, entry: Entry, variant: Variant) -> Iterator[Mention | Reading]:
    for locale, body in variant.content.items():
        document, fields = _copy(workspace, entry, variant, locale)
        below = _at(document, fields)
        for name, node in body.items():
            is_written = isinstance(below, Mapping) and (name in below or document.kind != "copy")
            yield from _in_node(document, node, fields + pointer_of(name) if is_written else "/body")


def _copy(workspace: Workspace, entry: Entry, variant: Variant, locale: str) -> tuple[Document, str]:
    """Find where a variant is written in a locale: in its entry, or in a file beside it."""
    document = workspace.of_kind("entry")[entry.key]
    place = pointer_of("variants", entry.variants.index(variant))
    raw: Any = _at(document, place)
    inline = raw.get("content", {}).get(locale, {"file": f"{variant.key}.{locale}.md"})
    if set(inline) != {"file"}:
        return document, place + pointer_of("content", locale)
    return workspace.of_kind("copy")[f"{entry.key}/{inline['file']}"], "/fields"


def _in_node(document: Document, node: Node | Body, pointer: str) -> Iterator[Mention | Reading]:
    match node:
        case Mapping():
            for name, part in node.items():
                yield from _in_node(document, part, pointer + pointer_of(name))
        case tuple():
            for index, part in enumerate(node):
                yield from _in_node(document, part, pointer + pointer_of(index))
        case ProductRef(gap=None):
            yield Mention((SKU,), node.sku, document, pointer, shown=True)
        case ProductRef(gap=gap) if gap is not None:
            yield Reading(gap.ref, document, pointer)
        case CategoryRef():
            yield Mention((CATEGORY,), node.key, document, pointer, shown=True)
        case _:
            for gap in placeholders({"": node}):
                yield Reading(gap.ref, document, pointer)
