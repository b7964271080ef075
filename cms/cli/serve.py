"""`cms serve`: the delivery listener."""

import os
import socket
import sys
from pathlib import Path

import click

from cms.cli.findings import exit_code, summary
from cms.cli.options import files_of, now, root_of
from cms.delivery.wsgi import client_of, kept_decisions, letterhead_of, poll_s_of
from cms.errors import CmsError
from cms.problems import pressing
from cms.runtime.parent import STARTED_BY, end_when_told, end_with_parent
from cms.runtime.verification import verify
from cms.settings import Settings


@click.command("serve")
@click.option(
    "--workspace",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Serve this folder instead of the release store; reloads on change, keeps the last good state.",
)
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on.  [default: CMS_PORT, 8000]")
@click.option("--host", help="Address to bind to.  [default: CMS_HOST, 127.0.0.1]")
def command(workspace: Path | None, port: int | None, host: str | None) -> None:
    """Answer pages and mails over HTTP, from the live release or from a folder.

    From the release store the node swaps to a new release within 2 s, and starts from its last-good file when
    the store is away. From a folder it needs no store; it serves with warnings and refuses to start on errors.
    """
    end_with_parent()
    settings = Settings(os.environ)
    refuse_unusable(settings)
    if workspace is not None:
        refuse_faulty(workspace)
        os.environ["CMS_SERVED_WORKSPACE"] = str(root_of(workspace))
    port = port or settings.whole("CMS_PORT", least=1, most=65535)
    run_server(host or settings["CMS_HOST"], port, settings.whole("CMS_THREADS", least=1))


def refuse_unusable(settings: Settings) -> None:
    """Try the settings that the server's own process reads, so that a mistake is one line here and no traceback there.

    Raises:
        CmsError: A setting that cannot be used.
    """
    poll_s_of(settings)
    letterhead_of(settings)
    client_of(settings, clock=now)
    kept_decisions(settings)


def refuse_faulty(workspace: Path) -> None:
    """Print the findings of a workspace with errors and exit; those of one that can be served, the server prints."""
    verified = verify(files_of(workspace), now=now())
    if exit_code(verified.problems):
        for problem in pressing(verified.problems):
            click.echo(str(problem), err=True)
        click.echo(f"Not started: {summary(verified.problems)}.", err=True)
        sys.exit(1)


def run_server(host: str, port: int, threads: int) -> None:
    """Serve until told to stop.

    Raises:
        CmsError: `port-taken`.
    """
    from granian.constants import Interfaces  # noqa: PLC0415 - the server is loaded only to serve
    from granian.log import LogLevels  # noqa: PLC0415
    from granian.server import Server  # noqa: PLC0415

    try_port(host, port, "--host and --port")
    os.environ[STARTED_BY] = str(os.getpid())  # read by the worker
    click.echo(f"Delivery listens on http://{host}:{port}", err=True)
    server = Server(
        "cms.delivery.wsgi:create",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        factory=True,
        workers=1,
        blocking_threads=threads,
        log_access=False,
        log_level=LogLevels.error,
        respawn_failed_workers=True,
        websockets=False,
    )
    server.on_startup(end_when_told)
    server.serve()


def try_port(host: str, port: int, options: str) -> None:
    """Make sure that a port can be listened on.

    Raises:
        CmsError: `port-taken`; the message names the options that choose another.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        message = f"cannot listen on {host}:{port}: {error.strerror}. Choose another with {options}."
        raise CmsError("port-taken", message) from error
