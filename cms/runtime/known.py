"""Known findings: what a whole check of the same files found, until a moment passes at which that could change."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from hashlib import sha256
from pathlib import Path

import msgspec

from cms.content.snapshot import Snapshot
from cms.problems import Problem
from cms.proofs.keeping import changed_at, write_kept
from cms.proofs.proving import moments_named

_NAME = "check.json"


class _Known(msgspec.Struct, frozen=True):
    key: str
    since: datetime
    until: datetime
    problems: tuple[Problem, ...]


class KnownFindings:
    """The findings of one state of the files, kept in a folder beside the proofs."""

    def __init__(self, folder: Path, files: Mapping[str, bytes], *, language: str) -> None:
        self._file = folder / _NAME
        hashed = sha256(f"{changed_at()}\0{language}".encode())
        for path in sorted(files):
            hashed.update(path.encode("utf-8", "surrogatepass") + sha256(files[path]).digest())
        self._key = hashed.hexdigest()

    def at(self, now: datetime) -> tuple[Problem, ...] | None:
        """Give what was found; None where that was something else, or another time."""
        try:
            known = msgspec.json.decode(self._file.read_bytes(), type=_Known)
        except (OSError, ValueError):
            return None
        return known.problems if known.key == self._key and known.since <= now < known.until else None

    def keep(self, problems: tuple[Problem, ...], snapshot: Snapshot, *, now: datetime) -> None:
        """Keep what was found, unless something was left open or hangs on the very moment."""
        is_timeless = all(persona.now for persona in snapshot.personas.values() if persona.expect)
        if is_timeless and all(problem.code != "not-proved" for problem in problems):
            known = _Known(self._key, now, _next_turn(snapshot, now), problems)
            write_kept(self._file, msgspec.json.encode(known))


def _next_turn(snapshot: Snapshot, now: datetime) -> datetime:
    """Find the next moment that a schedule or rule names, at the latest midnight: acceptances end by the day."""
    zone = snapshot.settings.default_market.zone
    midnight = datetime.combine(now.astimezone(zone).date() + timedelta(days=1), time(), zone)
    return min([midnight, *(moment for moment in moments_named(snapshot) if moment > now)])
