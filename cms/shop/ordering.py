"""The way from a full cart to a placed order: address, payment."""

from flask import Blueprint, flash, redirect, request, session
from werkzeug.wrappers import Response as AnyResponse

from cms.shop.catalogue import EXPRESS
from cms.shop.front import Front
from cms.shop.orders import remember_order
from cms.shop.pricing import Totals
from cms.shop.routes import blueprint_of
from cms.shop.visits import Visit, current_visit, same_visit

ADDRESS = ("name", "email", "street", "city", "postcode", "country")
LONGEST = 60  # all of a visit has to fit into one cookie


def ordering_blueprint(front: Front) -> Blueprint:
    """Make the checkout; nothing is ever charged."""
    pages = {"/checkout": _checkout, "/payment": _payment}
    return blueprint_of("ordering", front, pages=pages, actions={"/checkout": _deliver, "/payment": _pay})


def _checkout(front: Front) -> AnyResponse | str:
    visit = current_visit(request, front.shop)
    if not front.totals(visit).lines:
        return redirect("/cart", 303)
    products = front.shop.catalogue.products
    return front.show(
        "checkout.html", visit, page="checkout", content=front.ask("checkout", visit), address=_address(visit),
        express=products[EXPRESS], potting=products["potting-service"],
    )  # fmt: skip


def _address(visit: Visit) -> dict[str, str]:
    known = {"name": visit.customer.name} if visit.customer else {}
    given: dict[str, str] = session.get("address", {}).get(visit.key, {})
    return dict.fromkeys(ADDRESS, "") | known | given


def _deliver(front: Front) -> AnyResponse:
    """Keep the address and how it shall be sent."""
    visit = same_visit(request, front.shop)
    shipping = request.form.get("shipping", "")
    if shipping:
        front.shop.send_by(visit.cart, express=shipping == "express")
    given = {part: request.form.get(part, "").strip()[:LONGEST] for part in ADDRESS}
    if not all(given.values()):
        return redirect("/checkout", 303)
    session["address"] = {visit.key: given}
    return redirect("/payment", 303)


def _payment(front: Front) -> AnyResponse | str:
    visit = current_visit(request, front.shop)
    if missing := _missing_step(visit, front.totals(visit)):
        return redirect(missing, 303)
    content = front.ask("payment", visit)
    return front.show("payment.html", visit, page="payment", content=content, address=_address(visit))


def _missing_step(visit: Visit, totals: Totals) -> str:
    if not totals.lines:
        return "/cart"
    return "" if all(_address(visit).values()) else "/checkout"


def _pay(front: Front) -> AnyResponse:
    """Order what was shown for the sum that was shown; where it changed meanwhile, show it again."""
    visit = same_visit(request, front.shop)
    totals = front.totals(visit)
    if missing := _missing_step(visit, totals):
        return redirect(missing, 303)
    if request.form.get("total", totals.total.label) != totals.total.label:
        flash(front.said(visit, "order_changed"))
        return redirect("/payment", 303)
    address = ", ".join(value for part, value in _address(visit).items() if part != "email")
    order = front.shop.place_order(visit.cart, totals, visitor=visit.key, customer=visit.customer, address=address)
    if order is None:
        return _not_ordered(front, visit)
    remember_order(front, visit, order)
    return redirect("/order/extras", 303)


def _not_ordered(front: Front, visit: Visit) -> AnyResponse:
    """Go on from a second click to the orders, from something that sold out to the cart."""
    if not front.totals(visit).lines:
        return redirect("/account", 303)
    flash(front.said(visit, "order_cart_gone"))
    return redirect("/cart", 303)
