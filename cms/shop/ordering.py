"""The way from a full cart to a placed order: address, payment, confirmation."""

from datetime import UTC, datetime

from flask import Blueprint, abort, flash, redirect, request, session
from werkzeug.wrappers import Response as AnyResponse

from cms.shop.front import Front
from cms.shop.pricing import Totals
from cms.shop.visits import Visit, current_visit, same_visit
from cms.shop.wording import words_in

ADDRESS = ("name", "email", "street", "city", "postcode", "country")
LONGEST = 120


def ordering_blueprint(front: Front) -> Blueprint:
    """Make the checkout; nothing is ever charged."""
    blueprint = Blueprint("ordering", __name__)
    blueprint.add_url_rule("/checkout", "checkout", lambda: _checkout(front))
    blueprint.add_url_rule("/checkout", "deliver", lambda: _keep_address(front), methods=["POST"])
    blueprint.add_url_rule("/payment", "payment", lambda: _payment(front))
    blueprint.add_url_rule("/payment", "pay", lambda: _pay(front), methods=["POST"])
    blueprint.add_url_rule("/confirmation/<number>", "confirmation", lambda number: _confirmation(front, number))
    return blueprint


def _checkout(front: Front) -> AnyResponse | str:
    visit = current_visit(request, front.shop.directory)
    if not front.totals(visit).lines:
        return redirect("/cart", 303)
    return front.show("checkout.html", visit, page="checkout", address=_address(visit))


def _address(visit: Visit) -> dict[str, str]:
    known = {"name": visit.customer.name} if visit.customer else {}
    given: dict[str, str] = session.get("address", {}).get(visit.key, {})
    return dict.fromkeys(ADDRESS, "") | known | given


def _keep_address(front: Front) -> AnyResponse:
    visit = same_visit(request, front.shop.directory)
    given = {part: request.form.get(part, "").strip()[:LONGEST] for part in ADDRESS}
    if not all(given.values()):
        return redirect("/checkout", 303)
    session["address"] = {visit.key: given}
    return redirect("/payment", 303)


def _payment(front: Front) -> AnyResponse | str:
    visit = current_visit(request, front.shop.directory)
    missing = _missing_step(visit, front.totals(visit))
    return (
        redirect(missing, 303)
        if missing
        else front.show("payment.html", visit, page="payment", address=_address(visit))
    )


def _missing_step(visit: Visit, totals: Totals) -> str:
    if not totals.lines:
        return "/cart"
    return "" if all(_address(visit).values()) else "/checkout"


def _pay(front: Front) -> AnyResponse:
    visit = same_visit(request, front.shop.directory)
    totals = front.totals(visit)
    if missing := _missing_step(visit, totals):
        return redirect(missing, 303)
    if not _in_stock(front, totals):
        flash(words_in(visit.locale)("order_cart_gone"))
        return redirect("/cart", 303)
    address = ", ".join(value for part, value in _address(visit).items() if part != "email")
    order = front.shop.place_order(
        visit.cart, totals, visitor=visit.key, customer=visit.customer, address=address, now=datetime.now(UTC)
    )
    return redirect(f"/confirmation/{order.number}" if order else "/account", 303)


def _in_stock(front: Front, totals: Totals) -> bool:
    stock = front.shop.store.stock()
    return all(line.quantity <= stock.get(line.product.sku, 0) for line in totals.lines)


def _confirmation(front: Front, number: str) -> str:
    visit = current_visit(request, front.shop.directory)
    order = front.shop.store.order(number)
    if order is None or order.visitor != visit.key:
        abort(404)
    bought = [line.sku for line in order.lines]
    return front.show("confirmation.html", visit, page="confirmation", order=order, products=front.some(4, but=bought))
