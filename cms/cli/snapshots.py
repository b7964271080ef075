"""Snapshots by name: a release of the store, what is live, or the workspace of a folder."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cms.cli.options import files_of
from cms.content.compiling import compile_workspace
from cms.content.snapshot import Snapshot
from cms.errors import CmsError
from cms.releases.store import ReleaseStore
from cms.settings import Settings
from cms.workspace import read_folder, read_workspace

LIVE = "live"
_MOST_RELEASES = 10_000  # that are looked through for a name
_PREFIX = re.compile(r"[0-9a-f]{6,64}")
_SEQUENCE = re.compile(r"[1-9][0-9]{0,8}")


@dataclass(frozen=True, slots=True)
class Named:
    """One state of a workspace, and what to call it: `release 3f2a9c01b2d4 (sequence 3)`."""

    name: str
    files: Mapping[str, bytes]
    snapshot: Snapshot


def workspace_snapshot(workspace: Path | None) -> Named:
    """Compile the workspace of a folder, without one that found by walking up."""
    return _compiled(f"workspace {workspace}" if workspace else "the workspace", files_of(workspace))


def snapshot_named(name: str) -> Named:
    """Compile what a name stands for: `live`, a sequence number, the beginning of a release's id, or a folder.

    Raises:
        CmsError: There is no such release or folder, or it does not compile.
    """
    if name == LIVE or _SEQUENCE.fullmatch(name) or _PREFIX.fullmatch(name):
        found = _released(name)
        if found is not None:
            return found
    if name == LIVE:
        message = "nothing is live to compare with. Publish first, or name two folders or releases: cms diff A B."
        raise CmsError("nothing-live", message)
    if not Path(name).is_dir():
        message = (
            f'"{name[:80]}" is neither a release (a sequence number, 6 signs or more of its id, live) nor a folder.'
        )
        raise CmsError("no-such-release", f"{message} See `cms releases`.")
    return _compiled(f"workspace {name}", read_folder(Path(name)))


def _released(name: str) -> Named | None:
    store = ReleaseStore(Settings(os.environ)["CMS_DATABASE_URL"])
    try:
        found = _release(store, name)
        if found is None:
            return None
        sequence, release = found
        return _compiled(f"release {release[:12]} (sequence {sequence})", store.load(release).files)
    finally:
        store.close()


def _release(store: ReleaseStore, name: str) -> tuple[int, str] | None:
    """Find a release by name, with the last sequence in which it went live."""
    if name == LIVE:
        live = store.live()
        return (live.sequence, live.release) if live else None
    history = store.history(_MOST_RELEASES)
    by_sequence = [found for found in history if str(found.sequence) == name]
    fitting = by_sequence or [found for found in history if _PREFIX.fullmatch(name) and found.release.startswith(name)]
    if len({found.release for found in fitting}) > 1:
        raise CmsError("no-such-release", f'"{name}" fits several releases: write more of the id. See `cms releases`.')
    return (fitting[0].sequence, fitting[0].release) if fitting else None


def _compiled(name: str, files: Mapping[str, bytes]) -> Named:
    snapshot, _ = compile_workspace(read_workspace(files))
    if snapshot is None:
        raise CmsError("does-not-compile", f"{name} has errors: run cms check.")
    return Named(name, files, snapshot)
