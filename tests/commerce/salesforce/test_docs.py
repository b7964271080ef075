"""The page about the adapter `salesforce` says what the adapter takes."""

import json
import re
from pathlib import Path

import pytest

from cms.commerce.adapters.salesforce import ADAPTER
from cms.commerce.adapters.salesforce.options import SalesforceOptions

PAGE = (Path(__file__).parents[3] / "docs" / "commerce" / "salesforce.md").read_text("utf-8")


def test_the_options_of_the_example_are_taken() -> None:
    (example,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    loaded = ADAPTER.options().load(json.loads(example)["options"])
    assert loaded["site"] == "RefArch"


@pytest.mark.parametrize("option", sorted(SalesforceOptions().fields))
def test_every_option_is_explained(option: str) -> None:
    assert f"\n| `{option}` |" in PAGE
