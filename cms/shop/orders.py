"""A placed order: what may still be added to it, its confirmation, and how it is doing."""

from dataclasses import replace

from flask import Blueprint, abort, flash, redirect, request, session
from werkzeug.wrappers import Response as AnyResponse

from cms.shop.carts import asked_skus
from cms.shop.catalogue import Product
from cms.shop.front import Front
from cms.shop.routes import View, blueprint_of
from cms.shop.store import Order
from cms.shop.tracking import tracked
from cms.shop.visits import Visit, current_visit, forget_viewed, same_visit

HANDFUL = 4
EXTRAS = ("gift-wrap", "plant-protection", "vip-year")


def orders_blueprint(front: Front) -> Blueprint:
    pages: dict[str, View] = {
        "/order/extras": _extras,
        "/confirmation": _confirmed,
        "/confirmation/<number>": _confirmation,
        "/account/orders/<number>": _order,
    }
    return blueprint_of("orders", front, pages=pages, actions={"/order/add": _extend})


def remember_order(front: Front, visit: Visit, order: Order) -> None:
    """Keep which order was placed just now; nobody still thinks about what is in it."""
    session["order"] = {visit.key: order.number}
    forget_viewed(front.shop, [line.sku for line in order.lines])


def _extras(front: Front) -> AnyResponse | str:
    """Offer what goes with the order just placed; with nothing to offer, or too late, go on to the confirmation.

    Prices are in the currency of the order, whatever was chosen since.
    """
    visit = current_visit(request, front.shop)
    order = _just_placed(front, visit)
    visit = replace(visit, currency=order.total.currency)
    content = front.ask("extras", visit, order=order)
    nothing = not content.failure and not any(content.slots.values())
    if nothing or not front.shop.is_open(order):
        return redirect(f"/confirmation/{order.number}", 303)
    return front.show("extras.html", visit, page="extras", content=content, order=order, extras=_own(front, order))


def _own(front: Front, order: Order) -> list[Product]:
    """Pick the shop's own extras: what is not in the order, nor the larger of it."""
    held = {line.sku for line in order.lines}
    extras = (front.shop.catalogue.products[sku] for sku in EXTRAS)
    return [extra for extra in extras if not held & {extra.sku, *extra.links.get("upgrade", ())}]


def _extend(front: Front) -> AnyResponse:
    """Add to the order just placed; a second click adds nothing."""
    visit = same_visit(request, front.shop)
    order = _just_placed(front, visit)
    products = [front.sold(sku) for sku in asked_skus()]
    if not front.shop.is_open(order):
        flash(front.said(visit, "order_closed"))
        products = []
    added = [front.shop.extend(order, product) for product in products]
    if any(added):
        flash(front.said(visit, "order_extended"))
    return redirect(f"/confirmation/{order.number}", 303)


def _confirmed(front: Front) -> AnyResponse:
    return redirect(f"/confirmation/{_just_placed(front, same_visit(request, front.shop)).number}", 303)


def _confirmation(front: Front, number: str) -> str:
    visit = current_visit(request, front.shop)
    order = _own_order(front, visit, number)
    bought = [line.sku for line in order.lines]
    return front.show(
        "confirmation.html", visit, page="confirmation", content=front.ask("confirmation", visit, order=order),
        order=order, products=front.some(HANDFUL, but=bought),
    )  # fmt: skip


def _order(front: Front, number: str) -> str:
    visit = current_visit(request, front.shop)
    order, now = _own_order(front, visit, number), front.shop.clock()
    about = {"order.days_ago": (now - order.placed_at).days}
    return front.show(
        "order.html", visit, page="order", content=front.ask("order", visit, about=about), order=order,
        steps=tracked(order, now), products=_complements(front, order),
    )  # fmt: skip


def _complements(front: Front, order: Order) -> list[Product]:
    """Pick what goes with an order and is not in it."""
    catalogue, stock = front.shop.catalogue, front.shop.store.stock()
    bought = {line.sku: catalogue.products[line.sku] for line in order.lines}
    linked = (p for product in bought.values() for p in catalogue.linked(product, ("accessories", "complete-the-set")))
    fresh = {p.sku: p for p in linked if p.sku not in bought and stock.get(p.sku)}
    return list(fresh.values())[:HANDFUL]


def _just_placed(front: Front, visit: Visit) -> Order:
    return _own_order(front, visit, session.get("order", {}).get(visit.key, ""))


def _own_order(front: Front, visit: Visit, number: str) -> Order:
    """Find an order of this very visitor or customer, or answer 404: whose it is, is nobody else's business."""
    order = front.shop.store.order(number)
    if order is None or not (order.visitor == visit.key or _is_theirs(order, visit)):
        abort(404)
    return order


def _is_theirs(order: Order, visit: Visit) -> bool:
    return bool(visit.customer and order.customer == visit.customer.key)
