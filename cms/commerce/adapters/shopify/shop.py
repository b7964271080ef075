"""Adapter `shopify`: a Shopify shop over its Storefront, Customer Account and Admin APIs."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from cms.commerce.adapters.shopify import queries
from cms.commerce.adapters.shopify.api import Accounts, Admin, Storefront, is_unknown
from cms.commerce.adapters.shopify.customers import UNKNOWN, UNSUPPORTED, Customers, Told
from cms.commerce.adapters.shopify.forms import Habits, cart_form
from cms.commerce.adapters.shopify.history import nodes
from cms.commerce.adapters.shopify.promotions import promotions_form
from cms.commerce.failures import GARBAGE, MALFORMED, MISMATCH, ShopError
from cms.commerce.payloads import CartPayload, PromotionsPayload, read
from cms.commerce.wire.graphql import RefusedError
from cms.commerce.wire.transport import CATALOGUE_BYTES
from cms.facts.builtin import TRAIT_FACTS
from cms.facts.signals import Answer, Found, Shopper, Signal

_CART = re.compile(r"(?:gid://shopify/Cart/)?([A-Za-z0-9_=+/%.-]{1,200}(?:\?key=[A-Za-z0-9_=+/%.-]{1,200})?)")


class ShopifyShop:
    """A `SignalSource` over Shopify; the catalogue is its feed's.

    A cart's token is its id with its key. A customer is told by the token of their account, or by the number of a
    verified customer through the Admin API; without either of both what only that one tells is not supplied.
    """

    def __init__(
        self,
        storefront: Storefront,
        accounts: Accounts | None,
        admin: Admin | None,
        *,
        clock: Callable[[], datetime],
        habits: Habits,
        told: Told,
    ) -> None:
        customers = Customers(storefront, accounts, admin, habits, told)
        self._storefront = storefront
        self._admin = admin
        self._clock = clock
        self._habits = habits
        self._questions: dict[Signal, Callable[[Shopper, float], Answer]] = {Signal.CART: self._cart}
        if accounts or admin:
            self._questions[Signal.CUSTOMER] = customers.customer
        if accounts or (admin and told.has_all_orders):
            self._questions[Signal.ORDERS] = customers.orders
        if admin and told.traits:
            self._questions[Signal.TRAITS] = customers.traits
        if admin:
            self._questions[Signal.PROMOTIONS] = self._promotions
        self.supplies = frozenset(self._questions)
        self.lacks: Mapping[str, str] = dict(_lacks(self.supplies, habits, told, has_admin=admin is not None))

    def fetch(self, signal: Signal, shopper: Shopper, *, currency: str, timeout_s: float) -> Answer:
        del currency  # a cart and orders have their own, thresholds the shop's
        if signal not in self.supplies:
            return UNSUPPORTED
        try:
            return self._questions[signal](shopper, self._storefront.api.transport.monotonic() + timeout_s)
        except MALFORMED as error:
            raise ShopError(GARBAGE, f"Shopify answered {signal} in a form it should not have") from error

    def _cart(self, shopper: Shopper, deadline: float) -> Answer:
        if shopper.cart_token is None:
            return UNSUPPORTED  # no API of Shopify's tells a cart without its token
        named = _CART.fullmatch(shopper.cart_token)
        if named is None:
            return UNKNOWN
        try:
            cart = self._cart_page(named[1], "", deadline)
            lines = cart and [
                *nodes(lambda after: self._cart_page(named[1], after, deadline)["lines"], cart["lines"]),
            ]
        except RefusedError as refused:
            if not is_unknown(refused, "cart"):
                raise
            return UNKNOWN
        if cart is None:
            return UNKNOWN
        return Answer(Found.FOUND, read(CartPayload(), cart_form(cart, lines, self._habits), "cart"))

    def _cart_page(self, token: str, after: str, deadline: float) -> Any:
        """Read a cart from some of its lines on; None: the shop knows no such cart."""
        variables = {"id": f"gid://shopify/Cart/{token}"} | ({"after": after} if after else {})
        cart = self._storefront.ask(queries.CART, variables, deadline)["cart"]
        if cart is not None and cart["id"].partition("?")[0] != variables["id"].partition("?")[0]:
            raise ShopError(MISMATCH, "Shopify answered with another cart than was asked for", ails=False)
        return cart

    def _promotions(self, _shopper: Shopper, deadline: float) -> Answer:
        admin = self._admin
        if admin is None:
            return UNSUPPORTED

        def page(after: str) -> Any:
            variables = {"after": after} if after else {}
            return admin.ask(queries.PROMOTIONS, variables, deadline, max_bytes=CATALOGUE_BYTES)["discountNodes"]

        discounts = [node["discount"] for node in nodes(page)]
        form = promotions_form(discounts, self._clock(), self._habits)
        return Answer(Found.FOUND, read(PromotionsPayload(), form, "promotions"))


def _lacks(supplies: frozenset[Signal], habits: Habits, told: Told, *, has_admin: bool) -> Iterator[tuple[str, str]]:
    """Name what the given options leave untold, and what to set."""
    if Signal.CUSTOMER in supplies:
        if not (has_admin and habits.segments):
            yield (
                "customer.groups",
                "Shopify knows no groups: list segments in the option `segments`, with an Admin key.",
            )
        if not habits.is_b2b:
            for stem in ("customer.kind", "customer.company"):
                yield stem, "Companies are not asked for: where the shop sells to companies, set the option `b2b`."
        for name in ("company_level", "loyalty_tier", "loyalty_points", "is_member"):
            if name not in habits.fields:
                yield (
                    f"customer.{name}",
                    f"Shopify has no field for it: name the metafield that has it in the option `customer_fields`, at {name}.",
                )
    if Signal.TRAITS in supplies:
        traits = {name.partition("[")[0] for name in told.traits}
        for stem in sorted({fact.stem for fact in TRAIT_FACTS if fact.signals == {Signal.TRAITS}} - traits):
            yield (
                stem,
                "It is not configured: name the metafield that has it in the option `traits`, or ask a CDP for it.",
            )
