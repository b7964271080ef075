"""Content Fragments: from the Assets HTTP API, the fragment management API, or results of GraphQL."""

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from cms.aem.models import api_kind
from cms.aem.shapes import Fragment, Kind, Place, Told, Values, Variation

_ELEMENT_TYPES: Mapping[str, Kind] = {
    "string": Kind.TEXT,
    "text/html": Kind.LONG_TEXT,
    "text/plain": Kind.LONG_TEXT,
    "text/markdown": Kind.LONG_TEXT,
    "text/x-markdown": Kind.LONG_TEXT,
    "long": Kind.NUMBER,
    "int": Kind.NUMBER,
    "double": Kind.NUMBER,
    "boolean": Kind.BOOLEAN,
    "calendar": Kind.DATE_TIME,
    "calendar/datetime": Kind.DATE_TIME,
}
_FORMATS = ("html", "markdown", "plaintext")
_MIMES = {"html": "text/html", "markdown": "text/markdown", "plaintext": "text/plain"}
MASTER = "master"


def fragments_in(raw: object, place: Place) -> list[Fragment]:
    """Find every fragment in a document; those of a GraphQL result that are variations of one stand together."""
    return [*_found(raw, place), *_of_results(list(_results(raw, place)))]


def _found(raw: object, place: Place) -> Iterator[Fragment]:
    if isinstance(raw, list):
        for index, part in enumerate(raw):
            yield from _found(part, place.below(str(index)))
    elif isinstance(raw, Mapping):
        if _is_asset(raw):
            yield _of_asset(raw, place)
        elif _is_managed(raw):
            yield _of_managed(raw, place)
        else:
            for name, part in raw.items():
                yield from _found(part, place.below(name))


# The Assets HTTP API


def _is_asset(raw: Mapping[str, Any]) -> bool:
    properties = raw.get("properties")
    return isinstance(properties, Mapping) and isinstance(properties.get("elements"), Mapping)


def _of_asset(raw: Mapping[str, Any], place: Place) -> Fragment:
    properties, below = raw["properties"], place.below("properties")
    elements: Mapping[str, Any] = properties["elements"]
    order = [*(properties.get("elementsOrder") or ()), *elements]
    named = {name: elements[name] for name in dict.fromkeys(order) if isinstance(elements.get(name), Mapping)}
    variations = dict.fromkeys(
        key for each in named.values() for key in (each.get("variationsOrder") or each.get("variations") or ())
    )
    model = properties.get("cq:model")
    tags = (properties.get("metadata") or {}).get("cq:tags")
    return Fragment(
        _asset_path(raw) or str(properties.get("name", "")),
        str(properties.get("title") or ""),
        str(model.get("path", "")) if isinstance(model, Mapping) else str(model or ""),
        {name: _of_element(each) for name, each in named.items()},
        tuple(_variation_of(key, named) for key in variations),
        below,
        _left(description=properties.get("description"), tags=tags),
    )


def _asset_path(raw: Mapping[str, Any]) -> str:
    """Read the path from the link of an asset to itself."""
    for link in raw.get("links") or ():
        if isinstance(link, Mapping) and "self" in (link.get("rel") or ()):
            path = str(link.get("href", "")).partition("/api/assets")[2]
            return f"/content/dam{path.removesuffix('.json')}" if path else ""
    return ""


def _of_element(element: Mapping[str, Any], otherwise: Mapping[str, Any] | None = None) -> Told:
    kind = str(element.get(":type") or (otherwise or {}).get(":type") or element.get("dataType") or "")
    value = element.get("value")
    several = value if isinstance(value, list) else [] if value is None else [value]
    is_list = element.get("multiValue") is True or isinstance(value, list)
    return Told(
        tuple(several), _ELEMENT_TYPES.get(kind), is_list=is_list, mime=kind if kind.startswith("text/") else ""
    )


def _variation_of(key: str, elements: Mapping[str, Mapping[str, Any]]) -> Variation:
    """Join what each element says of a variation; an element that says nothing has its master's value."""
    own = {name: (each.get("variations") or {}).get(key) for name, each in elements.items()}
    title = next((str(each["title"]) for each in own.values() if each and each.get("title")), key)
    values = {name: _of_element(own[name] or each, each) for name, each in elements.items()}
    return Variation(key, title, values)


