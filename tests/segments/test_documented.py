"""The examples of docs/rules.md are run, and its table of operators is the one in the code."""

import json
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cms.facts.declarations import FactType
from cms.segments.evaluate import Truth
from cms.segments.operands import OPERANDS

RULES = (Path(__file__).parents[2] / "docs" / "rules.md").read_text(encoding="utf-8")
BLOCKS = [json.loads(block, parse_float=Decimal) for block in re.findall(r"```json\n(.*?)```", RULES, re.DOTALL)]
ANSWERS = {"true": True, "false": False, "unknown": None}
SEGMENTS = {"members": {"customer.is_member": True}}


@pytest.mark.parametrize(("rule", "answers"), list(zip(BLOCKS[::2], BLOCKS[1::2], strict=True)))
def test_an_example_answers_as_it_says(ask: Callable[..., Truth], rule: Any, answers: dict[str, list[Any]]) -> None:
    for word, examples in answers.items():
        asked = [ask(rule, facts, segments=SEGMENTS) for facts in examples]

        assert [ANSWERS[word]] * len(examples) == asked


def test_every_operator_is_in_the_table_with_the_types_it_fits() -> None:
    rows = [line.strip("|").split("|") for line in RULES.splitlines() if line.startswith("| `")]
    documented = {word.strip("`"): row[1].strip() for row in rows for word in row[0].split()}

    assert set(OPERANDS) == set(documented)
    for operator, said in documented.items():
        words = said.replace("ordered ", "").replace("every type but ", "-").split(", ")
        expected = {str(kind) for kind in OPERANDS[operator].types}
        every = {str(kind) for kind in FactType}
        meant = every if said == "every type" else every - {words[0][1:]} if words[0][0] == "-" else set(words)
        assert expected == meant, operator
