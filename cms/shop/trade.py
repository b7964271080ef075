"""The shop behind its counters: carts priced, changed and turned into orders."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

from cms.shop.catalogue import Catalogue, Product, load_catalogue
from cms.shop.customers import Customer, Directory, load_directory
from cms.shop.pricing import Totals, price_cart
from cms.shop.seeding import ordered, seed
from cms.shop.store import Order, Store


@dataclass(frozen=True, slots=True)
class Shop:
    """All the shop has; `store` is the only part that changes."""

    catalogue: Catalogue
    directory: Directory
    store: Store

    def totals(self, token: str, currency: str) -> Totals:
        """Price a cart; one that does not exist costs nothing."""
        cart = self.store.cart(token)
        customer = self.directory.customers.get(cart.customer) if cart else None
        groups = customer.groups if customer else frozenset()
        return price_cart(cart.lines if cart else (), self.catalogue, currency=currency, groups=groups)

    def add(self, token: str, product: Product, quantity: int, *, customer: str, currency: str) -> bool:
        """Add to a cart as far as stock allows; False: nothing could be added."""
        self.store.open_cart(token, customer=customer, currency=currency)
        before = self._quantity(token, product.sku)
        after = min(before + max(quantity, 0), self.store.stock().get(product.sku, 0))
        if after <= before:
            return False
        self.store.set_quantity(token, product.sku, after)
        return True

    def change(self, token: str, product: Product, quantity: int) -> None:
        """Put a line to a quantity, as far as stock allows; 0 takes it out. A cart that is not there stays so."""
        if self.store.cart(token):
            self.store.set_quantity(token, product.sku, min(quantity, self.store.stock().get(product.sku, 0)))

    def place_order(
        self, token: str, totals: Totals, *, visitor: str, customer: Customer | None, address: str, now: datetime
    ) -> Order | None:
        """Turn a priced cart into an order and empty the cart; None: it was ordered a moment ago."""
        number = f"FP-{now:%y%m}-{secrets.token_hex(3).upper()}"
        order = ordered(totals, number, visitor, now, customer=customer.key if customer else "", address=address)
        return order if self.store.add_order(order, cart=token) else None

    def _quantity(self, token: str, sku: str) -> int:
        cart = self.store.cart(token)
        return dict(cart.lines).get(sku, 0) if cart else 0


def open_shop(store: Store) -> Shop:
    """Open the shop on its database; a new one is filled first."""
    shop = Shop(load_catalogue(), load_directory(), store)
    seed(store, shop.catalogue, shop.directory, now=datetime.now(UTC).replace(microsecond=0))
    return shop
