"""The two values of the store."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cms.errors import CmsError
from cms.workspace import digest


@dataclass(frozen=True, slots=True)
class Release:
    """A state of the workspace: `release` is the hash of its canonical `files`.

    `checked_by` are the versions of this package that found no error in it.
    """

    release: str
    files: Mapping[str, bytes]
    checked_by: frozenset[str] = frozenset()

    def verified(self) -> "Release":
        """Give the release itself when its files are those its name was made of.

        Raises:
            CmsError: `release-damaged`.
        """
        if digest(self.files) != self.release:
            raise CmsError(
                "release-damaged",
                f"the files of release {self.release[:12]} are not those that were published. "
                "Roll back to another release, or publish again from the workspace.",
            )
        return self


@dataclass(frozen=True, slots=True)
class Activation:
    """A release made live: `sequence` grows by one each time in its environment; `at` is aware."""

    sequence: int
    release: str
    environment: str
    at: datetime
    by: str
    note: str
