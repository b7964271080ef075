"""Rails: filters and strategies checked."""

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from cms.content.context import Compilation
from cms.facts.declarations import FactRef, FactType
from cms.problems import did_you_mean
from cms.rails.rail import Filters, Rail, Share
from cms.workspace.documents import Document

_RATIO = re.compile(r"[0-9]{1,6}([./][0-9]{1,6})?")


def rails_of(compilation: Compilation) -> dict[str, Rail]:
    """Compile every rail; one without strategy or limit is checked and left out."""
    found = {key: _rail(compilation, document) for key, document in compilation.workspace.of_kind("rail").items()}
    return {key: rail for key, rail in found.items() if rail is not None}


def _rail(compilation: Compilation, document: Document) -> Rail | None:
    data = compilation.shaped(document)
    least, filters = data.get("min_items", 1), _filters(compilation, document, data.get("filters", {}))
    if least > data.get("limit", least):
        message = "min_items is more than limit: the rail would never show."
        compilation.findings.error(document, "empty-range", message, "/min_items", "Lower it.")
    if "strategy" not in data or "limit" not in data:
        return None
    return Rail(
        document.key,
        data["strategy"],
        data["limit"],
        seed=data.get("seed", "cart"),
        min_items=least,
        filters=filters,
        fallback=tuple(data.get("fallback", ())),
        pinned=tuple(data.get("pinned", ())),
    )


def _filters(compilation: Compilation, document: Document, data: Mapping[str, Any]) -> Filters:
    least, most = (_share(compilation, document, data, key) for key in ("min_price_ratio", "max_price_ratio"))
    if least is not None and most is not None and least[0] == most[0] and least[1] > most[1]:
        message = "min_price_ratio is more than max_price_ratio: the rail would never show."
        compilation.findings.error(document, "empty-range", message, "/filters/min_price_ratio/ratio", "Lower it.")
    return Filters(
        in_stock=data.get("in_stock", False),
        not_in_cart=data.get("not_in_cart", False),
        not_bought_within=compilation.duration(document, data.get("not_bought_within"), "/filters/not_bought_within"),
        max_price=most,
        min_price=least,
        category=data.get("category"),
        tag=data.get("tag"),
    )


def _share(compilation: Compilation, document: Document, filters: Mapping[str, Any], key: str) -> Share | None:
    data, pointer = filters.get(key, {}), f"/filters/{key}"
    ref = _amount(compilation, document, data["of"], pointer + "/of") if "of" in data else None
    ratio = _ratio(compilation, document, data["ratio"], pointer + "/ratio") if "ratio" in data else None
    return (ref, ratio) if ref is not None and ratio is not None else None


def _amount(compilation: Compilation, document: Document, name: str, pointer: str) -> FactRef | None:
    ref = compilation.schema.find(name)
    if ref is not None and ref.fact.type is FactType.MONEY:
        return ref
    known = [name for fact in compilation.schema.facts if fact.type is FactType.MONEY for name in fact.names]
    message = f'No amount "{name}".'
    compilation.findings.error(document, "unknown-fact", message, pointer, did_you_mean(name, known))
    return None


def _ratio(compilation: Compilation, document: Document, written: str, pointer: str) -> Fraction | None:
    try:
        ratio = Fraction(written) if _RATIO.fullmatch(written) else Fraction(0)
    except ZeroDivisionError:
        ratio = Fraction(0)
    if ratio > 0:
        return ratio
    compilation.findings.error(document, "wrong-type", "A ratio is needed.", pointer, 'Write for example "1/8".')
    return None
