"""The values of single fields: how each type is read from JSON, and what is said of a wrong one."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from cms.components.body import CategoryRef, Link, Markdown, Node, ProductRef, RailName
from cms.components.links import why_unsafe
from cms.components.markdown_links import link_targets
from cms.components.model import Field, FieldType
from cms.components.typed_money import warning_of_money
from cms.facts.declarations import FactSchema, FactType
from cms.facts.placeholders import Placeholder, Template, parse_template
from cms.facts.values import moment_of, money_of
from cms.problems import Problem, did_you_mean

_KEY = re.compile(r"[a-z0-9][a-z0-9-]*")
_COLOR = re.compile(r"#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
_LONE = re.compile(r"\{(?!\{)[^{}]*\}")
_VALUE_FORMATS = frozenset(
    {"money", "number", "percent", "text"}
)  # what may be written in a gap that gives a bare value


@dataclass(slots=True)
class Reading:
    """One body being read: what names and bare amounts mean, and what was found wrong so far."""

    schema: FactSchema
    currency: str
    link_hosts: frozenset[str]
    problems: list[Problem] = field(default_factory=list)

    def fault(self, code: str, message: str, pointer: str, suggestion: str = "") -> None:
        self.problems.append(Problem(code, message, pointer, suggestion))

    def expect(self, needed: str, raw: object, pointer: str, suggestion: str = "") -> None:
        self.fault("wrong-type", f"{needed} is needed, not {said(raw)}.", pointer, suggestion)

    def template(self, part: Field, raw: object, pointer: str) -> Template | None:
        if not isinstance(raw, str):
            self.expect("A text", raw, pointer, "Put it in double quotes.")
            return None
        if part.required and not raw.strip():
            self.fault("missing-field", "The text is empty.", pointer, "Write it.")
            return None
        template, problems = parse_template(raw, self.schema)
        self.problems.extend(problem.below(pointer) for problem in problems)
        self._check_length(part, template, pointer)
        self._warn_of_money(template, pointer)
        return template

    def _check_length(self, part: Field, template: Template, pointer: str) -> None:
        length = len(template.literal)
        if part.max_length is not None and length > part.max_length:
            over = length - part.max_length
            message = f"The text has {length} characters; {part.max_length} are allowed."
            self.fault("too-long", message, pointer, f"Shorten it by {over}.")

    def _warn_of_money(self, template: Template, pointer: str) -> None:
        warning = warning_of_money(template, pointer)
        self.problems += [warning] if warning else []

    def link(self, raw: object, pointer: str, *, media: bool = False) -> str | None:
        if not isinstance(raw, str):
            self.expect("An address as text", raw, pointer)
            return None
        wrong = why_unsafe(raw, self.link_hosts, media=media)
        if wrong is not None:
            self.fault("bad-link", f"{said(raw)} is no safe address: {wrong[0]}.", pointer, wrong[1])
            return None
        return raw

    def gap(self, raw: str, kind: FactType, pointer: str) -> Placeholder | None:
        """Read a text that is one placeholder and gives a value of a kind."""
        template, problems = parse_template(raw, self.schema)
        self.problems.extend(problem.below(pointer) for problem in problems)
        if not template.placeholders:
            return None
        gap = template.placeholders[0]
        if gap.ref.fact.type is not kind:
            message = f'"{gap.ref.name}" is of type {gap.ref.fact.type}, but {kind} is needed here.'
            self.fault("wrong-format", message, pointer, f"Name a fact of type {kind}.")
            return None
        if gap.format not in _VALUE_FORMATS:
            message = f'"{gap.format}" makes words; this field takes the bare value.'
            self.fault("wrong-format", message, pointer, f"Write {{{gap.ref.name}}}.")
            return None
        return gap

    def key(self, raw: object, pointer: str, what: str) -> str | None:
        if isinstance(raw, str) and _KEY.fullmatch(raw):
            return raw
        self.expect(f"The key of a {what}", raw, pointer, "Keys have small letters, digits and hyphens.")
        return None


def said(raw: object) -> str:
    """Quote an authored value in a message, shortened."""
    match raw:
        case bool():
            return "true" if raw else "false"
        case str():
            return f'"{raw[:60]}…"' if len(raw) > 60 else f'"{raw}"'
        case int() | float() | Decimal():
            return str(raw)
        case Mapping():
            return "an object"
        case list():
            return "a list"
        case _:
            return "this"


def _text(reading: Reading, part: Field, raw: object, pointer: str) -> Node | None:
    return reading.template(part, raw, pointer)


def _markdown(reading: Reading, part: Field, raw: object, pointer: str) -> Node | None:
    template = reading.template(part, raw, pointer)
    if template is None:
        return None
    for target in link_targets(template):
        if target is None:
            message = "A placeholder stands in the address of a link."
            reading.fault("bad-placeholder", message, pointer, "Use a link field, or write the address out.")
        else:
            reading.link(target, pointer)
    return Markdown(template)


def _choice(reading: Reading, part: Field, raw: object, pointer: str) -> Node | None:
    if isinstance(raw, str) and raw in part.of:
        return raw
    hint = did_you_mean(raw, part.of) if isinstance(raw, str) else ""
    message = f"{said(raw)} is not one of {', '.join(part.of)}."
    reading.fault("unknown-choice", message, pointer, hint if hint.startswith("Did") else "")
    return None


def _bool(reading: Reading, part: Field, raw: object, pointer: str) -> Node | None:
    if isinstance(raw, bool):
        return raw
    reading.expect("true or false", raw, pointer, "Write it without quotes.")
    return None


def _number(raw: object) -> Decimal | None:
    if isinstance(raw, bool) or not isinstance(raw, int | float | Decimal | str):
        return None
    try:
        number = Decimal(str(raw))
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) <= 2**53 else None


def _numeric(reading: Reading, raw: object, pointer: str, needed: str) -> Decimal | Placeholder | None:
    if isinstance(raw, str) and _LONE.fullmatch(raw):
        return reading.gap(raw, FactType.NUMBER, pointer)
    number = _number(raw)
    if number is None:
        reading.expect(needed, raw, pointer, "Write it as a number, or as one placeholder such as {cart.count}.")
    return number


def _int(reading: Reading, part: Field, raw: object, pointer: str) -> Node | None:
    number = _numeric(reading, raw, pointer, "A whole number")
    if not isinstance(number, Decimal):
        return number
    if number != number.to_integral_value():
        reading.expect("A whole number", raw, pointer)
        return None
    return int(number)


def _decimal(reading: Reading, part: Field, raw: object, pointer: str) -> Node | None:
    return _numeric(reading, raw, pointer, "A number")


def _percent(reading: Reading, part: Field, raw: object, pointer: str) -> Node | None:
    number = _numeric(reading, raw, pointer, "A percentage from 0 to 100")
    if isinstance(number, Decimal) and not 0 <= number <= 100:
        reading.expect("A percentage from 0 to 100", raw, pointer)
        return None
    return number


def _money(reading: Reading, part: Field, raw: object, pointer: str) -> Node | None:
    if isinstance(raw, str) and _LONE.fullmatch(raw):
        return reading.gap(raw, FactType.MONEY, pointer)
    try:
        return money_of(raw, reading.currency)
    except ValueError as wrong:
        hint = f'Write "{raw}".' if isinstance(raw, int | Decimal) and not isinstance(raw, bool) else ""
        reading.fault("wrong-type", f"{wrong}.", pointer, hint or 'Write "80.00", or one placeholder {cart.subtotal}.')
        return None


def _link(reading: Reading, part: Field, raw: object, pointer: str) -> Node | None:
    href = reading.link(raw, pointer)
    return None if href is None else Link(href)


def _product(reading: Reading, part: Field, raw: object, pointer: str) -> Node | None:
    if isinstance(raw, str) and _LONE.fullmatch(raw):
        gap = reading.gap(raw, FactType.TEXT, pointer)
        return None if gap is None else ProductRef(raw, gap)
    if isinstance(raw, str) and raw.strip() and raw == raw.strip():
        return ProductRef(raw)
    reading.expect("A SKU", raw, pointer, 'Write it as text, or as one placeholder: "{page.product}".')
    return None


def _category(reading: Reading, part: Field, raw: object, pointer: str) -> Node | None:
    key = reading.key(raw, pointer, "category")
    return None if key is None else CategoryRef(key)


def _rail(reading: Reading, part: Field, raw: object, pointer: str) -> Node | None:
    key = reading.key(raw, pointer, "rail")
    return None if key is None else RailName(key)


def _datetime(reading: Reading, part: Field, raw: object, pointer: str) -> Node | None:
    if not isinstance(raw, str):
        reading.expect("A date and time", raw, pointer, 'Write "2026-12-01T00:00+08:00".')
        return None
    try:
        return moment_of(raw)
    except ValueError as wrong:
        reading.fault("bad-date", f"{wrong}.", pointer, 'Write it with its offset: "2026-12-01T00:00+08:00".')
        return None


def _color(reading: Reading, part: Field, raw: object, pointer: str) -> Node | None:
    if isinstance(raw, str) and _COLOR.fullmatch(raw):
        return raw.lower()
    reading.fault("bad-color", f"{said(raw)} is not a color.", pointer, 'Write "#0a7" or "#00aa77".')
    return None


SINGLE: Mapping[FieldType, Callable[[Reading, Field, object, str], Node | None]] = {
    FieldType.TEXT: _text,
    FieldType.MARKDOWN: _markdown,
    FieldType.CHOICE: _choice,
    FieldType.BOOL: _bool,
    FieldType.INT: _int,
    FieldType.DECIMAL: _decimal,
    FieldType.PERCENT: _percent,
    FieldType.MONEY: _money,
    FieldType.LINK: _link,
    FieldType.PRODUCT: _product,
    FieldType.CATEGORY: _category,
    FieldType.DATETIME: _datetime,
    FieldType.COLOR: _color,
    FieldType.RAIL: _rail,
}
