"""`python -m cms.shop`: run the demo shop."""

import argparse
import os
import socket
import sys
from pathlib import Path

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from cms.shop.config import DEMO_SERVICE_KEY, VITRINE, ShopConfig
from cms.shop.parent import STARTED_BY, end_when_told, end_with_parent

# A page holds its thread while Vitrine asks this same shop for signals: there must be threads to spare.
THREADS = 16


def main() -> None:
    """Serve until stopped."""
    end_with_parent()
    arguments = _parser().parse_args()
    _refuse_taken(arguments.host, arguments.port)
    config = ShopConfig(
        data=arguments.data.resolve(),
        vitrine=arguments.vitrine,
        public_url=arguments.public_url or f"http://{arguments.host}:{arguments.port}",
        service_key=os.environ.get("SHOP_SERVICE_KEY", DEMO_SERVICE_KEY),
        hook_url=os.environ.get("SHOP_HOOK_URL", ""),
        hook_secret=os.environ.get("SHOP_HOOK_SECRET", ""),
    )
    os.environ.update(config.as_environment())
    os.environ[STARTED_BY] = str(os.getpid())  # read by the worker
    sys.stderr.write(f"Fern & Pot is on {config.public_url}\n")
    server = Server(
        "cms.shop.app:serve",
        address=arguments.host,
        port=arguments.port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=THREADS,
        factory=True,
        log_level=LogLevels.error,
        respawn_failed_workers=True,
    )
    server.on_startup(end_when_told)
    server.serve()


def _refuse_taken(host: str, port: int) -> None:
    try:
        socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
    except (OSError, OverflowError) as error:
        sys.exit(f"cms.shop: cannot listen on {host}:{port}: {error}. Choose another with --host and --port.")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m cms.shop", description="Fern & Pot, the demo shop of Vitrine.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8100, help="port to listen on (default: %(default)s)")
    parser.add_argument("--data", type=Path, required=True, help="folder for the shop's database, made when missing")
    parser.add_argument("--vitrine", default=VITRINE, help="base URL of Vitrine's delivery (default: %(default)s)")
    parser.add_argument("--public-url", default="", help="base URL in the links that the signals API gives")
    return parser


if __name__ == "__main__":
    main()
