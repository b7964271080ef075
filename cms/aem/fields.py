"""Fields: each data type of AEM as a field type of a component, and its values as that field's."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlsplit

from cms.aem.datatypes import READERS, SHAPES, said
from cms.aem.fragments import of_result
from cms.aem.markdown import markdown_of
from cms.aem.shapes import Fragment, Kind, Model, ModelField, Place, Report, Told, Values
from cms.components.links import why_unsafe

Json = Any

_PICTURE = re.compile(r"\.(avif|gif|jpe?g|png|svg|webp)([?#]|$)", re.IGNORECASE)
_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_DEEPEST = 2  # groups in groups
_ADDRESS = "/:?#[]@!$&()*+,;=%~-._"


def field_key(name: str) -> str:
    """Name a field as ours are: `primaryImage` is `primary_image`."""
    words = re.sub(r"[^a-z0-9]+", "_", _CAPITAL.sub("_", name).lower()).strip("_")
    return words if words[:1].isalpha() else f"f_{words}"


def guessed(path: str, told: Sequence[Values], place: Place) -> Model:
    """Make up a model from what fragments hold, where none was given."""
    names = dict.fromkeys(name for values in told for name in values)
    fields = (_guessed_field(name, [values[name] for values in told if name in values]) for name in names)
    return Model(path, "", tuple(field for field in fields if field is not None), place)


def _guessed_field(name: str, told: Sequence[Told]) -> ModelField | None:
    values = [value for each in told for value in each.values]
    kinds = [each.kind for each in told if each.kind is not None]
    is_list = any(each.is_list for each in told)
    if not values and not kinds:
        return None
    kind = kinds[0] if kinds else _kind_of(values[0])
    if kind is Kind.TEXT and values and all(str(value).startswith("/content/") for value in values):
        kind = Kind.CONTENT_REFERENCE
    is_whole = all(isinstance(value, int) for value in values)
    choices = tuple(dict.fromkeys(map(str, values))) if kind is Kind.ENUMERATION else ()
    return ModelField(name, kind, is_list=is_list, is_whole=is_whole, choices=choices)


def _kind_of(value: object) -> Kind:
    match value:
        case bool():
            return Kind.BOOLEAN
        case int() | float() | Decimal():
            return Kind.NUMBER
        case str():
            return Kind.TEXT
        case {"_path": _, **rest} if rest.keys() - _OF_REFERENCES:
            return Kind.FRAGMENT_REFERENCE
        case {"_path": _}:
            return Kind.CONTENT_REFERENCE
    return Kind.JSON


_OF_REFERENCES = frozenset(
    "_path _authorUrl _publishUrl _dynamicUrl _dmS7Url __typename width height mimeType type title description".split()
)


@dataclass(frozen=True, slots=True)
class Component:
    """A model as a component: its fields by AEM's names, and as they are written."""

    key: str
    model: Model
    fields: Mapping[str, ModelField]
    written: Mapping[str, Json]
    groups: Mapping[str, "Component"]


