"""Load: a release that was checked before becomes a Snapshot whose documents are compiled when first asked for."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from threading import RLock
from typing import TypeVar

from cms.content.context import Compilation
from cms.content.entries import entries_of
from cms.content.experiments import arms_of, with_experiments
from cms.content.findings import Findings
from cms.content.foundation import settings_of
from cms.content.lazy import Lazy
from cms.content.pages import PageCompiler
from cms.content.personas import PersonaCompiler
from cms.content.rails import rails_of
from cms.content.segments import components_of, segments_of, templates_of, titles_of
from cms.content.shop_facts import schema_of
from cms.content.snapshot import Entry, Snapshot
from cms.errors import CmsError
from cms.problems import errors
from cms.workspace.indexing import FileIndex

T = TypeVar("T")


def load_release(release: str, files: Mapping[str, bytes]) -> Snapshot:
    """Give what `compile_workspace` would, of files that it found no error in.

    Whoever asks for a document that has one all the same gets a `CmsError` `release-broken` that names its file.

    Raises:
        CmsError: `release-broken`: the workspace's own settings or facts have errors.
    """
    return _Loading(FileIndex.of(files)).snapshot(release)


class _Loading:
    """Compiles each document as `compile_workspace` does, as a workspace of it alone among all that is known."""

    def __init__(self, index: FileIndex) -> None:
        self.index = index
        self.known = {kind: frozenset(paths) for kind, paths in index.paths.items()}
        self.copies = index.copy_paths()
        workspace = index.read([*index.paths["workspace"].values(), *index.paths["facts"].values()])
        if not workspace.of_kind("workspace"):
            raise CmsError("release-broken", "content/workspace.json of this release is missing or cannot be read.")
        findings = Findings(workspace.problems)
        self.settings = settings_of(workspace.of_kind("workspace")["workspace"], findings)
        self.schema = schema_of(workspace.of_kind("facts").get("facts"), self.settings, findings)
        _refuse_errors(findings)
        self._lock = RLock()
        self.components = self._lazy("component", components_of)
        self.segments = self._lazy("segment", segments_of)
        self.rails = self._lazy("rail", rails_of)
        self.entries = self._lazy("entry", _entries_of)
        self.pages = self._lazy("page", lambda part: self._page_compiler(part).pages())
        self.emails = self._lazy("email", lambda part: self._page_compiler(part).emails())

    def snapshot(self, release: str) -> Snapshot:
        return Snapshot(
            release=release,
            settings=self.settings,
            schema=self.schema,
            components=self.components,
            templates=templates_of(self.index.read(self.index.paths["template"].values())),
            segments=self.segments,
            segment_titles=self._lazy("segment", titles_of),
            entries=self.entries,
            pages=self.pages,
            emails=self.emails,
            rails=self.rails,
            personas=self._lazy(
                "persona", lambda part: PersonaCompiler(part, self.pages, self.emails, self.entries).personas()
            ),
        )

    def _lazy(self, kind: str, compile_part: Callable[[Compilation], Mapping[str, T]]) -> Lazy[T]:
        paths = self.index.paths[kind]

        def make(key: str) -> T:
            with _named(paths[key]):
                part = self._part([paths[key], *(self._beside(key) if kind == "entry" else ())])
                made = compile_part(part)
                _refuse_errors(part.findings)
                return made[key]

        return Lazy(paths, make, self._lock)

    def _part(self, paths: Iterable[str]) -> Compilation:
        workspace = self.index.read(paths)
        findings = Findings(workspace.problems)
        return Compilation(workspace, findings, self.settings, self.schema, self.components, self.known)

    def _beside(self, entry: str) -> Iterable[str]:
        """List what an entry is compiled with: its copy files and its experiments."""
        return [*self.copies.get(entry, ()), *self._experiments.get(entry, ())]

    def _page_compiler(self, part: Compilation) -> PageCompiler:
        return PageCompiler(part, self.entries, self.rails, self.segments)

    @cached_property
    def _experiments(self) -> Mapping[str, list[str]]:
        """List the experiments on each entry; so many may be there that they are not read with their positions."""
        found = defaultdict(list)
        for path in self.index.paths["experiment"].values():
            found[json.loads(self.index.files[path])["entry"]].append(path)
        return found


def _entries_of(part: Compilation) -> dict[str, Entry]:
    return with_experiments(part, entries_of(part, arms_of(part)))


@contextmanager
def _named(path: str) -> Iterator[None]:
    """Tell whatever a file does to a compiler with the file's name."""
    try:
        yield
    except CmsError:
        raise
    except Exception as unforeseen:
        raise CmsError("release-broken", f"{path} of this release cannot be compiled.") from unforeseen


def _refuse_errors(findings: Findings) -> None:
    broken = errors(findings.problems)
    if broken:
        raise CmsError("release-broken", str(broken[0]))
