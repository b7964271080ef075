"""The page on adapter `adobe` shows options that load, and all there are."""

import json
import re
from pathlib import Path

from cms.commerce.adapters.adobe import ADAPTER

PAGE = (Path(__file__).parents[3] / "docs" / "commerce" / "adobe.md").read_text("utf-8")


def test_the_examples_of_the_page_load() -> None:
    examples = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]

    assert len(examples) == 2
    for example in examples:
        assert ADAPTER.options().load(example["options"])


def test_the_page_names_every_option_and_no_other() -> None:
    table = PAGE.partition("## Options")[2].partition("## ")[0]
    named = {name for row in re.findall(r"^\| (`.+?) \|", table, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)}

    assert named == set(ADAPTER.options().fields)
