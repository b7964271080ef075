"""What `email.mjml` may see: the names of every template's scope, with marks where a recipient's values will be."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from functools import partial
from html import unescape

from markupsafe import Markup

from cms.components.body import Body, CategoryRef, Image, Link, Markdown, Node, ProductRef, RailName
from cms.components.model import ComponentModel, Field, FieldType
from cms.email.gaps import (
    BASE,
    ComparisonGap,
    DateGap,
    FactGap,
    Mark,
    Marks,
    Part,
    ProductGap,
    ProgressField,
    ProgressGap,
    SumGap,
)
from cms.errors import CmsError
from cms.facts.declarations import FactType
from cms.facts.formats import shown_money, shown_number, shown_percent
from cms.facts.money import Money
from cms.facts.placeholders import Placeholder, Template
from cms.rendering.comparison import MOST_ROWS, compares
from cms.rendering.formats import direction_of
from cms.rendering.rich import rich_of
from cms.rendering.words import word_for

_PLAIN = ("sku", "title", "url", "image", "stock", "rating", "rated", "review_count")
_PRICES = ("price", "list_price")


def mail_scope(body: Body, model: ComponentModel, marks: Marks, *, locale: str, products: int) -> dict[str, object]:
    """Build the variables of `email.mjml`: those of `cms.rendering.scope`, `shown_if` and `shown_unless`.

    Raises:
        CmsError: `bad-template` for a body with two rails: one number of products cannot size both.
    """
    reader = _Reader(marks, locale, products)
    content = reader.fields(model.fields, body)
    if len(set(reader.rails)) > 1:
        raise CmsError("bad-template", f"a mail can show one rail in a component, not {' and '.join(reader.rails)}.")
    has_progress = body.get("value") is not None and body.get("goal") is not None
    return {
        "content": content,
        "products": [product for shown in (reader.shown, reader.named) for product in shown],
        "progress": {name: marks.issue(ProgressGap(name)) for name in _PROGRESS} if has_progress else None,
        "comparison": reader.comparison() if compares(model) else None,
        "total": {"text": marks.issue(SumGap())} if reader.rails or reader.named else None,
        "item": {"component": model.key, "locale": locale, "lang": locale, "dir": direction_of(locale)},
        "word": lambda key, **gaps: word_for(key, locale, **gaps),
        "number": partial(_number, marks, locale),
        "percent": partial(_percent, marks, locale),
        **conditions(marks),
    }


_PROGRESS: tuple[ProgressField, ...] = ("percent", "text", "reached")


@dataclass(slots=True)
class _Reader:
    """Turns nodes into what templates see; notes the rails and the products by SKU on the way."""

    marks: Marks
    locale: str
    products: int
    rails: list[str] = field(default_factory=list)
    shown: list[Mapping[str, object]] = field(default_factory=list)
    named: list[Mapping[str, object]] = field(default_factory=list)

    def fields(self, fields: Mapping[str, Field], body: Mapping[str, Node]) -> dict[str, object]:
        """Give every field of a model, None where it was not placed."""
        return {name: self.field(part, body.get(name)) for name, part in fields.items()}

    def field(self, part: Field, node: Node | None) -> object:
        if node is None:
            return None
        if part.type is FieldType.GROUP and isinstance(node, Mapping):
            return self.fields(part.fields, node)
        if part.item is not None and isinstance(node, tuple):
            return [self.field(part.item, item) for item in node]
        return self.node(node)

    def node(self, node: Node) -> object:
        match node:
            case RailName():
                return self.rail(node)
            case ProductRef():
                return self.item(node)
            case CategoryRef():
                return node.key
            case Decimal():
                return int(node) if node == node.to_integral_value() else float(node)
            case tuple():
                return [self.node(part) for part in node]
            case _:
                return self.text(node)

    def text(self, node: Node) -> object:  # noqa: PLR0911 - one row for each kind of text
        match node:
            case Template():
                return self.marks.issue(*_gapped(node.parts))
            case Markdown():
                return self.markdown(node)
            case Link():
                return self.link(node.href)
            case Image():
                return self.image(node)
            case Placeholder():
                return self.gap(node)
            case Money():
                return self.money(node)
            case datetime():
                return {"at": node.isoformat(), "text": self.marks.issue(DateGap(node))}
            case _:
                return node

    def rail(self, node: RailName) -> object:
        self.rails.append(node.key)
        self.shown = [self.product(node.key, index) for index in range(self.products)]
        return {"rail": node.key, "products": self.shown}

    def item(self, node: ProductRef) -> object:
        self.named.append(self.product("", 0, node.sku))
        return self.named[-1]

    def comparison(self) -> object:
        """Give what two products differ in; how many rows a recipient has shows when their products are known."""
        if not self.named or not self.shown:
            return None
        rows = [
            {part: self.marks.issue(ComparisonGap(row, part)) for part in ("label", "base", "better")}
            for row in range(MOST_ROWS)
        ]
        step = {"text": self.marks.issue(ComparisonGap(-1))}
        return {"base": self.named[0], "better": self.shown[0], "step": step, "rows": rows}

    def product(self, rail: str, index: int, sku: str = "") -> Mapping[str, object]:
        def gap(*path: str) -> Mark:
            return self.marks.issue(ProductGap(rail, index, sku, path))

        prices = {name: {part: gap(name, part) for part in ("amount", "currency", "text")} for name in _PRICES}
        return {**{name: gap(name) for name in _PLAIN}, **prices, "details": ()}

    def image(self, node: Image) -> object:
        alt = self.marks.issue(*_gapped(node.alt.parts))
        return {"src": self.link(node.src), "alt": alt, "width": node.width, "height": node.height, "srcset": ()}

    def link(self, href: str) -> Mark:
        return self.marks.issue(*absolute(href))

    def gap(self, node: Placeholder) -> object:
        mark = self.marks.issue(FactGap(node))
        return {"text": mark} if node.ref.fact.type is FactType.MONEY else mark

    def money(self, node: Money) -> object:
        text = self.marks.issue(shown_money(node, self.locale))
        return {"amount": node.amount, "currency": node.currency, "text": text}

    def markdown(self, node: Markdown) -> Markup:
        """Write Markdown as HTML with marks for gaps and attributes; no value is ever read as Markdown or HTML."""
        gaps = node.template.placeholders
        pieces = _TAG.split(rich_of(node.template).html)
        html = (self._tag(piece, gaps) if index % 2 else self._words(piece, gaps) for index, piece in enumerate(pieces))
        return Markup("".join(html))  # noqa: S704 - nh3 cleaned it; values come later and escaped

    def _words(self, html: str, gaps: Sequence[Placeholder]) -> str:
        parts = opened(self.marks.disarmed(html), gaps)
        return "".join(part if isinstance(part, str) else self.marks.issue(part) for part in parts)

    def _tag(self, tag: str, gaps: Sequence[Placeholder]) -> str:
        def marked(found: re.Match[str]) -> str:
            value = unescape(found[2])
            parts = absolute(value) if found[1] in {"href", "src"} else opened(value, gaps)
            return f' {found[1]}="{self.marks.issue(*parts)}"'

        return _ATTRIBUTE.sub(marked, tag)


# nh3 writes tags in exactly this form and leaves no bare < in text.
_TAG = re.compile(r'(<[a-z][a-z0-9]*(?: [a-z]+="[^"]*")+>)')
_ATTRIBUTE = re.compile(r' ([a-z]+)="([^"]*)"')
_FIRST_GAP = 0xE000
_RICH_GAP = re.compile("([\ue000-\uf8ff])")


def opened(marked: str, gaps: Sequence[Placeholder]) -> tuple[Part, ...]:
    """Split what `rich_of` made of Markdown at the signs that stand for its gaps."""
    pieces = enumerate(_RICH_GAP.split(marked))
    return tuple(FactGap(gaps[ord(piece) - _FIRST_GAP]) if index % 2 else piece for index, piece in pieces)


def absolute(href: str) -> tuple[Part, ...]:
    """Put the shop's address before a path or an anchor, which mean nothing in a mail."""
    if href.startswith("#"):
        return (BASE, f"/{href}")
    return (BASE, href) if href.startswith("/") else (href,)


