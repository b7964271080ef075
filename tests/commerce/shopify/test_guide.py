"""docs/commerce/shopify.md says what is."""

import json
import re
from pathlib import Path

from cms.commerce.adapters.shopify import ADAPTER, VERSION
from cms.commerce.adapters.shopify.customers import Told
from cms.commerce.adapters.shopify.forms import Habits
from cms.commerce.adapters.shopify.hooks import hints
from cms.commerce.adapters.shopify.rights import scopes_for

GUIDE = (Path(__file__).parents[3] / "docs/commerce/shopify.md").read_text("utf-8")


def _section(title: str) -> str:
    return GUIDE.partition(f"## {title}\n")[2].partition("\n## ")[0]


def test_its_example_is_loaded_by_the_adapter() -> None:
    (example,) = re.findall(r"```json\n(.*?)```", GUIDE, re.DOTALL)
    loaded = ADAPTER.options().load(json.loads(example)["options"])
    assert loaded["api_version"] == VERSION


def test_every_option_has_its_row_and_no_other() -> None:
    assert re.findall(r"^\| `(\w+)` \|", _section("Options"), re.MULTILINE) == list(ADAPTER.options().fields)


def test_every_scope_is_named() -> None:
    for scope in scopes_for(Habits(is_b2b=True), Told(has_all_orders=True)):
        assert f"`{scope}`" in _section("Set it up")


def test_every_topic_it_names_is_about_something() -> None:
    topics = re.findall(r"`((?:\w+/|customer\.)(?:\w+|\*))`", _section("Webhooks"))
    assert len(topics) >= 15
    for topic in topics:
        assert list(hints(topic, {"token": "abc", "customerId": "gid://shopify/Customer/7"}))
