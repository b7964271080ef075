"""The account: joining, the letter, applying for a trade account. Names and addresses stay in the visitor's cookie."""

import re

from flask import Blueprint, redirect, request, session
from werkzeug.wrappers import Response as AnyResponse

from cms.shop.front import Front
from cms.shop.routes import blueprint_of
from cms.shop.visits import cart_for, current_visit, joined, left, same_visit

HANDFUL = 4
LONGEST = 80
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def accounts_blueprint(front: Front) -> Blueprint:
    pages = {
        "/account": _account,
        "/account/welcome": _welcome,
        "/account/trade": _trade,
        "/subscribe": _letter,
        "/subscribe/thanks": _subscribed,
    }
    actions = {"/account/join": _join, "/account/leave": _leave, "/account/trade": _apply, "/subscribe": _subscribe}
    return blueprint_of("accounts", front, pages=pages, actions=actions)


def _account(front: Front) -> str:
    visit = current_visit(request, front.shop)
    orders = front.shop.store.orders_of(visit.customer.key) if visit.customer else []
    bought = [line.sku for order in orders[:1] for line in order.lines]
    return front.show(
        "account.html", visit, page="account", content=front.ask("account", visit), orders=orders,
        products=front.some(HANDFUL, but=bought),
        is_vip=bool(visit.customer and front.shop.traits(visit.customer)["membership.vip"]),
    )  # fmt: skip


def _join(front: Front) -> AnyResponse:
    """Make an account for a guest; the e-mail address is looked at and forgotten."""
    visit = same_visit(request, front.shop)
    name, email = _given("name"), _given("email")
    if visit.customer or not name or not _EMAIL.fullmatch(email):
        return redirect("/account", 303)
    joined(front.shop.join(cart=cart_for(visit), currency=visit.currency), name)
    return redirect("/account/welcome", 303)


def _leave(front: Front) -> AnyResponse:
    left()
    return redirect("/account", 303)


def _welcome(front: Front) -> AnyResponse | str:
    visit = current_visit(request, front.shop)
    if visit.customer is None:
        return redirect("/account", 303)
    return front.show("welcome.html", visit, page="welcome", content=front.ask("welcome", visit))


def _trade(front: Front) -> str:
    """Show the application, or that it is being looked at; nobody becomes a trade customer by a form."""
    visit = current_visit(request, front.shop)
    company = session.get("trade", {}).get(visit.key, "")
    return front.show("trade.html", visit, company=company, tiers=_trade_tiers(front, visit.currency))


def _trade_tiers(front: Front, currency: str) -> object:
    return front.shop.catalogue.promotion("trade").tiers[currency]


def _apply(front: Front) -> AnyResponse:
    visit = same_visit(request, front.shop)
    if company := _given("company"):
        session["trade"] = {visit.key: company}
    return redirect("/account/trade", 303)


def _letter(front: Front) -> str:
    return front.show("subscribe.html", current_visit(request, front.shop), is_done=False)


def _subscribe(front: Front) -> AnyResponse:
    """Take somebody on the list: a customer by key, a guest not at all, as this shop sends nothing."""
    visit = same_visit(request, front.shop)
    if not _EMAIL.fullmatch(_given("email")):
        return redirect("/subscribe", 303)
    if visit.customer:
        front.shop.store.subscribe(visit.customer.key)
    return redirect("/subscribe/thanks", 303)


def _subscribed(front: Front) -> str:
    return front.show("subscribe.html", current_visit(request, front.shop), is_done=True)


def _given(field: str) -> str:
    return request.form.get(field, "").strip()[:LONGEST]
