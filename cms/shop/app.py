"""The shop's WSGI application."""

import os
import secrets
from pathlib import Path

from flask import Flask, Response

from cms.shop.config import ShopConfig
from cms.shop.signals import signals_blueprint
from cms.shop.store import Store
from cms.shop.trade import open_shop


def create_app(config: ShopConfig) -> Flask:
    """Make the shop on its data folder, which is created and filled when new."""
    config.data.mkdir(parents=True, exist_ok=True)
    shop = open_shop(Store(config.data / "shop.sqlite"))
    app = Flask(__name__)
    app.secret_key = _secret(config.data / "secret")
    app.config.update(SESSION_COOKIE_NAME="fern-and-pot", SESSION_COOKIE_SAMESITE="Lax", MAX_CONTENT_LENGTH=64_000)
    app.register_blueprint(signals_blueprint(shop, config))
    app.add_url_rule("/livez", view_func=_alive)
    return app


def serve() -> Flask:
    """Make the application in its server process, configured by environment."""
    return create_app(ShopConfig.from_environment(os.environ))


def _alive() -> Response:
    return Response("ok\n", mimetype="text/plain")


def _secret(path: Path) -> bytes:
    """Read the key that signs cookies; made once, so that carts survive a restart."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_bytes(secrets.token_bytes(32))
    return path.read_bytes()
