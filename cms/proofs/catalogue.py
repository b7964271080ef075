"""Catalogue: what a workspace names of the shop, held against what the shop sells and runs."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from cms.facts.signals import Product, Promotion
from cms.problems import Problem, Severity, did_you_mean
from cms.proofs.mentions import CATEGORY, PROMOTION, SKU, TAG, Mention

_ROOT = "content/workspace.json"
_PLURALS = {SKU: "products", CATEGORY: "categories", TAG: "tags", PROMOTION: "promotions"}


@dataclass(frozen=True, slots=True)
class Goods:
    """What the shop told; None is what it did not tell, and `why` and `hint` say how that came and what to do."""

    products: Mapping[str, Product] | None = None
    promotions: Sequence[Promotion] | None = None
    why: str = ""
    hint: str = ""

    def names(self) -> Mapping[str, frozenset[str]]:
        """Give the names of each kind that is known."""
        known: dict[str, Iterable[str]] = {}
        if self.products is not None:
            sold = self.products.values()
            known[SKU] = self.products
            known[CATEGORY] = (category for product in sold for category in product.categories)
            known[TAG] = (tag for product in sold for tag in product.tags)
        if self.promotions is not None:
            known[PROMOTION] = (promotion.key for promotion in self.promotions)
        return {kind: frozenset(names) for kind, names in known.items()}


def check_names(named: Iterable[Mention], goods: Goods) -> list[Problem]:
    """Warn of each name that the shop does not know; what it did not tell is one finding in all."""
    known = goods.names()
    found: list[Problem] = []
    unchecked: set[str] = set()
    for mention in named:
        if not known.keys() >= set(mention.kinds):
            unchecked |= set(mention.kinds) - known.keys()
        elif not any(mention.name in known[kind] for kind in mention.kinds):
            found.append(_unknown(mention, known))
    return list(dict.fromkeys([*found, *_not_checked(unchecked, goods)]))


def _unknown(mention: Mention, known: Mapping[str, frozenset[str]]) -> Problem:
    kinds, name = mention.kinds, mention.name
    hint = "Write it as the shop does."
    if PROMOTION in kinds:
        code, message = "unknown-promotion", f'The shop runs no promotion "{name}" at present.'
        hint = "Until it does, what needs it is not shown."
    elif SKU in kinds:
        also = " and has no category" if CATEGORY in kinds else ""
        code, message = "unknown-product", f'The shop sells no product{also} "{name}".'
    else:
        code = "unknown-category" if CATEGORY in kinds else "unknown-tag"
        message = f'No product of the shop has the {" or ".join(kinds)} "{name}" at present.'
    near = did_you_mean(name, [other for kind in kinds for other in known[kind]])
    return mention.document.place(Problem(code, message, mention.pointer, near or hint, Severity.WARNING))


def _not_checked(kinds: set[str], goods: Goods) -> Iterator[Problem]:
    if kinds:
        said = ", ".join(word for kind, word in _PLURALS.items() if kind in kinds)
        message = f"Whether the shop has what is named here was not checked ({said}): {goods.why}."
        yield Problem("catalogue-not-checked", message, "", goods.hint, Severity.INFO, file=_ROOT, line=1, column=1)
