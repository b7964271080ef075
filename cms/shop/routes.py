"""How views become routes: each is a function of the front and of what the address holds."""

from collections.abc import Callable, Mapping

from flask import Blueprint, Response
from werkzeug.wrappers import Response as AnyResponse

from cms.shop.front import Front

View = Callable[..., str | Response | AnyResponse | tuple[str, int]]


def blueprint_of(name: str, front: Front, *, pages: Mapping[str, View], actions: Mapping[str, View]) -> Blueprint:
    """Make a blueprint of pages (GET) and actions (POST) by path."""
    blueprint = Blueprint(name, __name__)
    for method, views in (("GET", pages), ("POST", actions)):
        for path, view in views.items():
            blueprint.add_url_rule(path, _endpoint(view), _bound(view, front), methods=[method])
    return blueprint


def _endpoint(view: View) -> str:
    return view.__name__.strip("_")


def _bound(view: View, front: Front) -> View:
    return lambda **values: view(front, **values)
