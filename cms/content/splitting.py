"""Entries in two forms: one JSON file, or a folder with the copy in Markdown files beside the rules.

Either is turned into the other without loss: what would not come back as it is, to the last character, stays.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from cms.components.model import ComponentModel, parse_model
from cms.content.findings import Findings
from cms.content.foundation import settings_of
from cms.content.schemas import EntryShape, FolderEntryShape
from cms.content.shaping import shaped
from cms.content.variants import in_folder
from cms.problems import errors
from cms.workspace.copy_text import body_place, copy_text, has_comments
from cms.workspace.documents import Document, Workspace
from cms.workspace.formatting import Number, copy_bytes, format_files, json_bytes, read_literally, spelled
from cms.workspace.layout import Identity
from cms.workspace.reading import read_document


@dataclass(frozen=True, slots=True)
class Conversion:
    """What turns one entry into its other form.

    `written` are new files and the entry.json that stays; `removed` are those they replace; `left` says what stays
    as it is and why; `refused` says why nothing is touched, "" where nothing has to be.
    """

    written: Mapping[str, bytes] = field(default_factory=dict)
    removed: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    refused: str = ""


class _RefusedError(Exception):
    """An entry cannot be converted as it stands; the message says why."""


def split(workspace: Workspace, key: str) -> Conversion:
    """Move an entry's copy from its JSON into Markdown files, `<variant>.<locale>.md`."""
    return _converted(_Splitting, workspace, key)


def join(workspace: Workspace, key: str) -> Conversion:
    """Move an entry's copy from its Markdown files into one JSON file."""
    return _converted(_Joining, workspace, key)


def _converted(converter: "type[_Splitting | _Joining]", workspace: Workspace, key: str) -> Conversion:
    try:
        found = converter(workspace, key).conversion()
    except _RefusedError as refused:
        return Conversion(refused=str(refused))
    if format_files(found.written).problems:
        return Conversion(refused="in that form it would be too large or too deeply nested to be read")
    return found


class _Entry:
    """What both directions know of an entry before they touch it."""

    def __init__(self, workspace: Workspace, key: str) -> None:
        found = workspace.of_kind("entry").get(key)
        if found is None:
            raise _RefusedError("it cannot be read")
        self.workspace = workspace
        self.document: Document = found
        self.file, self.folder = f"content/entries/{key}.json", f"content/entries/{key}"
        self.in_folder = in_folder(found)
        self.beside = {
            path.removeprefix(f"{self.folder}/"): raw
            for path, raw in workspace.files.items()
            if path.startswith(f"{self.folder}/") and path != found.path
        }
        self._refuse_faulty()
        self.data: dict[str, Any] = dict(_object(read_literally(workspace.files[found.path])))
        self.model = self._model()
        self.locales = self._locales()

    def _refuse_faulty(self) -> None:
        shape = FolderEntryShape() if self.in_folder else EntryShape()
        data, found = shaped(shape, self.document.data)
        own = {problem.file for problem in self.workspace.problems if problem.file.startswith(f"{self.folder}/")}
        own |= {self.file, self.folder} & {problem.file for problem in self.workspace.problems}
        if found or own:
            raise _RefusedError("it has errors, see cms check")
        keys = [variant["key"] for variant in data["variants"]]
        if len(set(keys)) < len(keys):
            raise _RefusedError("two of its variants have the same key")

    def _model(self) -> ComponentModel:
        key = self.data["component"]
        document = self.workspace.of_kind("component").get(key)
        model, problems = parse_model(key, document.data) if document else (None, [])
        if model is None or errors(problems):
            raise _RefusedError(f'its component "{key}" cannot be read')
        return model

    def _locales(self) -> tuple[str, ...]:
        root = self.workspace.of_kind("workspace").get("workspace")
        return tuple(settings_of(root, Findings()).locales) if root else ()

    @property
    def rich(self) -> str:
        """Name the field that stands below the front matter; "" where there is not exactly one."""
        fields = self.model.markdown_fields
        return fields[0] if len(fields) == 1 else ""

    def named(self, part: object) -> str:
        """Give the name of the file that holds a copy; "" for a copy that stands there itself."""
        if not isinstance(part, Mapping) or set(part) != {"file"}:
            return ""
        name = str(part["file"])
        if name not in self.beside:
            raise _RefusedError(f"there is no file {name}")
        return name

    def read(self, name: str, raw: bytes) -> dict[str, object]:
        """Read a copy file back as the fields of a variant."""
        document, problems = read_document(name, Identity("copy", name), raw)
        if document is None or problems:
            raise _RefusedError(f"{name} cannot be read")
        data = _object(document.data)
        fields, body = _object(_literal(data["fields"])), str(data["body"]).strip()
        if not body:
            return fields
        if not self.rich or self.rich in fields:
            raise _RefusedError(f"the text below the front matter of {name} fits no field")
        return self._with_body(fields, body, body_place(_text(raw)))

    def _with_body(self, fields: dict[str, object], body: str, place: int | None) -> dict[str, object]:
        names = list(fields)
        names.insert(self.usual_place(names) if place is None else place, self.rich)
        return {name: body if name == self.rich else fields[name] for name in names}

    def usual_place(self, names: Sequence[str]) -> int:
        """Tell where the body belongs among other fields: behind the last one that the model has before it."""
        order = list(self.model.fields)
        before = order[: order.index(self.rich)]
        known = [name for name in before if name in names]
        return names.index(known[-1]) + 1 if known else 0


