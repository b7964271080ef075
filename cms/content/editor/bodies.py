"""Schemas of what is written in an entry: the fields of its component, nested ones included."""

from collections.abc import Callable, Iterable, Mapping

from cms.components.model import ComponentModel, Field, FieldType
from cms.content.editor.values import (
    KEY_TEXT,
    MOMENT,
    MONEY,
    Schema,
    at_most,
    gap_pattern,
    list_of,
    matching,
    one_of,
    ref,
    text_of,
)
from cms.facts.declarations import Fact, FactType

# An address of the shop, an anchor, or one that says how: whether it is safe is for the check to say.
_LINK = matching(r"^(?:/(?:[^/]|$)|#|[A-Za-z][A-Za-z0-9+.-]*:)", "A path of the shop such as /cart")
_COLOR = matching("^#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})$", '"#0a7" or "#00aa77"')
_SKU = matching(r"^\S(?:[\s\S]*\S)?$", "SKU")
_DIGITS = matching(r"^[-+0-9._eE ]+$")
_PIXELS: Schema = {"type": "integer", "minimum": 1}


def body_definitions(facts: Iterable[Fact], entries: Iterable[str], rails: Iterable[str]) -> dict[str, Schema]:
    """Define what the fields of any component refer to."""
    known, keys = list(facts), list(entries)
    gaps = {
        f"{kind}-gap": matching(f"^{gap_pattern([fact for fact in known if fact.type is kind], keys)}$", "One gap")
        for kind in (FactType.NUMBER, FactType.MONEY, FactType.TEXT)
    }
    return {"text": text_of(known, keys), "rail-key": one_of(rails), "image": _IMAGE, "money": MONEY, **gaps}


def body_of(model: ComponentModel) -> Schema:
    """Take the copy of one variant in one locale."""
    return {"title": model.title, **_fields(model.fields)}


def _fields(fields: Mapping[str, Field]) -> Schema:
    return {
        "type": "object",
        "properties": {name: _described(part, field_schema(part)) for name, part in fields.items()},
        "required": [name for name, part in fields.items() if part.required],
        "additionalProperties": False,
    }


def field_schema(part: Field) -> Schema:
    return FIELDS[part.type](part)


def _described(part: Field, schema: Schema) -> Schema:
    limit = f", at most {part.max_length} characters" if part.max_length else ""
    limit += f", at most {part.max_items} items" if part.max_items else ""
    default = {} if part.default is None else {"default": part.default}
    required = ", required" if part.required else ""
    return {**schema, **default, "description": f"{part.type}{limit}{required}"}


def _text(part: Field) -> Schema:
    rules = [ref("text")]
    rules += [at_most(part.max_length)] if part.max_length else []
    rules += [{"pattern": r"\S"}] if part.required else []
    return {"allOf": rules}


def _or_gap(kind: FactType, *values: Schema) -> Schema:
    return {"anyOf": [*values, ref(f"{kind}-gap")]}


def _numeric(**limits: object) -> Schema:
    return _or_gap(FactType.NUMBER, {"type": "number", **limits}, _DIGITS)


def _product(part: Field) -> Schema:
    return {"allOf": [_SKU, {"anyOf": [{"pattern": r"^[^{]"}, ref("text-gap")]}]}


def _each(part: Field, items: Schema) -> Schema:
    most = {} if part.max_items is None else {"maxItems": part.max_items}
    return list_of(items, least=int(part.required)) | most


def _list(part: Field) -> Schema:
    return _each(part, field_schema(part.item)) if part.item is not None else {"type": "array"}


_SOURCE: Schema = {
    "type": "object",
    "properties": {"src": _LINK, "width": _PIXELS},
    "required": ["src", "width"],
    "additionalProperties": False,
}
_IMAGE: Schema = {
    "type": "object",
    "properties": {
        "src": _LINK,
        "alt": {"allOf": [ref("text")], "description": 'What it shows; "" for one that only decorates'},
        "width": {"anyOf": [_PIXELS, _DIGITS]},
        "height": {"anyOf": [_PIXELS, _DIGITS]},
        "srcset": list_of(_SOURCE, least=1),
    },
    "required": ["src", "alt"],
    "additionalProperties": False,
}

FIELDS: Mapping[FieldType, Callable[[Field], Schema]] = {
    FieldType.TEXT: _text,
    FieldType.MARKDOWN: _text,
    FieldType.CHOICE: lambda part: one_of(part.of),
    FieldType.BOOL: lambda _: {"type": "boolean"},
    FieldType.INT: lambda _: _or_gap(FactType.NUMBER, {"type": "integer"}, _DIGITS),
    FieldType.DECIMAL: lambda _: _numeric(),
    FieldType.PERCENT: lambda _: _numeric(minimum=0, maximum=100),
    FieldType.MONEY: lambda _: _or_gap(FactType.MONEY, ref("money")),
    FieldType.LINK: lambda _: _LINK,
    FieldType.IMAGE: lambda _: ref("image"),
    FieldType.PRODUCT: _product,
    FieldType.PRODUCTS: lambda part: _each(part, _product(part)),
    FieldType.CATEGORY: lambda _: KEY_TEXT,
    FieldType.DATETIME: lambda _: MOMENT,
    FieldType.COLOR: lambda _: _COLOR,
    FieldType.RAIL: lambda _: ref("rail-key"),
    FieldType.GROUP: lambda part: _fields(part.fields),
    FieldType.LIST: _list,
}
