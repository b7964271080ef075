"""`cms up`: everything on this machine: the workspace published, delivery, and the demo shop beside it."""

import contextlib
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import click
import requests

from cms.cli.findings import exit_code, report
from cms.cli.options import files_of, now, root_of, workspace_option
from cms.errors import CmsError
from cms.releases.store import ReleaseStore
from cms.runtime.verification import verify

_PATIENCE_S = 60.0


@click.command("up")
@workspace_option
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help="Port of delivery.")
@click.option(
    "--shop-port", type=click.IntRange(1, 65535), default=8100, show_default=True, help="Port of the demo shop."
)
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(".vitrine"),
    show_default=True,
    help="Folder of the databases.",
)
def command(workspace: Path | None, port: int, shop_port: int, data: Path) -> None:
    """Check and publish the workspace, then run delivery and the demo shop until Ctrl-C."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # from the start, or the programs would outlive us
    data.mkdir(parents=True, exist_ok=True)
    environment = _environment(data.absolute(), shop_port)
    _publish(workspace, environment["CMS_DATABASE_URL"])
    shop = [sys.executable, "-m", "cms.shop", "--port", str(shop_port), "--data", str(data.absolute() / "shop")]
    shop += ["--vitrine", f"http://127.0.0.1:{port}"]
    delivery = [sys.executable, "-m", "cms", "serve", "--port", str(port)]
    with _running(shop, environment) as first, _running(delivery, environment) as second:
        _await_ready(f"http://127.0.0.1:{shop_port}/", first)
        _await_ready(f"http://127.0.0.1:{port}/readyz", second)
        click.echo(_welcome(port, shop_port, environment["CMS_SERVER_TOKENS"], root_of(workspace)))
        _wait((first, second))


def _environment(data: Path, shop_port: int) -> dict[str, str]:
    """Connect the two programs; what the caller has set already stays."""
    given = {
        "CMS_DATABASE_URL": f"sqlite:///{data / 'cms.sqlite'}",
        "CMS_LAST_GOOD_FILE": str(data / "last-good.json"),
        "CMS_COMMERCE_ADAPTER": "http",
        "CMS_COMMERCE_URL": f"http://127.0.0.1:{shop_port}/signals/v1",
        "CMS_COMMERCE_KEY": "demo-service-key",
        "CMS_SITE_NAME": "Fern & Pot",
        "CMS_SITE_URL": f"http://127.0.0.1:{shop_port}",
        "CMS_UNSUBSCRIBE_URL": f"http://127.0.0.1:{shop_port}/unsubscribe",
        "CMS_SERVER_TOKENS": secrets.token_urlsafe(24),
    }
    environment = given | dict(os.environ)
    environment.setdefault("SHOP_SERVICE_KEY", environment["CMS_COMMERCE_KEY"])
    return environment


def _publish(workspace: Path | None, database: str) -> None:
    files = files_of(workspace)
    verified = verify(files, now=now())
    if exit_code(verified.problems):
        report(verified.problems, "text")
        sys.exit(1)
    activation = ReleaseStore(database).publish(files, at=now(), by="cms up")
    click.echo(f"Published release {activation.release[:12]}, sequence {activation.sequence}.")


@contextlib.contextmanager
def _running(command_line: list[str], environment: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program as long as the block lasts; it is asked to end before it is made to."""
    # In a session of its own, so that Ctrl-C reaches this command alone and each program ends in its order.
    process = subprocess.Popen(command_line, env=dict(environment), start_new_session=True)  # noqa: S603 - our own
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()


def _await_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(int(_PATIENCE_S / 0.2)):
        if process.poll() is not None:
            break
        with contextlib.suppress(requests.RequestException):
            if requests.get(url, timeout=2).status_code < 500:
                return
        time.sleep(0.2)
    raise CmsError(
        "not-started", f"{url} does not answer; is the port taken? Choose another with --port or --shop-port."
    )


def _wait(processes: tuple[subprocess.Popen[bytes], ...]) -> None:
    """Sleep until Ctrl-C.

    Raises:
        CmsError: `program-ended`: one of the programs ended by itself.
    """
    with contextlib.suppress(KeyboardInterrupt):
        while all(process.poll() is None for process in processes):
            time.sleep(0.3)
        raise CmsError("program-ended", "Delivery or the shop ended by itself; the other was stopped too.")


def _welcome(port: int, shop_port: int, token: str, root: Path) -> str:
    return f"""
  The shop       http://127.0.0.1:{shop_port}/            open it, and the "Visit as" bar at its foot
  Delivery       http://127.0.0.1:{port}/v1/openapi.json
  Server token   {token}

  Try:  curl -s http://127.0.0.1:{port}/v1/pages/cart -H 'Content-Type: application/json' \\
             -d '{{"locale": "zh-TW", "facts": {{"visitor.device": "mobile"}}, "cart": {{"lines": [{{"sku": "pothos", "quantity": 3}}]}}}}'
        cms explain guest-69 cart
        edit {root.name}/content/entries, then: cms check && cms publish

  Ctrl-C ends both."""
