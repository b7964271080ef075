"""The documents about the edge: their examples are run, their tables compared with the code."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from corner import ROOT, CornerShop, site_of
from flask.testing import FlaskClient

from cms.events import EventLog
from cms.facts.money import Money
from cms.facts.signals import Answer, Found, Product, Promotion, Shopper, Signal, Tier
from cms.settings import SETTINGS
from cms.workspace import read_folder

API = (ROOT / "docs/http-api.md").read_text("utf-8")
EXAMPLES = re.findall(r"```http\n(.*?)```\n\n```json\n(.*?)```", API, re.DOTALL)
DATA = ROOT / "cms/shop/data"


def products() -> Iterator[Product]:
    for raw in json.loads((DATA / "products.json").read_text("utf-8")):
        price = Money.parse(raw["price"]["USD"], "USD")
        yield Product(raw["sku"], raw["title"], f"/p/{raw['sku']}", price, stock=raw["stock"])


class SampleShop(CornerShop):
    """Sells what the demo shop sells."""

    def fetch(self, signal: Signal, shopper: Shopper, *, currency: str, timeout_s: float) -> Answer:
        if signal is Signal.CATALOGUE:
            return Answer(Found.FOUND, {product.sku: product for product in products()})
        if signal is Signal.PROMOTIONS:
            return Answer(Found.FOUND, (Promotion("free-shipping", (Tier(Money(7500, "USD")),), free_shipping=True),))
        return super().fetch(signal, shopper, currency=currency, timeout_s=timeout_s)


@pytest.fixture(scope="module")
def sample(deliver: Any, tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    log = EventLog(f"sqlite:///{tmp_path_factory.mktemp('events')}/events.sqlite")
    found: FlaskClient = deliver(site_of(read_folder(ROOT)), SampleShop(), tokens=("YOUR-TOKEN",), events=log)
    return found


def assert_within(documented: object, answered: object, place: str = "") -> None:
    """Hold what the document shows against the answer, which may have more."""
    if isinstance(documented, Mapping):
        assert isinstance(answered, Mapping), place
        for name, value in documented.items():
            assert_within(value, answered[name], f"{place}/{name}")
    elif isinstance(documented, list):
        assert isinstance(answered, list), place
        for index, value in enumerate(documented):
            assert_within(value, answered[index], f"{place}/{index}")
        assert documented or not answered, place
    else:
        assert documented == answered, place


def test_there_are_examples() -> None:
    assert len(EXAMPLES) == API.count("```http")
    assert len(EXAMPLES) >= 6


@pytest.mark.parametrize(("request_text", "answer_text"), EXAMPLES)
def test_an_example_of_the_api_is_answered_as_the_document_shows(
    sample: FlaskClient, request_text: str, answer_text: str
) -> None:
    head, _, body = request_text.partition("\n\n")
    first, *lines = head.strip().splitlines()
    method, path = first.split()
    headers = dict(line.split(": ", 1) for line in lines)
    answer = sample.open(path, method=method, headers=headers, data=body.strip() or None)
    assert_within(json.loads(answer_text), answer.json)


def test_every_code_that_delivery_answers_with_is_documented() -> None:
    source = "".join(path.read_text("utf-8") for path in (ROOT / "cms/delivery").glob("*.py"))
    codes = set(re.findall(r'Failure\(\s*\d+,\s*"([a-z_]+)"', source))
    assert len(codes) > 8
    assert [code for code in sorted(codes) if f"`{code}`" not in API] == []


def test_the_table_of_settings_is_that_of_the_program() -> None:
    rows = re.findall(
        r"^\| `(CMS_\w+)` \| (.*?) \| (.*) \|$", Path(ROOT / "docs/settings.md").read_text("utf-8"), re.MULTILINE
    )
    told = [
        (
            setting.name,
            f"`{setting.default}`" if setting.default else "empty",
            setting.help + " Secret." * setting.secret,
        )
        for setting in SETTINGS
    ]
    assert told == rows
