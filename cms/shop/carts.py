"""The cart: what is in it, what goes in and out."""

from urllib.parse import urlsplit

from flask import Blueprint, abort, flash, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from cms.shop.front import Front
from cms.shop.routes import blueprint_of
from cms.shop.visits import cart_for, current_visit, same_visit

HANDFUL = 4
MOST_AT_ONCE = 12


def carts_blueprint(front: Front) -> Blueprint:
    return blueprint_of("carts", front, pages={"/cart": _cart}, actions={"/cart/add": _add, "/cart/update": _update})


def _cart(front: Front) -> str:
    visit = current_visit(request, front.shop)
    inside = [line.product.sku for line in front.totals(visit).lines]
    return front.show(
        "cart.html", visit, page="cart", content=front.ask("cart", visit), products=front.some(HANDFUL, but=inside)
    )


def _add(front: Front) -> AnyResponse:
    """Add one product, or each of a bundle, in the same quantity; go on where it was added at checkout."""
    visit = same_visit(request, front.shop)
    products = [front.sold(sku) for sku in asked_skus()]
    quantity, customer = whole_number(request.form.get("quantity", "1")), visit.customer.key if visit.customer else ""
    token = cart_for(visit)
    added = [
        front.shop.add(token, product, quantity, customer=customer, currency=visit.currency) for product in products
    ]
    flash(front.said(visit, "added" if all(added) else "added_some" if any(added) else "not_added"))
    return redirect("/checkout" if _is_from("/checkout") else "/cart", 303)


def _update(front: Front) -> AnyResponse:
    visit = same_visit(request, front.shop)
    product = front.sold(request.form.get("sku", ""))
    front.shop.change(visit.cart, product, whole_number(request.form.get("quantity", "")))
    return redirect("/cart", 303)


def asked_skus() -> list[str]:
    """Read the products that a form names, each once."""
    skus = list(dict.fromkeys(request.form.getlist("sku")))
    return skus if 0 < len(skus) <= MOST_AT_ONCE else abort(422)


def whole_number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        abort(422)
    return int(text)


def _is_from(path: str) -> bool:
    """Tell whether a page of this shop sent the form."""
    try:
        sent = urlsplit(request.headers.get("Referer", ""))
    except ValueError:
        return False
    return (sent.netloc, sent.path) == (request.host, path)
