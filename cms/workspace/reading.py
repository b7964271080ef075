"""From bytes to documents: whatever the bytes are, the outcome is data or problems, never an exception."""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from cms.problems import Problem
from cms.workspace.documents import Document, Workspace
from cms.workspace.folders import FolderFiles
from cms.workspace.front_matter import parse_markdown
from cms.workspace.json_text import parse_json
from cms.workspace.layout import Identity, check_paths, identify, is_hidden
from cms.workspace.limits import MAX_COPY_BYTES, MAX_FILE_BYTES
from cms.workspace.parsed import Notes, Parsed, in_file
from cms.workspace.positions import Lines, Places

_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def read_workspace(files: Mapping[str, bytes]) -> Workspace:
    """Read every authored file; all that is wrong with any of them is in `problems`."""
    authored = {path: files[path] for path in sorted(files) if not is_hidden(path)}
    unreadable = files.problems if isinstance(files, FolderFiles) else ()
    problems = [*unreadable, *check_paths(authored)]
    documents: dict[Identity, Document] = {}
    unread = {(named.kind, named.key) for problem in unreadable if (named := identify(problem.file))}
    for path, raw in authored.items():
        identity = identify(path)
        if identity is None or identity in documents:
            continue
        document, found = read_document(path, identity, raw)
        problems.extend(found)
        if document is None:
            unread.add((identity.kind, identity.key))
        else:
            documents[identity] = document
    in_order = tuple(sorted(documents.values(), key=lambda document: document.path))
    return Workspace(in_order, MappingProxyType(authored), _sorted(problems), frozenset(unread))


def _sorted(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(problems, key=lambda problem: (problem.file, problem.line, problem.column)))


def read_document(path: str, identity: Identity, raw: bytes) -> tuple[Document | None, tuple[Problem, ...]]:
    """Read one file; what is wrong with it is placed, and None is given where nothing of it can be used."""
    parse = _PARSERS.get(identity.kind, _parse_object)
    limit = MAX_COPY_BYTES if identity.kind == "copy" else MAX_FILE_BYTES
    parsed = _refusal(raw, limit) or parse(raw.decode("utf-8"))
    document = Document(path, identity.kind, identity.key, parsed.value, parsed.places) if parsed.complete else None
    return document, in_file(path, parsed.problems)


def _refusal(raw: bytes, limit: int) -> Parsed | None:
    """Say why bytes are no text to be read, if so."""
    if len(raw) > limit:
        return _refused(
            "", "too-large", f"the file is larger than {limit // 1024} kB.", "Split it, or remove what is not content."
        )
    if raw.startswith(_UTF16):
        return _refused("", "bad-encoding", "the file is in UTF-16.", 'Save it as "UTF-8".')
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8")
        return _refused(
            before, "bad-encoding", f"byte 0x{raw[error.start]:02x} is not UTF-8.", 'Save the file as "UTF-8".'
        )
    before, nul, _ = text.partition("\0")
    if nul:
        return _refused(before, "bad-encoding", "the file holds a NUL character.", "Remove it, or restore the file.")
    return None


def _refused(before: str, code: str, message: str, suggestion: str) -> Parsed:
    notes = Notes(Lines.of(before))
    notes.report(len(before), code, message, suggestion)
    return notes.done(None, complete=False)


def _parse_object(text: str) -> Parsed:
    """Read JSON whose outermost value is an object, as all authored JSON is."""
    parsed = parse_json(text)
    if not parsed.complete or isinstance(parsed.value, dict):
        return parsed
    at = parsed.places.of_value("")
    wrong = Problem("wrong-type", "the file must hold one object.", "", "Write { … }.", line=at.line, column=at.column)
    return Parsed(None, parsed.places, (*parsed.problems, wrong), complete=False)


def _parse_template(text: str) -> Parsed:
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return Parsed(text, Places(Lines.of(text), {"": 0}))


def _parse_copy(text: str) -> Parsed:
    return parse_markdown(text.lstrip("\ufeff"))


_PARSERS: Mapping[str, Callable[[str], Parsed]] = {"copy": _parse_copy, "template": _parse_template}
