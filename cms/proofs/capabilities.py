"""Capabilities: what a workspace needs of the shop, held against what the connected systems can tell at all."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cms.content.snapshot import Entry, Snapshot
from cms.facts.builtin import builtin
from cms.facts.declarations import Fact
from cms.facts.signals import Signal
from cms.problems import Problem, Severity, pointer_of
from cms.proofs.mentions import Mention, Reading, uses
from cms.rails.filling import RANKINGS
from cms.rails.rail import Rail
from cms.workspace.documents import Document, Workspace

_READ = {
    "in-cart": "cart.skus", "reach-threshold": "cart.gap[free-shipping]", "replenish": "replenish_due[any]",
    "friends-bought": "social.friends_bought",
}  # fmt: skip
_SEEDS = {"cart": "cart.skus", "bought": "bought[any]"}
_PROMISED = {
    "promotion": "shop.promotions",
    "threshold": "shop.promotions",
    "price": "product.price",
    "stock": "stock[any]",
}
_OF_STOCK = frozenset({"stock", "product.stock"})
_OWN = frozenset({Signal.COUNTERS})
_ELSE = "See on its page which key or option the shop's adapter needs for them, or connect a system that tells them."
_TELL = {
    Signal.CART: ("carts", "Send the lines of the cart with each request, or connect a system that tells carts."),
    Signal.CUSTOMER: ("customers", "Connect a system that tells who the customer is."),
    Signal.ORDERS: ("orders", _ELSE),
    Signal.CATALOGUE: ("products", _ELSE),
    Signal.STOCK: ("stock", "Connect a system that tells stock, such as an ERP."),
    Signal.PROMOTIONS: ("promotions", _ELSE),
    Signal.TRAITS: ("traits", "Connect a system that tells traits, such as a CDP or CRM."),
}


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What is told: `signals` by any system; of their facts, `lacks` are told by none, each with why and what to do."""

    signals: frozenset[Signal]
    lacks: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Need:
    """Something that is needed: `what` as it is written, and its fact; None: products themselves."""

    what: str
    fact: Fact | None
    document: Document
    pointer: str


def check_capabilities(snapshot: Snapshot, workspace: Workspace, capabilities: Capabilities) -> list[Problem]:
    """Warn of each rule, placeholder, promise, filter and strategy that needs what no connected system can tell."""
    found = (_unmet(need, capabilities) for need in _needs(snapshot, workspace))
    return list(dict.fromkeys(problem for problem in found if problem is not None))


def _unmet(need: _Need, capabilities: Capabilities) -> Problem | None:
    missing = sorted(_signals(need.fact) - capabilities.signals)
    stem = need.fact.stem if need.fact is not None else ""
    if stem in _OF_STOCK and Signal.STOCK in capabilities.signals:
        return None
    if missing:
        told = " and ".join(_TELL[signal][0] for signal in missing)
        return _problem(need, f"No connected system tells {told}, which {need.what} needs.", _TELL[missing[0]][1])
    if stem in capabilities.lacks:
        needed = "" if need.what.startswith(stem) else f", which {need.what} needs"
        return _problem(need, f"No connected system tells {stem}{needed}.", capabilities.lacks[stem])
    return None


def _problem(need: _Need, message: str, hint: str) -> Problem:
    return need.document.place(Problem("unsupported", message, need.pointer, hint, Severity.WARNING))


def _signals(fact: Fact | None) -> frozenset[Signal]:
    """Name the signals without which a fact is never known; others only make it more exact."""
    if fact is None:
        return frozenset({Signal.CATALOGUE})
    if fact.owner is not None:
        return frozenset({fact.owner}) - _OWN
    optional = {Signal.PROMOTIONS: Signal.CUSTOMER, Signal.CART: Signal.CATALOGUE}
    helping = {helper for signal, helper in optional.items() if signal in fact.signals}
    return fact.signals - helping - _OWN


def _needs(snapshot: Snapshot, workspace: Workspace) -> Iterator[_Need]:
    for use in uses(snapshot, workspace):
        if isinstance(use, Reading):
            yield _Need(use.ref.name, use.ref.fact, use.document, use.pointer)
        elif isinstance(use, Mention) and use.shown:
            yield _Need(f'"{use.name}"', None, use.document, use.pointer)
    for entry in snapshot.entries.values():
        yield from _promised(workspace.of_kind("entry")[entry.key], entry)
    for key, rail in snapshot.rails.items():
        yield from _of_rail(workspace.of_kind("rail")[key], rail)


def _promised(document: Document, entry: Entry) -> Iterator[_Need]:
    for index, variant in enumerate(entry.variants):
        for kind, name in _PROMISED.items():
            if variant.promise is not None and getattr(variant.promise, kind):
                pointer = pointer_of("variants", index, "promise", kind) + "#key"
                yield _named(f"a promise of {kind}", name, document, pointer)


def _of_rail(document: Document, rail: Rail) -> Iterator[_Need]:
    yield _Need("a rail", None, document, "/strategy")
    strategies = {"/strategy": rail.strategy} | {
        pointer_of("fallback", index): name for index, name in enumerate(rail.fallback)
    }
    for pointer, strategy in strategies.items():
        if strategy in _READ:
            yield _named(f"strategy {strategy}", _READ[strategy], document, pointer)
    if rail.seed in _SEEDS and not RANKINGS.keys() >= set(strategies.values()):
        yield _named(f"seed {rail.seed}", _SEEDS[rail.seed], document, "/seed")
    yield from _of_filters(document, rail)


def _of_filters(document: Document, rail: Rail) -> Iterator[_Need]:
    filters = rail.filters
    kept = {
        "in_stock": ("stock[any]", filters.in_stock),
        "not_in_cart": ("cart.skus", filters.not_in_cart),
        "not_bought_within": ("bought[any]", filters.not_bought_within),
        "category": ("product.categories", filters.category),
        "tag": ("product.tags", filters.tag),
    }
    for key, (name, is_set) in kept.items():
        if is_set:
            yield _named(f"filter {key}", name, document, f"/filters/{key}#key")


def _named(what: str, name: str, document: Document, pointer: str) -> _Need:
    return _Need(what, builtin(name).fact, document, pointer)
