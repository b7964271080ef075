"""Conditions as SQL: what an audience is, how facts are held, and what is refused."""

import subprocess
import sys
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import ibis
import pytest

from cms.errors import CmsError
from cms.facts.context import View
from cms.facts.declarations import FactSchema
from cms.facts.signals import Signal
from cms.segments.columns import TYPES, column, columns, row
from cms.segments.conditions import Condition
from cms.segments.sql import audience, truth

RULES = (Path(__file__).parents[2] / "docs" / "rules.md").read_text(encoding="utf-8")
pytestmark = pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")  # Ibis's own

Facts = Mapping[str, Any]
Cells = Callable[..., dict[str, object]]


@pytest.fixture
def cells(schema: FactSchema, view_of: Callable[..., View]) -> Cells:
    def held(facts: Facts, *names: str, **more: Any) -> dict[str, object]:
        refs = [ref for name in names or facts if (ref := schema.find(name))]
        return row(view_of(facts, **more), refs)

    return held


def test_an_audience_is_those_for_whom_a_rule_is_definitely_true(
    schema: FactSchema, cells: Cells, parsed: Callable[[object], Condition], view_of: Callable[..., View]
) -> None:
    refs = [ref for name in ("cart.subtotal", "bought[fern]") if (ref := schema.find(name))]
    visitors: dict[str, Facts] = {
        "ann": {"cart.subtotal": "60.00", "bought[fern]": "never"},
        "ben": {"cart.subtotal": "60.00"},
        "cem": {"cart.subtotal": "60.00", "bought[fern]": "2026-12-01"},
        "dai": {"cart.subtotal": {"amount": "6000", "currency": "JPY"}, "bought[fern]": "never"},
    }
    names = [ref.name for ref in refs]
    rows = [{"visitor": key, **cells(facts, *names)} for key, facts in visitors.items()]
    table = ibis.memtable(rows, schema=ibis.schema({"visitor": "string", **columns(refs)}))
    rule = parsed({"segment": "full", "not": {"bought[fern]": {"days_ago_at_most": 30}}})
    segments = {"full": parsed({"cart.subtotal": {"at_least": "60.00"}})}

    found = audience(rule, segments, table, today=view_of({}).today)

    assert ["ann"] == found.visitor.to_pyarrow().to_pylist()


def test_a_row_holds_what_a_rule_sees(cells: Cells) -> None:
    facts = {"cart.subtotal": "60.00", "cart.skus": ["pot", "fern", "pot"], "plant.watered": "PT1S", "cart.count": 2}

    assert {
        "cart.subtotal": 6000, "cart.subtotal:currency": "USD", "cart.skus": ["fern", "pot"],
        "plant.watered": 1_000_000, "cart.count": 2,
    } == cells(facts)  # fmt: skip


def test_never_absent_and_unknown_are_told_apart(cells: Cells) -> None:
    date = {"orders.last": None, "orders.last:ever": None}

    assert date == cells({}, "orders.last")
    assert date | {"orders.last:ever": False} == cells({"orders.last": "never"})
    assert date | {"orders.last:ever": False} == cells({}, "orders.last", answered=frozenset({Signal.ORDERS}))
    assert {"cart.amount_in[pots]": 0, "cart.amount_in[pots]:currency": "USD"} == cells(
        {}, "cart.amount_in[pots]", answered=frozenset({Signal.CART})
    )


def test_a_number_of_more_decimals_than_a_column_has_stays_between_its_neighbors(cells: Cells) -> None:
    def held(number: str) -> Any:
        return cells({"cart.count": Decimal(number)})["cart.count"]

    finer = held("0.1234567890123456789019")

    assert held("0.123456789012345678901") < finer < held("0.123456789012345678902")
    assert Decimal(2**53) == held(str(2**53))


def test_names_that_an_engine_would_cut_or_mix_up_get_columns_of_their_own() -> None:
    names = [
        "bought[fern]",
        "bought[Fern]",
        f"bought[{'x' * 60}1]",
        f"bought[{'x' * 60}2]",
        "bought[蕨]",
        'bought["%s]',
    ]

    made = [column(name, "ever") for name in names]

    assert made[0] == "bought[fern]:ever"
    assert len(names) == len({name.lower() for name in made})
    assert all(name.isascii() and len(name) < 60 and not set(name) & set("\"%'") for name in made)


def test_a_percentage_too_fine_to_reckon_with_is_refused(
    schema: FactSchema, parsed: Callable[[object], Condition], view_of: Callable[..., View]
) -> None:
    share = {"percent": Decimal("33.33333333333333333"), "of": "shop.free_shipping_threshold"}
    rule = parsed({"cart.subtotal": {"at_least": share}})
    refs = [ref for name in ("cart.subtotal", "shop.free_shipping_threshold") if (ref := schema.find(name))]
    table = ibis.table(columns(refs), name="facts")

    with pytest.raises(CmsError, match="has more digits than SQL"):
        truth(rule, {}, table, today=view_of({}).today)


def test_without_ibis_the_message_says_what_to_install() -> None:
    tried = "import sys; sys.modules['ibis'] = None\nimport cms.segments.sql"

    done = subprocess.run(
        [sys.executable, "-c", tried], cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False
    )

    assert "CmsError: Rules as SQL need Ibis: pip install vitrine-cms[insights]." in done.stderr


def test_the_columns_of_every_type_are_documented() -> None:
    section = RULES.partition("## As SQL")[2]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("| ")][1:]
    documented = {kind.strip(): cells for kinds, cells in rows for kind in kinds.split(",")}

    assert {str(kind) for kind in TYPES} == documented.keys()
    for kind, parts in TYPES.items():
        assert all(f"`:{part}`" in documented[kind] for part in parts if part), kind
        assert parts[""].partition("<")[0] in documented[kind], kind


def test_the_example_of_the_document_runs_in_the_sample_workspace(monkeypatch: pytest.MonkeyPatch) -> None:
    code = RULES.partition("## As SQL")[2].partition("```python\n")[2].partition("```")[0]
    names: dict[str, Any] = {}
    monkeypatch.chdir(Path(__file__).parents[2])

    exec(code, names)

    assert names["keys"] == ["a"]
