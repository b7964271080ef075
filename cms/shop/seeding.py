"""Fill a shop: stock, the customers' past orders and the carts they left; the same on every first start."""

from datetime import datetime, timedelta

from cms.shop.catalogue import Catalogue
from cms.shop.customers import Customer, Directory
from cms.shop.pricing import Totals, price_cart
from cms.shop.store import Order, OrderLine, Store


def seed(store: Store, catalogue: Catalogue, directory: Directory, *, now: datetime) -> None:
    """Fill in what a shop does not have yet: all of it at first, what is new after an upgrade."""
    for customer in directory.customers.values():
        if store.cart(customer.cart) is None:
            _remember_orders(store, catalogue, customer, now)
            _leave_cart(store, customer)  # last: the mark that this customer is complete
    stocked = store.stock()
    for product in catalogue.products.values():
        if product.sku not in stocked:
            store.set_stock(product.sku, product.stock)


def _leave_cart(store: Store, customer: Customer) -> None:
    store.open_cart(customer.cart, customer=customer.key, currency=customer.currency)
    for sku, quantity in customer.waiting:
        store.set_quantity(customer.cart, sku, quantity)


def _remember_orders(store: Store, catalogue: Catalogue, customer: Customer, now: datetime) -> None:
    for place, (days_ago, lines) in enumerate(customer.past, start=1):
        number = f"{customer.key.removeprefix('cu-')}-{place}"
        totals = price_cart(lines, catalogue, currency=customer.currency, groups=customer.groups)
        if store.order(number) is None:
            store.add_order(
                ordered(totals, number, customer.key, now - timedelta(days=days_ago), customer=customer.key)
            )


def ordered(
    totals: Totals, number: str, visitor: str, placed_at: datetime, *, customer: str = "", address: str = ""
) -> Order:
    """Make an order of a priced cart."""
    lines = (*totals.lines, totals.express) if totals.express else totals.lines
    return Order(
        number=number,
        visitor=visitor,
        customer=customer,
        placed_at=placed_at,
        discount=totals.discount,
        shipping=totals.shipping,
        total=totals.total,
        address=address,
        lines=tuple(OrderLine(line.product.sku, line.quantity, line.unit) for line in lines),
    )
