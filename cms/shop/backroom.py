"""The back room: set the stock of a product, to watch a rail change. For the machine the shop runs on only."""

from flask import Blueprint, Response, abort, flash, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from cms.shop.front import Front
from cms.shop.visits import same_visit

LOOPBACK = ("127.0.0.1", "::1")


def backroom_blueprint(front: Front) -> Blueprint:
    """Make the back room; callers from other machines are told that it is not there."""
    blueprint = Blueprint("backroom", __name__, url_prefix="/admin")
    blueprint.before_request(_only_from_here)
    blueprint.add_url_rule("/stock", "stock", lambda: _shelves(front))
    blueprint.add_url_rule("/stock", "restock", lambda: _restock(front), methods=["POST"])
    return blueprint


def _only_from_here() -> Response | None:
    if request.remote_addr not in LOOPBACK:
        abort(404)
    return None


def _shelves(front: Front) -> str:
    products = front.shop.catalogue.products.values()
    return front.show("stock.html", same_visit(request, front.shop), products=products)


def _restock(front: Front) -> AnyResponse:
    sku, units = request.form.get("sku", ""), request.form.get("units", "")
    if sku not in front.shop.catalogue.products or not (units.isascii() and units.isdigit() and len(units) < 7):
        abort(422)
    front.shop.store.set_stock(sku, int(units))
    flash(front.said(same_visit(request, front.shop), "saved"))
    return redirect("/admin/stock", 303)
