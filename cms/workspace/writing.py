"""Writing authored files so that a failure, a full disk or a lost race costs nobody a word."""

import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from cms.errors import CmsError


def replace_file(root: Path, read: Mapping[str, bytes], path: str, content: bytes) -> None:
    """Replace a file that was read, in one step: whoever reads meanwhile sees the old or the new one.

    Raises:
        CmsError: `file-changed`; it is no longer what was read.
        OSError: It may not be written.
    """
    _refuse_changed(root, read, path)
    _replace(root / path, content)


def convert_files(root: Path, read: Mapping[str, bytes], written: Mapping[str, bytes], removed: Sequence[str]) -> None:
    """Write files and remove those they take the place of; nothing is removed before all is written.

    Args:
        root: Folder of the workspace.
        read: What was read of it; other files are never overwritten or removed.
        written: New content by path; of paths that were read it replaces the old one.
        removed: Paths that were read; a folder that is empty then goes too.

    Raises:
        CmsError: `file-in-the-way` or `file-changed`; everything is as it was.
    """
    fresh = [path for path in written if path not in read]
    for path in fresh:
        if os.path.lexists(root / path):
            message = f"{path} is there already and is not overwritten. Move it away, or delete it."
            raise CmsError("file-in-the-way", message)
    for path in (*removed, *(set(written) & set(read))):
        _refuse_changed(root, read, path)
    _create(root, {path: written[path] for path in fresh})
    for path in set(written) & set(read):
        replace_file(root, read, path, written[path])
    for path in removed:
        (root / path).unlink()
    _remove_if_empty({(root / path).parent for path in removed})


def _refuse_changed(root: Path, read: Mapping[str, bytes], path: str) -> None:
    with (root / path).open("r+b") as file:  # to replace or remove it would not need the right to write it
        if file.read() != read[path]:
            raise CmsError("file-changed", f"{path} was changed meanwhile and is left alone. Try again.")


def _create(root: Path, files: Mapping[str, bytes]) -> None:
    """Write new files; if one cannot be written, none stays."""
    made: list[Path] = []
    try:
        for path, content in files.items():
            (root / path).parent.mkdir(exist_ok=True)
            with (root / path).open("xb") as file:
                made.append(root / path)
                file.write(content)
    except OSError:
        for written in made:
            written.unlink()
        _remove_if_empty({(root / path).parent for path in files})
        raise


def _remove_if_empty(folders: Iterable[Path]) -> None:
    for folder in folders:
        with suppress(OSError):  # it holds something else
            folder.rmdir()


def _replace(path: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    fresh = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        fresh.chmod(path.stat().st_mode)
        fresh.replace(path)
    except OSError:
        fresh.unlink()
        raise
