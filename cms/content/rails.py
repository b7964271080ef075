"""Rails: filters and strategies checked."""

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from cms.content.context import Compilation
from cms.facts.declarations import FactRef, FactType
from cms.problems import did_you_mean
from cms.rails.rail import Filters, Rail
from cms.workspace.documents import Document

_RATIO = re.compile(r"[0-9]{1,6}([./][0-9]{1,6})?")


def rails_of(compilation: Compilation) -> dict[str, Rail]:
    rails: dict[str, Rail] = {}
    for key, document in compilation.workspace.of_kind("rail").items():
        data = compilation.shaped(document)
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
