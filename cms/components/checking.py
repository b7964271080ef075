"""The check of a body: authored JSON becomes the tree of `body.py`, or problems with their place."""

from collections.abc import Callable, Mapping, Sequence
from zoneinfo import ZoneInfo

from cms.components.body import Body, Image, Node, Source
from cms.components.field_values import SINGLE, Reading
from cms.components.model import ComponentModel, Field, FieldType
from cms.facts.declarations import FactSchema
from cms.facts.placeholders import Template
from cms.problems import Problem, did_you_mean, pointer_of


def check_body(
    model: ComponentModel,
    raw: Mapping[str, object],
    *,
    schema: FactSchema,
    currency: str,
    zone: ZoneInfo,
    link_hosts: frozenset[str],
    pointer: str,
) -> tuple[Body, list[Problem]]:
    """Check an authored body against its component's model.

    Args:
        model: What fields there are.
        raw: The body as parsed from its file.
        schema: The facts that placeholders may name.
        currency: ISO 4217 code of amounts that name none.
        zone: The default market's; a moment without offset is refused, never guessed.
        link_hosts: Hosts that https links may name.
        pointer: Where the body stands in its document.

    Returns:
        The body without its faulty fields, and every problem. Whether rails, products and categories exist
        is checked by whoever holds them.
    """
    checking = _Checking(schema, currency, link_hosts)
    return checking.group(model.fields, raw, pointer), checking.problems


def check_sample(
    model: ComponentModel, *, schema: FactSchema, currency: str, zone: ZoneInfo, link_hosts: frozenset[str]
) -> tuple[Body, list[Problem]]:
    """Check the sample and the defaults of a model; a model without sample gives an empty body."""
    checking = _Checking(schema, currency, link_hosts)
    checking.defaults(model.fields, "/fields")
    body = checking.group(model.fields, model.sample, "/sample") if model.sample is not None else {}
    return body, checking.problems


class _Checking(Reading):
    """Reads fields that hold fields; a single field is read by its row of `SINGLE`."""

    def group(self, fields: Mapping[str, Field], raw: Mapping[str, object], pointer: str) -> Body:
        self._refuse_unknown(fields, raw, pointer)
        body: dict[str, Node] = {}
        for name, part in fields.items():
            node = self._placed(name, part, raw, pointer)
            if node is not None:
                body[name] = node
        return body

    def _refuse_unknown(self, fields: Mapping[str, Field], raw: Mapping[str, object], pointer: str) -> None:
        for name in raw:
            if name not in fields:
                place, hint = pointer + pointer_of(name) + "#key", did_you_mean(name, fields)
                self.fault("unknown-field", f'No field "{name}" here.', place, hint)

    def _placed(self, name: str, part: Field, raw: Mapping[str, object], pointer: str) -> Node | None:
        if name in raw:
            return self.node(part, raw[name], pointer + pointer_of(name))
        if part.required:
            self.fault("missing-field", f'The field "{name}" is missing.', pointer, f'Add "{name}".')
        return self._default(part)

    def _default(self, part: Field) -> Node | None:
        if part.default is None:
            return None
        return _Checking(self.schema, self.currency, self.link_hosts).node(part, part.default, "")

    def defaults(self, fields: Mapping[str, Field], pointer: str) -> None:
        for name, part in fields.items():
            place = pointer + pointer_of(name)
            if part.default is not None:
                self.node(part, part.default, place + "/default")
            self.defaults(part.fields, place + "/fields")
            if part.item is not None:
                self.defaults({"of": part.item}, place)

    def node(self, part: Field, raw: object, pointer: str) -> Node | None:
        if raw is None:
            self.fault("wrong-type", "null is not a value here.", pointer, "Leave the field out.")
            return None
        nested = _NESTED.get(part.type)
        if nested is not None:
            return nested(self, part, raw, pointer)
        return SINGLE[part.type](self, part, raw, pointer)


