"""One layout for authored files: how they look, never what they mean or in which order their keys stand."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cms.problems import Problem
from cms.workspace.folders import FolderFiles
from cms.workspace.layout import identify
from cms.workspace.limits import MAX_FILE_BYTES
from cms.workspace.reading import read_document

WIDTH = 120
_STEP = 2
# Controls, line ends of other standards and marks that turn or hide text: raw, nobody could see them.
_INVISIBLE = re.compile(
    "[\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff]"
)


class Number(str):
    """A number as its author wrote it: 1.10 stays 1.10."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Formatting:
    """What formatting would do: new bytes of the files that change, and why others cannot be read and stay."""

    changed: Mapping[str, bytes]
    problems: tuple[Problem, ...]


def format_files(files: Mapping[str, bytes]) -> Formatting:
    """Lay out every JSON and copy file; templates and files of no kind are nobody's to format."""
    changed: dict[str, bytes] = {}
    problems = list(files.problems if isinstance(files, FolderFiles) else ())
    for path, raw in files.items():
        identity = identify(path)
        if identity is None or identity.kind == "template":
            continue
        _, found = read_document(path, identity, raw)
        problems += found
        if not found and (fresh := formatted(identity.kind, raw)) != raw and len(fresh) <= MAX_FILE_BYTES:
            changed[path] = fresh
    return Formatting(changed, tuple(problems))


def formatted(kind: str, raw: bytes) -> bytes:
    """Lay out a file that can be read without a problem."""
    return copy_bytes(raw.decode("utf-8")) if kind == "copy" else json_bytes(read_literally(raw))


def read_literally(raw: bytes) -> object:
    """Read valid JSON as plain data whose numbers are `Number`s."""
    data: object = json.loads(raw, parse_int=Number, parse_float=Number)
    return data


def json_bytes(data: object) -> bytes:
    """Lay out a document: its outermost object broken, everything below on one line where that fits."""
    whole = "\n".join(_broken(data, 0)) if isinstance(data, Mapping | list) and data else spelled(data)
    return f"{whole}\n".encode()


def copy_bytes(text: str) -> bytes:
    """Give a copy file LF line ends and one at its end; no byte order mark."""
    text = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n").rstrip()
    return f"{text}\n".encode() if text else b""


def spelled(value: object) -> str:
    """Spell a value on one line; a text is readable, but for what nobody could see."""
    match value:
        case Number():
            return str(value)
        case str():
            return _INVISIBLE.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False))
        case Mapping():
            return "{" + ", ".join(f"{spelled(key)}: {spelled(part)}" for key, part in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(spelled, value)) + "]"
    return json.dumps(value)


def _broken(value: Mapping[str, object] | Sequence[object], indent: int) -> Iterator[str]:
    """Give the lines of a container whose parts stand on lines of their own."""
    opening, closing = "{}" if isinstance(value, Mapping) else "[]"
    below = indent + _STEP
    parts = (
        ((f"{spelled(key)}: ", part) for key, part in value.items())
        if isinstance(value, Mapping)
        else (("", part) for part in value)
    )
    yield opening
    for number, (label, part) in enumerate(parts, start=1):
        comma = "," if number < len(value) else ""
        first, *rest = _part(part, below, len(label) + len(comma))
        *lines, last = [" " * below + label + first, *rest]
        yield from (*lines, last + comma)
    yield " " * indent + closing


def _part(value: object, indent: int, taken: int) -> Iterator[str]:
    """Give the lines of a part: one where it fits beside what the line holds already, or cannot be broken."""
    whole = spelled(value)
    if indent + taken + len(whole) > WIDTH and isinstance(value, Mapping | list) and value:
        yield from _broken(value, indent)
    else:
        yield whole
