"""Decisions from the log, made again on the release they were made on."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cms import __version__
from cms.cli.options import files_of
from cms.content.compiling import compile_workspace
from cms.content.snapshot import Snapshot
from cms.decisions.record import SHARED, Record, Replay, joined, read, replay
from cms.errors import CmsError
from cms.events import DecisionLog
from cms.facts.signals import Signal, SignalValue
from cms.releases.store import ReleaseStore
from cms.settings import Settings
from cms.workspace import read_workspace, release_id


@dataclass(frozen=True, slots=True)
class Logged:
    """A decision of the log that came out the same again."""

    record: Record
    snapshot: Snapshot
    replay: Replay


def logged(decision: str, workspace: Path | None) -> Logged:
    """Make a decision again from the log.

    Args:
        decision: Its id.
        workspace: Where to look for the release beside the store: a folder that is served without being published.

    Raises:
        CmsError: It is not in the log, its release is gone, or what comes out now differs.
    """
    settings = Settings(os.environ)
    if not settings["CMS_EVENTS_URL"]:
        raise CmsError("no-decision-log", "no decisions are kept: CMS_EVENTS_URL is empty. Set it as the node has it.")
    log = DecisionLog(settings["CMS_EVENTS_URL"])
    record = _read(log.find(decision), decision)
    try:
        snapshot = _snapshot(record, _release_files(settings, record.release, workspace))
        made = replay(record, snapshot, _shared(log, record))
    except (ValueError, LookupError, TypeError, ArithmeticError) as wrong:  # what a record says may be anything
        raise CmsError("decision-not-made", f"{decision} cannot be made again: {wrong}.{_engines(record)}") from wrong
    finally:
        log.close()
    if made.differs:
        message = f"{decision} comes out otherwise: {'; '.join(made.differs)}.{_engines(record)}"
        raise CmsError("decision-differs", message)
    return Logged(record, snapshot, made)


def _read(text: bytes, decision: str) -> Record:
    try:
        return read(text)
    except ValueError as wrong:
        message = f"{decision} is written in a form that version {__version__} does not read: {wrong}."
        raise CmsError("decision-unreadable", message) from wrong


def _engines(record: Record) -> str:
    """Say by which version it was decided, where that may be why."""
    return "" if record.engine == __version__ else f" It was decided by version {record.engine}; this is {__version__}."


def _shared(log: DecisionLog, record: Record) -> Mapping[Signal, SignalValue]:
    digests = {signal: getattr(record.heard, signal) for signal in SHARED}
    return {signal: joined(signal, log.shared(digest)) for signal, digest in digests.items() if digest is not None}


def _release_files(settings: Settings, release: str, workspace: Path | None) -> Mapping[str, bytes]:
    store = ReleaseStore(settings["CMS_DATABASE_URL"])
    try:
        return store.load(release).files
    except CmsError as failure:
        if failure.code != "no-such-release":
            raise
        files = _workspace_files(workspace)
        if release_id(files) == release:
            return files
        message = (
            f"the release {release[:12]} it was made on is neither in the store nor what the workspace holds now. "
            "Set CMS_DATABASE_URL as the node has it, or name the folder it served with --workspace."
        )
        raise CmsError("no-such-release", message) from failure
    finally:
        store.close()


def _workspace_files(workspace: Path | None) -> Mapping[str, bytes]:
    try:
        return files_of(workspace)
    except CmsError:
        if workspace is not None:
            raise
        return {}


def _snapshot(record: Record, files: Mapping[str, bytes]) -> Snapshot:
    snapshot, _ = compile_workspace(read_workspace(files))
    if snapshot is None:
        raise ValueError(f"its release {record.release[:12]} does not compile")
    return snapshot
