"""The last-good file: what a node starts from when the store is gone."""

import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import file_digest, sha256
from io import BufferedReader
from itertools import pairwise
from pathlib import Path

from cms.errors import CmsError
from cms.releases.release import Release

_MAGIC = b"vitrine-release 1\n"
_KEPT = 2  # older files beside the newest


@dataclass(frozen=True, slots=True)
class LastGood:
    """What a last-good file holds, and which of the files it was."""

    release: Release
    sequence: int
    file: Path


def write_last_good(path: Path, release: Release, sequence: int) -> None:
    """Keep a release on disk: durable, never half written, the previous two beside it as `.1` and `.2`.

    Raises:
        CmsError: `last-good-unwritable`; the files there were stay.
    """
    pieces = _pieces(release, sequence)
    if _holds(path, pieces):
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = _written_beside(path, pieces)
        _shift(path)
        fresh.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        message = f"the last-good file {path} cannot be written: {error.strerror}."
        raise CmsError("last-good-unwritable", message) from error


def read_last_good(path: Path) -> LastGood | None:
    """Read the newest undamaged file; None when there is none."""
    for file in _files(path):
        kept = _read(file)
        if kept:
            return kept
    return None


def _files(path: Path) -> Iterator[Path]:
    yield path
    for age in range(1, _KEPT + 1):
        yield _aged(path, age)


def _aged(path: Path, age: int) -> Path:
    return path.with_name(f"{path.name}.{age}")


def _holds(path: Path, pieces: Sequence[bytes]) -> bool:
    try:
        with path.open("rb") as file:
            return all(file.read(len(piece)) == piece for piece in pieces) and not file.read(1)
    except OSError:
        return False


def _written_beside(path: Path, pieces: Iterable[bytes]) -> Path:
    """Write a new file in the same folder, so that renaming it is atomic."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        Path(name).unlink()
        raise
    return Path(name)


def _shift(path: Path) -> None:
    """Make room for the newest; another process may be doing the same, and a missing file is nothing to move."""
    for newer, older in reversed(list(pairwise(_files(path)))):
        with suppress(FileNotFoundError):
            newer.replace(older)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _pieces(release: Release, sequence: int) -> list[bytes]:
    """Give what a file is made of, in its order, without a copy of all content."""
    paths = sorted(release.files)
    about = {
        "release": release.release,
        "sequence": sequence,
        "checked_by": sorted(release.checked_by),
        "files": [[path, len(release.files[path])] for path in paths],
    }
    body = [json.dumps(about).encode() + b"\n", *(release.files[path] for path in paths)]
    hashed = sha256()
    for piece in body:
        hashed.update(piece)
    return [_MAGIC, hashed.hexdigest().encode() + b"\n", *body]


def _read(path: Path) -> LastGood | None:
    """Read a file back; None unless every byte is as it was written."""
    try:
        with path.open("rb") as file:
            if not _is_whole(file):
                return None
            about = json.loads(file.readline())
            files = {name: file.read(size) for name, size in about["files"]}
        release = Release(about["release"], files, frozenset(about.get("checked_by", ())))
        return LastGood(release.verified(), about["sequence"], path)
    except (OSError, CmsError):
        return None


def _is_whole(file: BufferedReader) -> bool:
    """Compare the body with the hash before it; the file is then at the body's start."""
    if file.read(len(_MAGIC)) != _MAGIC:
        return False
    seal, start = file.readline(), file.tell()
    is_whole = file_digest(file, "sha256").hexdigest().encode() + b"\n" == seal
    file.seek(start)
    return is_whole
