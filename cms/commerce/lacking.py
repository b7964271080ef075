"""Lacking: facts that none of the systems asked can tell."""

from collections.abc import Mapping, Sequence

from cms.commerce.adapter import Upstream
from cms.facts.builtin import BUILTIN_FACTS
from cms.facts.signals import Signal

_SIGNALS: Mapping[str, frozenset[Signal]] = {
    fact.stem: frozenset({fact.owner} if fact.owner is not None else fact.signals) for fact in BUILTIN_FACTS.facts
}
_OF_STOCK = frozenset({"stock", "product.stock"})


def lacking(upstreams: Sequence[Upstream]) -> Mapping[str, str]:
    """Name the facts, by stem, that whoever is asked for their signal cannot tell, each with its sentence for people."""
    stocked = any(Signal.STOCK in upstream.asks for upstream in upstreams)
    return {
        stem: why
        for upstream in upstreams
        for stem, why in upstream.source.lacks.items()
        if _SIGNALS.get(stem, frozenset()) & upstream.asks and not (stocked and stem in _OF_STOCK)
    }