# The fragment management API


def _is_managed(raw: Mapping[str, Any]) -> bool:
    fields = raw.get("fields")
    return (
        isinstance(fields, list)
        and str(raw.get("path", "")).startswith("/content/")
        and all(isinstance(each, Mapping) and "name" in each for each in fields)
    )


def _of_managed(raw: Mapping[str, Any], place: Place) -> Fragment:
    model = raw.get("model")
    return Fragment(
        str(raw["path"]),
        str(raw.get("title") or ""),
        str(model.get("path", "")) if isinstance(model, Mapping) else str(model or ""),
        _of_fields(raw["fields"]),
        tuple(_of_managed_variation(each) for each in raw.get("variations") or ()),
        place,
        _left(description=raw.get("description"), tags=_tags(raw)),
    )


def _of_managed_variation(raw: Mapping[str, Any]) -> Variation:
    name = str(raw["name"])
    return Variation(name, str(raw.get("title") or name), _of_fields(raw.get("fields") or ()), _tags(raw))


def _of_fields(fields: Any) -> Values:
    return {
        str(each["name"]): Told(
            tuple(value for value in each.get("values") or () if value is not None),
            api_kind(each["type"]) if "type" in each else None,
            is_list=each.get("multiple") is True,
            mime=str(each.get("mimeType") or ""),
        )
        for each in fields
    }


def _tags(raw: Mapping[str, Any]) -> tuple[str, ...]:
    listed = raw.get("tags") or ()
    return tuple(str(each.get("id", "")) if isinstance(each, Mapping) else str(each) for each in listed)


# GraphQL


def _results(raw: object, place: Place) -> Iterator[tuple[Mapping[str, Any], Place]]:
    """Find what a query of a list, a path or pages answered, if the document is an answer at all."""
    data = raw.get("data") if isinstance(raw, Mapping) else None
    for name, answer in data.items() if isinstance(data, Mapping) else ():
        if not isinstance(answer, Mapping):
            continue
        below = place.below("data").below(name)
        items = answer.get("items") or [each.get("node") for each in answer.get("edges") or ()] or [answer.get("item")]
        for index, item in enumerate(items):
            if isinstance(item, Mapping) and "_path" in item:
                yield item, below.below("items").below(str(index))


def _of_results(found: list[tuple[Mapping[str, Any], Place]]) -> Iterator[Fragment]:
    def path_of(each: tuple[Mapping[str, Any], Place]) -> str:
        return str(each[0]["_path"])

    for path, group in groupby(sorted(found, key=path_of), key=path_of):
        several = list(group)
        named = {str(item.get("_variation") or MASTER): item for item, _ in several}
        first = named.get(MASTER) or several[0][0]
        model = first.get("_model")
        yield Fragment(
            path,
            str((first.get("_metadata") or {}).get("title") or ""),
            str(model.get("_path", "")) if isinstance(model, Mapping) else _type_of(first),
            of_result(first),
            tuple(Variation(name, name, of_result(item)) for name, item in named.items() if item is not first),
            several[0][1],
        )


def _type_of(item: Mapping[str, Any]) -> str:
    """Name a model by its GraphQL type, where the query asked for no more."""
    return str(item.get("__typename") or "").removesuffix("Model")


def of_result(item: Mapping[str, Any]) -> Values:
    """Read the fields of a GraphQL object; what begins with an underscore is AEM's own."""
    return {
        name: _of_answer(value) for name, value in item.items() if not name.startswith("_") and name != "__typename"
    }


def _of_answer(value: object) -> Told:
    several: list[Any] = [each for each in (value if isinstance(value, list) else [value]) if each is not None]
    for name in _FORMATS:
        if several and all(isinstance(each, Mapping) and name in each for each in several):
            texts = tuple(str(each[name] or "") for each in several)
            return Told(texts, Kind.LONG_TEXT, is_list=isinstance(value, list), mime=_MIMES[name])
    return Told(tuple(several), is_list=isinstance(value, list))


def _left(**parts: object) -> tuple[str, ...]:
    return tuple(name for name, value in parts.items() if value)
