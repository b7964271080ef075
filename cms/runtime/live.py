"""The live release of a node: followed in the store or on disk, verified, then swapped in one assignment."""

import logging
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Protocol

from cms import __version__
from cms.content.compiling import compile_workspace
from cms.content.loading import load_release
from cms.content.snapshot import Snapshot
from cms.email.message import Letterhead
from cms.errors import CmsError
from cms.problems import Problem, errors
from cms.releases.lastgood import read_last_good, write_last_good
from cms.releases.release import Release
from cms.releases.store import ReleaseStore
from cms.runtime.site import Site
from cms.runtime.verification import verify
from cms.workspace import read_folder, read_workspace, release_id

_log = logging.getLogger("cms.runtime")


class Follower(Protocol):
    """Where releases come from: `newer` gives the site to show next, None while the current one stays."""

    def newer(self, current: Site | None) -> Site | None:
        """Look once; must not raise for a source that is away or broken."""


class Live:
    """Holds the site in force. Readers take `site` once per request; a swap is one assignment."""

    def __init__(self, follower: Follower, *, poll_s: float) -> None:
        self._follower = follower
        self._poll_s = poll_s
        self._stopped = threading.Event()
        self.site: Site | None = follower.newer(None)
        if self.site is None:
            _log.error("no_release: nothing to show yet, /readyz is 503 until a release can be loaded")

    def follow(self) -> None:
        """Begin to look for newer releases, on a thread that ends with the process."""
        threading.Thread(target=self._run, name="follow-releases", daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()

    def _run(self) -> None:
        while not self._stopped.wait(self._poll_s):
            try:
                self._look()
            except Exception:  # noqa: BLE001 - a mistake in reading one release must not end the following of later ones
                _log.exception("following_failed")

    def _look(self) -> None:
        newer = self._follower.newer(self.site)
        if newer is not None:
            self.site = newer
            _log.info("release_swapped release=%s sequence=%s", newer.snapshot.release[:12], newer.sequence)


class StoreFollower:
    """Follows the release store; while it is away, or has nothing, the last-good file stands in.

    For `ahead_s` pages are compiled before a release is shown: all of them, unless there are very many.
    """

    def __init__(
        self,
        open_store: Callable[[], ReleaseStore],
        last_good: Path,
        *,
        letterhead: Letterhead,
        ahead_s: float = 0.5,
    ) -> None:
        self._open_store = open_store
        self._store: ReleaseStore | None = None
        self._last_good = last_good
        self._letterhead = letterhead
        self._ahead_s = ahead_s
        self._refused: tuple[int, str] | None = None
        self._trouble = ""

    def newer(self, current: Site | None) -> Site | None:
        try:
            site = self._from_store(current)
        except CmsError as failure:
            self._tell(failure.code)
            return self._from_file(current)
        self._tell("")
        return site or self._from_file(current)

    def _tell(self, trouble: str) -> None:
        """Log what keeps the store away when that changes, not at each look."""
        if trouble and trouble != self._trouble:
            _log.warning("store_unavailable code=%s", trouble)
        elif self._trouble and not trouble:
            _log.info("store_available")
        self._trouble = trouble

    def _from_store(self, current: Site | None) -> Site | None:
        if self._store is None:
            self._store = self._open_store()
        live = self._store.live()
        if live is None:
            raise CmsError("nothing-published", "Nothing is published yet: run cms publish.")
        # By both: a store that was put in place of another may count anew.
        pointed = (live.sequence, live.release)
        if pointed == self._refused or (current and pointed == (current.sequence, current.snapshot.release)):
            return None
        release = self._store.load(live.release)
        site = self._site(release, live.sequence)
        if site is not None:
            self._keep(release, live.sequence)
        return site

    def _site(self, release: Release, sequence: int) -> Site | None:
        try:
            snapshot = _snapshot_of(release)
            _compile_pages(snapshot, within_s=self._ahead_s)
            return Site.build(snapshot, sequence, letterhead=self._letterhead)
        except CmsError as failure:
            self._refused = (sequence, release.release)
            told = (release.release[:12], failure.code, failure.message)
            _log.error("release_refused release=%s code=%s why=%s", *told)
            return None

    def _keep(self, release: Release, sequence: int) -> None:
        try:
            write_last_good(self._last_good, release, sequence)
        except CmsError as failure:
            _log.warning("last_good_not_written code=%s", failure.code)

    def _from_file(self, current: Site | None) -> Site | None:
        if current is not None:
            return None
        kept = read_last_good(self._last_good)
        site = self._site(kept.release, kept.sequence) if kept else None
        if kept and site:
            told = (kept.file, kept.release.release[:12], kept.sequence)
            _log.warning("started_from_last_good file=%s release=%s sequence=%s", *told)
        return site


def _snapshot_of(release: Release) -> Snapshot:
    """Load what this version has checked before; what another one checked, or nobody, is checked here, whole.

    Raises:
        CmsError: `release-broken`.
    """
    if __version__ in release.checked_by:
        return load_release(release.release, release.files)
    snapshot, problems = compile_workspace(read_workspace(release.files))
    if snapshot is None:
        raise CmsError("release-broken", str(errors(problems)[0]))
    return snapshot


def _compile_pages(snapshot: Snapshot, *, within_s: float) -> None:
    """Compile pages that nobody asked for yet, so that no visitor has to wait for it.

    Raises:
        CmsError: `release-broken`.
    """
    until = monotonic() + within_s
    for key in snapshot.pages:
        if monotonic() >= until:
            return
        snapshot.pages[key]


class FolderFollower:
    """Follows a folder of authored files; a bad edit keeps the last good state and is told through `report`."""

    def __init__(
        self,
        root: Path,
        report: Callable[[tuple[Problem, ...]], None],
        *,
        clock: Callable[[], datetime],
        letterhead: Letterhead,
    ) -> None:
        self._root = root
        self._report = report
        self._clock = clock
        self._letterhead = letterhead
        self._seen: Mapping[str, bytes] | None = None
        self._sequence = 0

    def newer(self, current: Site | None) -> Site | None:
        try:
            files = read_folder(self._root)
        except CmsError as failure:
            _log.warning("workspace_unreadable code=%s", failure.code)
            return None
        if self._seen is not None and dict(files) == self._seen:
            return None
        self._seen = dict(files)
        if current is not None and release_id(files) == current.snapshot.release:
            return None
        return self._verified(files)

    def _verified(self, files: Mapping[str, bytes]) -> Site | None:
        verified = verify(files, now=self._clock())
        self._report(verified.problems)
        if not verified.is_fit or verified.snapshot is None:
            return None
        self._sequence += 1
        return Site.build(verified.snapshot, self._sequence, letterhead=self._letterhead)
