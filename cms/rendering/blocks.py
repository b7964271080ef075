"""The block tree: a component for native apps and mini-programs, derived from its fields' types alone.

Leaves of rich text are the nodes of WeChat's `rich-text`; every other block names the field it came from.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from cms.components.body import Body, Image, Link, Markdown, Node, RailName
from cms.components.model import ComponentModel, Field, FieldType
from cms.decisions.decision import Choice
from cms.facts.context import View
from cms.facts.formats import shown_number, shown_percent
from cms.facts.placeholders import Template
from cms.rendering.comparison import comparison_of, total_of
from cms.rendering.filling import Filling, fill
from cms.rendering.formats import direction_of
from cms.rendering.progress import progress_of
from cms.rendering.rich import Element, close_gaps, rich_of

Block = dict[str, Any]
_HEADINGS = frozenset({"headline", "title"})
CART = "/cart/add"
_TOGETHER = {"button": {"label", "href"}, "add": {"label", "action"}, "progress": {"value", "goal"}}
_SILENT = frozenset({FieldType.CHOICE, FieldType.BOOL, FieldType.COLOR, FieldType.CATEGORY})


def block_tree(choice: Choice, view: View, model: ComponentModel) -> Block:
    """Lay a choice out as blocks, in the order of the model's fields."""
    tree = _Tree(choice, view, comparison_of(choice, model))
    return {
        "type": choice.component,
        "entry": choice.entry,
        "variant": choice.variant,
        "locale": choice.locale,
        "dir": direction_of(choice.locale),
        "display": choice.display,
        "dismissible": choice.dismissible,
        "props": tree.props(model.fields, choice.body),
        "nodes": [*tree.headed(list(tree.group(model.fields, choice.body))), *tree.compared()],
    }


class _Tree:
    def __init__(self, choice: Choice, view: View, comparison: Mapping[str, Any] | None) -> None:
        self.choice = choice
        self.view = view
        self.locale = choice.locale
        self.filling = Filling(choice, view)
        self.comparison = comparison

    def props(self, fields: Mapping[str, Field], body: Body) -> Block:
        """Collect what is not shown but says how to show the rest."""
        silent = (name for name, part in fields.items() if part.type in _SILENT and name in body)
        return {name: self.filling.node(body[name]) for name in silent}

    def headed(self, nodes: list[Block]) -> list[Block]:
        """Make the headline or title the heading, else the first text."""
        texts = [node for node in nodes if node["type"] == "text"]
        for node in sorted(texts, key=lambda node: node["field"] not in _HEADINGS)[:1]:
            node["type"] = "heading"
        return nodes

    def group(self, fields: Mapping[str, Field], body: Body) -> Iterable[Block]:
        """Lay out fields; some belong together: a label with its address, a value with its goal."""
        taken: set[str] = set()
        for name, part in fields.items():
            if name in taken or name not in body:
                continue
            whole = self._button(name, body) or self._adding(name, fields, body) or self._progress(name, body)
            if whole is None:
                yield from self.node(name, part, body[name])
                continue
            taken |= _TOGETHER[whole["type"]]
            if whole.get("skus") != []:
                yield {**whole, **self.props(fields, body)} if whole["type"] == "button" else whole

    def _button(self, name: str, body: Body) -> Block | None:
        label, href = body.get("label"), body.get("href")
        if name not in {"label", "href"} or not isinstance(label, Template) or not isinstance(href, Link):
            return None
        return {"type": "button", "label": fill(label, self.view, self.locale), "href": href.href}

    def _adding(self, name: str, fields: Mapping[str, Field], body: Body) -> Block | None:
        """Say what a label adds, and where to: the better of two compared, else all that is shown; nothing sold out."""
        label, action = body.get("label"), body.get("action")
        if name not in _TOGETHER["add"] or "action" not in fields or not isinstance(label, Template):
            return None
        better = self.comparison and self.comparison["better"]
        stock = {product.sku: product.stock for product in self.choice.products}
        stock = {better["sku"]: better["stock"]} if better else stock
        return {
            "type": "add",
            "label": fill(label, self.view, self.locale),
            "action": action.href if isinstance(action, Link) else CART,
            "skus": [] if 0 in stock.values() else list(stock),
            "total": None if self.comparison else total_of(self.choice),
        }

    def compared(self) -> Iterable[Block]:
        if self.comparison is not None:
            yield {"type": "comparison", "step": self.comparison["step"], "rows": self.comparison["rows"]}

    def _progress(self, name: str, body: Body) -> Block | None:
        progress = progress_of(body, self.view, self.locale) if name in {"value", "goal"} else None
        if progress is None:
            return None
        value, goal = (self.filling.node(body[part]) for part in ("value", "goal"))
        return {"type": "progress", "value": value, "goal": goal, "percent": progress.percent, "text": progress.text}

    def node(self, name: str, part: Field, node: Node) -> Iterable[Block]:
        if part.type in _SILENT:
            return
        if isinstance(node, Mapping):
            inner = list(self.group(part.fields, node))
            whole = inner[0] if len(inner) == 1 else {"type": "group", "nodes": inner}
            yield {**self.props(part.fields, node), **whole, "field": name}
        elif part.item is not None and isinstance(node, tuple):
            yield {"type": "list", "field": name, "items": [list(self.node(name, part.item, item)) for item in node]}
        else:
            yield {**self._leaf(part, node), "field": name}

    def _leaf(self, part: Field, node: Node) -> Block:
        value = self.filling.node(node)
        match node:
            case Markdown():
                return self._rich(node)
            case Image():
                return {"type": "image", **_object(value)}
            case Link():
                return {"type": "link", "href": value}
            case RailName():
                return {"type": "products", **_object(value)}
            case _ if part.type in {FieldType.PRODUCT, FieldType.PRODUCTS}:
                products = value if isinstance(value, list) else [value]
                return {"type": "products", "products": [product for product in products if product is not None]}
            case _:
                return {"type": "text", "text": self._words(part, value)}

    def _words(self, part: Field, value: Any) -> str:
        if isinstance(value, dict):
            return str(value["text"])
        if isinstance(value, str):
            return value
        return shown_percent(value, self.locale) if part.type is FieldType.PERCENT else shown_number(value, self.locale)

    def _rich(self, node: Markdown) -> Block:
        rich, values = rich_of(node.template), self.filling.values(node.template)
        nodes = [_rich_node(part, values) for part in rich.nodes]
        return {"type": "rich", "nodes": nodes, "text": close_gaps(rich.text, values)}


def _object(value: object) -> Block:
    return dict(value) if isinstance(value, Mapping) else {}


def _rich_node(node: Element | str, values: tuple[str, ...]) -> Block:
    if isinstance(node, str):
        return {"type": "text", "text": close_gaps(node, values)}
    attributes = {name: close_gaps(value, values) for name, value in node.attributes}
    children = [_rich_node(child, values) for child in node.children]
    return {"type": "node", "name": node.name, "attrs": attributes, "children": children}
