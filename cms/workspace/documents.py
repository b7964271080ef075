"""What reading gives: documents with positions, together a workspace."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from cms.problems import Problem
from cms.workspace.positions import Places, Position

_KEY = "#key"
_NONE: Mapping[str, "Document"] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Document:
    """One authored file as plain data.

    Attributes:
        path: Workspace-relative, with forward slashes.
        kind: One of `cms.workspace.KINDS`.
        key: What other files call it; of templates and copy `<folder>/<file name>`.
        data: Of JSON files always a dict, with floats as `decimal.Decimal`; of copy
            `{"fields": dict, "body": str}`; of templates the text.
    """

    path: str
    kind: str
    key: str
    data: object
    places: Places = field(default_factory=Places, repr=False, compare=False)

    def position(self, pointer: str) -> Position:
        """Find the value at a JSON pointer, or the nearest parent there is."""
        return self.places.of_value(pointer)

    def key_position(self, pointer: str) -> Position:
        """Find the object key at a JSON pointer: for findings about the key itself."""
        return self.places.of_key(pointer)

    def place(self, problem: Problem) -> Problem:
        """Give a problem its file, line and column; a line it already has (say a template's) stays.

        A pointer that ends in `#key` means the key, not the value.
        """
        pointer, position = self._find(problem.pointer)
        line, column = (problem.line, problem.column) if problem.line else (position.line, position.column)
        return replace(problem, file=self.path, line=line, column=column, pointer=pointer)

    def _find(self, pointer: str) -> tuple[str, Position]:
        if pointer.endswith(_KEY) and pointer not in self.places.values:
            pointer = pointer.removesuffix(_KEY)
            return pointer, self.key_position(pointer)
        return pointer, self.position(pointer)


@dataclass(frozen=True, slots=True)
class Workspace:
    """All authored files of one state.

    Attributes:
        documents: Those that could be read, sorted by path.
        files: Every authored file, byte for byte, by path.
        problems: What reading found, placed and sorted.
        unread: (kind, key) of files that are there but could not be read; a reference to one is not unknown.
    """

    documents: tuple[Document, ...]
    files: Mapping[str, bytes]
    problems: tuple[Problem, ...]
    unread: frozenset[tuple[str, str]] = frozenset()
    _by_kind: Mapping[str, Mapping[str, Document]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_kind: dict[str, dict[str, Document]] = defaultdict(dict)
        for document in self.documents:
            by_kind[document.kind][document.key] = document
        object.__setattr__(self, "_by_kind", {kind: MappingProxyType(found) for kind, found in by_kind.items()})

    def of_kind(self, kind: str) -> Mapping[str, Document]:
        """Give the documents of one kind by key."""
        return self._by_kind.get(kind, _NONE)

    @property
    def sound(self) -> frozenset[str]:
        """Name the files in which reading found nothing wrong."""
        return frozenset(document.path for document in self.documents) - {problem.file for problem in self.problems}

    def keys_of(self, kind: str) -> frozenset[str]:
        """Name all keys a reference may use: also those of files that could not be read."""
        broken = (key for found, key in self.unread if found == kind)
        return frozenset(self.of_kind(kind)).union(broken)
