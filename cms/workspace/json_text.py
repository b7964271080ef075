"""Strict JSON (RFC 8259) with positions, and with messages for people instead of parsers.

Small slips (a trailing comma, single quotes, a comment) are reported and read as they were meant, so that one slip
does not hide what else is wrong in the file.
"""

import re
from collections.abc import Iterator

from cms.problems import pointer_of
from cms.workspace.json_strings import StringReader
from cms.workspace.limits import MAX_DEPTH
from cms.workspace.parsed import GaveUpError, Notes, Parsed
from cms.workspace.positions import Lines
from cms.workspace.scalars import nearly_number, number

_SPACE = re.compile(r"[ \t\n\r]*")
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)|(?://|#)[^\n\r]*", re.DOTALL)
_ODD_SPACE = re.compile("[\u00a0\u2000-\u200f\u2028-\u202f\u2060\u3000\ufeff\v\f]+")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_WORD = re.compile(r"[\w.+$-]+")
_WORDS = {"true": True, "false": False, "null": None}
_MEANT = {
    "True": True, "TRUE": True, "yes": True, "False": False, "FALSE": False, "no": False,
    "None": None, "NULL": None, "Null": None, "nil": None, "undefined": None,
}  # fmt: skip
_NO_NUMBERS = frozenset(["NaN", "Infinity", "-Infinity", "+Infinity", "nan", "inf", "-inf"])


def parse_json(text: str) -> Parsed:
    """Read a JSON text; for a valid one the value equals `json.loads(text, parse_float=Decimal)`."""
    notes = Notes(Lines.of(text))
    try:
        return notes.done(_JsonReader(text, notes).document())
    except GaveUpError:
        return notes.done(None, complete=False)


class _JsonReader:
    """Reads one text from front to back; `at` is the offset of what comes next."""

    def __init__(self, text: str, notes: Notes) -> None:
        self.text = text
        self.notes = notes
        self.strings = StringReader(text, notes)
        self.at = 0
        self.ended = 0  # where the last value ended: there a missing comma belongs

    def document(self) -> object:
        if self.text.startswith("\ufeff"):
            self._wrong("the file starts with a byte order mark.", 'Save it as "UTF-8" without BOM.')
            self.at = 1
        self._skip()
        if not self._next():
            raise self.notes.give_up(0, "bad-json", "the file is empty.", "Write at least {}.")
        value = self._value("", 0)
        self._skip()
        if self._next():
            self._wrong("there is text after the end of the document.", "Remove it, or check the brackets before it.")
        return value

    def _next(self) -> str:
        return self.text[self.at : self.at + 1]

    def _wrong(self, message: str, suggestion: str) -> None:
        self.notes.report(self.at, "bad-json", message, suggestion)

    def _skip(self) -> None:
        """Go to the next token; comments and invisible characters are reported and passed."""
        while True:
            space = _SPACE.match(self.text, self.at)
            self.at = space.end() if space else self.at
            if found := _COMMENT.match(self.text, self.at):
                self._wrong("JSON has no comments.", "Remove the comment.")
            elif found := _ODD_SPACE.match(self.text, self.at):
                self._wrong(f"an invisible character (U+{ord(found[0][0]):04X}) stands here.", "Retype the space.")
            else:
                return
            self.at = found.end()

    def _value(self, pointer: str, depth: int) -> object:
        self.notes.values[pointer] = self.at
        value = self._value_here(pointer, depth)
        self.ended = self.at
        return value

    def _value_here(self, pointer: str, depth: int) -> object:
        match self._next():
            case "{":
                return self._object(pointer, self._deeper(depth))
            case "[":
                return self._array(pointer, self._deeper(depth))
            case quote if self.strings.opens(quote):
                return self._string()
        return self._number_or_word()

    def _deeper(self, depth: int) -> int:
        if depth >= MAX_DEPTH:
            message = f"lists and objects are nested more than {MAX_DEPTH} deep."
            raise self.notes.give_up(self.at, "too-deep", message, "Make it flatter.")
        return depth + 1

    def _string(self) -> str:
        value, self.at = self.strings.read(self.at)
        return value

    def _number_or_word(self) -> object:
        start, word = self.at, _WORD.match(self.text, self.at)
        if word is None:
            raise self._unexpected()
        self.at = word.end()
        literal = word[0]
        if _NUMBER.fullmatch(literal):
            return number(literal, start, self.notes)
        if literal in _WORDS:
            return _WORDS[literal]
        return self._no_json_word(literal, start)

    def _no_json_word(self, word: str, start: int) -> object:
        shown = word[:40]
        if word in _MEANT:
            right = str(_MEANT[word]).lower().replace("none", "null")
            self.notes.report(start, "bad-json", f"JSON has no {shown}.", f"Write {right}.")
            return _MEANT[word]
        if word in _NO_NUMBERS:
            self.notes.report(start, "bad-json", f"{shown} is no JSON number.", "Write a number, or null.")
            return 0
        if word[0] in "+-." or word[0].isdigit():
            advice = "Write digits with at most one point, no + and no leading 0: 0.5, 12, -3."
            self.notes.report(start, "bad-json", f"{shown} is no JSON number.", advice)
            return nearly_number(word)
        self.notes.report(start, "bad-json", f"the text {shown} needs double quotes.", f'Write "{shown}".')
        return word

    def _unexpected(self) -> GaveUpError:
        if not self._next():
            return self.notes.give_up(self.at, "bad-json", "the file ends where a value is due.", "Is its end missing?")
        message = f"a value is due here, not {self._next()!r}."
        return self.notes.give_up(self.at, "bad-json", message, "Check quotes, commas and brackets just before it.")

    def _array(self, pointer: str, depth: int) -> list[object]:
        items: list[object] = []
        for _ in self._items("]"):
            items.append(self._value(f"{pointer}/{len(items)}", depth))
        return items

    def _object(self, pointer: str, depth: int) -> dict[str, object]:
        members: dict[str, object] = {}
        for _ in self._items("}"):
            start = self.at
            key = self._key()
            below = pointer + pointer_of(key)
            if key in members:
                message = f'the key "{key[:64]}" stands twice in this object.'
                self.notes.report(start, "duplicate-key", message, "Remove or rename one.", below)
            self.notes.keys[below] = start
            self._colon(key)
            members[key] = self._value(below, depth)
        return members

    def _key(self) -> str:
        if self.strings.opens(self._next()):
            return self._string()
        word = _WORD.match(self.text, self.at)
        if word is None:
            message = f"a key in double quotes is due here, not {self._next()!r}."
            raise self.notes.give_up(self.at, "bad-json", message, "Check commas and brackets just before it.")
        self._wrong(f"the key {word[0][:40]} needs double quotes.", f'Write "{word[0][:40]}".')
        self.at = word.end()
        return word[0]

    def _colon(self, key: str) -> None:
        self._skip()
        if self._next() and self._next() in "\uff1a=":
            self._wrong(f'after the key "{key[:40]}" a plain colon is due.', "Write : instead.")
        elif self._next() != ":":
            message = f'after the key "{key[:40]}" a colon is due.'
            raise self.notes.give_up(self.at, "bad-json", message, 'Write "key": value.')
        self.at += 1
        self._skip()

    def _items(self, closer: str) -> Iterator[None]:
        """Stop before each item; see to the commas and to the closing bracket."""
        opened, self.at = self.at, self.at + 1
        self._skip()
        self._no_commas("there is no value before this comma.")
        while not self._closes(opened, closer):
            yield
            self._skip()
            self._comma(opened, closer)
        self.at += 1

    def _closes(self, opened: int, closer: str) -> bool:
        found = self._next()
        if found == closer:
            return True
        if found and found not in "]}":
            return False
        line = self.notes.lines.at(opened).line
        bracket = self.text[opened]
        if found:
            message = f"the {bracket} of line {line} is closed by {found}."
            raise self.notes.give_up(self.at, "bad-json", message, f"Write {closer}, or close what is open in between.")
        raise self.notes.give_up(opened, "bad-json", f"this {bracket} is never closed.", f"Add the missing {closer}.")

    def _comma(self, opened: int, closer: str) -> None:
        if self._closes(opened, closer):
            return
        comma, found = self.at, self._next()
        if found in ",\uff0c\u3001;\uff1b":
            if found != ",":
                self._wrong("values are separated by plain commas.", "Write , instead.")
            self.at += 1
            self._skip()
        else:
            self.notes.report(self.ended, "bad-json", "a comma is missing here.", "Add one before the next value.")
        self._no_commas("there are two commas with nothing between them.")
        if self._next() == closer:
            message = f"a comma stands before the closing {closer}."
            self.notes.report(comma, "bad-json", message, "Remove this trailing comma.")

    def _no_commas(self, message: str) -> None:
        while self._next() == ",":
            self._wrong(message, "Remove it.")
            self.at += 1
            self._skip()
