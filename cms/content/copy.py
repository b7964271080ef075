"""Where a variant's copy comes from: inline fields, a file picked up by its name, or a file named in content."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from cms.components.body import Body, placeholders
from cms.components.checking import check_body
from cms.components.model import ComponentModel
from cms.content.context import Compilation
from cms.problems import did_you_mean, pointer_of
from cms.workspace.documents import Document


@dataclass(frozen=True, slots=True)
class Copy:
    """The raw fields of one variant in one locale, and where they stand."""

    document: Document
    fields: Mapping[str, Any]
    pointer: str  # of the fields in the document
    body: str = ""  # rich text below front matter


class CopyFinder:
    """Finds the copy of one entry, and the files that belong to nothing."""

    def __init__(self, compilation: Compilation, entry: Document, files: Mapping[str, Document]) -> None:
        self.compilation = compilation
        self.entry = entry
        self.files = files  # file name → document, of the entry's own folder
        self.taken: set[str] = set()

    def of_variant(self, key: str, raw: Mapping[str, Any], pointer: str) -> Iterator[tuple[str, Copy]]:
        """Give each locale's copy of one variant."""
        for locale in dict.fromkeys([*raw, *_locales_of(key, sorted(self.files))]):
            if not self._is_locale(locale, raw, pointer):
                continue
            copy = self._copy(key, locale, raw, pointer)
            if copy is not None:
                yield locale, copy

    def given(self, key: str, raw: Mapping[str, Any]) -> frozenset[str]:
        """Name the locales a variant has copy for, be it faulty or in a file that cannot be read."""
        unread = (name for kind, name in self.compilation.workspace.unread if kind == "copy")
        own = (name.removeprefix(f"{self.entry.key}/") for name in unread if name.startswith(f"{self.entry.key}/"))
        return frozenset([*raw, *_locales_of(key, [*self.files, *own])])

    def _is_locale(self, locale: str, raw: Mapping[str, Any], pointer: str) -> bool:
        known = self.compilation.settings.locales
        if locale in known:
            return True
        if locale in raw:
            place = pointer + pointer_of(locale) + "#key"
            suggestion = did_you_mean(locale, known)
            self.compilation.findings.error(self.entry, "unknown-locale", f'No locale "{locale}".', place, suggestion)
        return False

    def _copy(self, key: str, locale: str, raw: Mapping[str, Any], pointer: str) -> Copy | None:
        name = f"{key}.{locale}.md"
        inline, place = raw.get(locale), pointer + pointer_of(locale)
        if isinstance(inline, Mapping) and set(inline) == {"file"}:
            return self._named(str(inline["file"]), name, place + "/file")
        if inline is None:
            return self._file(name)
        if name in self.files:
            self.taken.add(name)
            message = f"The copy is both here and in {name}."
            self.compilation.findings.error(self.entry, "double-content", message, place, "Keep one of the two.")
        if not isinstance(inline, Mapping):
            self.compilation.findings.error(self.entry, "wrong-type", "An object of fields is needed.", place)
            return None
        return Copy(self.entry, inline, place)

    def _named(self, name: str, expected: str, pointer: str) -> Copy | None:
        if name in self.files:
            return self._file(name)
        if (("copy", f"{self.entry.key}/{name}")) not in self.compilation.workspace.unread:
            message = f'No file "{name}" in the folder of the entry.'
            suggestion = did_you_mean(name, self.files) or f"Create it beside {self.entry.path}."
            # The file that may be meant is not left over.
            self.taken |= {file for file in self.files if file == expected or f'"{file}"' in suggestion}
            self.compilation.findings.error(self.entry, "missing-copy-file", message, pointer, suggestion)
        return None

    def _file(self, name: str) -> Copy | None:
        self.taken.add(name)
        document = self.files.get(name)
        if document is None or not isinstance(document.data, Mapping):
            return None
        return Copy(document, document.data["fields"], "/fields", document.data["body"])

    def report_left_over(self, variants: list[str]) -> None:
        """Report files that no variant takes: a wrong variant or locale in the name, or other copy in its place."""
        locales = self.compilation.settings.locales
        for name in sorted(set(self.files) - self.taken):
            variant, _, locale = name.removesuffix(".md").partition(".")
            if variant not in variants:
                self._wrong(name, "unknown-variant", f'The entry has no variant "{variant}".', variant, variants)
            elif locale not in locales:
                self._wrong(name, "unknown-locale", f'No locale "{locale}".', locale, locales)
            else:
                message = f'Nothing refers to it: "{variant}" takes its copy from elsewhere.'
                hint = "Name it there, or delete the file."
                self.compilation.findings.warning(self.files[name], "unused", message, "", hint)

    def _wrong(self, name: str, code: str, message: str, word: str, known: Iterable[str]) -> None:
        self.compilation.findings.error(self.files[name], code, message, "", did_you_mean(word, known))


def _locales_of(variant: str, names: Iterable[str]) -> list[str]:
    """Read the locales off the names of a variant's own files."""
    parts = (name.removesuffix(".md").split(".") for name in names)
    return [found[1] for found in parts if len(found) == 2 and found[0] == variant]


def place_of(copy: Copy, model: ComponentModel, name: str) -> str:
    """Give the pointer of a field in its document: the rich text below front matter stands at /body."""
    is_below = bool(copy.body.strip()) and name in model.markdown_fields and name not in copy.fields
    return "/body" if is_below else copy.pointer + pointer_of(name)


def checked_body(compilation: Compilation, model: ComponentModel, copy: Copy) -> Body | None:
    """Check copy against the component's model; None where it has errors."""
    fields = _fields(compilation, model, copy)
    if fields is None:
        return None
    body, problems = check_body(
        model,
        fields,
        schema=compilation.schema,
        currency=compilation.settings.default_market.currency,
        zone=compilation.settings.default_market.zone,
        link_hosts=compilation.settings.link_hosts,
        pointer=copy.pointer,
    )
    moved = {copy.pointer + pointer_of(name): place_of(copy, model, name) for name in model.markdown_fields}
    for problem in problems:
        place = moved.get(problem.pointer, problem.pointer)
        compilation.findings.add(copy.document, replace(problem, pointer=place))
    for name, node in body.items():
        named = (gap.ref for gap in placeholders({name: node}))
        compilation.check_entries(copy.document, named, place_of(copy, model, name))
    return body


def _fields(compilation: Compilation, model: ComponentModel, copy: Copy) -> dict[str, Any] | None:
    """Join the fields and the text below them; None where no field takes that text."""
    text, rich = copy.body.strip(), model.markdown_fields
    if not text:
        return dict(copy.fields)
    if len(rich) != 1:
        message = f'"{model.key}" has {len(rich) or "no"} markdown fields: the text below the front matter fits none.'
        compilation.findings.error(copy.document, "no-markdown-field", message, "/body", "Put the text into a field.")
        return None
    if rich[0] in copy.fields:
        message = f'"{rich[0]}" is given twice: as a field and as the text below.'
        compilation.findings.error(copy.document, "double-content", message, "/body", "Keep one of the two.")
    return {**copy.fields, rich[0]: text}
