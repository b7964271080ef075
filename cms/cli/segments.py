"""`cms segments`: who is in a segment, for tools that send mails and show ads."""

import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, TextIO
from zoneinfo import ZoneInfo

import click

from cms.cli.options import now, workspace_option
from cms.cli.rehearsing import Moment, compiled, refuse
from cms.content.snapshot import Market, Snapshot
from cms.errors import CmsError
from cms.facts.declarations import FactRef
from cms.problems import did_you_mean

if TYPE_CHECKING:
    from cms.audiences.cells import Reckoning
    from cms.audiences.sources import Source

_SHOWN = 6  # facts that a message names


class _Zone(click.ParamType[ZoneInfo]):
    """A time zone by its IANA name."""

    name = "zone"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> ZoneInfo:
        try:
            return value if isinstance(value, ZoneInfo) else ZoneInfo(str(value))
        except (KeyError, ValueError, OSError):
            self.fail(f'"{value}" is no time zone such as UTC or Asia/Taipei.', param, ctx)


@click.group("segments")
def command() -> None:
    """Work with segments: export who is in one."""


@command.command("export")
@click.argument("segments", nargs=-1, required=True, metavar="SEGMENT...")
@click.option("--from", "where", required=True, metavar="SOURCE", help="A folder of files, a DuckDB file or a URL.")
@workspace_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "json", "jsonl"]),
    default="csv",
    show_default=True,
    help="What to write.",
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write, whole or not at all.  [default: stdout]",
)
@click.option("--column", "columns", multiple=True, metavar="FACT", help="Give this fact too; may be repeated.")
@click.option("--as-of", "as_of", type=Moment(), help="Another moment than now, such as 2026-12-24T10:00+08:00.")
@click.option("--market", help="Whose currency and time zone count.  [default: the workspace's]")
@click.option("--times-in", "times_in", type=_Zone(), metavar="ZONE", help="The zone of times that have no offset.")
def export(
    segments: tuple[str, ...],
    where: str,
    workspace: Path | None,
    form: str,
    output: Path | None,
    columns: tuple[str, ...],
    as_of: datetime | None,
    market: str | None,
    times_in: ZoneInfo | None,
) -> None:
    """Write who is in SEGMENT, by SQL over a shop's customers, orders and traits.

    A row for each customer and segment. What only a visit tells, such as the cart, is unknown here; a segment that can
    match nobody without it is refused, and nothing is written.

    Exit code 0. 1: a segment can match nobody, or the source cannot be read. 2: wrong usage.
    """
    from cms.audiences.cells import Reckoning  # noqa: PLC0415 - asks for the insights extra
    from cms.audiences.sources import opened  # noqa: PLC0415

    snapshot = compiled(workspace)
    keys = [_segment(snapshot, key) for key in dict.fromkeys(segments)]
    wanted = [_fact(snapshot, name) for name in dict.fromkeys(columns)]
    chosen = _market(snapshot, market)
    reckoning = Reckoning(chosen.currency, chosen.zone, as_of or now(), times_in)
    with opened(where) as source:
        asking = _Asking(snapshot, keys, wanted, source, reckoning)
        asking.check()
        with _written_whole(output) as out:
            count = asking.write(out, form)
        asking.say_unreadable()
    people = f"{count:,} {'row' if count == 1 else 'rows'}"
    click.echo(f"{people} of {', '.join(keys)} as of {reckoning.now.isoformat(timespec='minutes')}.", err=True)


@dataclass(frozen=True, slots=True)
class _Asking:
    """Segments to be asked of a source."""

    snapshot: Snapshot
    keys: Sequence[str]
    wanted: Sequence[FactRef]
    source: "Source"
    reckoning: "Reckoning"

    def check(self) -> None:
        """Name the facts that are unknown here.

        Raises:
            CmsError: `nobody`; without them a segment can match nobody.
        """
        from cms.audiences.reach import reach_of  # noqa: PLC0415

        if untold := {ref.name: ref for ref in self.wanted if not self._is_known(ref)}:
            click.echo(f"Columns stay empty of what is unknown here: {self._why(untold)}", err=True)
        for key in self.keys:
            unknown = {ref.name: ref for ref in self._facts(key) if not self._is_known(ref)}
            if not unknown:
                continue
            if not reach_of(self.snapshot.segments[key], self.snapshot.segments, self._is_known).holds:
                message = f'"{key}" can match nobody here: {self._why(unknown)} Nothing was written.'
                raise CmsError("nobody", message)
            click.echo(f'"{key}" is asked without what is unknown here: {self._why(unknown)}', err=True)

    def write(self, out: TextIO, form: str) -> int:
        from cms.audiences.members import members  # noqa: PLC0415
        from cms.audiences.writing import WRITERS  # noqa: PLC0415

        facts = [ref for key in self.keys for ref in self._facts(key)]
        found = members(self.source, self.snapshot.segments, self.keys, facts, self.reckoning, wanted=self.wanted)
        first = list(islice(found, 1))  # before the source has answered nothing is written, no heading either
        return WRITERS[form](out, chain(first, found), self.wanted)

    def say_unreadable(self) -> None:
        from cms.audiences.members import unreadable  # noqa: PLC0415

        count = unreadable(self.source, self.reckoning)
        if count:
            click.echo(
                f"{count:,} rows of orders cannot be read: the orders of their customers count as unknown. "
                "docs/segments-export.md says how each column is written.",
                err=True,
            )

    def _facts(self, key: str) -> Iterator[FactRef]:
        from cms.audiences.reach import facts_of  # noqa: PLC0415

        return facts_of(key, self.snapshot.segments)

    def _is_known(self, ref: FactRef) -> bool:
        from cms.audiences.members import is_knowable  # noqa: PLC0415

        return is_knowable(ref, self.source.tables)

    def _why(self, unknown: Mapping[str, FactRef]) -> str:
        """Say for each fact why it is unknown: its table is missing, or only a visit tells it."""
        from cms.audiences.members import table_for  # noqa: PLC0415

        tables: dict[str, list[str]] = {}
        for name, ref in unknown.items():
            tables.setdefault(table_for(ref), []).append(name)
        return " ".join(
            f"{_listed(names)} would be in the table {table}." if table else f"Only a visit tells {_listed(names)}."
            for table, names in tables.items()
        )


def _listed(names: Sequence[str]) -> str:
    rest = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {rest} more" if rest > 0 else "")


def _segment(snapshot: Snapshot, key: str) -> str:
    if key not in snapshot.segments:
        refuse(f'No segment "{key}". {did_you_mean(key, snapshot.segments)}')
    return key


def _fact(snapshot: Snapshot, name: str) -> FactRef:
    found = snapshot.schema.find(name)
    return found or refuse(f'No fact "{name}". {did_you_mean(name, snapshot.schema.spell_like(name))}')


def _market(snapshot: Snapshot, key: str | None) -> Market:
    markets = snapshot.settings.markets
    if key is not None and key not in markets:
        refuse(f'No market "{key}". {did_you_mean(key, markets)}')
    return snapshot.settings.default_market if key is None else markets[key]


@contextmanager
def _written_whole(path: Path | None) -> Iterator[TextIO]:
    """Write to stdout, or to a file that is there only once it is whole."""
    if path is None:
        yield sys.stdout
        return
    if path.exists() and not path.is_file():  # a pipe or a device, which a file must not take the place of
        with path.open("w", encoding="utf-8", newline="") as out:
            yield out
        return
    if not path.parent.is_dir():
        refuse(f"There is no folder {path.parent}.")
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as out:
            yield out
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink()
        raise
