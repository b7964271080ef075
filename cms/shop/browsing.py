"""The pages one looks around in, and their pictures and styles."""

from typing import Any

from flask import Blueprint, Response, abort, request

from cms.shop.catalogue import Product
from cms.shop.deals import DEAL
from cms.shop.front import Front
from cms.shop.pictures import draw
from cms.shop.reviews import reviews_of
from cms.shop.routes import View, blueprint_of
from cms.shop.visits import current_visit

FILTERS = ("plants", "big-plants", "low-light", "pet-safe", "pots", "accessories", "consumables", "services")
HANDFUL = 4


def browsing_blueprint(front: Front) -> Blueprint:
    pages: dict[str, View] = {
        "/": _landing,
        "/products": _listing,
        "/p/<sku>": _product,
        "/club": _club,
        "/help/shipping": _help,
        "/unsubscribe": _unsubscribe,
        "/components.css": _styles,
        "/pictures/<name>.svg": _picture,
    }
    return blueprint_of("browsing", front, pages=pages, actions={})


def _landing(front: Front) -> str:
    visit = current_visit(request, front.shop)
    catalogue = front.shop.catalogue
    deal = catalogue.products[catalogue.deals[visit.currency]]
    content = front.ask("landing", visit)
    return front.show(
        "landing.html", visit, page="landing", content=content, products=front.some(HANDFUL), deal=deal,
        deal_percent=catalogue.promotion(DEAL).percent,
    )  # fmt: skip


def _listing(front: Front) -> str:
    visit = current_visit(request, front.shop)
    category, asked = request.args.get("category", ""), request.args.get("q", "").strip()
    category = category if category in FILTERS else ""
    content = front.ask("listing", visit, about=_searched(category, asked))
    return front.show(
        "listing.html", visit, page="listing", content=content, products=_found(front, category, asked),
        category=category, asked=asked, filters=FILTERS,
    )  # fmt: skip


def _searched(category: str, asked: str) -> dict[str, Any]:
    about: dict[str, Any] = {"page.category": category} if category else {}
    return about | ({"page.search_terms": asked.casefold().split()[:10]} if asked else {})


def _found(front: Front, category: str, asked: str) -> list[Product]:
    catalogue = front.shop.catalogue
    products = catalogue.in_category(category) if category else catalogue.by_popularity
    return [product for product in products if _answers(product, asked.casefold())]


def _answers(product: Product, asked: str) -> bool:
    told = " ".join((*product.title.values(), *product.tags, *product.categories, product.latin)).replace("-", " ")
    return asked.replace("-", " ") in told.casefold()


def _product(front: Front, sku: str) -> str:
    product = front.sold(sku)
    visit = current_visit(request, front.shop, viewed=sku)
    catalogue = front.shop.catalogue
    about = {"page.product": sku, "page.category": product.categories[0]}
    return front.show(
        "product.html",
        visit,
        page="product",
        content=front.ask("product", visit, about=about),
        product=product,
        linked=catalogue.linked(product, ("related", "bought-together"))[:HANDFUL],
        set_of=_at_hand(front, catalogue.linked(product, ("complete-the-set",))),
        protection=catalogue.products["plant-protection"] if product.care else None,
        reviews=reviews_of(product, visit.locale),
    )


def _at_hand(front: Front, products: tuple[Product, ...]) -> list[Product]:
    stock = front.shop.store.stock()
    return [product for product in products if stock.get(product.sku)]


def _club(front: Front) -> str:
    visit = current_visit(request, front.shop)
    return front.show("club.html", visit, tiers=front.shop.catalogue.promotion("plant-club").tiers[visit.currency])


def _help(front: Front) -> str:
    visit = current_visit(request, front.shop)
    return front.show("help.html", visit, express=front.shop.catalogue.products["express-shipping"])


def _unsubscribe(front: Front) -> str:
    return front.show("unsubscribe.html", current_visit(request, front.shop))


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
