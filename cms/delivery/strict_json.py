"""Request bodies: strict JSON within limits, before any schema sees them."""

import json
from decimal import Decimal
from typing import Any

from cms.delivery.failures import Failure

MAX_BYTES = 1_000_000
MAX_DEPTH = 32
MAX_NODES = 10_000
MAX_TEXT = 65_536
MAX_DIGITS = 64


def parse_body(body: bytes, *, most: int = MAX_BYTES) -> Any:
    """Read a JSON body; decimals stay exact.

    Raises:
        Failure: 400 `malformed_json`, `too_deep`, `duplicate_key`, 413 `too_large` or 422 `bad_text`.
    """
    if len(body) > most:
        raise Failure(413, "too_large", f"A body has at most {most} bytes here.")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise Failure(400, "malformed_json", "The body is not UTF-8.") from None
    if _depth(text) > MAX_DEPTH:
        raise Failure(400, "too_deep", f"JSON nests at most {MAX_DEPTH} levels here.")
    try:
        data = json.loads(
            text, object_pairs_hook=_object, parse_constant=_no_constant, parse_float=_decimal, parse_int=_whole
        )
    except ValueError as wrong:
        raise Failure(400, "malformed_json", f"The body is not JSON: {str(wrong)[:64]}.") from None
    _check(data)
    return data


def _depth(text: str) -> int:
    """Count nesting without recursion; brackets within strings do not count."""
    depth = deepest = 0
    in_string = escaped = False
    for character in text:
        if in_string:
            in_string = escaped or character != '"'
            escaped = character == "\\" and not escaped
        elif character == '"':
            in_string = True
        elif character in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "]}":
            depth -= 1
    return deepest


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Failure(400, "duplicate_key", "An object has the same key twice.")
    return found


def _no_constant(word: str) -> Any:
    raise ValueError(f"{word} is not JSON")


def _decimal(text: str) -> Decimal:
    number = Decimal(text) if len(text) <= MAX_DIGITS else None
    if number is None or abs(number.adjusted()) > 300:
        raise ValueError("a number is too long")
    return number


def _whole(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise ValueError("a number is too long")
    return int(text)


def _check(data: Any) -> None:
    """Refuse what no text column, header or log could hold."""
    left, nodes = [data], 0
    while left:
        node = left.pop()
        nodes += 1
        if nodes > MAX_NODES:
            raise Failure(400, "too_large", f"A body has at most {MAX_NODES} values.")
        if isinstance(node, str):
            _check_text(node)
        elif isinstance(node, dict):
            left += [*node.keys(), *node.values()]
        elif isinstance(node, list):
            left += node


def _check_text(text: str) -> None:
    if len(text) > MAX_TEXT:
        raise Failure(422, "bad_text", f"A text has at most {MAX_TEXT} characters.")
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise Failure(422, "bad_text", "A text holds a NUL or half a character.")
