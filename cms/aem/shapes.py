"""Shapes: Content Fragments and their models, whichever of AEM's JSON forms told of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from cms.problems import Problem, Severity


class Kind(StrEnum):
    """The data types of Content Fragment Models."""

    TEXT = "text"
    LONG_TEXT = "long-text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    TIME = "time"
    DATE_TIME = "date-time"
    ENUMERATION = "enumeration"
    TAG = "tag"
    CONTENT_REFERENCE = "content-reference"
    FRAGMENT_REFERENCE = "content-fragment"
    JSON = "json"
    LAYOUT = "layout"  # tabs: where a field stands in AEM's editor
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class ModelField:
    """A field of a model; `models` are those that a fragment reference may lead to."""

    name: str
    kind: Kind
    is_list: bool = False
    required: bool = False
    max_length: int | None = None
    choices: tuple[str, ...] = ()
    is_whole: bool = False
    is_image: bool = False
    models: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was read: a file, and an RFC 6901 pointer into it."""

    file: str
    pointer: str = ""

    def below(self, part: str) -> "Place":
        return Place(self.file, f"{self.pointer}/{part.replace('~', '~0').replace('/', '~1')}")


@dataclass(frozen=True, slots=True)
class Model:
    path: str
    title: str
    fields: tuple[ModelField, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Told:
    """A field's values; `kind` is what the JSON says of them, None where it says nothing. `mime` is of long texts."""

    values: tuple[object, ...]
    kind: Kind | None = None
    is_list: bool = False
    mime: str = ""


Values = Mapping[str, Told]


@dataclass(frozen=True, slots=True)
class Variation:
    name: str
    title: str
    values: Values
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fragment:
    """One Content Fragment in one language; `left` names what it holds that has no place with us."""

    path: str
    title: str
    model: str
    master: Values
    variations: tuple[Variation, ...]
    place: Place
    left: tuple[str, ...] = ()


@dataclass(slots=True)
class Report:
    """What became of everything that did not simply pass: the reader must find nothing missing that is not here."""

    found: list[Problem] = field(default_factory=list)

    def lost(self, place: Place, message: str, suggestion: str = "") -> None:
        """Something was left out."""
        self._add("aem-not-imported", place, message, suggestion, Severity.WARNING)

    def undecided(self, place: Place, message: str, suggestion: str) -> None:
        """Something waits for the author."""
        self._add("aem-decide", place, message, suggestion, Severity.WARNING)

    def changed(self, place: Place, message: str, suggestion: str = "") -> None:
        """Something is called or written otherwise now."""
        self._add("aem-changed", place, message, suggestion, Severity.INFO)

    def unread(self, place: Place, message: str, suggestion: str) -> None:
        """A file is none of those that can be read."""
        self._add("aem-unknown-shape", place, message, suggestion, Severity.ERROR)

    def _add(self, code: str, place: Place, message: str, suggestion: str, severity: Severity) -> None:
        problem = Problem(code, message, place.pointer, suggestion, severity, place.file, 1, 1)
        if problem not in self.found:  # the same is often so of a variation too
            self.found.append(problem)
