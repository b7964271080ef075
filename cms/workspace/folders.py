"""The only code of the workspace that touches a disk: find the root, read its three folders."""

import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from cms.errors import CmsError
from cms.problems import Problem
from cms.workspace.layout import ROOTS, is_hidden
from cms.workspace.limits import MAX_FILE_BYTES

_MARK = Path("content", "workspace.json")


@dataclass(frozen=True, slots=True)
class FolderFiles(Mapping[str, bytes]):
    """The files of a folder as a mapping, and problems of what could not be taken as a file (symbolic links)."""

    files: Mapping[str, bytes]
    problems: tuple[Problem, ...] = ()

    def __getitem__(self, path: str) -> bytes:
        return self.files[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self.files)

    def __len__(self) -> int:
        return len(self.files)


def find_root(start: Path) -> Path:
    """Walk up from a folder to the workspace it belongs to.

    Raises:
        CmsError: `no-workspace`; neither the folder nor one above it holds content/workspace.json.
    """
    here = start.absolute()
    for folder in (here, *here.parents):
        if (folder / _MARK).is_file():
            return folder
    raise CmsError(
        "no-workspace",
        f"no workspace in {here} or above it: {_MARK.as_posix()} is missing. "
        "Go to your workspace, name it with --workspace DIR, or start one with `cms init DIR`.",
    )


def read_folder(root: Path) -> FolderFiles:
    """Read what is below components/, segments/ and content/; follow no symbolic link.

    Of a file beyond the size limit only so much is read that reading the workspace can say so.

    Raises:
        CmsError: `unreadable-workspace`; the root itself is no readable folder.
    """
    try:
        present = {entry.name for entry in os.scandir(root)}
    except OSError as error:
        raise CmsError("unreadable-workspace", f"cannot read the folder {root}: {error.strerror}.") from error
    files: dict[str, bytes] = {}
    problems: list[Problem] = []
    for name in ROOTS:
        if name in present:
            _read_below(root, name, files, problems)
    return FolderFiles(dict(sorted(files.items())), tuple(problems))


def _read_below(root: Path, top: str, files: dict[str, bytes], problems: list[Problem]) -> None:
    waiting = [top]
    while waiting:
        path = waiting.pop()
        try:
            waiting.extend(_take(root, path, files, problems))
        except OSError as error:
            problems.append(
                _problem(path, "unreadable-file", f"cannot be read: {error.strerror}.", "Check its rights.")
            )


def _take(root: Path, path: str, files: dict[str, bytes], problems: list[Problem]) -> list[str]:
    """Read a file, or list the paths a folder holds."""
    mode = (root / path).lstat().st_mode
    if stat.S_ISDIR(mode):
        return [below for entry in os.scandir(root / path) if not is_hidden(below := f"{path}/{entry.name}")]
    if not stat.S_ISREG(mode):
        what = "a symbolic link" if stat.S_ISLNK(mode) else "no ordinary file"
        problems.append(_problem(path, "not-a-file", f"is {what} and is not followed.", "Put the file itself here."))
    elif _is_text(path):
        with (root / path).open("rb") as file:
            files[path] = file.read(MAX_FILE_BYTES + 1)
    else:
        problems.append(_problem(path, "bad-name", "the name of this file is not UTF-8.", "Rename it."))
    return []


def _is_text(path: str) -> bool:
    """Tell whether the system gave a name it could decode."""
    return not any("\ud800" <= character <= "\udfff" for character in path)


def _problem(path: str, code: str, message: str, suggestion: str) -> Problem:
    shown = path.encode("utf-8", "backslashreplace").decode("utf-8")
    return Problem(code, message, suggestion=suggestion, file=shown, line=1, column=1)
