"""Gathering: a request and what the signals told become one decision context."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import cast

from cms.content.snapshot import Page, Snapshot
from cms.decisions.requests import Request
from cms.facts.context import DecisionContext, Observation, Units
from cms.facts.counters import Counters
from cms.facts.declarations import Origin
from cms.facts.derive import (
    cart_facts,
    counter_facts,
    customer_facts,
    filed,
    open_to,
    order_facts,
    priced,
    product_facts,
    promotion_facts,
    untold_of,
    untold_of_orders,
    visit_facts,
)
from cms.facts.money import Money
from cms.facts.signals import Cart, Customer, Order, Product, Promotion, Signal, SignalValue
from cms.facts.values import Value, value_of
from cms.offers.pressure import pressure_of

Told = Mapping[Signal, SignalValue]


def gather(
    snapshot: Snapshot,
    page: Page,
    request: Request,
    told: Told,
    *,
    now: datetime,
    observations: Mapping[Signal, Observation],
    lacks: Collection[str] = (),
) -> DecisionContext:
    """Join everything known about a visit.

    Args:
        snapshot: Declares the facts.
        page: Gives the stage.
        request: What the caller told.
        told: The signals that were found, in normal form.
        now: Aware.
        observations: When each of them was told.
        lacks: Stems of facts that whoever told cannot tell: unknown, never absent.
    """
    customer = cast("Customer | None", told.get(Signal.CUSTOMER))
    catalogue = cast("Mapping[str, Product] | None", told.get(Signal.CATALOGUE))
    counters = cast("Counters | None", told.get(Signal.COUNTERS))
    cart = _cart(request, told, catalogue)
    values: dict[str, Value] = dict(request.values) | {"page.stage": page.stage}
    values |= cart_facts(cart) if cart is not None else {}
    values |= customer_facts(customer) if customer is not None else {}
    viewed = _text(values.get("page.product"))
    values |= product_facts(catalogue, viewed) if catalogue is not None else {}
    orders = filed(cast("Sequence[Order]", told.get(Signal.ORDERS, ())), catalogue)
    values |= _order_values(request, orders, now) if Signal.ORDERS in told else {}
    values |= visit_facts(viewed, values, catalogue)
    values |= _counter_values(snapshot, request, counters, now)
    traits, garbled = _trait_values(snapshot, request, told)
    values |= traits
    running = cast("Sequence[Promotion]", told.get(Signal.PROMOTIONS, ()))
    promotions = open_to(_groups(request, customer), running)
    if Signal.PROMOTIONS in told:
        subtotal = cast("Money | None", values.get("cart.subtotal"))
        values |= promotion_facts(promotions, currency=request.market.currency, subtotal=subtotal)
    return DecisionContext(
        now=now,
        zone=request.market.zone,
        locale=request.locale,
        currency=request.market.currency,
        channel=request.channel,
        values=values,
        answered=_answered(told, cart, counters),
        untold=garbled
        | frozenset(lacks)
        | (untold_of(cart) if cart is not None else frozenset())
        | _unasked(viewed)
        | untold_of_orders(orders),
        observations=observations,
        catalogue=catalogue,
        thresholds=_thresholds(promotions, request.market.currency),
        units=_units(request, customer, counters),
        counters=counters,
        public=request.public | {"page.stage"} if request.public else frozenset(),
    )


def _answered(told: Told, cart: Cart | None, counters: Counters | None) -> frozenset[Signal]:
    """Name the signals of which absence means absence; counters of nobody tell only of totals."""
    answered = set(told) | ({Signal.CART} if cart is not None else set())
    return frozenset(answered - ({Signal.COUNTERS} if counters is not None and counters.of_nobody else set()))


def _cart(request: Request, told: Told, catalogue: Mapping[str, Product] | None) -> Cart | None:
    if request.lines is not None:
        return priced(Cart(request.lines, request.market.currency), catalogue)
    cart = cast("Cart | None", told.get(Signal.CART))
    return None if cart is None else priced(cart, catalogue)


def _unasked(viewed: str | None) -> frozenset[str]:
    """Where no product is viewed it was never bought, nor not bought: that is unknown."""
    return frozenset() if viewed is not None else frozenset({"product.last_bought"})


def _groups(request: Request, customer: Customer | None) -> frozenset[str] | None:
    """Name the customer's groups: nobody known is in none, a customer the shop does not tell of in unknown ones."""
    if customer is not None:
        return customer.groups
    return None if request.shopper.is_customer else frozenset()


def _text(value: Value | None) -> str | None:
    return value if isinstance(value, str) else None


def _order_values(request: Request, orders: Sequence[Order], now: datetime) -> dict[str, Value]:
    return order_facts(orders, currency=request.market.currency, now=now, zone=request.market.zone)


def _counter_values(snapshot: Snapshot, request: Request, counters: Counters | None, now: datetime) -> dict[str, Value]:
    if counters is None:
        return {}

    def display_of(key: str) -> str | None:
        entry = snapshot.entries.get(key)
        return entry.component.display if entry is not None and entry.offer is not None else None

    pressure = pressure_of(snapshot.settings.pressure, counters, display_of, now=now)
    return counter_facts(counters, pressure=pressure, now=now, zone=request.market.zone)


def _trait_values(snapshot: Snapshot, request: Request, told: Told) -> tuple[dict[str, Value], frozenset[str]]:
    """Read traits by their declarations; one that nobody declared is left out.

    Returns:
        The values, and the names of those that are null or of the wrong type: told of, but unknown.
    """
    values: dict[str, Value | None] = {}
    for name, raw in cast("Mapping[str, object]", told.get(Signal.TRAITS, {})).items():
        ref = snapshot.schema.find(name)
        if ref is None or ref.fact.origin not in {Origin.TRAIT, Origin.SIGNAL} or Signal.TRAITS not in ref.fact.signals:
            continue
        try:
            values[name] = value_of(ref.fact, raw, currency=request.market.currency, zone=request.market.zone)
        except ValueError:
            values[name] = None
    known = {name: value for name, value in values.items() if value is not None}
    return known, frozenset(values.keys() - known.keys())


def _thresholds(promotions: Sequence[Promotion], currency: str) -> dict[str, tuple[Money, ...]]:
    return {
        promotion.key: tuple(tier.threshold for tier in promotion.tiers if tier.threshold.currency == currency)
        for promotion in promotions
    }


def _units(request: Request, customer: Customer | None, counters: Counters | None) -> Units:
    """Name who may be drawn; without consent nobody is followed, so nobody is drawn."""
    if request.values.get("visitor.consent") is False:
        return Units()
    first = counters.first_visitor if counters is not None else None
    return Units(request.visitor, customer.key if customer else None, customer.account if customer else None, first)
