"""Component models: the fields of a component, their types and limits."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, cast, get_args

from cms.facts.declarations import CHANNELS, STAGES
from cms.problems import Problem, did_you_mean, pointer_of


class FieldType(StrEnum):
    TEXT = "text"
    MARKDOWN = "markdown"
    CHOICE = "choice"
    BOOL = "bool"
    INT = "int"
    DECIMAL = "decimal"
    PERCENT = "percent"
    MONEY = "money"
    LINK = "link"
    IMAGE = "image"
    PRODUCT = "product"
    PRODUCTS = "products"
    CATEGORY = "category"
    DATETIME = "datetime"
    COLOR = "color"
    RAIL = "rail"
    GROUP = "group"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class Field:
    """One field: `of` are the choices of a choice, `fields` the parts of a group, `item` what a list holds.

    `max_length` counts typed characters, gaps left out; `max_items` limits a list or a list of products.
    `default` is raw JSON, None if there is none.
    """

    type: FieldType
    required: bool = False
    max_length: int | None = None
    max_items: int | None = None
    of: tuple[str, ...] = ()
    default: object = None
    fields: Mapping[str, "Field"] = field(default_factory=dict)
    item: "Field | None" = None


Display = Literal["inline", "overlay", "blocking"]


@dataclass(frozen=True, slots=True)
class ComponentModel:
    """What can be shown: `never` are the stages that may not hold it, `sample` an unchecked body for previews."""

    key: str
    title: str
    fields: Mapping[str, Field]
    channels: frozenset[str] = frozenset({"web", "email", "app"})
    display: Display = "inline"
    dismissible: bool = False
    never: frozenset[str] = frozenset()
    sample: Mapping[str, object] | None = None

    @property
    def markdown_fields(self) -> tuple[str, ...]:
        """Name the top-level Markdown fields; a copy file needs exactly one."""
        return tuple(name for name, part in self.fields.items() if part.type is FieldType.MARKDOWN)


MODEL_KEYS = ("title", "channels", "display", "dismissible", "stages", "fields", "sample")
FIELD_KEYS: Mapping[FieldType, tuple[str, ...]] = {
    FieldType.TEXT: ("max_length",),
    FieldType.MARKDOWN: ("max_length",),
    FieldType.CHOICE: ("of", "default"),
    FieldType.BOOL: ("default",),
    FieldType.INT: ("default",),
    FieldType.DECIMAL: ("default",),
    FieldType.PERCENT: ("default",),
    FieldType.COLOR: ("default",),
    FieldType.PRODUCTS: ("max_items",),
    FieldType.GROUP: ("fields",),
    FieldType.LIST: ("of", "max_items"),
}
NEEDED_KEYS: Mapping[FieldType, str] = {FieldType.CHOICE: "of", FieldType.LIST: "of", FieldType.GROUP: "fields"}
_FIELD_NAME = re.compile(r"[a-z][a-z0-9_]*")


def parse_model(key: str, raw: object) -> tuple[ComponentModel | None, list[Problem]]:
    """Read a `model.json`.

    Returns:
        The model, None if it has no fields to speak of, and everything wrong with it. The sample is only kept:
        `cms.components.checking.check_sample` checks it, because its gaps need to know the workspace's facts.
    """
    reading = _Reading()
    return reading.model(key, raw), reading.problems


@dataclass(slots=True)
class _Reading:
    problems: list[Problem] = field(default_factory=list)

    def fault(self, code: str, message: str, pointer: str, suggestion: str = "") -> None:
        self.problems.append(Problem(code, message, pointer, suggestion))

    def model(self, key: str, raw: object) -> ComponentModel | None:
        if not isinstance(raw, Mapping):
            self.fault("wrong-type", "A component model is an object {…}.", "")
            return None
        self._refuse_unknown(raw, MODEL_KEYS, "")
        if "fields" not in raw:
            self.fault("missing-key", 'The key "fields" is missing.', "", 'Add "fields".')
            return None
        return ComponentModel(
            key,
            self._text(raw, "title") or key,
            self.fields(raw["fields"], "/fields"),
            frozenset(self._words(raw, "channels", "", sorted(CHANNELS))) or CHANNELS,
            self._display(raw),
            self._flag(raw, "dismissible", ""),
            self._never(raw),
            self._object(raw, "sample"),
        )

    def fields(self, raw: object, pointer: str) -> dict[str, Field]:
        if not isinstance(raw, Mapping) or not raw:
            self.fault("wrong-type", "Fields are an object from name to field, with at least one.", pointer)
            return {}
        found = {name: self.field(name, part, pointer + pointer_of(name)) for name, part in raw.items()}
        return {name: part for name, part in found.items() if part is not None}

    def field(self, name: str, raw: object, pointer: str) -> Field | None:
        if not _FIELD_NAME.fullmatch(name):
            suggestion = "Use small letters, digits and underscores, starting with a letter."
            self.fault("bad-name", f'"{name}" cannot be the name of a field.', pointer + "#key", suggestion)
        if not isinstance(raw, Mapping):
            self.fault("wrong-type", 'A field is an object such as {"type": "text"}.', pointer)
            return None
        kind = self._type(raw, pointer)
        return None if kind is None else self._field(kind, raw, pointer)

    def _type(self, raw: Mapping[str, object], pointer: str) -> FieldType | None:
        kinds = [kind.value for kind in FieldType]
        if "type" not in raw:
            self.fault("missing-key", 'The key "type" is missing.', pointer, f"Add one of {', '.join(kinds)}.")
            return None
        name = raw["type"]
        if name not in kinds:
            hint = did_you_mean(name, kinds) if isinstance(name, str) else ""
            message = f"No field type {json.dumps(name, default=str)}."
            self.fault("unknown-type", message, pointer + "/type", hint or f"Known: {', '.join(kinds)}.")
            return None
        return FieldType(str(name))

    def _field(self, kind: FieldType, raw: Mapping[str, object], pointer: str) -> Field | None:
        self._refuse_unknown(raw, ("type", "required", *FIELD_KEYS.get(kind, ())), pointer)
        needed = NEEDED_KEYS.get(kind)
        if needed is not None and needed not in raw:
            self.fault("missing-key", f'A {kind} needs "{needed}".', pointer, f'Add "{needed}".')
            return None
        return Field(
            kind,
            self._flag(raw, "required", pointer),
            self._limit(raw, "max_length", pointer),
            self._limit(raw, "max_items", pointer),
            tuple(self._words(raw, "of", pointer)) if kind is FieldType.CHOICE else (),
            raw.get("default"),
            self.fields(raw["fields"], pointer + "/fields") if kind is FieldType.GROUP else {},
            self.field("of", raw["of"], pointer + "/of") if kind is FieldType.LIST else None,
        )

    def _display(self, raw: Mapping[str, object]) -> Display:
        word = raw.get("display", "inline")
        if word in get_args(Display):
            return cast("Display", word)
        hint = did_you_mean(word, get_args(Display)) if isinstance(word, str) else "Known: blocking, inline, overlay."
        self.fault("unknown-choice", f'"display" cannot be {json.dumps(word, default=str)}.', "/display", hint)
        return "inline"

    def _never(self, raw: Mapping[str, object]) -> frozenset[str]:
        stages = self._object(raw, "stages") or {}
        self._refuse_unknown(stages, ("never",), "/stages")
        return frozenset(self._words(stages, "never", "/stages", STAGES))

    def _words(self, raw: Mapping[str, object], key: str, pointer: str, known: Sequence[str] = ()) -> list[str]:
        """Read a list of different words, all of them known ones if such are given; a missing key is no words."""
        if key not in raw:
            return []
        place, words = pointer + pointer_of(key), raw[key]
        if not isinstance(words, list) or not all(isinstance(word, str) and word for word in words):
            self.fault("wrong-type", f'"{key}" is a list of words.', place)
            return []
        if not words:
            self.fault("empty-list", f'"{key}" is empty.', place, "Give at least one word, or leave the key out.")
        for index, word in enumerate(words):
            if known and word not in known:
                message, hint = f'No "{word}" here.', did_you_mean(word, known) or f"Known: {', '.join(known)}."
                self.fault("unknown-choice", message, place + pointer_of(index), hint)
        return [word for word in words if not known or word in known]

    def _limit(self, raw: Mapping[str, object], key: str, pointer: str) -> int | None:
        value = raw.get(key)
        if value is None or (isinstance(value, int) and not isinstance(value, bool) and value > 0):
            return value
        self.fault("wrong-type", f'"{key}" is a whole number from 1.', pointer + pointer_of(key))
        return None

    def _text(self, raw: Mapping[str, object], key: str) -> str:
        value = raw.get(key, "")
        if not isinstance(value, str):
            self.fault("wrong-type", f'"{key}" is a text.', pointer_of(key))
            return ""
        return value

    def _flag(self, raw: Mapping[str, object], key: str, pointer: str) -> bool:
        value = raw.get(key, False)
        if not isinstance(value, bool):
            self.fault("wrong-type", f'"{key}" is true or false.', pointer + pointer_of(key))
            return False
        return value

    def _object(self, raw: Mapping[str, object], key: str) -> Mapping[str, object] | None:
        value = raw.get(key)
        if isinstance(value, Mapping):
            return value
        if key in raw:
            self.fault("wrong-type", f'"{key}" is an object {{…}}.', pointer_of(key))
        return None

    def _refuse_unknown(self, raw: Mapping[str, object], known: Sequence[str], pointer: str) -> None:
        for key in raw:
            if key not in known:
                message = f'No key "{key}" here.'
                self.fault("unknown-key", message, pointer + pointer_of(key) + "#key", did_you_mean(key, known))
