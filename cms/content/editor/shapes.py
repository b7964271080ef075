"""From the marshmallow shapes of authored files to JSON Schemas, so that there is one list of their keys."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow.openapi import OpenAPIConverter
from marshmallow import fields, validate

from cms.content.editor.values import Schema
from cms.content.fields import Strict

Rules = Mapping[tuple[str, str], Schema]  # (shape, key) → what a shape alone does not know of the key


def schema_of(shape: type[Strict], rules: Rules) -> Schema:
    """Take what the shape takes, and of keys with a rule only what the rule takes."""
    spec = APISpec("", "", openapi_version="3.1.0")
    converter = OpenAPIConverter("3.1.0", schema_name_resolver=lambda _: None, spec=spec)

    def rule_of(_: OpenAPIConverter, field: fields.Field[Any], **__: object) -> Schema:
        return _portable_pattern(field) | _rule_of(field, rules)

    converter.add_attribute_function(rule_of)  # type: ignore[no-untyped-call]
    found: Schema = _plain(converter.schema2jsonschema(shape()))  # type: ignore[no-untyped-call]
    return found


def _rule_of(field: fields.Field[Any], rules: Rules) -> Schema:
    key = field.data_key or field.name or ""
    named = (rules.get((kind.__name__, key)) for kind in type(field.parent).__mro__)
    return next((rule for rule in named if rule is not None), {})


def _portable_pattern(field: fields.Field[Any]) -> Schema:
    """Spell the end of a text as every editor's regular expressions do."""
    patterns = [rule.regex.pattern for rule in field.validators if isinstance(rule, validate.Regexp)]
    return {"pattern": str(patterns[0]).replace(r"\Z", "$")} if patterns else {}


def _plain(value: Any) -> Any:
    """Turn the decimals of limits and defaults into numbers of JSON."""
    match value:
        case dict():
            return {key: _plain(part) for key, part in value.items()}
        case list() | tuple():
            return [_plain(part) for part in value]
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
    return value
