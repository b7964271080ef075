"""Products set against each other: what differs, what the step costs, and what all of them cost together."""

from collections.abc import Mapping

from cms.components.body import ProductRef, nodes
from cms.components.model import ComponentModel
from cms.decisions.decision import Choice
from cms.facts.formats import shown_money
from cms.facts.money import Money
from cms.facts.signals import Product
from cms.rendering.products import details_of, money_view, product_view

MOST_ROWS = 6


def compares(model: ComponentModel) -> bool:
    """Say whether a component sets products against each other: it needs both a `product` and a `rail`."""
    fields = [model.fields.get(name) for name in ("product", "rail")]
    return all(part is not None and part.required for part in fields)


def compared(choice: Choice) -> tuple[Product, Product] | None:
    """Name what a body compares: the product it names and the first product of its rail."""
    named = (choice.items.get(node.sku) for node in nodes(choice.body) if isinstance(node, ProductRef))
    base = next((product for product in named if product is not None), None)
    better = next((products[0] for products in choice.rails.values() if products), None)
    return None if base is None or better is None else (base, better)


def comparison_of(choice: Choice, model: ComponentModel) -> dict[str, object] | None:
    """Compare, for templates and blocks; None where the component does not compare, or one of the two is not there.

    Returns:
        `base` and `better` as product views, `step` as money with its sign written out (None where a price is not
        known or both are the same) and `rows` of `label`, `base`, `better`: what differs, at most six.
    """
    pair = compared(choice) if compares(model) else None
    if pair is None:
        return None
    base, better = pair
    views = (product_view(product, choice.locale) for product in pair)
    return {
        **dict(zip(("base", "better"), views, strict=True)),
        "step": step_of(base, better, choice.locale),
        "rows": rows_of(base, better, choice.locale),
    }


def rows_of(base: Product, better: Product, locale: str) -> list[dict[str, str]]:
    ours, theirs = ({row["label"]: row["value"] for row in details_of(product, locale)} for product in (base, better))
    labels = [label for label in dict.fromkeys([*ours, *theirs]) if ours.get(label) != theirs.get(label)]
    return [
        {"label": label, "base": ours.get(label, "–"), "better": theirs.get(label, "–")} for label in labels[:MOST_ROWS]
    ]


def total_of(choice: Choice) -> dict[str, object] | None:
    """Add up all products shown; None where a price is not known, or prices are of several currencies."""
    prices = [product.price for product in choice.products]
    known = [price for price in prices if price is not None]
    if not known or len(known) < len(prices) or len({price.currency for price in known}) > 1:
        return None
    return money_view(Money(sum(price.minor for price in known), known[0].currency), choice.locale)


def step_of(base: Product, better: Product, locale: str) -> Mapping[str, object] | None:
    if base.price is None or better.price is None or base.price.currency != better.price.currency:
        return None
    step = Money(better.price.minor - base.price.minor, base.price.currency)
    if not step.minor:
        return None
    sign = "+" if step.minor > 0 else ""
    return {**money_view(step, locale), "text": sign + shown_money(step, locale)}
