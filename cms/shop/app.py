"""The shop's WSGI application."""

import os
import secrets
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask, Response, abort, request
from werkzeug.exceptions import HTTPException

from cms.shop.accounts import accounts_blueprint
from cms.shop.backroom import backroom_blueprint
from cms.shop.browsing import browsing_blueprint
from cms.shop.carts import carts_blueprint
from cms.shop.config import ShopConfig
from cms.shop.front import Front
from cms.shop.hooks import Hooks
from cms.shop.ordering import ordering_blueprint
from cms.shop.orders import orders_blueprint
from cms.shop.parent import end_with_parent
from cms.shop.signals import problem, signals_blueprint
from cms.shop.store import Store
from cms.shop.trade import Clock, open_shop, wall_clock
from cms.shop.visiting import visiting_blueprint
from cms.shop.visits import same_visit
from cms.shop.vitrine import Vitrine

MONTH_S = 30 * 24 * 3600
BLUEPRINTS = (
    browsing_blueprint,
    carts_blueprint,
    ordering_blueprint,
    orders_blueprint,
    accounts_blueprint,
    visiting_blueprint,
    backroom_blueprint,
)


def create_app(config: ShopConfig, clock: Clock = wall_clock) -> Flask:
    """Make the shop on its data folder, which is created and filled when new."""
    config.data.mkdir(parents=True, exist_ok=True)
    shop = open_shop(Store(config.data / "shop.sqlite"), clock)
    if config.hook_url:
        Hooks(shop.store, config.hook_url, config.hook_secret, clock=clock).start()
    vitrine = Vitrine(config.vitrine, timeout_s=config.vitrine_timeout_s, own_url=config.public_url)
    front = Front(shop, vitrine)
    app = Flask(__name__)
    app.secret_key = _secret(config.data / "secret")
    app.config.update(
        SESSION_COOKIE_NAME="fern-and-pot",
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=MONTH_S,
        MAX_CONTENT_LENGTH=64_000,
        SEND_FILE_MAX_AGE_DEFAULT=3600,
    )
    app.register_blueprint(signals_blueprint(shop, config))
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint(front))
    app.add_url_rule("/livez", view_func=_alive)
    app.before_request(_refuse_other_sites)
    app.after_request(lambda response: _protected(response, config.vitrine))
    app.register_error_handler(HTTPException, lambda error: _failed(front, error))
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    return app


def serve() -> Flask:
    """Make the application in its server process, configured by environment."""
    end_with_parent()
    return create_app(ShopConfig.from_environment(os.environ))


def _alive() -> Response:
    return Response("ok\n", mimetype="text/plain")


def _refuse_other_sites() -> None:
    """Refuse forms that another site sends; browsers say where a form comes from."""
    origin = request.headers.get("Origin")
    if request.method == "POST" and origin and urlsplit(origin).netloc != request.host:
        abort(403)


def _protected(response: Response, vitrine: str) -> Response:
    if response.mimetype == "text/html":
        response.headers["Content-Security-Policy"] = (
            f"default-src 'self'; img-src 'self' data: {vitrine}; style-src 'self' 'unsafe-inline'; script-src 'self'; "
            "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
        )
        response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    return response


def _failed(front: Front, error: HTTPException) -> Response | tuple[str, int] | HTTPException:
    status = error.code or 500
    if status < 400:
        return error
    if request.path.startswith("/signals/"):
        return problem(status, "not-found" if status == 404 else "refused", error.description or error.name)
    return front.show("failed.html", same_visit(request, front.shop), status=status), status


def _secret(path: Path) -> bytes:
    """Read the key that signs cookies; made once, so that carts survive a restart."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_bytes(secrets.token_bytes(32))
    return path.read_bytes()
