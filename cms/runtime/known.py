"""Known findings: what a whole check of the same files found, until a moment passes at which that could change."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Annotated

import msgspec

from cms.content.snapshot import Snapshot
from cms.problems import Problem
from cms.proofs.keeping import software, write_kept
from cms.proofs.moments import moments_named
from cms.workspace import FolderFiles

_NAME = "check.json"
_Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class _Known(msgspec.Struct, frozen=True):
    key: str
    since: _Moment
    until: _Moment
    problems: tuple[Problem, ...]


class KnownFindings:
    """The findings of one state of the files, kept in a folder beside the proofs."""

    def __init__(self, folder: Path, files: Mapping[str, bytes], *, language: str) -> None:
        self._file = folder / _NAME
        hashed = sha256(f"{software()}\0{language}".encode())
        unreadable = files.problems if isinstance(files, FolderFiles) else ()
        for problem in unreadable:
            hashed.update(str(problem).encode())
        for path in sorted(files):
            hashed.update(path.encode("utf-8", "surrogatepass") + sha256(files[path]).digest())
        self._key = hashed.hexdigest()

    def at(self, now: datetime) -> tuple[Problem, ...] | None:
        """Give what was found; None where that was something else, or another time."""
        try:
            known = msgspec.json.decode(self._file.read_bytes(), type=_Known)
        except (OSError, ValueError, RecursionError):
            return None
        return known.problems if known.key == self._key and known.since <= now < known.until else None

    def keep(self, problems: tuple[Problem, ...], snapshot: Snapshot, *, now: datetime) -> None:
        """Keep what was found, unless something was left open or hangs on the very moment."""
        is_timeless = all(persona.now for persona in snapshot.personas.values() if persona.expect)
        if is_timeless and all(problem.code != "not-proved" for problem in problems):
            known = _Known(self._key, now, _next_turn(snapshot, now), problems)
            write_kept(self._file, msgspec.json.encode(known))


def _next_turn(snapshot: Snapshot, now: datetime) -> datetime:
    """Find the next moment that a schedule names, at the latest the next hour of some market: rules tell hours apart."""
    zones = {market.zone for market in snapshot.settings.markets.values()}
    hours = [now.astimezone(zone).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1) for zone in zones]
    return min([*hours, *(moment for moment in moments_named(snapshot) if moment > now)])
