"""The shop behind its counters: carts priced, changed and turned into orders, customers found."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cms.shop.catalogue import EXPRESS, Catalogue, Product, load_catalogue
from cms.shop.customers import Customer, Directory, load_directory, new_member
from cms.shop.deals import Calendar
from cms.shop.loyalty import computed_traits, stamps_of
from cms.shop.pricing import Totals, price_cart
from cms.shop.seeding import ordered, seed
from cms.shop.store import Order, OrderLine, Store

OPEN_FOR = timedelta(minutes=30)  # an order can be added to
NEWSLETTER = "newsletter"
Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Shop:
    """All the shop has; `store` is the only part that changes."""

    calendar: Calendar
    directory: Directory
    store: Store
    clock: Clock

    @property
    def catalogue(self) -> Catalogue:
        """Give what is sold today, at today's prices."""
        return self.calendar.at(self.clock())

    def totals(self, token: str, currency: str) -> Totals:
        """Price a cart; one that does not exist costs nothing."""
        cart = self.store.cart(token)
        customer = self._customer(cart.customer) if cart else None
        return price_cart(
            cart.lines if cart else (),
            self.catalogue,
            currency=currency,
            groups=customer.groups if customer else frozenset(),
            stamps=self.stamps(customer),
        )

    def add(self, token: str, product: Product, quantity: int, *, customer: str, currency: str) -> bool:
        """Add to a cart as far as stock allows; False: nothing could be added.

        The larger of two services takes the place of the smaller one.
        """
        self.store.open_cart(token, customer=customer, currency=currency)
        before = self._quantities(token)
        after = min(before.get(product.sku, 0) + max(quantity, 0), self._at_most(product))
        if after <= before.get(product.sku, 0):
            return False
        if product.is_service and (smaller := self._smaller(product, before)):
            self.store.set_quantity(token, smaller, 0)
        self.store.set_quantity(token, product.sku, after)
        return True

    def change(self, token: str, product: Product, quantity: int) -> None:
        """Put a line to a quantity, as far as stock allows; 0 takes it out. A cart that is not there stays so."""
        if self.store.cart(token):
            self.store.set_quantity(token, product.sku, min(quantity, self._at_most(product)))

    def send_by(self, token: str, *, express: bool) -> None:
        """Choose how a cart that is there shall be sent."""
        if self.store.cart(token):
            self.store.set_quantity(token, EXPRESS, int(express))

    def place_order(
        self, token: str, totals: Totals, *, visitor: str, customer: Customer | None, address: str
    ) -> Order | None:
        """Turn a priced cart into an order; None: it was ordered a moment ago, or not all of it is left."""
        now = self.clock()
        number = f"FP-{now:%y%m}-{secrets.token_hex(3).upper()}"
        order = ordered(totals, number, visitor, now, customer=customer.key if customer else "", address=address)
        return order if self.store.add_order(order, cart=token) else None

    def is_open(self, order: Order) -> bool:
        """Tell whether something may still be added to a placed order."""
        return self.clock() - order.placed_at < OPEN_FOR

    def extend(self, order: Order, product: Product) -> bool:
        """Add one of a product to a placed order at its price; False: it is there already, or there is none left."""
        if product.sku == EXPRESS:
            return False
        smaller = self._smaller(product, {line.sku: line.quantity for line in order.lines})
        quantity = next((line.quantity for line in order.lines if line.sku == smaller), 1)
        line = OrderLine(product.sku, quantity, product.price[order.total.currency])
        return self.store.extend_order(order.number, line, without=smaller)

    def customer_of(self, token: str) -> Customer | None:
        """Find a customer by token; one who joined has no name here."""
        if known := self.directory.by_token(token):
            return known
        member = self.store.member(token)
        return new_member(member[0], token, member[1]) if member else None

    def customer_by_key(self, key: str) -> Customer | None:
        """Find a customer by key, for somebody who has verified it."""
        member = self.store.member_by_key(key)
        return self.directory.customers.get(key) or (new_member(key, *member) if member else None)

    def join(self, *, cart: str, currency: str) -> Customer:
        """Make a new customer, who keeps the cart."""
        customer = new_member(f"cu-m-{secrets.token_hex(6)}", f"customer-{secrets.token_urlsafe(16)}", cart)
        self.store.add_member(customer.token, key=customer.key, cart=cart)
        self.store.open_cart(cart, customer=customer.key, currency=currency)
        return customer

    def stamps(self, customer: Customer | None) -> int | None:
        """Count the stamps on a customer's card; None: they have no card."""
        if customer is None:
            return None
        return stamps_of(customer, self.store.orders_of(customer.key), self.catalogue.products)

    def traits(self, customer: Customer) -> dict[str, Any]:
        """Tell what is known of a customer beside cart, orders and account."""
        orders = self.store.orders_of(customer.key)
        return {**customer.traits, **computed_traits(customer, orders, self.catalogue.products, self.clock())}

    def tags(self, customer: Customer) -> list[str]:
        subscribed = NEWSLETTER not in customer.tags and self.store.is_subscribed(customer.key)
        return [*customer.tags, *([NEWSLETTER] if subscribed else [])]

    def _customer(self, key: str) -> Customer | None:
        return self.directory.customers.get(key) or (new_member(key, "", "") if key else None)

    def _at_most(self, product: Product) -> int:
        return min(self.store.stock().get(product.sku, 0), product.most)

    def _quantities(self, token: str) -> Mapping[str, int]:
        cart = self.store.cart(token)
        return dict(cart.lines) if cart else {}

    def _smaller(self, product: Product, held: Mapping[str, int]) -> str:
        """Find the service that a larger one takes the place of; "" where there is none."""
        products = self.catalogue.products
        held_services = (sku for sku in held if sku in products and products[sku].is_service)
        return next((sku for sku in held_services if product.sku in products[sku].links.get("upgrade", ())), "")


def open_shop(store: Store, clock: Clock) -> Shop:
    """Open the shop on its database; what is missing there is filled in first."""
    catalogue, directory = load_catalogue(), load_directory()
    seed(store, catalogue, directory, now=clock().replace(microsecond=0))
    return Shop(Calendar(catalogue), directory, store, clock)


def wall_clock() -> datetime:
    return datetime.now(UTC)