@dataclass(frozen=True, slots=True)
class Fields:
    """Turns models into components, and values into theirs, and reports what cannot be."""

    models: Mapping[str, Model]
    fragments: Mapping[str, Fragment]
    link_hosts: frozenset[str]
    report: Report

    def component(self, key: str, model: Model, told: Sequence[Values], depth: int = 0) -> Component:
        """Give a model's fields our types; `told` are the values that fragments have for them."""
        fields: dict[str, ModelField] = {}
        written: dict[str, Json] = {}
        groups: dict[str, Component] = {}
        for each in model.fields:
            values = [values[each.name] for values in told if each.name in values]
            field = self._settled(each, values)
            if field.kind is Kind.FRAGMENT_REFERENCE:
                group = self._group(field, values, model.place, depth)
                if group is not None:
                    groups[field.name] = group
            shape = self._shape(field, groups.get(field.name), model.place)
            name = field_key(field.name)
            if shape is None:
                continue
            if name in written:
                self.report.lost(model.place, f'The field "{field.name}": another one would be called "{name}" too.')
                continue
            if name != field.name:
                self.report.changed(model.place, f'The field "{field.name}" is called "{name}".')
            fields[field.name] = field
            written[name] = shape
        return Component(key, model, fields, written, groups)

    def _settled(self, field: ModelField, told: Sequence[Told]) -> ModelField:
        """Look at the values where the model leaves open whether a reference is a picture."""
        paths = [path_of(value) for each in told for value in each.values]
        if field.kind is not Kind.CONTENT_REFERENCE or field.is_image or not paths:
            return field
        return replace(field, is_image=all(_PICTURE.search(path) for path in paths))

    def _group(self, field: ModelField, told: Sequence[Told], place: Place, depth: int) -> Component | None:
        """Take what a fragment reference leads to into a group, where that is of one known model."""
        values = [nested for each in told for value in each.values if (nested := self._referred(value)) is not None]
        model = self.models.get(field.models[0]) if len(field.models) == 1 else None
        if model is None and len(field.models) < 2 and values:
            model = guessed(field.name, values, place)
        if model is None or depth >= _DEEPEST:
            why = (
                "it may lead to several models"
                if len(field.models) > 1
                else "what it leads to was not given, or is nested deeper than a group should be"
            )
            self.report.lost(
                place,
                f'The fragment reference "{field.name}": {why}.',
                "Import what it leads to as an entry of its own.",
            )
            return None
        group = self.component(field_key(field.name), model, values, depth + 1)
        return group if group.written else None

    def _referred(self, value: object) -> Values | None:
        """Find the fields of the fragment that a value refers to: within it, or among those that were given."""
        if isinstance(value, Mapping) and value.keys() - _OF_REFERENCES:
            return of_result(value)
        found = self.fragments.get(path_of(value))
        return found.master if found is not None else None

    def _shape(self, field: ModelField, group: Component | None, place: Place) -> Json:
        shape = SHAPES[field.kind](field) if field.kind in SHAPES else None
        if field.kind is Kind.FRAGMENT_REFERENCE:
            shape = None if group is None else {"type": "group", "fields": dict(group.written)}
        elif shape is None and field.kind is not Kind.LAYOUT:
            self.report.lost(place, f'The field "{field.name}" of type {field.kind}: no field of ours is like it.')
        if shape is None:
            return None
        is_list = field.is_list or field.kind is Kind.TAG
        return {
            **({"type": "list", "of": shape} if is_list else shape),
            **({"required": True} if field.required else {}),
        }

    def body(self, component: Component, told: Values, place: Place) -> dict[str, Json]:
        """Write the values of a fragment as the component's fields."""
        for name in told.keys() - component.fields.keys():
            if told[name].values and name not in {each.name for each in component.model.fields}:
                self.report.lost(place, f'The value of "{name}": its model has no such field.')
        written: dict[str, Json] = {}
        for name, field in component.fields.items():
            each = told.get(name)
            values = list(self._values(field, each, component.groups.get(name), place)) if each is not None else []
            if field.is_list or field.kind is Kind.TAG:
                if values:
                    written[field_key(name)] = values
            elif values:
                written[field_key(name)] = values[0]
                for _ in values[1:]:
                    self.report.lost(place, f'A further value of "{name}", which takes one.')
        return written

    def _values(self, field: ModelField, told: Told, group: Component | None, place: Place) -> Iterator[Json]:
        for value in told.values:
            if value == "" or value is None:
                continue
            try:
                yield self._value(field, value, told.mime, group, place)
            except (ValueError, TypeError, ArithmeticError, OSError) as wrong:
                self.report.lost(place, f'The value {said(value)} of "{field.name}": {wrong}.')

    def _value(self, field: ModelField, value: object, mime: str, group: Component | None, place: Place) -> Json:
        if field.kind is Kind.LONG_TEXT:

            def lost(what: str) -> None:
                self.report.lost(place, f'In "{field.name}", {what}.')

            return markdown_of(str(value), mime, lost, self._why_refused)
        if field.kind is Kind.CONTENT_REFERENCE:
            return self._reference(field, value, place)
        if field.kind is Kind.FRAGMENT_REFERENCE:
            found = self._referred(value)
            if group is None or found is None:
                raise ValueError("what it leads to was not given")
            return self.body(group, found, place)
        return READERS[field.kind](field, value)

    def _reference(self, field: ModelField, value: object, place: Place) -> Json:
        path = quote(path_of(value), safe=_ADDRESS)
        if why := self._why_refused(path, media=field.is_image):
            raise ValueError(why)
        if not field.is_image:
            return path
        sizes = {name: value[name] for name in ("width", "height") if isinstance(value, Mapping) and value.get(name)}
        self.report.undecided(
            place,
            f'The picture "{path}" of "{field.name}" has no words.',
            'Say what it shows in "alt"; it is "" now, as of one that only decorates.',
        )
        return {"src": path, "alt": "", **sizes}

    def _why_refused(self, address: str, *, media: bool = False) -> str:
        refusal = why_unsafe(address, self.link_hosts, media=media)
        return refusal[0] if refusal else ""


def hosts_of(told: Values) -> Iterator[str]:
    """Name the hosts that the values link to over https."""
    for each in told.values():
        for value in each.values:
            for address in re.findall(r"https://[^\s\"'<>)]+", str(value)):
                if host := urlsplit(address).hostname:
                    yield host


def path_of(value: object) -> str:
    """Give the path or address that a reference leads to."""
    if isinstance(value, Mapping):
        return str(value.get("_path") or value.get("path") or value.get("_publishUrl") or "")
    return str(value)