_IMAGE: Mapping[str, Field] = {
    "alt": Field(FieldType.TEXT),
    "width": Field(FieldType.INT),
    "height": Field(FieldType.INT),
}


def _image(checking: _Checking, part: Field, raw: object, pointer: str) -> Node | None:
    if not isinstance(raw, Mapping):
        checking.expect("An image", raw, pointer, 'Write {"src": "/pictures/fern.jpg", "alt": "A fern"}.')
        return None
    missing = [name for name in ("src", "alt") if name not in raw]
    for name in missing:
        hint = 'Say what it shows; "" for one that only decorates.' if name == "alt" else 'Add "src".'
        checking.fault("missing-field", f'The image has no "{name}".', pointer, hint)
    plain = {name: value for name, value in raw.items() if name not in {"src", "srcset"}}
    rest = checking.group(_IMAGE, plain, pointer)
    src = checking.link(raw["src"], pointer + "/src", media=True) if "src" in raw else None
    srcset = _srcset(checking, raw["srcset"], pointer + "/srcset") if "srcset" in raw else ()
    alt = rest.get("alt")
    if src is None or not isinstance(alt, Template):
        return None
    width, height = (_size(checking, rest.get(name), name, pointer) for name in ("width", "height"))
    return Image(src, alt, width, height, srcset)


def _size(checking: _Checking, value: object, name: str, pointer: str) -> int | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value > 0):
        return value
    checking.fault("wrong-type", f'"{name}" is a number of pixels from 1.', pointer + pointer_of(name))
    return None


def _srcset(checking: _Checking, raw: object, pointer: str) -> tuple[Source, ...]:
    """Read the same picture in several widths, for the browser to choose from."""
    sources = []
    for index, item in enumerate(_items(checking, Field(FieldType.LIST, required=True), raw, pointer)):
        place = pointer + pointer_of(index)
        if not isinstance(item, Mapping) or set(item) != {"src", "width"}:
            checking.expect("A source", item, place, 'Write {"src": "/pictures/fern-640.jpg", "width": 640}.')
            continue
        src = checking.link(item["src"], place + "/src", media=True)
        width = _size(checking, item["width"], "width", place)
        if src is not None and width is not None:
            sources.append(Source(src, width))
    return tuple(sources)


def _items(checking: _Checking, part: Field, raw: object, pointer: str) -> Sequence[object]:
    if not isinstance(raw, list):
        checking.expect("A list", raw, pointer)
        return ()
    if part.required and not raw:
        checking.fault("empty-list", "The list is empty.", pointer, "Give at least one item.")
    if part.max_items is not None and len(raw) > part.max_items:
        message = f"The list has {len(raw)} items; {part.max_items} are allowed."
        checking.fault("too-long", message, pointer, f"Take {len(raw) - part.max_items} out.")
    return raw


def _each(checking: _Checking, part: Field, item: Field, raw: object, pointer: str) -> Node | None:
    items = _items(checking, part, raw, pointer)
    found = [checking.node(item, value, pointer + pointer_of(index)) for index, value in enumerate(items)]
    return tuple(node for node in found if node is not None)


def _products(checking: _Checking, part: Field, raw: object, pointer: str) -> Node | None:
    return _each(checking, part, Field(FieldType.PRODUCT), raw, pointer)


def _list(checking: _Checking, part: Field, raw: object, pointer: str) -> Node | None:
    return None if part.item is None else _each(checking, part, part.item, raw, pointer)


def _group(checking: _Checking, part: Field, raw: object, pointer: str) -> Node | None:
    if isinstance(raw, Mapping):
        return checking.group(part.fields, raw, pointer)
    example = ", ".join(f'"{name}": …' for name in part.fields)
    checking.expect("An object", raw, pointer, f"Write {{{example}}}.")
    return None


_NESTED: Mapping[FieldType, Callable[[_Checking, Field, object, str], Node | None]] = {
    FieldType.IMAGE: _image,
    FieldType.PRODUCTS: _products,
    FieldType.GROUP: _group,
    FieldType.LIST: _list,
}
