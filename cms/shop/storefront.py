"""The pages one looks around in, the cart, and the visit-as bar."""

import re
from collections.abc import Callable
from urllib.parse import unquote

from flask import Blueprint, Response, abort, flash, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from cms.shop.catalogue import Product
from cms.shop.front import Front
from cms.shop.money import Money
from cms.shop.pictures import draw
from cms.shop.pricing import SHIPPING_MINOR
from cms.shop.visits import Visit, cart_for, choose, current_visit, same_visit, visit_as
from cms.shop.wording import words_in

FILTERS = ("plants", "big-plants", "low-light", "pet-safe", "pots", "accessories", "consumables")
HANDFUL = 4
_MISLEADING = re.compile(r"[\x00-\x20\x7f\\]|//")  # what browsers drop or read as the start of a host
View = Callable[..., str | AnyResponse]


def storefront_blueprint(front: Front) -> Blueprint:
    """Make the storefront on a shop and its line to Vitrine."""
    blueprint = Blueprint("storefront", __name__)
    pages: dict[str, View] = {
        "/": _landing,
        "/products": _listing,
        "/p/<sku>": _product,
        "/cart": _cart,
        "/account": _account,
        "/club": _club,
        "/help/shipping": _help,
        "/unsubscribe": _unsubscribe,
        "/components.css": _styles,
        "/pictures/<name>.svg": _picture,
    }
    actions: dict[str, View] = {
        "/cart/add": _add,
        "/cart/update": _update,
        "/visit-as": _visit_as,
        "/choose": _choose,
    }
    for path, view in pages.items():
        _route(blueprint, front, path, view, "GET")
    for path, view in actions.items():
        _route(blueprint, front, path, view, "POST")
    return blueprint


def _route(blueprint: Blueprint, front: Front, path: str, view: View, method: str) -> None:
    blueprint.add_url_rule(path, view.__name__.strip("_"), lambda **values: view(front, **values), methods=[method])


def _landing(front: Front) -> str:
    visit = current_visit(request, front.shop.directory)
    return front.show("landing.html", visit, page="landing", products=front.some(HANDFUL))


def _listing(front: Front) -> str:
    visit = current_visit(request, front.shop.directory)
    category, asked = request.args.get("category", ""), request.args.get("q", "").strip()
    category = category if category in FILTERS else ""
    products = _found(front, category, asked)
    return front.show("listing.html", visit, products=products, category=category, asked=asked, filters=FILTERS)


def _found(front: Front, category: str, asked: str) -> list[Product]:
    catalogue = front.shop.catalogue
    products = catalogue.in_category(category) if category else catalogue.by_popularity
    return [product for product in products if _answers(product, asked.casefold())]


def _answers(product: Product, asked: str) -> bool:
    told = " ".join((*product.title.values(), *product.tags, *product.categories, product.latin)).replace("-", " ")
    return asked.replace("-", " ") in told.casefold()


def _product(front: Front, sku: str) -> str:
    product = _sold(front, sku)
    visit = current_visit(request, front.shop.directory, viewed=sku)
    linked = front.shop.catalogue.linked(product, ("related", "bought-together"))[:HANDFUL]
    return front.show("product.html", visit, page="product", product=product, linked=linked)


def _cart(front: Front) -> str:
    visit = current_visit(request, front.shop.directory)
    inside = [line.product.sku for line in front.totals(visit).lines]
    return front.show("cart.html", visit, page="cart", products=front.some(HANDFUL, but=inside))


def _account(front: Front) -> str:
    visit = current_visit(request, front.shop.directory)
    orders = front.shop.store.orders_of(visit.customer.key) if visit.customer else []
    bought = [line.sku for order in orders[:1] for line in order.lines]
    return front.show("account.html", visit, page="account", orders=orders, products=front.some(HANDFUL, but=bought))


def _club(front: Front) -> str:
    visit = current_visit(request, front.shop.directory)
    tiers = next(p for p in front.shop.catalogue.promotions if p.key == "plant-club").tiers[visit.currency]
    return front.show("club.html", visit, tiers=tiers)


def _help(front: Front) -> str:
    visit = current_visit(request, front.shop.directory)
    return front.show("help.html", visit, flat=Money(SHIPPING_MINOR[visit.currency], visit.currency))


def _unsubscribe(front: Front) -> str:
    return front.show("unsubscribe.html", current_visit(request, front.shop.directory))


def _add(front: Front) -> AnyResponse:
    visit = same_visit(request, front.shop.directory)
    product, customer = _sold(front, request.form.get("sku", "")), visit.customer.key if visit.customer else ""
    quantity = _whole_number(request.form.get("quantity", "1"))
    added = front.shop.add(cart_for(visit), product, quantity, customer=customer, currency=visit.currency)
    flash(_word(visit, "added" if added else "not_added"))
    return redirect("/cart", 303)


def _update(front: Front) -> AnyResponse:
    visit = same_visit(request, front.shop.directory)
    product = _sold(front, request.form.get("sku", ""))
    front.shop.change(visit.cart, product, _whole_number(request.form.get("quantity", "")))
    return redirect("/cart", 303)


def _visit_as(front: Front) -> AnyResponse:
    visit_as(request.form.get("visitor", ""), front.shop.directory)
    return redirect(_back(), 303)


def _choose(front: Front) -> AnyResponse:
    same_visit(request, front.shop.directory)
    choose(request.form.to_dict())
    return redirect(_back(), 303)


def _styles(front: Front) -> Response:
    release = request.args.get("release", "")[:64]
    css = front.vitrine.styles(release)
    response = Response(css or "", mimetype="text/css")
    lasting = css and release == front.vitrine.release
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if lasting else "no-store"
    return response


def _picture(front: Front, name: str) -> Response:
    drawn = draw(name)
    if drawn is None:
        abort(404)
    return Response(drawn, mimetype="image/svg+xml", headers={"Cache-Control": "public, max-age=3600"})


def _sold(front: Front, sku: str) -> Product:
    return front.shop.catalogue.products.get(sku) or abort(404)


def _whole_number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        abort(422)
    return int(text)


def _back() -> str:
    """Where the form was sent from, only ever a path of this shop."""
    back = request.form.get("back", "/")
    return back if back.startswith("/") and not _MISLEADING.search(unquote(back.partition("?")[0]) + back) else "/"


def _word(visit: Visit, key: str) -> str:
    return words_in(visit.locale)(key)
