"""How far a value is on its way to a goal; computed here so that no author has to and no bar can lie."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from cms.components.body import Node
from cms.facts.context import View
from cms.facts.formats import shown_money, shown_number
from cms.facts.money import Money
from cms.facts.placeholders import Placeholder
from cms.rendering.words import word_for

Quantity = Money | Decimal | int


@dataclass(frozen=True, slots=True)
class Progress:
    """`percent` is 0…100, rounded down, so that 100 means reached; `text` says it to people."""

    percent: int
    text: str

    @property
    def reached(self) -> bool:
        return self.percent == 100


def progress_of(fields: Mapping[str, Node], view: View, locale: str) -> Progress | None:
    """Compare the fields `value` and `goal` of a group; None where there are none, or their units differ."""
    value, goal = (_quantity(fields.get(name), view) for name in ("value", "goal"))
    if value is None or goal is None or _unit(value) != _unit(goal):
        return None
    text = word_for("progress", locale, value=_shown(value, locale), goal=_shown(goal, locale))
    return Progress(_percent(_amount(value), _amount(goal)), text)


def _quantity(node: Node | None, view: View) -> Quantity | None:
    found: object = view.value(node.ref) if isinstance(node, Placeholder) else node
    return found if isinstance(found, Money | Decimal | int) and not isinstance(found, bool) else None


def _unit(quantity: Quantity) -> str:
    return quantity.currency if isinstance(quantity, Money) else ""


def _amount(quantity: Quantity) -> Fraction:
    return Fraction(quantity.minor) if isinstance(quantity, Money) else Fraction(quantity)


def _percent(value: Fraction, goal: Fraction) -> int:
    if goal <= 0 or value >= goal:
        return 100
    return max(0, int(value * 100 // goal))


def _shown(quantity: Quantity, locale: str) -> str:
    return shown_money(quantity, locale) if isinstance(quantity, Money) else shown_number(quantity, locale)
