"""Reading a whole list page by page: a customer's orders with all their lines, a cart's lines, the discounts that run."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cms.commerce.failures import ERROR, ShopError

MOST_ORDERS = 500
_MOST_PAGES = 100

Page = Callable[[str], Any]  # from where on, "" the beginning → the connection, or None: of nobody
Ask = Callable[[str, Mapping[str, Any]], Mapping[str, Any] | None]


def nodes(page: Page, first: Any = None) -> Iterator[Any]:
    """Give what a connection holds, page by page; `first` is the page that is at hand already.

    Raises:
        ShopError: There is no end to it.
    """
    listed = page("") if first is None else first
    for _ in range(_MOST_PAGES):
        yield from listed["nodes"]
        if not listed["pageInfo"]["hasNextPage"]:
            return
        listed = page(listed["pageInfo"]["endCursor"])
    raise ShopError(ERROR, f"Shopify's list has more than {_MOST_PAGES} pages", ails=False)


@dataclass(frozen=True, slots=True)
class Orders:
    """Where one customer's orders are read: `ask` puts a question in their name, None: the shop knows nobody by it."""

    ask: Ask
    orders: str
    lines: str

    def read(self) -> tuple[str, list[Any]] | None:
        """Give the customer's id and their orders, each with all its `lines`.

        Raises:
            ShopError: More than 500 orders: too many to count while a page waits.
        """
        said = self.ask(self.orders, {})
        if said is None or said["customer"] is None:
            return None
        customer = said["customer"]
        orders: list[Any] = []
        for order in nodes(self._page, customer["orders"]):
            if len(orders) == MOST_ORDERS:
                raise ShopError(ERROR, f"a customer has more than {MOST_ORDERS} orders", ails=False)
            orders.append({**order, "lines": self._lines(order)})
        return customer["id"], orders

    def _page(self, after: str) -> Any:
        return _known(self.ask(self.orders, {"after": after}), "customer")["orders"]

    def _lines(self, order: Any) -> Sequence[Any]:
        def page(after: str) -> Any:
            return _known(self.ask(self.lines, {"id": order["id"], "after": after}), "order")["lineItems"]

        return list(nodes(page, order["lineItems"]))


def _known(said: Mapping[str, Any] | None, name: str) -> Any:
    """Give what was asked about; what was there a moment ago and is no more ends the reading."""
    if said is None or said[name] is None:
        raise ShopError(ERROR, f"Shopify's {name} was gone before it was read to its end", ails=False)
    return said[name]