def _gapped(parts: Sequence[str | Placeholder]) -> tuple[Part, ...]:
    return tuple(part if isinstance(part, str) else FactGap(part) for part in parts)


def _number(marks: Marks, locale: str, value: object) -> str:
    """Write a number; one that a fact gives has its own format already."""
    return value if isinstance(value, Mark) else shown_number(_decimal(value), locale)


def _percent(marks: Marks, locale: str, value: object) -> str:
    if not isinstance(value, Mark):
        return shown_percent(_decimal(value), locale)
    if not isinstance(value.gap, FactGap):
        return value
    return marks.issue(FactGap(replace(value.gap.placeholder, format="percent")))


def _decimal(value: object) -> Decimal:
    return Decimal(str(value))


def conditions(marks: Marks) -> dict[str, object]:
    """Make `shown_if` and `shown_unless`: markup for recipients for whom a field has, or has not, something to show."""
    return {"shown_if": partial(_shown, marks, absent=False), "shown_unless": partial(_shown, marks, absent=True)}


def _shown(marks: Marks, value: object, *, absent: bool, caller: Callable[[], str]) -> object:
    if isinstance(value, Mark) and value.gap is not None:
        inside = marks.around(value.gap, caller(), absent=absent)
        return Markup(inside)  # noqa: S704 - rendered by the same escaping template
    return "" if bool(value) is absent else caller()
