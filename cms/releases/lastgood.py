"""The last-good file: what a node starts from when the store is gone."""

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
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
    content = _encode(release, sequence)
    if _read(path) == content:
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = _written_beside(path, content)
        _shift(path)
        fresh.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        message = f"the last-good file {path} cannot be written: {error.strerror}."
        raise CmsError("last-good-unwritable", message) from error


def read_last_good(path: Path) -> LastGood | None:
    """Read the newest undamaged file; None when there is none."""
    for file in _files(path):
        content = _read(file)
        kept = _decode(content) if content else None
        if kept:
            return LastGood(*kept, file)
    return None


def _files(path: Path) -> Iterator[Path]:
    yield path
    for age in range(1, _KEPT + 1):
        yield _aged(path, age)


def _aged(path: Path, age: int) -> Path:
    return path.with_name(f"{path.name}.{age}")


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _written_beside(path: Path, content: bytes) -> Path:
    """Write a new file in the same folder, so that renaming it is atomic."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
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


def _encode(release: Release, sequence: int) -> bytes:
    sizes = [[path, len(content)] for path, content in sorted(release.files.items())]
    head = json.dumps({"release": release.release, "sequence": sequence, "files": sizes}).encode()
    body = head + b"\n" + b"".join(content for _, content in sorted(release.files.items()))
    return _MAGIC + sha256(body).hexdigest().encode() + b"\n" + body


def _decode(content: bytes) -> tuple[Release, int] | None:
    """Read a file back; None unless every byte is as it was written."""
    start = len(_MAGIC) + 65
    body = content[start:]
    if content[:start] != _MAGIC + sha256(body).hexdigest().encode() + b"\n":
        return None
    head, _, rest = body.partition(b"\n")
    about = json.loads(head)
    release = Release(about["release"], _split(about["files"], rest))
    try:
        return release.verified(), about["sequence"]
    except CmsError:
        return None


def _split(sizes: list[tuple[str, int]], content: bytes) -> Mapping[str, bytes]:
    files = {}
    at = 0
    for path, size in sizes:
        files[path] = content[at : at + size]
        at += size
    return files
