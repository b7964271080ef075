"""Coherence: what a page has shown so far, and what it therefore may not show any more."""

from cms.content.snapshot import Entry, Variant
from cms.facts.signals import Product
from cms.offers.offer import Claims
from cms.rails.filling import parents_of


class PageState:
    """What the slots above have shown: offers, groups, claims and products."""

    def __init__(self, max_offers: int | None) -> None:
        self.max_offers = max_offers
        self.offers: list[str] = []
        self.groups: dict[str, str] = {}  # exclusive group → entry that took it
        self.claims: list[tuple[str, Claims]] = []
        self.seen: frozenset[str] = frozenset()  # parent keys of products shown

    def show(self, entry: Entry, variant: Variant, products: tuple[Product, ...]) -> None:
        """Remember an entry that was chosen, and the products it offers."""
        self.claims.append((entry.key, variant.claims))
        self.seen |= parents_of(products)
        if entry.offer is not None:
            self.offers.append(entry.key)
            if entry.offer.exclusive is not None:
                self.groups[entry.offer.exclusive] = entry.key

    def rival_of(self, entry: Entry) -> tuple[str, str] | None:
        """Name why an entry may not join the page and to whom it lost."""
        if entry.offer is None:
            return None
        if self.max_offers is not None and len(self.offers) >= self.max_offers:
            return "max-offers", ", ".join(self.offers)
        group = entry.offer.exclusive
        return ("exclusive", self.groups[group]) if group in self.groups and group is not None else None

    def contradiction(self, claims: Claims) -> tuple[str, str] | None:
        """Name what a claim contradicts and who made it first."""
        for entry, earlier in self.claims:
            clash = claims.clashes_with(earlier)
            if clash:
                return clash, entry
        return None

    def only_repeats(self, products: tuple[Product, ...], known: frozenset[str]) -> bool:
        """Say whether every product was shown before or is in `known` (the cart, the last purchase)."""
        return bool(products) and parents_of(products) <= self.seen | known
