"""`cms backtest`: how many decisions that were made would come out otherwise, were the workspace live."""

import json
import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

import click

from cms.cli.options import format_option, now, workspace_option
from cms.cli.progress import progress_bar
from cms.cli.radii import as_json, as_text
from cms.cli.rehearsing import refuse
from cms.cli.snapshots import LIVE, Named, snapshot_named, workspace_snapshot
from cms.content.compiling import compile_workspace
from cms.content.snapshot import Snapshot
from cms.decisions.record import SHARED, Record, joined, read
from cms.differences.radius import Radius, RadiusOfDecisions, radius_of_personas
from cms.errors import CmsError
from cms.events import DecisionLog
from cms.facts.signals import Signal, SignalValue
from cms.facts.values import duration_of
from cms.problems import did_you_mean
from cms.releases.store import ReleaseStore
from cms.settings import Settings
from cms.workspace import read_workspace

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_SNAPSHOTS, _SHARED = 4, 16  # that are kept in memory
_NOTHING = (
    "no such decision was found in a log and nothing is live: nothing to hold the workspace against. "
    "Publish first, or set CMS_EVENTS_URL and CMS_DATABASE_URL as the node has them."
)


class _Span(click.ParamType[timedelta]):
    """A duration such as P7D."""

    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        if isinstance(value, timedelta):
            return value
        try:
            return duration_of(str(value))
        except ValueError as wrong:
            self.fail(f"{wrong}.", param, ctx)


@click.command("backtest")
@click.option("--decisions", is_flag=True, help="Test against the decision log.", required=True)
@click.option("--since", type=_Span(), help="Only decisions so young, such as P7D.  [default: all there are]")
@click.option("--sample", type=click.IntRange(min=1), help="Only so many, picked by their ids.  [default: all]")
@workspace_option
@click.option(
    "--page", "pages", multiple=True, help="Only this page (cart) or mail (emails/win-back); may be repeated."
)
@format_option
def command(
    *,
    decisions: bool,
    since: timedelta | None,
    sample: int | None,
    workspace: Path | None,
    pages: tuple[str, ...],
    form: str,
) -> None:
    """Say what share of the logged decisions would come out otherwise, were the workspace live.

    Each is made again with what was told then. Without a decision in the log, the personas are held against what is live
    instead; that is then said, for it is no share of traffic.

    Exit code 0. 1: there is neither a decision nor a release. 2: wrong usage.
    """
    candidate, live = workspace_snapshot(workspace), _live()
    surfaces = _surfaces(pages, candidate, live)
    radius = _of_decisions(candidate, surfaces, since, sample)
    is_traffic = radius is not None
    if radius is None:
        if live is None:
            raise CmsError("nothing-to-test", _NOTHING)
        personas = {**live.snapshot.personas, **candidate.snapshot.personas}.values()
        both = surfaces or candidate.snapshot.surfaces
        radius = radius_of_personas(live.snapshot, candidate.snapshot, both, personas, now=now())
    if form == "json":
        told = {"of": "decisions" if is_traffic else "personas", "candidate": candidate.snapshot.release}
        told |= as_json(radius)
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for line in as_text(radius, is_traffic=is_traffic):
        click.echo(line)


def _live() -> Named | None:
    try:
        return snapshot_named(LIVE)
    except CmsError as failure:
        if failure.code not in {"nothing-live", "does-not-compile"}:
            raise
        return None


def _surfaces(pages: tuple[str, ...], candidate: Named, live: Named | None) -> frozenset[str]:
    """Give the pages and mails named, which may be gone from the workspace; none: all there ever were."""
    known = {**candidate.snapshot.surfaces, **(live.snapshot.surfaces if live else {})}
    named = frozenset(page.removeprefix("pages/") for page in pages)
    for page in sorted(named - known.keys()):
        refuse(f'No page or mail "{page}". {did_you_mean(page, known)}')
    return named


def _of_decisions(
    candidate: Named, surfaces: frozenset[str], since: timedelta | None, sample: int | None
) -> Radius | None:
    """Make the logged decisions again; None: there is none of these."""
    settings = Settings(os.environ)
    if not settings["CMS_EVENTS_URL"]:
        return None
    log, store = DecisionLog(settings["CMS_EVENTS_URL"]), ReleaseStore(settings["CMS_DATABASE_URL"])
    start = _BEGINNING if since is None else now() - min(since, now() - _BEGINNING)
    try:
        count, found = log.count(start), 0
        most = min(count, sample or count)
        adding = RadiusOfDecisions(candidate.snapshot, _Releases(store, candidate).snapshot, _Sharing(log).of)
        with progress_bar("Deciding again") as progress:
            for done, (_, text) in enumerate(log.since(start, sample=sample), 1):
                found += _add(adding, text, surfaces)
                progress(done, most)
    finally:
        log.close()
        store.close()
    return adding.radius if found else None


def _add(adding: RadiusOfDecisions, text: bytes | None, surfaces: frozenset[str]) -> bool:
    """Add a decision, unless it is one of another page."""
    if text is None:
        adding.radius.unmade["decision-damaged"] += 1
        return True
    try:
        record = read(text)
    except ValueError:
        adding.radius.unmade["decision-unreadable"] += 1
        return True
    is_asked = not surfaces or record.surface in surfaces
    if is_asked:
        adding.add(record)
    return is_asked


class _Releases:
    """Snapshots of releases, a few of which are kept: decisions come by their age, so that one is asked for many times."""

    def __init__(self, store: ReleaseStore, candidate: Named) -> None:
        self._store = store
        self._candidate = candidate.snapshot
        self.snapshot: Callable[[str], Snapshot | None] = lru_cache(_SNAPSHOTS)(self._snapshot)

    def _snapshot(self, release: str) -> Snapshot | None:
        if release == self._candidate.release:
            return self._candidate
        try:
            files = self._store.load(release).files
        except CmsError as failure:
            if failure.code not in {"no-such-release", "release-damaged"}:
                raise
            return None
        return compile_workspace(read_workspace(files))[0]


class _Sharing:
    """Catalogues and promotions of the log, a few of which are kept."""

    def __init__(self, log: DecisionLog) -> None:
        self._part: Callable[[Signal, str], SignalValue] = lru_cache(_SHARED)(
            lambda signal, digest: joined(signal, log.shared(digest))
        )

    def of(self, record: Record) -> Mapping[Signal, SignalValue]:
        digests = {signal: getattr(record.heard, signal) for signal in SHARED}
        return {signal: self._part(signal, digest) for signal, digest in digests.items() if digest is not None}
