"""`cms up`: everything on this machine: the workspace published, delivery, and the demo shop beside it."""

import contextlib
import json
import os
import secrets
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import click
import requests

from cms import __version__
from cms.cli.findings import exit_code, report
from cms.cli.options import now, root_of, workspace_option
from cms.cli.proving import ProofChoice
from cms.cli.serve import try_port
from cms.errors import CmsError
from cms.releases.store import ReleaseStore
from cms.runtime.parent import STARTED_BY
from cms.workspace import read_folder

_PATIENCE_S = 60.0
_HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class _Program:
    """A program of ours that runs beside this one."""

    name: str
    process: subprocess.Popen[bytes]

    def refuse_ended(self) -> None:
        """Go on only while it runs.

        Raises:
            CmsError: `program-ended`.
        """
        status = self.process.poll()
        if status is not None:
            raise CmsError("program-ended", f"{self.name} ended by itself with exit code {status}; nothing runs now.")


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
    _try_ports(port, shop_port)
    data.mkdir(parents=True, exist_ok=True)
    environment = _environment(data.absolute(), port, shop_port)
    _publish(workspace, environment["CMS_DATABASE_URL"])
    shop = [sys.executable, "-m", "cms.shop", "--port", str(shop_port), "--data", str(data.absolute() / "shop")]
    shop += ["--vitrine", f"http://127.0.0.1:{port}"]
    delivery = [sys.executable, "-m", "cms", "serve", "--port", str(port)]
    with _running("The shop", shop, environment) as first, _running("Delivery", delivery, environment) as second:
        _await_ready(f"http://{_HOST}:{shop_port}/", first)
        _await_ready(f"http://{_HOST}:{port}/readyz", second)
        commands = _commands(workspace, environment["CMS_DATABASE_URL"])
        click.echo(_welcome((port, second.process.pid), shop_port, environment["CMS_SERVER_TOKENS"], commands))
        _wait(first, second)


def _try_ports(port: int, shop_port: int) -> None:
    """Make sure that what answers later can only be our own programs."""
    if port == shop_port:
        raise click.UsageError(f"--port and --shop-port are both {port}: choose two.")
    try_port(_HOST, port, "--port")
    try_port(_HOST, shop_port, "--shop-port")


def _environment(data: Path, port: int, shop_port: int) -> dict[str, str]:
    """Connect the two programs; what the caller has set already stays."""
    hook_secret = os.environ.get("SHOP_HOOK_SECRET", secrets.token_urlsafe(32))
    given = {
        "CMS_DATABASE_URL": f"sqlite:///{data / 'cms.sqlite'}",
        "CMS_LAST_GOOD_FILE": str(data / "last-good.json"),
        "CMS_EVENTS_URL": f"sqlite:///{data / 'events.sqlite'}",
        "CMS_COMMERCE_ADAPTER": "http",
        "CMS_COMMERCE_URL": f"http://127.0.0.1:{shop_port}/signals/v1",
        "CMS_COMMERCE_KEY": "demo-service-key",
        "CMS_COMMERCE_HOOK_SECRETS": json.dumps({"shop": [hook_secret]}),
        "SHOP_HOOK_URL": f"http://{_HOST}:{port}/v1/hooks/shop",
        "SHOP_HOOK_SECRET": hook_secret,
        "CMS_SITE_NAME": "Fern & Pot",
        "CMS_SITE_URL": f"http://127.0.0.1:{shop_port}",
        "CMS_UNSUBSCRIBE_URL": f"http://127.0.0.1:{shop_port}/unsubscribe",
        "CMS_SERVER_TOKENS": secrets.token_urlsafe(24),
    }
    environment = given | dict(os.environ)
    environment.setdefault("SHOP_SERVICE_KEY", environment["CMS_COMMERCE_KEY"])
    environment |= dict.fromkeys((STARTED_BY, "SHOP_STARTED_BY"), str(os.getpid()))
    return environment


def _publish(workspace: Path | None, database: str) -> None:
    root = root_of(workspace)
    files = read_folder(root)
    verified = ProofChoice().verified(root, files)
    if exit_code(verified.problems):
        report(verified.problems, "text")
        sys.exit(1)
    activation = ReleaseStore(database).publish(files, at=now(), by="cms up", checked_by=__version__)
    click.echo(f"Published release {activation.release[:12]}, sequence {activation.sequence}.")


@contextlib.contextmanager
def _running(name: str, command_line: list[str], environment: Mapping[str, str]) -> Iterator[_Program]:
    """Run a program as long as the block lasts; it is asked to end before it is made to."""
    # In a session of its own, so that Ctrl-C reaches this command alone and each program ends in its order.
    process = subprocess.Popen(command_line, env=dict(environment), start_new_session=True)  # noqa: S603 - our own
    try:
        yield _Program(name, process)
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()


def _await_ready(url: str, program: _Program) -> None:
    for _ in range(int(_PATIENCE_S / 0.2)):
        program.refuse_ended()
        with contextlib.suppress(requests.RequestException):
            if requests.get(url, timeout=2).status_code < 500:
                return
        time.sleep(0.2)
    raise CmsError("not-started", f"{program.name} does not answer at {url}; what it said is above.")


def _wait(shop: _Program, delivery: _Program) -> None:
    """Sleep until Ctrl-C; the shop does without delivery, so an outage can be tried.

    Raises:
        CmsError: As `refuse_ended`, of the shop.
    """
    is_served = True
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            shop.refuse_ended()
            if is_served and delivery.process.poll() is not None:
                is_served = False
                click.echo("Delivery ended; the shop goes on without it.", err=True)
            time.sleep(0.3)


def _commands(workspace: Path | None, database: str) -> tuple[str, str]:
    """Spell `cms explain` and what makes an edit live so that they can be typed here, in another terminal."""
    called = _called()
    where = f" --workspace {shlex.quote(str(workspace))}" if workspace else ""
    usual = f"sqlite:///{Path('.vitrine').absolute() / 'cms.sqlite'}"
    same_store = (
        "" if database in {usual, os.environ.get("CMS_DATABASE_URL")} else f"CMS_DATABASE_URL={shlex.quote(database)} "
    )
    root = root_of(workspace)
    entries = (root.relative_to(Path.cwd()) if root.is_relative_to(Path.cwd()) else root) / "content" / "entries"
    edit = f"edit {entries}, then: {called} check{where} && {same_store}{called} publish{where}"
    return f"{called} explain guest-69 cart{where}", edit


def _called() -> str:
    """Give the command as it was called; by its name alone where the shell finds the same one by that."""
    called = sys.argv[0]
    if Path(called).name == "__main__.py":
        return f"{shlex.quote(sys.executable)} -m cms"
    return "cms" if shutil.which("cms") == called else shlex.quote(called)


def _welcome(delivery: tuple[int, int], shop_port: int, token: str, commands: tuple[str, str]) -> str:
    (port, pid), (explain, edit) = delivery, commands
    return f"""
  The shop       http://127.0.0.1:{shop_port}/            open it, and the "Visit as" bar at its foot
  Delivery       http://127.0.0.1:{port}/v1/openapi.json   process {pid}; the shop goes on without it
  Server token   {token}

  Try:  curl -s http://127.0.0.1:{port}/v1/pages/cart -H 'Content-Type: application/json' \\
             -d '{{"locale": "zh-TW", "facts": {{"visitor.device": "mobile"}}, "cart": {{"lines": [{{"sku": "pothos", "quantity": 3}}]}}}}'
        {explain}
        {edit}

  Ctrl-C ends both."""
