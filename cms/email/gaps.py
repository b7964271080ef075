"""What a compiled mail leaves open: gaps between literal HTML, and the marks they travel through MJML as.

A mark is a word of ASCII letters and digits. mjml-python writes attributes as Rust debug strings, so that a backslash,
a zero-width joiner or a private-use character in one comes out damaged; marks keep all authored text out of its way,
and addresses leave them as they are.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from markupsafe import escape

from cms.errors import CmsError
from cms.facts.placeholders import Placeholder

ProgressField = Literal["percent", "text", "reached"]


@dataclass(frozen=True, slots=True)
class FactGap:
    """A placeholder, written in the locale of the content."""

    placeholder: Placeholder


@dataclass(frozen=True, slots=True)
class ProductGap:
    """One value of a product's view: of the `index`th in a rail, or of the one named by SKU where `rail` is empty."""

    rail: str
    index: int
    sku: str
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProgressGap:
    """How far the body's value is on its way to its goal; `reached` is "" until it is."""

    field: ProgressField


@dataclass(frozen=True, slots=True)
class SumGap:
    """What the products shown cost together, in words."""


@dataclass(frozen=True, slots=True)
class ComparisonGap:
    """The step in price, where `row` is -1, or a part of the `row`th thing in which two products differ."""

    row: int
    part: str = ""


@dataclass(frozen=True, slots=True)
class DateGap:
    """A moment as a date where the recipient's market is."""

    moment: datetime


@dataclass(frozen=True, slots=True)
class MailGap:
    """What the whole mail is given by name, such as `base`, the shop's address, or `preheader`."""

    name: str


Gap = FactGap | ProductGap | ProgressGap | SumGap | ComparisonGap | DateGap | MailGap


@dataclass(frozen=True, slots=True)
class OnlyIf:
    """Parts that appear only where the gap has something to show, or, `absent`, only where it has not."""

    gap: Gap
    parts: tuple["str | Gap | OnlyIf", ...]
    absent: bool = False


Part = str | Gap | OnlyIf
BASE = MailGap("base")


def written(parts: Iterable[Part], value: Callable[[Gap], str]) -> str:
    """Join parts to HTML: literals as they are, values of gaps escaped unless they are `Markup`."""
    return "".join(part if isinstance(part, str) else _written(part, value) for part in parts)


def _written(part: Gap | OnlyIf, value: Callable[[Gap], str]) -> str:
    if isinstance(part, OnlyIf):
        return "" if bool(value(part.gap)) is part.absent else written(part.parts, value)
    return escape(value(part))


class Mark(str):
    """A word that stands for parts in a template; safe in text and attributes, so it is never escaped."""

    __slots__ = ("gap",)
    gap: Gap | None

    def __html__(self) -> str:
        return str(self)


@dataclass(frozen=True, slots=True)
class _Opening:
    gap: Gap
    absent: bool


class _Closing:
    pass


_Meaning = tuple[Part, ...] | _Opening | _Closing
_MARK = re.compile(r"qzx(\d+)xzq")


@dataclass(slots=True)
class Marks:
    """The marks of one rendering, in the order they were issued."""

    _meanings: list[_Meaning] = field(default_factory=list)

    def issue(self, *parts: Part) -> Mark:
        """Give a mark for parts; literals among them are plain text, escaped when the marks are split off."""
        mark = self._next(parts)
        mark.gap = next((part for part in parts if not isinstance(part, str | OnlyIf)), None)
        return mark

    def around(self, gap: Gap, inside: str, *, absent: bool = False) -> str:
        """Put marks around markup that appears only where the gap has, or has not, something to show."""
        return self._next(_Opening(gap, absent)) + inside + self._next(_Closing())

    def disarmed(self, text: str) -> str:
        """Replace what an author typed that looks like a mark by a mark for it."""
        return _MARK.sub(lambda found: self.issue(found[0]), text)

    def split(self, html: str) -> tuple[Part, ...]:
        """Turn markup with marks into literals and gaps.

        Raises:
            CmsError: `bad-template`: an opening mark lost its closing one.
        """
        stack: list[list[Part]] = [[]]
        for index, piece in enumerate(_MARK.split(html)):
            if index % 2 == 0:
                stack[-1].append(piece)
            else:
                _place(self._meanings[int(piece)], stack)
        if len(stack) != 1:
            raise CmsError("bad-template", "shown_if wraps markup that does not nest; wrap whole elements.")
        return _joined(stack[0])

    def check(self, template: str, html: str) -> None:
        """Refuse a mail in which MJML dropped something the template shows.

        Raises:
            CmsError: `bad-template`.
        """
        lost = set(_MARK.findall(template)) - set(_MARK.findall(html))
        if lost:
            raise CmsError("bad-template", f"MJML drops {self._meanings[int(min(lost))]!r}, which the template shows.")

    def _next(self, meaning: _Meaning) -> Mark:
        self._meanings.append(meaning)
        return Mark(f"qzx{len(self._meanings) - 1}xzq")


def _place(meaning: _Meaning, stack: list[list[Part]]) -> None:
    if isinstance(meaning, _Opening):
        stack.append([OnlyIf(meaning.gap, (), meaning.absent)])
    elif not isinstance(meaning, _Closing):
        stack[-1].extend(str(escape(part)) if isinstance(part, str) else part for part in meaning)
    elif len(stack) > 1:
        opened, *inside = stack.pop()
        stack[-1].append(replace(opened, parts=_joined(inside)) if isinstance(opened, OnlyIf) else "")


def _joined(parts: Iterable[Part]) -> tuple[Part, ...]:
    joined: list[Part] = []
    for part in parts:
        if isinstance(part, str) and joined and isinstance(joined[-1], str):
            joined[-1] += part
        elif part != "":
            joined.append(part)
    return tuple(joined)
