"""Numbers and texts, judged alike in JSON and in front matter."""

import re
from decimal import Decimal

from cms.workspace.limits import MAX_EXPONENT, MAX_NUMBER
from cms.workspace.parsed import Notes

_SURROGATE = re.compile("[\ud800-\udfff]")
_LENIENT = re.compile(r"([-+]?)([0-9]*)(\.[0-9]*)?([eE][-+]?[0-9]+)?", re.ASCII)


def number(literal: str, offset: int, notes: Notes) -> int | Decimal:
    """Read a well-formed number: an int, or with a point or exponent a Decimal; one beyond all use becomes 0."""
    if len(literal) > MAX_NUMBER:
        notes.report(offset, "too-large", f"a number of {len(literal)} characters.", f"At most {MAX_NUMBER} are read.")
        return 0
    if literal.lstrip("+-").isdigit():
        return int(literal)
    value = Decimal(literal)
    if abs(value.adjusted()) > MAX_EXPONENT + MAX_NUMBER or (value and value.adjusted() > MAX_EXPONENT):
        notes.report(offset, "too-large", f"the number {literal} is beyond what can be computed with.", "Check it.")
        return 0
    return value


def nearly_number(word: str) -> int | Decimal:
    """Guess what a badly written number meant, so that its field is not reported a second time."""
    found = _LENIENT.fullmatch(word)
    if found is None or len(word) > MAX_NUMBER or not (found[2] or (found[3] or "").strip(".")):
        return 0
    sign, whole, fraction = found[1], found[2] or "0", (found[3] or "").strip(".")
    return Decimal(f"{sign}{whole}.{fraction}") if fraction else int(sign + whole)


def clean_text(text: str, offset: int, notes: Notes) -> str:
    """Join surrogate pairs; report what is no character of a text: lone surrogates and NUL."""
    if _SURROGATE.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
        if _SURROGATE.search(text):
            notes.report(
                offset,
                "bad-encoding",
                "half of a surrogate pair stands alone in this text.",
                "Type the character itself.",
            )
            text = _SURROGATE.sub("\ufffd", text)
    if "\0" in text:
        notes.report(offset, "bad-encoding", "this text holds a NUL character.", "Remove it.")
        text = text.replace("\0", "\ufffd")
    return text
