"""docs/commerce/sap.md says what is."""

import json
import re
from pathlib import Path

from commerce.sap.occ_world import connected

from cms.commerce.adapters.sap import SapOptions
from cms.commerce.adapters.sap.forms import LINKS, TAKEN_BACK
from cms.facts.signals import Shopper, Signal

GUIDE = (Path(__file__).parents[3] / "docs/commerce/sap.md").read_text("utf-8")


def table(title: str) -> str:
    return GUIDE.split(f"## {title}\n")[1].split("\n## ")[0]


def test_its_options_load_and_give_promotions() -> None:
    (example,) = re.findall(r"```json\n(.*?)```", GUIDE, re.DOTALL)
    source = connected("https://api.shop.example", **json.loads(example)["options"]).source
    told = source.fetch(Signal.PROMOTIONS, Shopper(), currency="EUR", timeout_s=1).value
    assert [(one.key, len(one.tiers)) for one in told] == [("order_over_200", 2)]


def test_its_table_lists_every_option_with_its_default() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", table("Options"), re.MULTILINE))
    assert set(rows) == set(SapOptions().fields)
    loaded = SapOptions().load({"site": "electronics"})
    told = {name: default.strip("`").lower() for name, default in rows.items() if default.startswith("`")}
    assert told == {name: str(loaded[name]).lower() for name in told}


def test_it_names_every_link_status_and_fact_that_is_lacking() -> None:
    assert all(f"`{kind}`" in GUIDE for kind in [*LINKS, *LINKS.values(), *TAKEN_BACK])
    lacks = connected("http://x", order_lines=0).source.lacks
    assert all(stem in table("Not supported") for stem in lacks)
