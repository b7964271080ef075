"""The examples in docs/commerce are what the adapters do."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from programs import ROOT

from cms.commerce import adapter_named, connect
from cms.commerce.adapter import Connection
from cms.facts.signals import Shopper, Signal

Reply = tuple[int, Mapping[str, str], object]
Serve = Callable[[Callable[[str, Mapping[str, str], bytes], Reply]], str]


def page(name: str) -> str:
    return (ROOT / "docs" / "commerce" / f"{name}.md").read_text("utf-8")


def blocks(text: str) -> list[Any]:
    return [json.loads(block) for block in re.findall(r"```json\n(.*?)```", text, re.DOTALL)]


SYSTEMS = [blocks(section) for section in page("http").split("\n## ") if "\nit makes\n" in section]


@pytest.mark.parametrize("blocks_of_one", SYSTEMS)
def test_each_system_beside_the_shop_is_read_as_documented(shop_answering: Serve, blocks_of_one: list[Any]) -> None:
    settings, answer, made = blocks_of_one
    [system] = settings["also"].values()
    [signal] = map(Signal, system["signals"])
    url = shop_answering(lambda *_: (200, {}, answer))
    connection = Connection(
        url, "user:key", lambda: datetime(2026, 5, 1, tzinfo=UTC), system["options"], signals=frozenset({signal})
    )
    source = connect("http", connection, monotonic=lambda: 0.0).source

    assert source.fetch(signal, Shopper(customer_id="7"), currency="USD", timeout_s=2).value == made


def test_there_are_three_such_systems() -> None:
    assert len(SYSTEMS) == 3


def test_the_documented_options_of_vendure_are_options() -> None:
    [written] = blocks(page("vendure"))

    assert adapter_named("vendure").options().load(written["options"])


@pytest.mark.parametrize("name", ["http", "vendure"])
def test_every_option_is_documented_and_nothing_else(name: str) -> None:
    [table] = re.findall(r"## Options\n\n(.*?)\n\n", page(name), re.DOTALL)
    schema = adapter_named(name).options()
    options = {field.data_key or key for key, field in schema.fields.items()}

    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == options


def test_the_bridge_that_is_documented_is_there() -> None:
    bridge = Path(ROOT / "docs" / "vendure-bridge.js").read_text("utf-8")

    for kind in re.findall(r"`(\w+\.changed)`", page("vendure")):
        assert f"'{kind}'" in bridge
