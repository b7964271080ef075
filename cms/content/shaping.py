"""From marshmallow's nested messages to problems with a JSON pointer and a suggestion."""

from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields

from cms.problems import Problem, did_you_mean, pointer_of

_UNKNOWN = "Unknown field."
_MISSING = "Missing data for required field."
_NEEDED = {"Not a valid list.": "A list is needed.", "Not a valid mapping type.": "An object {…} is needed."}
_HINTS = {
    "A text is needed.": "Put it in double quotes.",
    "A number is needed.": "Write it without quotes, such as 12.5.",
    "A whole number is needed.": "Write it without quotes or decimals, such as 4.",
    "A list is needed.": "Put it in brackets: [ … ].",
    "An object {…} is needed.": "Write { … }.",
    "true or false is needed.": "Write it without quotes.",
    "A key is made of a-z, 0-9 and -, and begins with a letter or digit.": 'Write for example "free-shipping".',
    "Give the first and the last bucket.": "Write for example [0, 4999].",
    "An id is 10 characters of 0-9 and a-f.": "Run cms check --ids, which prints it.",
    "A reason is needed.": "Say why it may stay for now.",
}
_LIMITS = {
    "The number must": "Write one in that range.",
    "Length must be": "Write a text of that length, or leave it out.",
    "Longer than": "Take some out.",
    "List at least one": "Add one.",
    "Name at least one": "Add one.",
    "An entry has at least one": "Add one.",
    "Give two": "Add one.",
}


def shaped(schema: Schema, data: object, pointer: str = "") -> tuple[dict[str, Any], list[Problem]]:
    """Check plain data against a shape.

    Returns:
        What is valid of it, and every problem; a problem about a key ends its pointer with `#key`.
    """
    if not isinstance(data, Mapping):
        return {}, [_object_needed(pointer)]
    try:
        loaded: dict[str, Any] = schema.load(data)
    except ValidationError as invalid:
        valid = invalid.valid_data if isinstance(invalid.valid_data, dict) else {}
        return valid, problems_of(invalid, schema, pointer)
    return loaded, []


def _object_needed(pointer: str) -> Problem:
    message = "An object {…} is needed."
    return Problem("wrong-type", message, pointer, _HINTS[message])


def problems_of(invalid: ValidationError, schema: Schema, pointer: str = "") -> list[Problem]:
    """Turn marshmallow's messages into problems."""
    messages = invalid.messages if isinstance(invalid.messages, dict) else {"_schema": invalid.messages}
    return list(_problems(messages, schema, pointer))


def _problems(messages: Mapping[Any, Any], place: object, pointer: str) -> Iterator[Problem]:
    for key, below in messages.items():
        if key == "_schema":
            yield _object_needed(pointer)
        elif isinstance(below, dict):
            part = _inner(place, key)
            # A Dict field puts its messages one level deeper, under "key" and "value".
            if isinstance(part, fields.Dict) or isinstance(place, fields.Dict):
                yield from _keyed(below, part, pointer + pointer_of(key))
            else:
                yield from _problems(below, part, pointer + pointer_of(key))
        else:
            yield from (_problem(str(message), str(key), place, pointer) for message in below)


def _keyed(messages: Mapping[Any, Any], part: object, pointer: str) -> Iterator[Problem]:
    for key, below in messages.items():
        inner = part.value_field if isinstance(part, fields.Dict) else part
        for side, found in below.items() if isinstance(below, dict) else ():
            place = pointer + pointer_of(key)
            if side == "key":
                yield from (Problem("bad-name", str(message), place + "#key") for message in found)
            elif isinstance(found, dict):
                yield from _problems(found, _schema_of(inner), place)
            else:
                said = [_NEEDED.get(str(message), str(message)) for message in found]
                yield from (Problem(_code(message), message, place, _hint(message)) for message in said)


def _schema_of(part: object) -> object:
    if isinstance(part, fields.Nested):
        return part.schema
    return part.inner if isinstance(part, fields.List) else part


def _inner(place: object, key: object) -> object:
    """Find the schema or field that a message key speaks of; an index stays within its list."""
    if isinstance(place, Schema):
        found = {field.data_key or name: field for name, field in place.fields.items()}.get(str(key))
        return found if isinstance(found, fields.Dict) else _schema_of(found)
    if isinstance(place, fields.List):
        return _schema_of(place.inner)
    return _schema_of(place)


def _problem(message: str, key: str, place: object, pointer: str) -> Problem:
    known = [field.data_key or name for name, field in place.fields.items()] if isinstance(place, Schema) else []
    if message == _UNKNOWN:
        return Problem(
            "unknown-key", f'No key "{key}" here.', pointer + pointer_of(key) + "#key", did_you_mean(key, known)
        )
    if message == _MISSING:
        return Problem("missing-key", f'The key "{key}" is missing.', pointer, f'Add "{key}".')
    message = _NEEDED.get(message, message)
    if message == "Field may not be null.":
        return Problem("wrong-type", "null is not a value here.", pointer + pointer_of(key), "Leave the key out.")
    return Problem(_code(message), message, pointer + pointer_of(key), _hint(message))


def _code(message: str) -> str:
    if "is not one of" in message:
        return "unknown-choice"
    return "empty-list" if "at least one" in message else "wrong-type"


def _hint(message: str) -> str:
    if " is not one of " not in message:
        return _HINTS.get(message) or next((hint for start, hint in _LIMITS.items() if message.startswith(start)), "")
    word, _, choices = message.rstrip(".").partition(" is not one of ")
    near = did_you_mean(word.strip('"'), choices.split(", "))
    return near if near.startswith("Did you") else "Choose one of these."
