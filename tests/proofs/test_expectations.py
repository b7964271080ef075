"""Personas as tests: an expectation names an entry, a variant or nothing, on a page or in a mail."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cms.runtime.verification import verify
from cms.workspace import read_folder

EXPLAINED = Path(__file__).parents[1] / "workspaces" / "explained"
NOW = datetime(2026, 12, 2, 12, tzinfo=UTC)
NEAR = json.loads((EXPLAINED / "content" / "personas" / "near.json").read_text(encoding="utf-8"))


def _broken(expect: dict[str, str], **more: Any) -> list[tuple[str, str]]:
    persona = {**NEAR, "expect": expect, **more}
    files = {**read_folder(EXPLAINED), "content/personas/near.json": json.dumps(persona).encode()}
    return [(problem.code, problem.pointer) for problem in verify(files, now=NOW).problems]


@pytest.mark.parametrize("wanted", ["shipping", "shipping:near"])
def test_an_entry_or_its_variant_may_be_expected(wanted: str) -> None:
    assert [] == _broken({"cart/top": wanted, "pages/cart/top": wanted, "cart/end": "none"})


@pytest.mark.parametrize(
    ("place", "wanted"), [("cart/top", "shipping:default"), ("cart/top", "none"), ("cart/end", "club")]
)
def test_an_expectation_that_does_not_hold_is_an_error_where_it_stands(place: str, wanted: str) -> None:
    assert [("expectation", f"/expect/{place.replace('/', '~1')}")] == _broken({place: wanted})


def test_what_a_persona_does_not_give_is_unknown_and_so_is_null() -> None:
    told = {"customer.is_member": None, "shop.promotions": ["free-shipping"], "cart.gap[free-shipping]": "6.00"}

    assert [] == _broken({"cart/top": "shipping:near"}, facts=told)
    assert [] == _broken({"cart/top": "shipping:default"}, facts={**told, "cart.subtotal": None})
    assert [] == _broken({"cart/top": "shipping:default"}, facts={})


def test_a_holdout_holds_no_persona_back() -> None:
    root = json.loads((EXPLAINED / "content" / "workspace.json").read_text(encoding="utf-8"))
    files = {**read_folder(EXPLAINED), "content/workspace.json": json.dumps({**root, "holdout": 100}).encode()}

    assert [] == [str(problem) for problem in verify(files, now=NOW).problems]


def test_its_cart_lines_carry_their_prices() -> None:
    member = {"facts": {"customer.is_member": True}}
    cheap = {"cart": {"lines": [{"sku": "fern", "quantity": 1, "unit_price": "19.99"}]}}

    assert [] == _broken({"cart/top": "shipping:member"}, **member)
    assert [] == _broken({"cart/top": "shipping:default"}, request=cheap, **member)
