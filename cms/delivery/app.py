"""The delivery app: blueprints, error shape and headers put together."""

from flask import Flask, Response, request
from flask_smorest import Api

from cms import __version__
from cms.delivery import aem, emails, events, failures, gallery, health, hooks, pages
from cms.delivery.caching import PRIVATE_HEADERS
from cms.delivery.failures import Failure
from cms.delivery.service import Service
from cms.delivery.strict_json import MAX_BYTES


def create_app(service: Service, *, has_gallery: bool = False) -> Flask:
    """Build the public listener's app; the routes here are all there are on it.

    Args:
        service: What the routes work with.
        has_gallery: Also show the components themselves, for those who write them; never of a released site.
    """
    app = Flask("cms.delivery", static_folder=None)
    app.config |= {
        "API_TITLE": "Vitrine delivery",
        "API_VERSION": __version__,
        "OPENAPI_VERSION": "3.1.0",
        "OPENAPI_URL_PREFIX": "/v1",
        "OPENAPI_JSON_PATH": "openapi.json",
        "MAX_CONTENT_LENGTH": MAX_BYTES,
        "API_SPEC_OPTIONS": {
            "info": {"description": "Decided components for pages, apps and mails.", "license": {"name": "Apache-2.0"}},
            "components": {"securitySchemes": {"serverToken": {"type": "http", "scheme": "bearer"}}},
        },
    }
    app.extensions["cms"] = service
    app.url_map.merge_slashes = False  # a redirect would repeat the Host that the caller claimed
    api = Api(app)
    api.DEFAULT_ERROR_RESPONSE_NAME = None  # each route names its problems
    for blueprint in (pages.blueprint, aem.blueprint, emails.blueprint, events.blueprint, hooks.blueprint):
        api.register_blueprint(blueprint)
    app.register_blueprint(health.blueprint)
    if has_gallery:
        app.register_blueprint(gallery.blueprint)
    failures.register(app)
    app.before_request(_refuse_odd_requests)
    app.after_request(_secured)
    return app


def _refuse_odd_requests() -> None:
    """Refuse what caches and servers before us may read differently than we do."""
    if request.environ["PATH_INFO"].startswith("//"):
        raise Failure(404, "not_found", "There is nothing at this address.")
    if request.method == "GET" and (request.content_length or "Transfer-Encoding" in request.headers):
        raise Failure(400, "unexpected_body", "A GET has no body.")


def _secured(response: Response) -> Response:
    if "Cache-Control" not in response.headers:
        response.headers.update(PRIVATE_HEADERS)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "no-referrer")
    response.headers.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
    return response
