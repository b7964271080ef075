"""Content Fragment Models: from the Sling JSON of `/conf/….infinity.json`, or from the model API's."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cms.aem.shapes import Kind, Model, ModelField, Place

_META_TYPES: Mapping[str, Kind] = {
    "text-single": Kind.TEXT,
    "text-multi": Kind.LONG_TEXT,
    "number": Kind.NUMBER,
    "boolean": Kind.BOOLEAN,
    "enumeration": Kind.ENUMERATION,
    "tags": Kind.TAG,
    "reference": Kind.CONTENT_REFERENCE,
    "fragment-reference": Kind.FRAGMENT_REFERENCE,
    "json": Kind.JSON,
    "tab-placeholder": Kind.LAYOUT,
}
_DATES: Mapping[str, Kind] = {"calendar/date": Kind.DATE, "calendar/time": Kind.TIME}
_ON = frozenset({True, "true", "on", "{Boolean}true"})
_API_TYPES = {str(kind): kind for kind in Kind} | {
    "tab": Kind.LAYOUT,
    "tab-placeholder": Kind.LAYOUT,
    "json-object": Kind.JSON,
    "fragment-reference": Kind.FRAGMENT_REFERENCE,
}
_CONTENT = "jcr:content"


def api_kind(name: object) -> Kind:
    """Read a type as the fragment and model API names it."""
    return _API_TYPES.get(str(name), Kind.OTHER)


def models_in(raw: object, place: Place, path: str = "") -> Iterator[Model]:
    """Find every model in a document: templates of Sling's JSON anywhere in it, or the API's list or single model."""
    if isinstance(raw, list):
        for index, part in enumerate(raw):
            yield from models_in(part, place.below(str(index)))
    elif isinstance(raw, Mapping):
        if _is_template(raw):
            yield _of_template(raw, place, path)
        elif _is_api_model(raw):
            yield _of_api(raw, place)
        else:
            for name, part in raw.items():
                yield from models_in(part, place.below(name), f"{path}/{name}")


def _is_template(raw: Mapping[str, Any]) -> bool:
    content = raw.get(_CONTENT)
    return isinstance(content, Mapping) and isinstance(content.get("model"), Mapping)


def _is_api_model(raw: Mapping[str, Any]) -> bool:
    fields = raw.get("fields")
    return (
        isinstance(fields, list)
        and str(raw.get("path", "")).startswith("/conf/")
        and all(isinstance(each, Mapping) and "type" in each for each in fields)
    )


def _of_template(raw: Mapping[str, Any], place: Place, path: str) -> Model:
    content = raw[_CONTENT]
    scaffolding = str(content.get("cq:scaffolding", "")).partition(f"/{_CONTENT}")[0]
    title = content.get("jcr:title") or raw.get("jcr:title") or content["model"].get("title") or ""
    found = sorted(_field_nodes(content["model"]), key=lambda node: _number(node.get("listOrder")) or 0)
    return Model(scaffolding or path, str(title), tuple(map(_of_node, found)), place)


def _field_nodes(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Find the fields of a dialog, however deep its layout is."""
    for part in node.values():
        if isinstance(part, Mapping):
            if "metaType" in part and "name" in part:
                yield part
            else:
                yield from _field_nodes(part)


def _of_node(node: Mapping[str, Any]) -> ModelField:
    meta, value_type = str(node["metaType"]), str(node.get("valueType", ""))
    kind = _DATES.get(value_type, Kind.DATE_TIME) if meta == "date" else _META_TYPES.get(meta, Kind.OTHER)
    resource = str(node.get("sling:resourceType", ""))
    models = node.get("fragmentmodelreference") or node.get("cfModelPath") or ()
    return ModelField(
        str(node["name"]).removeprefix("./"),
        kind,
        is_list=value_type.endswith("[]") or resource.endswith("multifield"),
        required=node.get("required") in _ON,
        max_length=_number(node.get("maxlength")),
        choices=tuple(_options(node)),
        is_whole="long" in (value_type.removesuffix("[]"), node.get("typeHint")),
        is_image="image" in str(node.get("validation", "")),
        models=(models,) if isinstance(models, str) else tuple(map(str, models)),
    )


def _options(node: Mapping[str, Any]) -> Iterator[str]:
    """List the values of an enumeration, which AEM keeps in one of two forms."""
    for name, key in (("optionsmultifield", "fieldValue"), ("items", "value")):
        listed = node.get(name)
        if isinstance(listed, Mapping):
            yield from (str(each[key]) for each in listed.values() if isinstance(each, Mapping) and each.get(key))


def _of_api(raw: Mapping[str, Any], place: Place) -> Model:
    fields: Sequence[Mapping[str, Any]] = raw["fields"]
    title = raw.get("title") or raw.get("name") or ""
    return Model(str(raw["path"]), str(title), tuple(_of_api_field(each) for each in fields if each.get("name")), place)


def _of_api_field(raw: Mapping[str, Any]) -> ModelField:
    allowed = raw.get("allowedModels") or raw.get("models") or ()
    values = raw.get("values") or raw.get("options") or ()
    accepted = raw.get("allowedContentTypes") or raw.get("contentTypes") or ()
    return ModelField(
        str(raw["name"]),
        api_kind(raw["type"]),
        is_list=raw.get("multiple") is True,
        required=raw.get("required") is True,
        max_length=_number(raw.get("maxLength")),
        choices=tuple(
            str(each.get("key", each.get("value"))) if isinstance(each, Mapping) else str(each) for each in values
        ),
        is_whole=raw.get("numberType") == "integer",
        is_image=any("image" in str(each).lower() for each in accepted),
        models=tuple(
            str(each.get("path", each.get("id", ""))) if isinstance(each, Mapping) else str(each) for each in allowed
        ),
    )


def _number(raw: object) -> int | None:
    text = str(raw).removeprefix("{Long}")
    return int(text) if text.isdecimal() and int(text) else None
