"""Placeholders `{fact|format}` in authored text: parsed once, checked against the facts, filled at delivery."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from cms.facts.declarations import FactRef, FactSchema, FactType, Origin
from cms.problems import Problem, did_you_mean

_NUMERIC = frozenset({FactType.NUMBER})
FORMATS: Mapping[str, frozenset[FactType]] = {
    "money": frozenset({FactType.MONEY}),
    "number": _NUMERIC,
    "percent": _NUMERIC,
    "discount": _NUMERIC,
    "date": frozenset({FactType.DATE}),
    "list": frozenset({FactType.SET}),
    "plural": _NUMERIC,
}
# What `{fact}` without a format does; a date or amount always has a form, so it needs none spelled out.
DEFAULT_FORMATS: Mapping[FactType, str] = {
    FactType.NUMBER: "number",
    FactType.MONEY: "money",
    FactType.DATE: "date",
    FactType.SET: "list",
    FactType.TEXT: "text",
    FactType.ENUM: "text",
}
PLURAL_CATEGORIES = ("zero", "one", "two", "few", "many", "other")


@dataclass(frozen=True, slots=True)
class Placeholder:
    """One gap in a text: which fact fills it and how it is written; `forms` are the plural's by CLDR category."""

    ref: FactRef
    format: str
    forms: Mapping[str, str] = field(default_factory=dict)

    @property
    def can_be_unknown(self) -> bool:
        """Only what is always known may stand in a default: the clock, and what the answer is made for."""
        return self.ref.fact.origin is not Origin.CLOCK and self.ref.name not in {
            "locale", "currency", "channel", "page.stage",
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Template:
    """Authored text: literals and placeholders in order."""

    parts: tuple[str | Placeholder, ...]

    @property
    def placeholders(self) -> tuple[Placeholder, ...]:
        return tuple(part for part in self.parts if isinstance(part, Placeholder))

    @property
    def literal(self) -> str:
        """The text without its gaps, for checks of what the author typed."""
        return "".join(part for part in self.parts if isinstance(part, str))


_TOKEN = re.compile(r"\{\{|\{(?P<inside>[^{}]*)\}?")
_INSIDE = re.compile(r"\s*(?P<name>[^\s|{}]+)\s*(\|\s*(?P<format>[a-z]+)\s*(?P<options>.*))?", re.DOTALL)
_OPTION = re.compile(r'\s*(?P<key>[a-z]+)="(?P<value>[^"]*)"')


def parse_template(text: str, schema: FactSchema) -> tuple[Template, list[Problem]]:
    """Split authored text at its placeholders.

    Returns:
        The template and its problems; a faulty placeholder is left out of the template.
    """
    parts: list[str | Placeholder] = []
    problems: list[Problem] = []
    end = 0
    for token in _TOKEN.finditer(text):
        parts.append(text[end : token.start()])
        end = token.end()
        if token[0] == "{{":
            parts.append("{")
            continue
        found = _placeholder(token[0], token["inside"], schema)
        if isinstance(found, Problem):
            problems.append(found)
        else:
            parts.append(found)
    parts.append(text[end:])
    return Template(_joined(parts)), problems


def _joined(parts: list[str | Placeholder]) -> tuple[str | Placeholder, ...]:
    joined: list[str | Placeholder] = []
    for part in parts:
        if isinstance(part, str) and joined and isinstance(joined[-1], str):
            joined[-1] += part
        elif part != "":
            joined.append(part)
    return tuple(joined)


def _bad(text: str, message: str, suggestion: str = "") -> Problem:
    return Problem("bad-placeholder", f"{text}: {message}.", suggestion=suggestion)


def _placeholder(written: str, inside: str, schema: FactSchema) -> Placeholder | Problem:
    if not written.endswith("}"):
        return _bad(written[:40], "the placeholder is not closed", "Close it with }, or write {{ for a literal brace.")
    match = _INSIDE.fullmatch(inside)
    if not match:
        return _bad(written, "not a placeholder", "Write {fact|format}, or {{ for a literal brace.")
    ref = schema.find(match["name"])
    if ref is None:
        suggestion = did_you_mean(match["name"], schema.spell_like(match["name"]))
        return Problem("unknown-fact", f'{written}: no fact "{match["name"]}".', suggestion=suggestion)
    return _formatted(written, ref, match["format"], match["options"] or "")


def _formatted(written: str, ref: FactRef, name: str | None, options: str) -> Placeholder | Problem:
    kind = ref.fact.type
    if name is None:
        if kind not in DEFAULT_FORMATS:
            return _bad(written, f"a {kind} cannot be shown as text")
        return Placeholder(ref, DEFAULT_FORMATS[kind])
    if name not in FORMATS:
        suggestion = did_you_mean(name, FORMATS)
        return Problem("unknown-format", f'{written}: no format "{name}".', suggestion=suggestion)
    if kind not in FORMATS[name]:
        fitting = sorted(form for form, kinds in FORMATS.items() if kind in kinds)
        suggestion = f"A {kind} takes: {', '.join(fitting)}." if fitting else f"Write {{{ref.name}}} without a format."
        return Problem("wrong-format", f'{written}: "{name}" does not fit a {kind}.', suggestion=suggestion)
    return _plural(written, ref, options) if name == "plural" else _plain(written, ref, name, options)


def _plain(written: str, ref: FactRef, name: str, options: str) -> Placeholder | Problem:
    if options.strip():
        return _bad(written, f'the format "{name}" takes no options', f"Write {{{ref.name}|{name}}}.")
    return Placeholder(ref, name)


def _plural(written: str, ref: FactRef, options: str) -> Placeholder | Problem:
    forms, end = {}, 0
    for option in _OPTION.finditer(options):
        if option.start() != end or option["key"] not in PLURAL_CATEGORIES:
            break
        forms[option["key"]] = option["value"]
        end = option.end()
    if options[end:].strip() or "other" not in forms:
        return _bad(written, "the plural forms cannot be read", 'Write {fact|plural one="# item" other="# items"}.')
    return Placeholder(ref, "plural", forms)
