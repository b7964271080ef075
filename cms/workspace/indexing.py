"""The files of one state by kind and key, so that single documents can be read without the rest."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cms.workspace.documents import Workspace
from cms.workspace.layout import KINDS, identify, is_hidden
from cms.workspace.reading import read_workspace


@dataclass(frozen=True, slots=True)
class FileIndex:
    """Files and where each document stands among them: `paths` gives kind → key → path, in the order of paths."""

    files: Mapping[str, bytes]
    paths: Mapping[str, Mapping[str, str]]

    @classmethod
    def of(cls, files: Mapping[str, bytes]) -> "FileIndex":
        paths: dict[str, dict[str, str]] = {kind: {} for kind in KINDS}
        for path in sorted(files):
            identity = None if is_hidden(path) else identify(path)
            if identity is not None:
                paths[identity.kind].setdefault(identity.key, path)
        return cls(files, paths)

    def read(self, paths: Iterable[str]) -> Workspace:
        """Read some of the files, as if there were no others."""
        return read_workspace({path: self.files[path] for path in paths})

    def copy_paths(self) -> Mapping[str, list[str]]:
        """List the copy files of each entry."""
        found = defaultdict(list)
        for key, path in self.paths["copy"].items():
            found[key.partition("/")[0]].append(path)
        return found
