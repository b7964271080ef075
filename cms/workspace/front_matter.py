"""Copy files: Markdown whose fields, if any, stand in YAML between two lines of three dashes."""

import re

from cms.workspace.parsed import GaveUpError, Notes, Parsed
from cms.workspace.positions import Lines
from cms.workspace.yaml_fields import read_fields

_OPENING = re.compile(r"---[ \t]*(?:\r\n|\r|\n|\Z)")
_CLOSING = re.compile(r"(?<=[\r\n])---[ \t]*(?:\r\n|\r|\n|\Z)")
_BLANK_LINES = re.compile(r"(?:[ \t]*(?:\r\n|\r|\n))*")


def parse_markdown(text: str) -> Parsed:
    """Read a copy file: `{"fields": {…}, "body": "…"}`; without front matter there are no fields.

    The body has LF line ends and no blank lines around it.
    """
    notes = Notes(Lines.of(text))
    notes.values[""] = notes.values["/fields"] = 0
    try:
        fields, rest = _front_matter(text, notes)
    except GaveUpError:
        return notes.done(None, complete=False)
    blank = _BLANK_LINES.match(text, rest)
    start = blank.end() if blank else rest
    notes.values["/body"] = min(start, len(text))
    body = text[start:].replace("\r\n", "\n").replace("\r", "\n").rstrip()
    return notes.done({"fields": fields, "body": body})


def _front_matter(text: str, notes: Notes) -> tuple[dict[str, object], int]:
    """Read the fields; give them and the offset where the body starts."""
    opening = _OPENING.match(text)
    if opening is None:
        return {}, 0
    start = opening.end()
    closing = _CLOSING.search(text, start)
    if closing is None:
        message = "the front matter that opens here is never closed."
        raise notes.give_up(0, "bad-front-matter", message, "Add a line --- between the fields and the body.")
    notes.values["/fields"] = start
    return read_fields(text[start : closing.start()], start, notes), closing.end()
