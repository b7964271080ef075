"""The command line: one module per command, loaded when called."""

from importlib import import_module

import click

COMMANDS = (
    "init",
    "check",
    "explain",
    "matrix",
    "diff",
    "backtest",
    "preview",
    "render",
    "publish",
    "releases",
    "rollback",
    "serve",
    "up",
    "fmt",
    "schema",
    "commerce",
    "segments",
    "aem",
)


class Commands(click.Group):
    """Finds `cms check` in `cms.cli.check`, so that no command pays for another's imports."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        command: click.Command = import_module(f"cms.cli.{name}").command
        return command


@click.group(cls=Commands)
@click.version_option(package_name="vitrine-cms", prog_name="cms")
def cli() -> None:
    """Vitrine: author variants, decide who sees what, deliver to pages and mails."""
