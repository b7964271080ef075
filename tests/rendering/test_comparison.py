"""Products set against each other: only what differs, the step in price, and one sum for all."""

from typing import Any

import pytest

from cms.components.body import ProductRef, RailName
from cms.components.model import ComponentModel, Field, FieldType
from cms.decisions.decision import Choice, Reason
from cms.facts.money import Money
from cms.facts.signals import Detail, Product
from cms.rendering.comparison import comparison_of, total_of


def _detail(label: str, value: str) -> Detail:
    return Detail({"en": label, "zh-Hant": f"{label} 繁"}, {"": value})


def _plan(sku: str, minor: int, *details: Detail, currency: str = "USD") -> Product:
    return Product(sku, {"en": sku.title()}, f"/{sku}", Money(minor, currency), details=details)


PLAIN = _plan("plain", 900, _detail("Years", "1"), _detail("Replacement", "yes"), _detail("Visits", "0"))
PLUS = _plan("plus", 1400, _detail("Years", "2"), _detail("Replacement", "yes"), _detail("Grower", "on call"))


def _choice(base: Product | None, *rail: Product, locale: str = "en") -> Choice:
    items = {"plain": base} if base else {}
    body = {"product": ProductRef("plain"), "rail": RailName("plus")}
    return Choice("e", "c", "v", locale, Reason.STATIC, body, rails={"plus": rail}, items=items)


def _compared(choice: Choice, *, required: bool = True) -> dict[str, Any] | None:
    kinds = {"product": FieldType.PRODUCT, "rail": FieldType.RAIL}
    fields = {name: Field(kind, required=required) for name, kind in kinds.items()}
    return comparison_of(choice, ComponentModel("c", "C", fields))


def test_only_what_differs_is_compared_and_what_one_lacks_is_a_dash() -> None:
    comparison = _compared(_choice(PLAIN, PLUS))

    assert comparison is not None
    assert [
        {"label": "Years", "base": "1", "better": "2"},
        {"label": "Visits", "base": "0", "better": "–"},
        {"label": "Grower", "base": "–", "better": "on call"},
    ] == comparison["rows"]
    assert {"amount": "5.00", "currency": "USD", "text": "+$5.00"} == comparison["step"]


def test_a_comparison_is_in_the_readers_language() -> None:
    comparison = _compared(_choice(PLAIN, PLUS, locale="zh-Hant"))

    assert comparison is not None
    assert ["Years 繁", "Visits 繁", "Grower 繁"] == [row["label"] for row in comparison["rows"]]


def test_a_step_down_and_no_step_say_so() -> None:
    down, none = _compared(_choice(PLUS, PLAIN)), _compared(_choice(PLAIN, _plan("x", 1400, currency="TWD")))

    assert down is not None
    assert none is not None
    assert {"amount": "-5.00", "currency": "USD", "text": "-$5.00"} == down["step"]
    assert none["step"] is None


def test_two_that_cost_the_same_are_no_step_apart() -> None:
    same = _compared(_choice(PLAIN, _plan("x", 900)))

    assert same is not None
    assert same["step"] is None


def test_a_component_that_can_do_without_one_of_them_does_not_compare() -> None:
    assert _compared(_choice(PLAIN, PLUS), required=False) is None


@pytest.mark.parametrize("choice", [_choice(None, PLUS), _choice(PLAIN)])
def test_without_both_products_there_is_no_comparison(choice: Choice) -> None:
    assert _compared(choice) is None


def test_the_total_adds_up_every_product_once() -> None:
    assert {"amount": "23.00", "currency": "USD", "text": "$23.00"} == total_of(_choice(PLAIN, PLUS, PLAIN))


def test_a_total_is_not_guessed() -> None:
    priceless = Product("p", {"en": "P"}, "/p", None)

    assert total_of(_choice(PLAIN, priceless)) is None
    assert total_of(_choice(PLAIN, _plan("x", 1400, currency="TWD"))) is None
    assert total_of(_choice(None)) is None
