"""Closing the gaps: a checked body and what is known of the visitor become plain content."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from cms.components.body import (
    Body,
    CategoryRef,
    Image,
    Link,
    Markdown,
    Node,
    ProductRef,
    RailName,
    fills,
)
from cms.decisions.decision import Choice
from cms.errors import CmsError
from cms.facts.context import View
from cms.facts.formats import shown_date
from cms.facts.money import Money
from cms.facts.placeholders import Placeholder, Template
from cms.facts.values import Value
from cms.rendering.formats import shown_value
from cms.rendering.products import money_view, product_view
from cms.rendering.rich import Rich, close_gaps, close_html, rich_of


def fill(template: Template, view: View, locale: str) -> str:
    """Write a template out with the values a visitor's facts have.

    Raises:
        CmsError: `unfilled`: a gap has no value; deciding picks no variant with such a gap.
    """
    return "".join(part if isinstance(part, str) else _shown(part, view, locale) for part in template.parts)


def filled(choice: Choice, view: View) -> dict[str, object]:
    """Give the content of `format: json`: the fields that were placed, gaps closed, nothing but JSON types."""
    return Filling(choice, view).group(choice.body)


RichForm = Callable[[Rich, tuple[str, ...]], object]


def both_forms(rich: Rich, values: tuple[str, ...]) -> object:
    """Give rich text to machines: `{"html", "text"}`."""
    return {"html": close_html(rich, values), "text": plain_form(rich, values)}


def plain_form(rich: Rich, values: tuple[str, ...]) -> str:
    return close_gaps(rich.text, values)


@dataclass(frozen=True, slots=True)
class Filling:
    """One choice being filled; `rich` says which form Markdown takes."""

    choice: Choice
    view: View
    rich: RichForm = both_forms

    @property
    def locale(self) -> str:
        return self.choice.locale

    def group(self, body: Body) -> dict[str, object]:
        return {name: self.node(node) for name, node in body.items()}

    def node(self, node: Node) -> object:  # noqa: PLR0911 - one row for each kind of node
        match node:
            case Template():
                return fill(node, self.view, self.locale)
            case Markdown():
                return self.rich(rich_of(node.template), self.values(node.template))
            case Placeholder():
                return self.plain(_known(node, self.view))
            case Image():
                return self._image(node)
            case RailName():
                return {"rail": node.key, "products": self.rail(node)}
            case ProductRef():
                return self.product(node)
            case tuple():
                return [self.node(part) for part in node]
            case Mapping():
                return self.group(node)
            case _:
                return self._leaf(node)

    def values(self, template: Template) -> tuple[str, ...]:
        return tuple(_shown(gap, self.view, self.locale) for gap in template.placeholders)

    def plain(self, value: object) -> object:
        """Give an amount or number as JSON."""
        if isinstance(value, Money):
            return money_view(value, self.locale)
        if isinstance(value, Decimal):
            return int(value) if value == value.to_integral_value() else float(value)
        return value

    def rail(self, rail: RailName) -> list[dict[str, object]]:
        return [product_view(product, self.locale) for product in self.choice.rails.get(rail.key, ())]

    def product(self, ref: ProductRef) -> dict[str, object] | None:
        """Show a product named by SKU; None where the catalogue does not have it now."""
        product = self.choice.items.get(ref.sku)
        return product_view(product, self.locale) if product is not None else None

    def _image(self, image: Image) -> dict[str, object]:
        sizes = {"width": image.width, "height": image.height}
        alt = fill(image.alt, self.view, self.locale)
        srcset = [{"src": source.src, "width": source.width} for source in image.srcset]
        known = {name: size for name, size in sizes.items() if size is not None}
        return {"src": image.src, "alt": alt, **known, **({"srcset": srcset} if srcset else {})}

    def _leaf(self, node: object) -> object:
        match node:
            case Link():
                return node.href
            case CategoryRef():
                return node.key
            case datetime():
                day = node.astimezone(self.view.context.zone).date()
                return {"at": node.isoformat(), "text": shown_date(day, self.locale)}
            case _:
                return self.plain(node)


def _known(gap: Placeholder, view: View) -> Value:
    value = view.value(gap.ref)
    if value is None or not fills(value):
        raise CmsError("unfilled", f"{gap.ref.name} has no value to show.")
    return value


def _shown(gap: Placeholder, view: View, locale: str) -> str:
    return shown_value(gap, _known(gap, view), locale)
