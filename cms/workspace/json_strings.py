"""The strings of JSON: escapes, and the wrong quotes people and word processors write."""

import re

from cms.workspace.parsed import Notes
from cms.workspace.scalars import clean_text

_PLAIN = re.compile(r'[^"\\\x00-\x1f]*')
_WRONG_QUOTES = re.compile(
    "(?:'([^'\n\r]*)'|[`\u00b4\u2018-\u201f\uff02]([^\"\u2018-\u201f\uff02`\n\r]*)[\"\u2018-\u201f\uff02`\u00b4])"
)
_HEX = re.compile(r"[0-9a-fA-F]{4}")
_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_QUOTES = frozenset("\"'`\u00b4\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\uff02")


class StringReader:
    """Reads strings of one text; knows nothing of what is around them."""

    def __init__(self, text: str, notes: Notes) -> None:
        self.text = text
        self.notes = notes

    def opens(self, character: str) -> bool:
        return character in _QUOTES

    def read(self, start: int) -> tuple[str, int]:
        """Read the string that opens at `start`; give it and the offset after it.

        Raises:
            GaveUpError: It is not closed on its line.
        """
        if self.text[start] != '"':
            return self._wrongly_quoted(start)
        pieces: list[str] = []
        at = start + 1
        while True:
            plain = _PLAIN.match(self.text, at)
            at = plain.end() if plain else at
            pieces.append(plain[0] if plain else "")
            match self.text[at : at + 1]:
                case '"':
                    return clean_text("".join(pieces), start, self.notes), at + 1
                case "\\":
                    piece, at = self._escape(at)
                case "" | "\n" | "\r":
                    advice = 'Add the closing ", and write a line break inside a text as \\n.'
                    raise self.notes.give_up(start, "bad-json", "this text is not closed on its line.", advice)
                case control:
                    self.notes.report(
                        at,
                        "bad-json",
                        f"a control character (U+{ord(control):04X}) stands in a text.",
                        "Remove it; write a tab as \\t.",
                    )
                    piece, at = control, at + 1
            pieces.append(piece)

    def _escape(self, at: int) -> tuple[str, int]:
        letter = self.text[at + 1 : at + 2]
        if letter in _ESCAPES:
            return _ESCAPES[letter], at + 2
        digits = _HEX.match(self.text, at + 2) if letter == "u" else None
        if digits:
            return chr(int(digits[0], 16)), at + 6
        advice = 'Known: \\" \\\\ \\/ \\b \\f \\n \\r \\t \\u and four hexadecimal digits; a backslash itself is \\\\.'
        self.notes.report(at, "bad-json", f"\\{letter} is no escape of JSON.".replace("\n", ""), advice)
        return "\\", at + 1

    def _wrongly_quoted(self, start: int) -> tuple[str, int]:
        found = _WRONG_QUOTES.match(self.text, start)
        if found is None:
            message = f"texts stand in double quotes, not in {self.text[start]!r}."
            raise self.notes.give_up(start, "bad-json", message, 'Write "…" around the text.')
        value: str = found[1] if found[1] is not None else found[2]
        self.notes.report(start, "bad-json", "texts stand in plain double quotes.", f'Write "{value[:40]}".')
        return clean_text(value, start, self.notes), found.end()