class _Splitting(_Entry):
    """From one JSON file to a folder; also what is still inline in a folder."""

    def conversion(self) -> Conversion:
        if not self.rich:
            count = len(self.model.markdown_fields) or "no"
            return Conversion(left=(f'its component "{self.model.key}" has {count} markdown fields, not one',))
        if self.beside and not self.in_folder:
            raise _RefusedError(f"{self.folder}/ holds files already, such as {min(self.beside)}")
        self.copies: dict[str, bytes] = {}
        self.left: list[str] = []
        variants = [self._split_variant(variant) for variant in self.data["variants"]]
        if not self.copies:
            return Conversion(left=tuple(self.left))
        written = {f"{self.folder}/{name}": raw for name, raw in self.copies.items()}
        written[f"{self.folder}/entry.json"] = json_bytes({**self.data, "variants": variants})
        return Conversion(written, () if self.in_folder else (self.file,), tuple(self.left))

    def _split_variant(self, variant: Mapping[str, Any]) -> Mapping[str, Any]:
        inline = variant.get("content", {})
        content = {locale: self._split_copy(variant["key"], locale, part) for locale, part in inline.items()}
        if content == inline:
            return variant
        named = {locale: {"file": f"{variant['key']}.{locale}.md"} for locale in self.locales if locale in content}
        if list(variant)[-1] == "content" and list(content.items()) == list(named.items()):
            return {name: part for name, part in variant.items() if name != "content"}
        return {**variant, "content": content}

    def _split_copy(self, variant: str, locale: str, part: object) -> object:
        """Give what stays of the copy in its place: the name of its file, or the copy itself."""
        if self.named(part):
            return part
        name = f"{variant}.{locale}.md"
        why = self._why_not(name, locale, part)
        if why:
            self.left.append(f"{variant}, {locale}: {why}")
            return part
        self.copies[name] = self._copy(_object(part))
        return {"file": name}

    def _copy(self, part: Mapping[str, object]) -> bytes:
        fields = {name: value for name, value in part.items() if name != self.rich}
        place = list(part).index(self.rich) if self.rich in part else None
        if place == self.usual_place(list(fields)):
            place = None
        return copy_text(fields, str(part.get(self.rich, "")), place).encode()

    def _why_not(self, name: str, locale: str, part: object) -> str:
        if not isinstance(part, Mapping):
            return "it is no object of fields"
        if locale not in self.locales:
            return "there is no such locale"
        if name in self.beside:
            return f"{name} is there already"
        return self._why_not_body(part.get(self.rich, "-")) or self._why_not_back(name, part)

    def _why_not_body(self, body: object) -> str:
        if not isinstance(body, str):
            return f'its "{self.rich}" is no text'
        if not body.strip():
            return f'its "{self.rich}" is empty'
        if body != body.strip():
            return f'its "{self.rich}" begins or ends with a blank, which a file does not keep'
        return f'its "{self.rich}" holds a carriage return, which a file does not keep' if "\r" in body else ""

    def _why_not_back(self, name: str, part: Mapping[str, object]) -> str:
        try:
            back = self.read(name, self._copy(part))
        except _RefusedError as refused:
            return str(refused)
        return "" if spelled(back) == spelled(part) else "something in it would be written otherwise when joined"


class _Joining(_Entry):
    """From a folder to one JSON file."""

    def conversion(self) -> Conversion:
        if not self.in_folder:
            return Conversion()
        self.taken: set[str] = set()
        variants = [self._join_variant(variant) for variant in self.data["variants"]]
        surplus = sorted(set(self.beside) - self.taken)
        if surplus:
            raise _RefusedError(f"no variant takes {surplus[0]}")
        removed = (self.document.path, *(f"{self.folder}/{name}" for name in sorted(self.beside)))
        return Conversion({self.file: json_bytes({**self.data, "variants": variants})}, removed)

    def _join_variant(self, variant: Mapping[str, Any]) -> Mapping[str, Any]:
        key, inline = variant["key"], variant.get("content", {})
        content = {locale: self._join_copy(f"{key}.{locale}.md", part) for locale, part in inline.items()}
        for locale in self.locales:
            if locale not in content and f"{key}.{locale}.md" in self.beside:
                content[locale] = self._taken(f"{key}.{locale}.md")
        if not content:
            raise _RefusedError(f'the variant "{key}" has no copy')
        return {**variant, "content": content}

    def _join_copy(self, name: str, part: object) -> object:
        if named := self.named(part):
            return self._taken(named)
        if name in self.beside:
            raise _RefusedError(f"the copy is both in the entry and in {name}")
        return part

    def _taken(self, name: str) -> dict[str, object]:
        raw = self.beside[name]
        fields = self.read(name, raw)
        if has_comments(_text(raw)):
            raise _RefusedError(f"the comments in {name} would be lost")
        self.taken.add(name)
        return fields


def _text(raw: bytes) -> str:
    """Read a copy file, its line ends plain."""
    return copy_bytes(raw.decode("utf-8")).decode("utf-8")


def _literal(value: object) -> object:
    """Turn the numbers of plain data into `Number`s."""
    match value:
        case bool() | None | str():
            return value
        case int() | Decimal():
            return Number(value)
        case Mapping():
            return {key: _literal(part) for key, part in value.items()}
        case list():
            return [_literal(item) for item in value]
    raise TypeError(value)


def _object(value: object) -> dict[str, Any]:
    """Take what is known to be an object as one."""
    if not isinstance(value, dict):
        raise TypeError(value)
    return value
