"""Data types: those of AEM that hold one plain value, as field types of ours, and how their values are read.

A value that cannot be read raises `ValueError` or `TypeError`, whose message says what is needed.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from cms.aem.shapes import Kind, ModelField
from cms.facts.values import moment_of

Json = Any

_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,20})?([eE]-?[0-9]{1,2})?")


def _text_shape(field: ModelField) -> Json:
    return {"type": "text", **({"max_length": field.max_length} if field.max_length and not field.is_list else {})}


SHAPES: Mapping[Kind, Callable[[ModelField], Json]] = {
    Kind.TEXT: _text_shape,
    Kind.LONG_TEXT: lambda _: {"type": "markdown"},
    Kind.NUMBER: lambda field: {"type": "int" if field.is_whole else "decimal"},
    Kind.BOOLEAN: lambda _: {"type": "bool"},
    Kind.DATE: lambda _: {"type": "text"},
    Kind.TIME: lambda _: {"type": "text"},
    Kind.DATE_TIME: lambda _: {"type": "datetime"},
    Kind.ENUMERATION: lambda field: (
        {"type": "choice", "of": list(field.choices)} if field.choices else {"type": "text"}
    ),
    Kind.TAG: lambda _: {"type": "text"},
    Kind.CONTENT_REFERENCE: lambda field: {"type": "image" if field.is_image else "link"},
}


def _plain(field: ModelField, value: object) -> Json:
    if not isinstance(value, str | int | float | Decimal):
        raise TypeError("a text is needed")
    return str(value).replace("{", "{{")


def _number(field: ModelField, value: object) -> Json:
    if isinstance(value, bool) or not isinstance(value, int | float | str) or not _NUMBER.fullmatch(str(value)):
        raise ValueError("a number is needed")
    number = Decimal(str(value))
    if field.is_whole and number != number.to_integral_value():
        raise ValueError("a whole number is needed")
    return int(number) if number == number.to_integral_value() else float(number)


def _bool(field: ModelField, value: object) -> Json:
    known = {"true": True, "false": False}.get(str(value).lower())
    if known is None:
        raise ValueError("true or false is needed")
    return known


def _date_time(field: ModelField, value: object) -> Json:
    """Read a moment, or the milliseconds since 1970 that the Assets HTTP API gives."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return datetime.fromtimestamp(value / 1000, UTC).isoformat(timespec="seconds")
    return moment_of(str(value)).isoformat()


def _choice(field: ModelField, value: object) -> Json:
    if field.choices and str(value) not in field.choices:
        raise ValueError(f"it is none of {', '.join(field.choices)}")
    return str(value)


READERS: Mapping[Kind, Callable[[ModelField, object], Json]] = {
    Kind.TEXT: _plain,
    Kind.NUMBER: _number,
    Kind.BOOLEAN: _bool,
    Kind.DATE: _plain,
    Kind.TIME: _plain,
    Kind.DATE_TIME: _date_time,
    Kind.ENUMERATION: _choice,
    Kind.TAG: _plain,
}


def said(value: object) -> str:
    """Quote a value, shortened."""
    text = str(value)
    return f'"{text[:60]}…"' if len(text) > 60 else f'"{text}"'
