"""Coherence: what a page has shown so far, and what it therefore may not show any more."""

from cms.content.snapshot import Entry, Variant
from cms.decisions.decision import Verdict
from cms.facts.signals import Product
from cms.offers.offer import Claims
from cms.rails.filling import parents_of


class PageState:
    """What the slots above have shown: offers, groups, claims and products."""

    def __init__(self, max_offers: int | None) -> None:
        self.max_offers = max_offers
        self.offers: list[str] = []
        self.weight = 0  # of the offers, as pressure
        self.groups: dict[str, str] = {}  # exclusive group → entry that took it
        self.claims: list[tuple[str, Claims]] = []
        self.seen: frozenset[str] = frozenset()  # parent keys of products shown

    def show(self, entry: Entry, variant: Variant, products: tuple[Product, ...], *, weight: int) -> None:
        """Remember an entry that was chosen, the products it offers and how much it weighs if it is an offer."""
        self.claims.append((entry.key, variant.claims))
        self.seen |= parents_of(products)
        if entry.offer is not None:
            self.offers.append(entry.key)
            self.weight += weight
            if entry.offer.exclusive is not None:
                self.groups[entry.offer.exclusive] = entry.key

    def rival_of(self, entry: Entry) -> Verdict | None:
        """Say why an entry may not join the page, and to whom it lost."""
        if entry.offer is None:
            return None
        if self.max_offers is not None and len(self.offers) >= self.max_offers:
            return Verdict("max-offers", rival=", ".join(self.offers))
        group = entry.offer.exclusive
        return Verdict("exclusive", rival=self.groups[group]) if group in self.groups and group is not None else None

    def contradiction(self, claims: Claims) -> Verdict | None:
        """Say what a claim contradicts, and who made it first."""
        for entry, earlier in self.claims:
            clash = claims.clashes_with(earlier)
            if clash:
                return Verdict("claims", detail=clash, rival=entry)
        return None

    def only_repeats(self, products: tuple[Product, ...], known: frozenset[str]) -> bool:
        """Say whether every product was shown before or is in `known` (the cart, the last purchase)."""
        return bool(products) and parents_of(products) <= self.seen | known
