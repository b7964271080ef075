"""The schema of component models, which are parsed by hand and have no marshmallow shape."""

from collections.abc import Mapping
from typing import get_args

from cms.components.model import FIELD_KEYS, MODEL_KEYS, NEEDED_KEYS, Display, FieldType
from cms.content.editor.values import Schema, list_of, one_of, ref
from cms.facts.declarations import CHANNELS, STAGES

_LIMIT: Schema = {"type": ["integer", "null"], "minimum": 1}
_FLAG: Schema = {"type": "boolean"}
_FIELDS: Schema = {
    "type": "object",
    "minProperties": 1,
    "propertyNames": {"pattern": "^[a-z][a-z0-9_]*$"},
    "additionalProperties": ref("field"),
}
_WORDS = list_of({"type": "string", "minLength": 1}, least=1)
_MODEL: Mapping[str, Schema] = {
    "title": {"type": "string", "description": "What people call the component"},
    "channels": list_of(one_of(sorted(CHANNELS)), least=1),
    "display": {**one_of(get_args(Display)), "default": "inline"},
    "dismissible": {**_FLAG, "default": False},
    "stages": {
        "type": "object",
        "properties": {"never": {**list_of(one_of(STAGES), least=1), "description": "Stages that may not show it"}},
        "additionalProperties": False,
    },
    "fields": _FIELDS,
    "sample": {"type": "object", "description": "A body for previews and for the check of the templates"},
}
_FIELD: Mapping[str, Schema] = {
    "max_length": {**_LIMIT, "description": "Typed characters, gaps left out"},
    "max_items": _LIMIT,
    "default": {},
    "fields": _FIELDS,
}


def model_schema() -> Schema:
    """Take a `model.json`."""
    return {
        "type": "object",
        "properties": {key: _MODEL[key] for key in MODEL_KEYS},
        "required": ["fields"],
        "additionalProperties": False,
        "definitions": {"field": _field()},
    }


def _field() -> Schema:
    """Take a field: which further keys it has depends on its type."""
    return {
        "type": "object",
        "properties": {"type": one_of(FieldType)},
        "required": ["type"],
        "allOf": [
            {"if": {"properties": {"type": {"const": kind}}, "required": ["type"]}, "then": _field_of(kind)}
            for kind in FieldType
        ],
    }


def _field_of(kind: FieldType) -> Schema:
    of: Schema = ref("field") if kind is FieldType.LIST else _WORDS
    keys = {key: of if key == "of" else _FIELD[key] for key in FIELD_KEYS.get(kind, ())}
    return {
        "properties": {"type": {}, "required": _FLAG, **keys},
        "required": [NEEDED_KEYS[kind]] if kind in NEEDED_KEYS else [],
        "additionalProperties": False,
    }
