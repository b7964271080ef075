"""What a component's template may see: its scope, the same for every kind of template."""

from collections.abc import Mapping
from functools import partial
from types import SimpleNamespace
from typing import Any

from cms.components.model import ComponentModel, Field, FieldType
from cms.decisions.decision import Choice
from cms.facts.context import View
from cms.facts.formats import shown_number, shown_percent
from cms.rendering.comparison import comparison_of, total_of
from cms.rendering.filling import Filling, RichForm
from cms.rendering.formats import direction_of
from cms.rendering.products import product_view
from cms.rendering.progress import progress_of
from cms.rendering.words import word_for


def scope_of(choice: Choice, view: View, model: ComponentModel, rich: RichForm, *, slot: str = "") -> dict[str, Any]:
    """Build a template's variables.

    Returns:
        `content`: every field of the model, None where it was not placed, Markdown as `rich` gives it;
        `products`, `progress` (None without value and goal), `comparison` (of the product named with the first of a
        rail, None without both), `total` (of all products shown), `item` (what is shown, and its unique `id`);
        `word(key)`, `number(n)` and `percent(n)` write in the choice's locale.
    """
    locale = choice.locale
    return {
        "content": _whole(model.fields, Filling(choice, view, rich).group(choice.body)),
        "products": [product_view(product, locale) for product in choice.products],
        "progress": progress_of(choice.body, view, locale),
        "comparison": comparison_of(choice, model),
        "total": total_of(choice),
        "item": _item(choice, slot),
        "word": partial(_word, locale),
        "number": partial(shown_number, tag=locale),
        "percent": partial(shown_percent, tag=locale),
    }


def _item(choice: Choice, slot: str) -> dict[str, Any]:
    return {
        "entry": choice.entry,
        "variant": choice.variant,
        "component": choice.component,
        "locale": choice.locale,
        "lang": choice.locale,
        "dir": direction_of(choice.locale),
        "display": choice.display,
        "dismissible": choice.dismissible,
        "id": "-".join(part for part in ("cms", slot, choice.entry) if part),
    }


def _word(locale: str, key: str, **gaps: str) -> str:
    return word_for(key, locale, **gaps)


def _whole(fields: Mapping[str, Field], content: Mapping[str, Any]) -> SimpleNamespace:
    """Give every field of a model, so that a template that misspells one fails instead of showing nothing."""
    # A namespace, not a dict: a field called "items" must not become a method.
    return SimpleNamespace(**{name: _whole_field(part, content.get(name)) for name, part in fields.items()})


def _whole_field(part: Field, value: Any) -> Any:
    if value is None:
        return None
    if part.type is FieldType.GROUP:
        return _whole(part.fields, value)
    if part.type is FieldType.IMAGE:
        return {"width": None, "height": None, "srcset": []} | value
    if part.item is not None:
        return [_whole_field(part.item, item) for item in value]
    return value
