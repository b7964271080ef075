"""The fields of front matter: YAML 1.2 core, no aliases, no tags, every value with its place in the file."""

import re
from dataclasses import dataclass
from decimal import Decimal

import yaml

from cms.problems import pointer_of
from cms.workspace.limits import MAX_DEPTH
from cms.workspace.parsed import Notes
from cms.workspace.scalars import clean_text, number

_WORDS = {
    **dict.fromkeys(["", "~", "null", "Null", "NULL"]),
    **dict.fromkeys(["true", "True", "TRUE"], True),
    **dict.fromkeys(["false", "False", "FALSE"], False),
}
_INT = re.compile(r"[-+]?[0-9]+", re.ASCII)
_BASED = re.compile(r"0o[0-7]{1,60}|0x[0-9a-fA-F]{1,60}", re.ASCII)
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", re.ASCII)
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same events, ten times slower without libyaml
_HINTS = {
    "mapping values are not allowed": 'Put a text that holds ": " in double quotes.',
    "\\t": "Indent with spaces, not tabs.",
    "did not find expected": 'Indent fields alike, and put a text that starts with { or [ or " in double quotes.',
    "expected <block end>": 'Indent fields alike, and put a text that starts with { or [ or " in double quotes.',
    "cannot start any token": "Put the text in double quotes.",
    "could not find expected ':'": 'Write each field as "name: value".',
    "unexpected end of stream": "Close the quote or bracket.",
}


def read_fields(text: str, offset: int, notes: Notes) -> dict[str, object]:
    """Read a YAML mapping that stands at `offset` of the file whose notes are taken.

    Raises:
        GaveUpError: It is no YAML, or no mapping.
    """
    return _FieldReader(text, offset, notes).read()


@dataclass(slots=True)
class _Open:
    """A mapping or list that is still being filled."""

    items: dict[str, object] | list[object]
    pointer: str
    key: str | None = None


class _FieldReader:
    """Builds plain data from YAML events; its own stack, so that deep nesting cannot exhaust Python's."""

    def __init__(self, text: str, offset: int, notes: Notes) -> None:
        self.text = text
        self.offset = offset
        self.notes = notes
        self.open: list[_Open] = []
        self.roots: list[object] = []

    def read(self) -> dict[str, object]:
        try:
            for event in yaml.parse(self.text, Loader=_LOADER):
                self._take(event)
        except (yaml.YAMLError, ValueError, OverflowError) as error:
            raise self._bad_yaml(error) from error
        match self.roots:
            case [] | [None]:
                return {}
            case [dict(fields)]:
                return fields
        advice = 'Write one "name: value" per line.'
        raise self.notes.give_up(self.offset, "bad-front-matter", "front matter is a list of fields.", advice)

    def _bad_yaml(self, error: Exception) -> Exception:
        words = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read"
        mark = getattr(error, "problem_mark", None)
        at = mark.index if mark else getattr(error, "position", 0)
        advice = next((hint for sign, hint in _HINTS.items() if sign in words), 'Write one "name: value" per line.')
        at = self.offset + min(at, len(self.text))
        return self.notes.give_up(at, "bad-front-matter", f"this is no YAML: {words}.", advice)

    def _take(self, event: yaml.Event) -> None:
        match event:
            case yaml.AliasEvent():
                self._forbid(event, "yaml-alias", "aliases (*name) are not allowed.", "Repeat the value.")
                self._put(event, None)
            case yaml.ScalarEvent():
                self._check_marks(event)
                self._put(event, self._scalar(event))
            case yaml.CollectionStartEvent():
                self._check_marks(event)
                self._begin(event)
            case yaml.CollectionEndEvent():
                self.open.pop()

    def _check_marks(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
        if event.anchor is not None:
            self._forbid(event, "yaml-alias", "anchors (&name) are not allowed.", "Remove it.")
        if event.tag is not None:
            self._forbid(event, "yaml-tag", "tags (!name) are not allowed.", "Remove it, or quote the text.")

    def _forbid(self, event: yaml.NodeEvent, code: str, message: str, suggestion: str) -> None:
        self.notes.report(self._at(event), code, message, suggestion)

    def _at(self, event: yaml.Event) -> int:
        mark = event.start_mark
        return self.offset + (mark.index if mark else 0)

    def _begin(self, event: yaml.CollectionStartEvent) -> None:
        if len(self.open) >= MAX_DEPTH:
            message = f"lists and fields are nested more than {MAX_DEPTH} deep."
            raise self.notes.give_up(self._at(event), "too-deep", message, "Make it flatter.")
        items: dict[str, object] | list[object] = {} if isinstance(event, yaml.MappingStartEvent) else []
        self.open.append(_Open(items, self._put(event, items)))

    def _put(self, event: yaml.NodeEvent, value: object) -> str:
        """Put a value where it belongs, or take it as the next key; give its pointer."""
        if not self.open:
            self.roots.append(value)
            return "/fields"
        parent = self.open[-1]
        if isinstance(parent.items, list):
            parent.items.append(value)
            return self._noted(event, f"{parent.pointer}/{len(parent.items) - 1}")
        if parent.key is None:
            parent.key = self._key(event, parent)
            return parent.pointer
        pointer = parent.pointer + pointer_of(parent.key)
        parent.items[parent.key] = value
        parent.key = None
        return self._noted(event, pointer)

    def _noted(self, event: yaml.NodeEvent, pointer: str) -> str:
        self.notes.values[pointer] = self._at(event)
        return pointer

    def _key(self, event: yaml.NodeEvent, parent: _Open) -> str:
        if not isinstance(event, yaml.ScalarEvent):
            message = "the name of a field is a plain word."
            raise self.notes.give_up(self._at(event), "bad-front-matter", message, "Put { and [ in double quotes.")
        key = clean_text(event.value, self._at(event), self.notes)
        if key in parent.items:
            message = f'the field "{key[:64]}" stands twice.'
            self.notes.report(self._at(event), "duplicate-key", message, "Remove or rename one.")
        self.notes.keys[parent.pointer + pointer_of(key)] = self._at(event)
        return key

    def _scalar(self, event: yaml.ScalarEvent) -> object:
        text, at = event.value, self._at(event)
        if not event.implicit[0]:
            return clean_text(text, at, self.notes)
        if text in _WORDS:
            return _WORDS[text]
        return self._number(text, at) if text[0] in "+-.0123456789" else clean_text(text, at, self.notes)

    def _number(self, text: str, at: int) -> int | Decimal | str:
        if _INT.fullmatch(text) or _FLOAT.fullmatch(text):
            return number(text, at, self.notes)
        if _BASED.fullmatch(text):
            return int(text, 0)
        if _NOT_FINITE.fullmatch(text):
            self.notes.report(at, "bad-front-matter", f"{text} is no number that can be used.", "Write a number.")
            return 0
        return text
